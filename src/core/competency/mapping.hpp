// What learning is evidence of: learning items (one piece of learning under many activity ids), mappings from
// them to claims on requirements, the policy of caps, and deployments of products. Files are checked by JSON
// Schema and cross-checks (config/schemas/mapping.schema.json, policy.schema.json, deployment.schema.json)
// and become versions in the journal. Values; immutable once loaded; any thread.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/base/problem.hpp"
#include "core/base/time.hpp"
#include "core/framework/framework.hpp"

namespace capbridge::competency {

// From least to most: what an xAPI statement, or a person, can show.
enum class EvidenceKind { completed, passed, observed, attested, self };
std::string_view text(EvidenceKind kind);

struct LearningItem {
    std::string id, title;
    std::vector<std::string> activities;  // activity IRIs
    int minutes = 0;                      // 0: not known
};

struct Claim {
    std::string requirement;   // a requirement id, or
    std::string topic, level;  // every requirement of the topic at that level (whatever its table)
};

struct Mapping {
    std::string id, learning_item;
    std::vector<Claim> claims;
    enum class Needs { completed, passed } needs = Needs::completed;  // a pass also satisfies `completed`
    std::optional<double> min_score;                                  // fraction 0..1
    std::string method;                 // reading, quiz, simulation, supervised_practice, assessment
    std::optional<Duration> valid_for;  // from the day it happened
    std::optional<Day> from, until;     // only what happened in this window counts
    std::string product;                // "" = not about a product; else claims go to the deployments of it
    std::string product_version;        // "" = any
};

struct MappingSet {  // one mapping file
    std::string id, version, title, framework;
    std::vector<LearningItem> items;
    std::vector<Mapping> mappings;
};

struct Policy {
    std::string id, version;
    // evidence kind -> highest level it may claim: at most one level id of knowledge and one of skill; absent
    // = nothing.
    std::map<EvidenceKind, std::vector<std::string>> highest;
    int amber_days = 90;  // so many days before its end a record is expiring
};
// The file calls the same thing "caps": {"completed": {"knowledge": "familiarity", "skill": null}, ...}.

// Product + version + unit + go-live: the context of product-specific records.
struct Deployment {
    std::string id, product, version, unit;
    std::optional<Day> go_live;
};

Problems check_mapping(const json& document, const framework::Framework& framework,
                       std::string_view text = {});
Result<MappingSet> load_mapping(std::string_view text, const std::string& name,
                                const framework::Framework& framework);
Result<Policy> load_policy(std::string_view text, const std::string& name,
                           const framework::Framework& framework);
Result<Deployment> load_deployment(std::string_view text, const std::string& name);
// config/policies/default.json, in the binary. A level that the framework does not have is passed over here
// (a framework of one's own may have other levels, or none), while load_policy refuses it.
Result<Policy> default_policy(const framework::Framework& framework);
// Evidence of this kind may claim the level of this requirement. A lost level ("") may never be claimed.
bool within_cap(const Policy& policy, EvidenceKind kind, const framework::Framework& framework,
                const framework::Requirement& requirement);

// Everything that a fold needs, put in order for it. Holds the framework by value: a Rules is one consistent
// version of it all.
class Rules {
public:
    Rules(framework::Framework framework, std::vector<MappingSet> mappings, Policy policy,
          std::vector<Deployment> deployments);

    // One way in which an activity is evidence of requirements.
    struct Use {
        const MappingSet* set;
        const Mapping* mapping;
        const LearningItem* item;
        std::vector<int> requirements;  // claimed: indexes, sorted
        std::string ref;                // "nymouth@3/ai-foundations-quiz"
        std::vector<int> deployments;  // of the mapping's product: indexes; empty when it is about no product
        // What it gives: the claims themselves (via -1) and what they imply along their topics. Sorted by
        // requirement, of one requirement the claim first, then what comes from the same level, then by via.
        struct Give {
            int requirement, via;
            bool same_level;  // via stands at the same level: the same item in another table
        };
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
    // The level may be claimed by evidence of this kind (policy). A lost level ("") never.
    [[nodiscard]] bool allows(EvidenceKind kind, const framework::Requirement& requirement) const;
    [[nodiscard]] bool allows(EvidenceKind kind, int requirement) const {
        return (allowed_[static_cast<std::size_t>(requirement)] >> static_cast<int>(kind) & 1) != 0;
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
    [[nodiscard]] int deployment_index(std::string_view id) const;            // -1: unknown
    [[nodiscard]] const Use* use_of_ref(std::string_view mapping_ref) const;  // nullptr: unknown

    framework::Framework framework;
    std::vector<MappingSet> mappings;
    Policy policy;
    std::vector<Deployment> deployments;  // in order of id
    [[nodiscard]] std::string version_text()
        const;  // "hee-ai-confidence@1.0.0 nymouth@3 default@1": for folded_by

    Rules(const Rules&) = delete;
    Rules& operator=(const Rules&) = delete;

private:
    struct TextHash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
    };
    Use make_use(const MappingSet& set, const Mapping& mapping, const LearningItem& item) const;
    [[nodiscard]] bool gives_in(const Use& use, int requirement, std::string_view context) const;
    void find_ways();

    std::unordered_map<std::string, std::vector<Use>, TextHash, std::equal_to<>> by_activity_;
    std::unordered_map<std::string, const Use*, TextHash, std::equal_to<>> by_ref_;
    std::vector<std::uint8_t> allowed_;          // a bit for each EvidenceKind
    std::vector<std::vector<const Use*>> ways_;  // by requirement
};

}  // namespace capbridge::competency
