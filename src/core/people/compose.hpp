// A person, made of everything that is said of them: by imports, by directories, by links that people decide.
// What stands in the journal is what was said; this says what follows, so that taking a decision back, or a
// merge, leaves nothing behind. Two steps, because an identifier that several people claim is settled among
// them: compose() looks at one person, settle() at those who claim the same. Pure; any thread. See
// docs/people.md.
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/people/identity_rule.hpp"
#include "core/people/people.hpp"

namespace capbridge::people {

// One decision in force. Kinds: "person" (an import: to_json(Person)), "directory.person",
// "directory.employment", "directory.archetype_hint" ({"person","record","source","former"?,"scope"?}),
// "identity.link" ({"person","identifier"}), "assignment" (to_json(Assignment)).
struct Said {
    std::string kind, key;
    std::string person;    // uuid; of a merged one its own
    std::string payload;   // JSON
    std::int64_t seq = 0;  // of the decision
    friend bool operator==(const Said&, const Said&) = default;
};

// What somebody would have if nobody else claimed it. The stronger takes from the weaker, the later link from
// the earlier one; among other equals each has their own time, or nobody has it.
struct Claim {
    // former: of a source that says no dates and does not name it any more; yields to what is said now.
    enum class Strength { derived, former, said, own_number, linked };
    Identifier identifier;
    Strength strength = Strength::said;
    std::int64_t seq = 0;  // of the decision, for a link
    friend bool operator==(const Claim&, const Claim&) = default;
};

struct Composed {
    bool exists = false;  // somebody says that there is such a person; a link or an assignment alone does not
    std::string id, name;
    std::vector<Claim> claims;
    std::vector<Employment> employments;
    std::vector<DeploymentUse> uses;      // one a deployment, in order
    std::vector<Assignment> assignments;  // one an archetype, in order of archetypes
};

// `said`: of the person and of all who are merged into them, in any order.
Composed compose(std::string_view id, std::vector<Said> said, const std::vector<IdentityRule>& rules);

// Everybody who claims this identifier (identifier_key), the asked person among them, in order of ids.
using Claimants = std::function<std::vector<const Composed*>(const std::string& key)>;
// The person with the identifiers that are theirs against all others. Identifiers that were lost altogether
// are added to `lost` when it is given.
Person settle(const Composed& composed, const Claimants& claimants, std::vector<Identifier>* lost = nullptr);

// A source says that the identifier is this person's on days on which no link says whose it is.
bool claims_beyond_links(const Composed& person, const std::string& key,
                         const std::vector<const Composed*>& claimants);

std::vector<std::string> keys_of(const Composed& composed);  // each once, in order

// Identifiers that a source gave somebody until now and does not any more, with the days on which they were
// theirs: an address that changes must keep what was learned under it. `before` and `now` are lists of
// identifiers as JSON, `former` what was former before. Lasting ones are not among them: they are mistakes
// when they change.
json former_identifiers(const json& before, const json& former, const json& now,
                        const std::optional<Day>& from, Day until);

}  // namespace capbridge::people
