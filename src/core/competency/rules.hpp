// The rules in force, compiled: framework, mappings, policy, profile, products and their deployments, the
// register of assessors, teams, the tree of units. One consistent version of it all, put in order so that a
// fold looks nothing up by name but the activity. Immutable once made; any thread.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/competency/attestation.hpp"
#include "core/competency/deployment.hpp"
#include "core/competency/doubt.hpp"
#include "core/competency/mapping.hpp"
#include "core/competency/policy.hpp"
#include "core/competency/profile.hpp"
#include "core/competency/team.hpp"
#include "core/competency/units.hpp"
#include "core/people/people.hpp"

namespace capbridge::competency {

struct Rulebook {
    framework::Framework framework;
    std::vector<MappingSet> mappings;
    Policy policy;
    Profile profile;
    std::vector<Deployment> deployments;  // in order of id, once they are in Rules; as all below
    std::vector<Product> products;
    std::vector<Assessor> assessors;
    std::vector<Team> teams;
    Units units;
    std::string digest = {};  // of the texts of framework, policy and mappings: for fold_text()
    Doubt doubt = {};         // of what is missing; no record depends on it
};

class Rules : public Rulebook {
public:
    explicit Rules(Rulebook book);
    Rules(const Rules&) = delete;
    Rules& operator=(const Rules&) = delete;

    // What a claim gives: the requirement itself (via -1) and what it implies along its topic.
    struct Give {
        int requirement, via;
        bool same_level;  // via stands at the same level: the same item in another table
    };
    // A deployment to which a product's training counts; only up to `until` when it is about the version
    // before (Policy::product_grace).
    struct Reach {
        int deployment;
        std::optional<Day> until;
    };
    // One way in which an activity is evidence of requirements.
    struct Use {
        const MappingSet* set;
        const Mapping* mapping;
        const LearningItem* item;
        std::vector<int> requirements;   // claimed: indexes, sorted
        std::string ref;                 // "nymouth@3/ai-foundations-quiz"
        std::vector<Reach> deployments;  // of the mapping's product; empty when it is about no product
        // Of all its claims. Sorted by requirement, of one requirement the claim first, then what comes from
        // the same level, then by via.
        std::vector<Give> gives;
        [[nodiscard]] bool is_product() const { return !mapping->product.empty(); }
        [[nodiscard]] EvidenceKind kind_needed() const {
            return mapping->needs == Mapping::Needs::passed ? EvidenceKind::passed : EvidenceKind::completed;
        }
        // What happens on that day falls into the mapping's window.
        [[nodiscard]] bool open_on(Day day) const {
            return (!mapping->from || *mapping->from <= day) && (!mapping->until || day <= *mapping->until);
        }
    };
    [[nodiscard]] const std::vector<Use>& uses_of(std::string_view activity) const;
    [[nodiscard]] bool knows_activity(std::string_view activity) const {
        return by_activity_.contains(activity);
    }
    // The same of several claims that are made at once, such as by an attestation.
    [[nodiscard]] std::vector<Give> gives_of(std::vector<int> requirements) const;

    // The level may be claimed by such evidence (policy). A lost level ("") never.
    [[nodiscard]] bool allows(const Claiming& claiming, int requirement) const;
    // How long evidence of it holds where neither the source nor the mapping says (policy); absent: for ever.
    [[nodiscard]] const std::optional<Duration>& valid_for(int requirement) const {
        return valid_for_[static_cast<std::size_t>(requirement)];
    }
    // Some mapped learning could give it, directly or by implication, within the caps, whatever the windows
    // of the mappings.
    [[nodiscard]] bool reachable(int requirement) const {
        return !ways_[static_cast<std::size_t>(requirement)].empty();
    }
    // The same on a day (the mapping's window is open) and in a context ("" or a deployment's id).
    [[nodiscard]] bool reachable(int requirement, std::string_view context, Day day) const;
    // Learning that would give it, best first (fewest minutes, unknown last); one for each learning item and
    // mapping.
    [[nodiscard]] const std::vector<const Use*>& ways_to(int requirement) const {
        return ways_[static_cast<std::size_t>(requirement)];
    }
    [[nodiscard]] std::vector<const Use*> ways_to(int requirement, std::string_view context, Day day) const;
    // A source that has gone silent and tells of learning that would give it (Doubt::silent); "" = there is
    // none.
    [[nodiscard]] std::string_view silent_source(int requirement, std::string_view context, Day day) const;
    [[nodiscard]] const Use* use_of_ref(std::string_view mapping_ref) const;  // nullptr: unknown
    [[nodiscard]] const std::map<std::string, const Use*, std::less<>>& uses() const { return by_ref_; }

    [[nodiscard]] int deployment_index(std::string_view id) const;      // -1: unknown
    [[nodiscard]] const Product* product_of(int deployment) const;      // nullptr: nothing is known of it
    [[nodiscard]] const Assessor* assessor(std::string_view id) const;  // nullptr: unknown
    [[nodiscard]] const Team* team(std::string_view id) const;          // nullptr: unknown
    // Somebody who works with it: on the day, or, without one, who ever did.
    [[nodiscard]] bool works_with(const people::Person& person, int deployment, std::optional<Day> day) const;
    // Why the assessor's word does not count for this item of this person on that day, as a contribution's
    // why_not ("" = it does): assessor_unknown, assessor_not_registered, assessor_is_the_person,
    // assessor_not_for_unit, assessor_not_for_item.
    [[nodiscard]] std::string_view assessor_refused(std::string_view assessor, const people::Person& person,
                                                    int requirement, Day day) const;

    // "hee-ai-confidence@1.0.0 nymouth@3 default@1 profile:default@1": what an answer says it was made by.
    [[nodiscard]] std::string version_text() const;
    // All that records depend on: with another text they must be folded again. The profile and teams are not
    // in it: they say what is asked, which is worked out when somebody asks.
    [[nodiscard]] std::string fold_text() const;

private:
    struct TextHash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
    };
    using Masks = std::vector<std::uint16_t>;  // by requirement; a bit for each kind, with and without lead
    void find_allowed();
    void find_places();
    Use make_use(const MappingSet& set, const Mapping& mapping, const LearningItem& item) const;
    [[nodiscard]] std::vector<Reach> reaches(const Mapping& mapping) const;
    [[nodiscard]] bool gives_in(const Use& use, int requirement, std::string_view context, Day day) const;
    void find_ways();

    std::unordered_map<std::string, std::vector<Use>, TextHash, std::equal_to<>> by_activity_;
    std::map<std::string, const Use*, std::less<>> by_ref_;
    Masks allowed_;
    std::vector<std::optional<Duration>> valid_for_;  // by requirement
    std::map<std::string, Masks, std::less<>> allowed_by_method_;
    std::vector<std::vector<const Use*>> ways_;               // by requirement
    std::vector<std::vector<std::string>> deployment_units_;  // names, sorted; by deployment
    std::vector<std::vector<std::string>> assessor_units_;    // by assessor; empty: everywhere
};

}  // namespace capbridge::competency
