// Questions about who is who: the review queue, how many statements have an owner, rules, units. Answers hold
// identifiers: they need the same scope as the list of people.
#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "core/base/text.hpp"
#include "core/engine/identity_fold.hpp"
#include "core/engine/identity_review.hpp"
#include "core/engine/operation_list.hpp"

namespace capbridge::engine {
namespace {

constexpr std::size_t page_at_most = 1000;

ordered_json identifier_json(const people::Identifier& identifier) {
    return {{"scheme", identifier.scheme},
            {"issuer", identifier.issuer},
            {"value", identifier.value},
            {"text", people::text_of(identifier)}};
}

ordered_json person_json(Bridge& bridge, const std::string& id) {
    const auto person = bridge.store().projection().person(id);
    return {{"person", id}, {"name", person ? person->name : ""}};
}

// {pattern?, limit?, offset?}
Result<ordered_json> review(Bridge& bridge, const json& params, const Caller&) {
    const auto found = review_identities(bridge, get_string(params, "pattern"));
    const auto limit = std::min(params.value("limit", std::size_t{50}), page_at_most);
    const auto offset = params.value("offset", std::size_t{0});
    std::size_t statements = 0, with_one = 0;
    for (const auto& each : found.unknown) {
        statements += each.statements;
        with_one += each.candidates.size() == 1 ? 1 : 0;
    }
    ordered_json out{{"total", found.unknown.size()},
                     {"statements", statements},
                     {"with_one_candidate", with_one},
                     {"ignored", {{"actors", found.ignored}, {"statements", found.ignored_statements}}},
                     {"offset", offset},
                     {"actors", ordered_json::array()},
                     {"contested", ordered_json::array()}};
    for (std::size_t i = offset; i < found.unknown.size() && i < offset + limit; ++i) {
        const auto& each = found.unknown[i];
        auto one = identifier_json(each.identifier);
        one["statements"] = each.statements;
        one["candidates"] = ordered_json::array();
        for (const auto& candidate : each.candidates) {
            auto who = person_json(bridge, candidate.person);
            who["because"] = candidate.because;
            if (!candidate.says.empty()) who["says"] = candidate.says;
            one["candidates"].push_back(std::move(who));
        }
        out["actors"].push_back(std::move(one));
    }
    for (std::size_t i = 0; i < found.contested.size() && i < page_at_most; ++i) {
        auto one = identifier_json(found.contested[i].identifier);
        one["claimed_by"] = ordered_json::array();
        for (const auto& id : found.contested[i].people) one["claimed_by"].push_back(person_json(bridge, id));
        one["held_by"] = found.contested[i].held_by;
        out["contested"].push_back(std::move(one));
    }
    return out;
}

struct Matched {
    std::size_t resolved = 0, unresolved = 0, ambiguous = 0;
    void add(std::size_t people, std::size_t count) {
        (people == 0 ? unresolved : people == 1 ? resolved : ambiguous) += count;
    }
    [[nodiscard]] ordered_json to_json() const {
        return {{"resolved", resolved}, {"unresolved", unresolved}, {"ambiguous", ambiguous}};
    }
};

struct MatchCounts {
    Matched statements, actors;
    [[nodiscard]] ordered_json to_json() const {
        const auto all = statements.resolved + statements.unresolved + statements.ambiguous;
        return {{"statements", statements.to_json()},
                {"actors", actors.to_json()},
                {"rate", all == 0 ? ordered_json(nullptr)
                                  : ordered_json(static_cast<double>(statements.resolved) /
                                                 static_cast<double>(all))}};
    }
};

// {source?}: of each source (or credential) and scheme, statements and actors that are somebody's.
Result<ordered_json> matches(Bridge& bridge, const json& params, const Caller&) {
    std::optional<std::string> owner;
    if (const auto name = get_string(params, "source"); !name.empty()) {
        const auto source = bridge.store().sources().source(name);
        if (!source) return fail("not_found", "there is no source '" + name + "'", "source");
        owner = "source:" + source->uuid;
    }
    std::map<std::string, std::string> names;
    for (const auto& source : bridge.store().sources().sources())
        names["source:" + source.uuid] = source.name;
    const auto iri_base = bridge.store().installation().iri_base;
    std::map<std::string, std::pair<MatchCounts, std::map<std::string, MatchCounts>>> by_owner;
    MatchCounts all;
    const auto rows = bridge.store().projection().matches(owner);
    for (std::size_t i = 0; i < rows.size();) {
        // One actor's rows stand together: it counts as what its worst statements are.
        std::size_t worst = 1, next = i;
        auto& [whole, schemes] = by_owner[rows[i].owner];
        const auto agent = xapi::agent_from_key(rows[i].actor);
        auto& scheme = schemes[agent ? people::identifier_of(*agent, iri_base).scheme : ""];
        for (; next < rows.size() && rows[next].owner == rows[i].owner && rows[next].actor == rows[i].actor;
             ++next) {
            for (auto* counts : {&all, &whole, &scheme})
                counts->statements.add(rows[next].people, rows[next].statements);
            if (rows[next].people == 0 || (rows[next].people > 1 && worst == 1)) worst = rows[next].people;
        }
        for (auto* counts : {&all, &whole, &scheme}) counts->actors.add(worst, 1);
        i = next;
    }
    ordered_json out{{"all", all.to_json()}, {"sources", ordered_json::array()}};
    for (const auto& [key, counts] : by_owner) {
        const auto name = names.find(key);
        ordered_json one{
            {"owner", key},
            {"source", name == names.end() ? ordered_json(nullptr) : ordered_json(name->second)}};
        one.update(counts.first.to_json());
        one["schemes"] = ordered_json::array();
        for (const auto& [scheme, in_scheme] : counts.second) {
            ordered_json each{{"scheme", scheme}};
            each.update(in_scheme.to_json());
            one["schemes"].push_back(std::move(each));
        }
        out["sources"].push_back(std::move(one));
    }
    return out;
}

// {}
Result<ordered_json> rule_list(Bridge& bridge, const json&, const Caller&) {
    ordered_json out{{"rules", ordered_json::array()}, {"ignored", ignored_patterns(bridge)}};
    for (const auto& rule : identity_rules(bridge.store().journal()))
        out["rules"].push_back(ordered_json(people::to_json(rule)));
    return out;
}

// {rule}: what it would do, before it is published.
Result<ordered_json> rule_preview(Bridge& bridge, const json& params, const Caller&) {
    CAPBRIDGE_LET(const auto rule, people::identity_rule_from_json(params.value("rule", json::object())));
    std::size_t people = 0, actors = 0, statements = 0, ambiguous = 0;
    std::map<std::string, std::size_t> made;
    auto& projection = bridge.store().projection();
    for (const auto& id : projection.all_people()) {
        std::set<std::string> own;
        const auto person = projection.person(id);
        for (const auto& each : person ? person->identifiers : std::vector<people::Identifier>{}) {
            if (const auto derived = people::derive(rule, each)) own.insert(people::identifier_key(*derived));
        }
        people += own.empty() ? 0 : 1;
        for (const auto& key : own) ++made[key];
    }
    for (const auto& [key, count] : made) ambiguous += count > 1 ? 1 : 0;
    for (const auto& each : review_identities(bridge, "", {rule}).unknown) {
        const auto found = made.find(people::identifier_key(each.identifier));
        if (found == made.end() || found->second > 1) continue;
        ++actors;
        statements += each.statements;
    }
    return ordered_json{{"people", people},
                        {"identifiers", made.size()},
                        {"ambiguous", ambiguous},
                        {"would_resolve", {{"actors", actors}, {"statements", statements}}}};
}

// {}: units in the order of their tree, each with its depth. A unit whose parent is not known, or that is
// above itself, stands at the top.
Result<ordered_json> unit_list(Bridge& bridge, const json&, const Caller&) {
    struct Unit {
        ordered_json shown;
        std::string parent;
    };
    std::map<std::string, Unit> units;  // source and id
    std::map<std::string, std::vector<std::string>> children;
    for (const auto& decision : bridge.store().journal().decisions_in_force("unit")) {
        const auto payload = json::parse(decision.payload, nullptr, false);
        const auto record = payload.value("record", json::object());
        ordered_json shown{{"id", get_string(record, "id")}, {"name", get_string(record, "name")}};
        for (const auto* member : {"parent", "type", "code", "organisation", "from", "to"}) {
            const auto text = get_string(record, member);
            shown[member] = text.empty() ? ordered_json(nullptr) : ordered_json(text);
        }
        shown["source"] = get_string(payload, "source");
        const auto parent = get_string(record, "parent");
        const auto source = decision.key.substr(0, decision.key.find('|') + 1);
        units[decision.key] = {std::move(shown), parent.empty() ? "" : source + parent};
    }
    for (const auto& [key, unit] : units)
        children[units.contains(unit.parent) ? unit.parent : ""].push_back(key);
    ordered_json out{{"total", units.size()}, {"units", ordered_json::array()}};
    std::set<std::string> done;
    const auto show = [&](const std::string& top) {
        std::vector<std::pair<std::string, std::size_t>> next{{top, 0}};
        while (!next.empty()) {
            const auto [key, depth] = std::move(next.back());
            next.pop_back();
            if (!done.insert(key).second) continue;
            auto shown = units.at(key).shown;
            shown["depth"] = depth;
            out["units"].push_back(std::move(shown));
            const auto below = children.find(key);
            if (below == children.end()) continue;
            for (auto it = below->second.rbegin(); it != below->second.rend(); ++it)
                next.emplace_back(*it, depth + 1);
        }
    };
    for (const auto& key : children[""]) show(key);
    for (const auto& [key, unit] : units) show(key);  // rings
    return out;
}

}  // namespace

std::vector<Operation> identity_questions() {
    return {
        {"identity.review", false, "read", review},
        {"identity.matches", false, "read", matches},
        {"identity.rule.list", false, "read", rule_list},
        {"identity.rule.preview", false, "read", rule_preview},
        {"unit.list", false, "read", unit_list},
    };
}

}  // namespace capbridge::engine
