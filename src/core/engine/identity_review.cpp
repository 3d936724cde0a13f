#include "core/engine/identity_review.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <unordered_map>

#include "core/base/text.hpp"
#include "core/engine/identity_fold.hpp"

namespace capbridge::engine {
namespace {

using people::Identifier;

constexpr std::size_t actors_looked_at = 100000;
constexpr std::size_t candidates_shown = 5;

std::string local_part(const Identifier& identifier) {
    return lower_ascii(identifier.value.substr(0, identifier.value.find('@')));
}

// "TRUST\jane" and "jane" are the same account in other words.
std::string account_name(const Identifier& identifier) {
    const auto slash = identifier.value.rfind('\\');
    return lower_ascii(slash == std::string::npos ? identifier.value : identifier.value.substr(slash + 1));
}

// Everybody by what may give them away.
class Index {
public:
    Index(Bridge& bridge, const std::vector<people::IdentityRule>& more) : bridge_(bridge) {
        auto& projection = bridge.store().projection();
        auto rules = identity_rules(bridge.store().journal());
        std::erase_if(rules, [&](const people::IdentityRule& rule) {
            return std::any_of(more.begin(), more.end(), [&](const auto& m) { return m.id == rule.id; });
        });
        rules.insert(rules.end(), more.begin(), more.end());
        for (const auto& id : projection.all_people()) {
            const auto person = projection.person(id);
            if (person) add(*person, rules);
        }
        for (const auto& decision : bridge.store().journal().decisions_in_force("identity.proposal"))
            add_proposal(json::parse(decision.payload, nullptr, false));
    }

    std::vector<IdentityCandidate> candidates(const UnknownActor& actor) {
        std::vector<IdentityCandidate> out;
        const auto add = [&](const std::string& person, std::string because, std::string says) {
            const bool known = std::any_of(out.begin(), out.end(),
                                           [&](const IdentityCandidate& c) { return c.person == person; });
            if (!known && out.size() < candidates_shown)
                out.push_back({person, std::move(because), std::move(says)});
        };
        const auto& identifier = actor.identifier;
        const auto key = people::identifier_key(identifier);
        for (const auto& [person, rule] : of(by_rule_, key)) add(person, "rule:" + rule, "");
        for (const auto& [person, says] : of(by_proposal_, key)) add(person, "proposal", says);
        for (const auto& person : bridge_.store().projection().claimants(key)) add(person, "other_time", "");
        const bool account = identifier.scheme.starts_with("account:");
        const bool email = identifier.scheme == "email";
        const auto name = email ? local_part(identifier) : account_name(identifier);
        if (account || email || identifier.scheme.starts_with("esr-")) {
            for (const auto& [person, issuer] : of(by_number_, name)) add(person, "same_number", "");
        }
        if (account || email) {
            for (const auto& [person, address] : of(by_local_part_, name)) add(person, "same_local_part", "");
        }
        for (const auto& called : bridge_.store().journal().names_of(actor.actor)) {
            for (const auto& [person, none] : of(by_name_, lower_ascii(collapse_spaces(called))))
                add(person, "same_name", "");
        }
        return out;
    }

private:
    using Found = std::unordered_multimap<std::string, std::pair<std::string, std::string>>;

    static std::vector<std::pair<std::string, std::string>> of(const Found& found, const std::string& key) {
        std::vector<std::pair<std::string, std::string>> out;
        if (key.empty()) return out;
        const auto [from, to] = found.equal_range(key);
        for (auto it = from; it != to; ++it) out.push_back(it->second);
        std::sort(out.begin(), out.end());
        return out;
    }

    void add(const people::Person& person, const std::vector<people::IdentityRule>& rules) {
        if (!person.name.empty())
            by_name_.emplace(lower_ascii(collapse_spaces(person.name)), std::pair(person.id, ""));
        for (const auto& identifier : person.identifiers) {
            if (identifier.scheme == "esr-employee")
                by_number_.emplace(lower_ascii(identifier.value), std::pair(person.id, identifier.issuer));
            if (identifier.scheme == "email")
                by_local_part_.emplace(local_part(identifier), std::pair(person.id, identifier.value));
            for (const auto& rule : rules) {
                if (const auto derived = people::derive(rule, identifier))
                    by_rule_.emplace(people::identifier_key(*derived), std::pair(person.id, rule.id));
            }
        }
    }

