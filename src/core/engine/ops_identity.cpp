// Decisions about who is who: links, a crosswalk, rules, what to ignore, proposals, merges. Each is a
// decision in the journal, in a run that can be taken back; the people it is about are composed and folded at
// once.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "core/base/ids.hpp"
#include "core/engine/identity_decide.hpp"
#include "core/engine/identity_review.hpp"
#include "core/engine/operation_list.hpp"
#include "core/people/import.hpp"

namespace capbridge::engine {
namespace {

using people::Identifier;

constexpr std::size_t exceptions_shown = 20'000;
constexpr std::size_t longest_text = 500;

// Of one identifier, each person has their own links: a later one of somebody else takes the days that it is
// about (people/compose.hpp) and leaves the rest.
std::string link_key(const std::string& person, const Identifier& identifier) {
    return people::text_of(identifier) + "|" +
           (identifier.valid_from ? format_day(*identifier.valid_from) : "") + "|" + person;
}

store::NewDecision link_decision(const std::string& person, const Identifier& identifier,
                                 const std::string& origin, const std::string& by) {
    return {
        "identity.link",
        link_key(person, identifier),
        json{{"person", person}, {"identifier", people::to_json(identifier)}, {"origin", origin}, {"by", by}}
            .dump(),
        {}};
}

bool overlap(const Identifier& a, const Identifier& b) {
    return (!a.valid_to || !b.valid_from || *b.valid_from <= *a.valid_to) &&
           (!b.valid_to || !a.valid_from || *a.valid_from <= *b.valid_to);
}

// Somebody else who has the identifier at the same time, or "".
std::string held_by_other(Bridge& bridge, const Identifier& identifier, const std::string& person) {
    auto& projection = bridge.store().projection();
    const auto key = people::identifier_key(identifier);
    for (const auto& id : projection.claimants(key)) {
        const auto other = id == person ? std::nullopt : projection.person(id);
        if (!other) continue;
        for (const auto& has : other->identifiers) {
            if (people::identifier_key(has) == key && overlap(has, identifier)) return id;
        }
    }
    return {};
}

bool has_it(Bridge& bridge, const std::string& person, const Identifier& identifier) {
    const auto known = bridge.store().projection().person(person);
    return known && std::find(known->identifiers.begin(), known->identifiers.end(), identifier) !=
                        known->identifiers.end();
}

// {links: [{person, identifier}], by?}: a person's word goes before what any source says.
Result<ordered_json> link(Bridge& bridge, const json& params, const Caller& caller) {
    const auto links = params.value("links", json::array());
    if (!links.is_array() || links.empty())
        return fail("bad_parameter", "there is nothing to link", "/links");
    std::vector<store::NewDecision> decisions;
    std::size_t same = 0;
    for (std::size_t i = 0; i < links.size(); ++i) {
        const auto at = "/links/" + std::to_string(i);
        CAPBRIDGE_LET(const auto person, known_person(bridge, get_string(links[i], "person"), "person"));
        const auto text = get_string(links[i], "identifier");
        auto identifier = text.empty()
                              ? people::identifier_from_json(links[i].value("identifier", json()), at)
                              : Result<Identifier>(people::identifier_from_text(text).value_or(Identifier{}));
        if (!identifier) return fail(identifier.error());
        if (identifier->scheme.empty())
            return fail("bad_parameter", "an identifier is SCHEME:ISSUER:VALUE", at + "/identifier");
        if (has_it(bridge, person, *identifier)) {
            ++same;
        } else {
            decisions.push_back(
                link_decision(person, *identifier, "person", get_string(params, "by", caller.who)));
        }
    }
    const auto count = decisions.size();
    return decide(bridge, caller, "decision", "identifiers linked", std::move(decisions),
                  {{"counts", {{"linked", count}, {"same", same}}}});
}

// {identifier: "SCHEME:ISSUER:VALUE"}: withdraws all links of it.
Result<ordered_json> unlink(Bridge& bridge, const json& params, const Caller& caller) {
    CAPBRIDGE_LET(const auto text, need_text(params, "identifier"));
    const auto identifier = people::identifier_from_text(text);
    if (!identifier) return fail("bad_parameter", "an identifier is SCHEME:ISSUER:VALUE", "/identifier");
    std::vector<store::NewDecision> decisions;
    const auto key = people::identifier_key(*identifier);
    for (const auto& decision : bridge.store().journal().decisions_in_force("identity.link")) {
        const auto payload = json::parse(decision.payload, nullptr, false);
        const auto linked = people::identifier_from_json(payload.value("identifier", json()), "");
        if (linked && people::identifier_key(*linked) == key)
            decisions.push_back({"identity.link", decision.key, "", {}});
    }
    if (decisions.empty()) return fail("not_found", "nobody was linked to that identifier", "identifier");
    const auto count = decisions.size();
    return decide(bridge, caller, "decision", "identifiers unlinked", std::move(decisions),
                  {{"counts", {{"unlinked", count}}}});
}

// {csv, issuer, name, dry_run?, by?}
Result<ordered_json> crosswalk(Bridge& bridge, const json& params, const Caller& caller) {
    CAPBRIDGE_LET(const auto issuer, need_text(params, "issuer"));
    const auto name = get_string(params, "name", "crosswalk");
    auto read = people::read_crosswalk(get_string(params, "csv"), issuer);
    if (!read) {
        auto error = read.error();
        error.where = name;
        return fail(std::move(error));
    }
    std::vector<store::NewDecision> decisions;
    std::map<std::string, std::vector<std::pair<Identifier, std::pair<std::string, int>>>> in_file;
    std::size_t same = 0, conflicts = 0, unknown = 0;
    for (const auto& row : read->rows_read) {
        const auto person = bridge.store().projection().person_by_identifier(
            row.known.scheme, row.known.issuer, row.known.value);
        if (!person) {
            ++unknown;
            read->exceptions.push_back(
                {row.line, "unknown_person", "nobody is known by this identifier", true, row.known_column});
            continue;
        }
        auto& others = in_file[people::identifier_key(row.identifier)];
        const auto clash = std::find_if(others.begin(), others.end(), [&](const auto& other) {
            return other.second.first != *person && overlap(other.first, row.identifier);
        });
        if (clash != others.end()) {
            ++conflicts;
            read->exceptions.push_back(
                {row.line, "shared_id",
                 "line " + std::to_string(clash->second.second) +
                     " links this identifier to somebody else for the same time; that one stays",
                 true, "value"});
            continue;
        }
        others.push_back({row.identifier, {*person, row.line}});
        if (has_it(bridge, *person, row.identifier)) {
            ++same;
            continue;
        }
        if (!held_by_other(bridge, row.identifier, *person).empty()) {
            ++conflicts;
            read->exceptions.push_back(
                {row.line, "shared_id",
                 "somebody else has this identifier at the same time; it was not linked (capbridge people "
                 "link decides)",
                 true, "value"});
            continue;
        }
        decisions.push_back(link_decision(*person, row.identifier, "crosswalk:" + name,
                                          get_string(params, "by", caller.who)));
    }
    std::stable_sort(read->exceptions.begin(), read->exceptions.end(),
                     [](const auto& a, const auto& b) { return a.line < b.line; });
    ordered_json out{{"counts",
                      {{"rows", read->rows},
                       {"linked", decisions.size()},
                       {"same", same},
                       {"conflicts", conflicts},
                       {"unknown_people", unknown},
                       {"exceptions", read->exceptions.size()}}},
                     {"exceptions", ordered_json::array()}};
    for (std::size_t i = 0; i < read->exceptions.size() && i < exceptions_shown; ++i) {
        const auto& e = read->exceptions[i];
        ordered_json one{{"line", e.line}, {"code", e.code}, {"message", e.message}};
        if (!e.column.empty()) one["column"] = e.column;
        out["exceptions"].push_back(std::move(one));
    }
    if (params.value("dry_run", false)) {
        out["dry_run"] = true;
        return out;
    }
    return decide(bridge, caller, "import", "crosswalk of " + name, std::move(decisions), std::move(out));
}

// {rule}: published; propose shows it in the review, automatic puts it in force for everybody.
Result<ordered_json> rule_put(Bridge& bridge, const json& params, const Caller& caller) {
    CAPBRIDGE_LET(const auto rule, people::identity_rule_from_json(params.value("rule", json::object())));
    auto payload = people::to_json(rule).dump();
    const auto known = bridge.store().journal().decision_in_force("identity.rule", rule.id);
    std::vector<store::NewDecision> decisions;
    if (!known || known->payload != payload)
        decisions.push_back({"identity.rule", rule.id, std::move(payload), {}});
    const auto count = decisions.size();
    return decide(bridge, caller, "decision", "identity rule " + rule.id, std::move(decisions),
                  {{"counts", {{"changed", count}}}});
}

// {id}
Result<ordered_json> rule_remove(Bridge& bridge, const json& params, const Caller& caller) {
    CAPBRIDGE_LET(const auto id, need_text(params, "id"));
    if (!bridge.store().journal().decision_in_force("identity.rule", id))
        return fail("not_found", "there is no rule of this id", "id");
    return decide(bridge, caller, "decision", "identity rule removed", {{"identity.rule", id, "", {}}},
                  {{"counts", {{"removed", 1}}}});
}

// {pattern, undo?}: actors that fit are not people to be found: test accounts, service accounts.
Result<ordered_json> ignore(Bridge& bridge, const json& params, const Caller& caller) {
    CAPBRIDGE_LET(const auto pattern, need_text(params, "pattern"));
    if (pattern.size() > longest_text || pattern.find_first_not_of("*? ") == std::string::npos)
        return fail("bad_parameter", "a pattern that fits everything is none", "/pattern");
    const bool undo = params.value("undo", false);
    const bool known = bridge.store().journal().decision_in_force("identity.ignore", pattern).has_value();
    std::vector<store::NewDecision> decisions;
    if (known == undo)
        decisions.push_back({"identity.ignore", pattern, undo ? "" : json{{"by", caller.who}}.dump(), {}});
    const auto count = decisions.size();
    return decide(bridge, caller, "decision", undo ? "actors no longer ignored" : "actors ignored by pattern",
                  std::move(decisions), {{"counts", {{"changed", count}}}});
}

// {pattern?, rule? | because?, dry_run?, by?}: links every unknown actor that fits and has exactly one
// candidate (for that reason, when one is given).
Result<ordered_json> accept(Bridge& bridge, const json& params, const Caller& caller) {
    const auto pattern = get_string(params, "pattern"), rule = get_string(params, "rule");
    const auto because = rule.empty() ? get_string(params, "because") : "rule:" + rule;
    if (pattern.empty() && because.empty())
        return fail("bad_parameter", "say which: a pattern, a rule or a reason", "/pattern");
    std::vector<store::NewDecision> decisions;
    std::size_t statements = 0, several = 0, none = 0;
    for (const auto& actor : review_identities(bridge, pattern).unknown) {
        std::set<std::string> who;
        std::string reason;
        for (const auto& candidate : actor.candidates) {
            if (!because.empty() && candidate.because != because) continue;
            who.insert(candidate.person);
            reason = candidate.because;
        }
        if (who.size() != 1) {
            ++(who.empty() ? none : several);
            continue;
        }
        statements += actor.statements;
        decisions.push_back(link_decision(*who.begin(), actor.identifier, "review:" + reason,
                                          get_string(params, "by", caller.who)));
    }
    ordered_json out{{"counts",
                      {{"linked", decisions.size()},
                       {"statements", statements},
                       {"several_candidates", several},
                       {"no_candidate", none}}}};
    if (params.value("dry_run", false)) {
        out["dry_run"] = true;
        return out;
    }
    return decide(bridge, caller, "decision", "candidates accepted", std::move(decisions), std::move(out));
}

// {source, proposals: [{a, b, because}]}: two identifiers that may be one person's; a person decides.
Result<ordered_json> propose(Bridge& bridge, const json& params, const Caller& caller) {
    CAPBRIDGE_LET(const auto source, need_text(params, "source"));
    const auto proposals = params.value("proposals", json::array());
    std::vector<store::NewDecision> decisions;
    std::size_t same = 0;
    for (std::size_t i = 0; proposals.is_array() && i < proposals.size(); ++i) {
        const auto at = "/proposals/" + std::to_string(i);
        const auto& proposal = proposals[i];
        if (!proposal.is_object()) return fail("bad_parameter", "a proposal is an object", at);
        CAPBRIDGE_LET(auto a, people::identifier_from_json(proposal.value("a", json()), at + "/a"));
        CAPBRIDGE_LET(auto b, people::identifier_from_json(proposal.value("b", json()), at + "/b"));
        if (people::text_of(b) < people::text_of(a)) std::swap(a, b);
        auto key = people::text_of(a) + "|" + people::text_of(b);
        if (bridge.store().journal().decision_in_force("identity.proposal", key)) {
            ++same;
            continue;
        }
        const json payload{{"a", people::to_json(a)},
                           {"b", people::to_json(b)},
                           {"because", get_string(proposal, "because").substr(0, longest_text)},
                           {"source", source}};
        decisions.push_back({"identity.proposal", std::move(key), payload.dump(), {}});
    }
    const auto count = decisions.size();
    return decide(bridge, caller, "decision", "identities proposed by " + source, std::move(decisions),
                  {{"counts", {{"proposed", count}, {"same", same}}}});
}

}  // namespace

std::vector<Operation> identity_decisions() {
    return {
        {"identity.link", true, "admin", link},
        {"identity.unlink", true, "admin", unlink},
        {"identity.crosswalk", true, "admin", crosswalk},
        {"identity.rule.put", true, "admin", rule_put},
        {"identity.rule.remove", true, "admin", rule_remove},
        {"identity.ignore", true, "admin", ignore},
        {"identity.accept", true, "admin", accept},
        {"identity.propose", true, "admin", propose},
    };
}

}  // namespace capbridge::engine
