#include "core/engine/directory_who.hpp"

#include <algorithm>

#include "core/people/directory_record.hpp"
#include "core/people/identity_rule.hpp"

namespace capbridge::engine {
namespace {

std::vector<people::Identifier> by_trust(std::vector<people::Identifier> who) {
    std::stable_sort(who.begin(), who.end(), [](const auto& a, const auto& b) {
        return people::trust_of(a.scheme) < people::trust_of(b.scheme);
    });
    return who;
}

bool claims(const people::Composed& person, const people::Identifier& identifier) {
    const auto key = people::identifier_key(identifier);
    return std::any_of(person.claims.begin(), person.claims.end(), [&](const people::Claim& claim) {
        return people::identifier_key(claim.identifier) == key;
    });
}

}  // namespace

DirectoryWho::DirectoryWho(Bridge& bridge)
    : projection_(bridge.store().projection()), namespace_(bridge.store().installation().organisation_uuid) {}

void DirectoryWho::learn(const std::vector<people::Identifier>& who, const std::string& person, bool all) {
    for (const auto& each : who) {
        if (people::is_lasting(each.scheme)) numbered_.insert(person);
        if (all || people::is_lasting(each.scheme)) learnt_.try_emplace(people::identifier_key(each), person);
    }
}

std::string DirectoryWho::stored_lasting(const people::Identifier& identifier) {
    if (const auto known = learnt_.find(people::identifier_key(identifier)); known != learnt_.end())
        return known->second;
    return projection_.person_by_identifier(identifier.scheme, identifier.issuer, identifier.value)
        .value_or("");
}

std::string DirectoryWho::stored_on(const people::Identifier& identifier, Day day) {
    const auto key = people::identifier_key(identifier);
    if (const auto known = learnt_.find(key); known != learnt_.end()) return known->second;
    for (const auto& id : projection_.claimants(key)) {
        const auto person = projection_.person(id);
        if (!person) continue;
        for (const auto& each : person->identifiers) {
            if (each.valid_on(day) && people::identifier_key(each) == key) return id;
        }
    }
    return {};
}

// Somebody with another number of the same kind is somebody else.
bool DirectoryWho::contradicts(const std::string& person, const std::vector<people::Identifier>& who) {
    const auto known = projection_.person(projection_.survivor(person));
    if (!known) return false;
    for (const auto& each : who) {
        if (!people::is_lasting(each.scheme)) continue;
        bool has_other = false, has_this = false;
        for (const auto& has : known->identifiers) {
            if (has.scheme != each.scheme || has.issuer != each.issuer) continue;
            (has.value == each.value ? has_this : has_other) = true;
        }
        if (has_other && !has_this) return true;
    }
    return false;
}

// An address may be given out again: it does not make somebody who is known by a number somebody else.
bool DirectoryWho::has_numbers(const std::string& person) {
    if (numbered_.contains(person)) return true;
    const auto known = projection_.person(projection_.survivor(person));
    return known && std::any_of(known->identifiers.begin(), known->identifiers.end(),
                                [](const auto& each) { return people::is_lasting(each.scheme); });
}

// Merged people keep what was said of each, so that a merge can be taken back: the record belongs to the one
// who has the identifier.
std::string DirectoryWho::member_with(const std::string& survivor,
                                      const std::vector<people::Identifier>& who) {
    const auto merged = projection_.merged_into(survivor);
    if (merged.empty()) return survivor;
    const auto said = projection_.said_of(survivor);
    for (const auto& member : merged) {
        std::vector<people::Said> own;
        for (const auto& each : said) {
            if (each.person == member) own.push_back(each);
        }
        const auto composed = people::compose(member, std::move(own), {});
        for (const auto& each : who) {
            if (people::is_lasting(each.scheme) && claims(composed, each)) return member;
        }
    }
    return survivor;
}

std::string DirectoryWho::recognise(const std::vector<people::Identifier>& given, const std::string& before,
                                    Day day) {
    const auto who = by_trust(given);
    bool lasting = false;
    for (const auto& each : who) {
        if (!people::is_lasting(each.scheme)) continue;
        lasting = true;
        auto known = stored_lasting(each);
        if (known.empty()) continue;
        if (!before.empty() && projection_.survivor(before) == projection_.survivor(known)) return before;
        return member_with(known, who);
    }
    // Nobody has the numbers yet: somebody who is known by less gets them.
    if (!before.empty() && !contradicts(before, who)) return before;
    for (const auto& each : who) {
        if (people::is_lasting(each.scheme)) continue;
        auto known = stored_on(each, day);
        if (!known.empty() && !(lasting && has_numbers(known))) return known;
    }
    return people::person_uuid(who.front(), namespace_);
}

std::vector<std::string> DirectoryWho::others(const std::vector<people::Identifier>& who,
                                              const std::string& person) {
    std::vector<std::string> out;
    const auto own = projection_.survivor(person);
    for (const auto& each : who) {
        if (!people::is_lasting(each.scheme)) continue;
        const auto other =
            projection_.person_by_identifier(each.scheme, each.issuer, each.value).value_or("");
        if (!other.empty() && other != own && std::find(out.begin(), out.end(), other) == out.end())
            out.push_back(other);
    }
    return out;
}

}  // namespace capbridge::engine