    // Either end may be the one that is known.
    void add_proposal(const json& proposal) {
        if (!proposal.is_object() || get_string(proposal, "state") == "rejected") return;
        const auto a = people::identifier_from_json(proposal.value("a", json()), "/a"),
                   b = people::identifier_from_json(proposal.value("b", json()), "/b");
        if (!a || !b) return;
        auto& projection = bridge_.store().projection();
        const auto says = get_string(proposal, "because");
        for (const auto& [known, other] : {std::pair(*a, *b), std::pair(*b, *a)}) {
            if (const auto person = projection.person_by_identifier(known.scheme, known.issuer, known.value))
                by_proposal_.emplace(people::identifier_key(other), std::pair(*person, says));
        }
    }

    Bridge& bridge_;
    Found by_rule_, by_proposal_, by_number_, by_local_part_, by_name_;
};

bool fits(const std::string& pattern, const Identifier& identifier) {
    return pattern.empty() || people::matches_pattern(pattern, identifier.value) ||
           people::matches_pattern(pattern, people::text_of(identifier));
}

Identifier identifier_of_key(const std::string& key) {
    const auto first = key.find('\x1f'), second = key.find('\x1f', first + 1);
    return {key.substr(0, first), key.substr(first + 1, second - first - 1), key.substr(second + 1), {}, {}};
}

std::vector<ContestedIdentifier> contested_identifiers(Bridge& bridge) {
    auto& projection = bridge.store().projection();
    ComposedPeople composed(bridge.store(), identity_rules(bridge.store().journal()));
    std::vector<ContestedIdentifier> out;
    for (const auto& key : projection.contested()) {
        ContestedIdentifier one{identifier_of_key(key), projection.claimants(key), {}};
        std::vector<const people::Composed*> claimants;
        for (const auto& id : one.people) claimants.push_back(&composed.of(id));
        bool lost = false;
        for (std::size_t i = 0; i < one.people.size(); ++i) {
            const auto person = projection.person(one.people[i]);
            const bool holds = person && std::any_of(person->identifiers.begin(), person->identifiers.end(),
                                                     [&](const Identifier& each) {
                                                         return people::identifier_key(each) == key;
                                                     });
            if (holds) one.held_by.push_back(one.people[i]);
            // A rule's guess or a former address that gives way is no matter for anybody, nor is what a link
            // has decided.
            lost = lost || (!holds && people::claims_beyond_links(*claimants[i], key, claimants));
        }
        if (lost) out.push_back(std::move(one));
        composed.forget_when_many();
    }
    return out;
}

}  // namespace

std::vector<std::string> ignored_patterns(Bridge& bridge) {
    std::vector<std::string> out;
    for (const auto& decision : bridge.store().journal().decisions_in_force("identity.ignore"))
        out.push_back(decision.key);
    return out;
}

namespace {

IdentityReview look_at_unknown(Bridge& bridge, const std::string& pattern,
                               const std::vector<people::IdentityRule>& more, std::size_t limit) {
    IdentityReview out;
    const auto iri_base = bridge.store().installation().iri_base;
    const auto ignored = ignored_patterns(bridge);
    Index index(bridge, more);
    for (auto& row : bridge.store().projection().unresolved(limit)) {
        const auto agent = xapi::agent_from_key(row.actor);
        if (!agent) continue;
        UnknownActor actor{people::identifier_of(*agent, iri_base), std::move(row.actor), row.statements, {}};
        if (std::any_of(ignored.begin(), ignored.end(),
                        [&](const auto& each) { return fits(each, actor.identifier); })) {
            ++out.ignored;
            out.ignored_statements += actor.statements;
            continue;
        }
        if (!fits(pattern, actor.identifier)) continue;
        actor.candidates = index.candidates(actor);
        out.unknown.push_back(std::move(actor));
    }
    return out;
}

}  // namespace

IdentityReview review_identities(Bridge& bridge, const std::string& pattern,
                                 const std::vector<people::IdentityRule>& more) {
    auto out = look_at_unknown(bridge, pattern, more, actors_looked_at);
    out.contested = contested_identifiers(bridge);
    return out;
}

std::vector<UnknownActor> unknown_actors(Bridge& bridge, std::size_t limit) {
    return look_at_unknown(bridge, "", {}, limit).unknown;
}

}  // namespace capbridge::engine
