// The cross-checks of a mapping file that a JSON Schema cannot say. An error means that the file would not do
// what its author meant; a warning, that a part of it gives nothing. They look at what keeps to the schema,
// and may meet a part that lacks members or is null; of a part that the schema has spoken about they say
// nothing that may only follow from that.
#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "core/base/embedded.hpp"
#include "core/competency/mapping.hpp"
#include "core/competency/policy.hpp"
#include "core/competency/words.hpp"

namespace capbridge::competency {
namespace {

using framework::Framework;
using framework::Requirement;

// Absolute, without characters that no IRI has. Whether anybody answers there is not our business.
bool is_iri(std::string_view text) {
    const auto colon = text.find(':');
    if (colon == std::string_view::npos || colon == 0 || colon + 1 == text.size()) return false;
    const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    if (!letter(text.front())) return false;
    for (const char c : text.substr(0, colon)) {
        if (!letter(c) && !(c >= '0' && c <= '9') && c != '+' && c != '-' && c != '.') return false;
    }
    return std::none_of(text.begin(), text.end(), [](char c) {
        return static_cast<unsigned char>(c) <= ' ' ||
               std::string_view("<>\"{}|\\^`").find(c) != std::string_view::npos;
    });
}

class Checker {
public:
    Checker(const json& whole, const json& sound, const Problems& shape, const Framework& framework,
            const Policy& policy)
        : whole_(whole), d_(sound), f_(framework), policy_(policy) {
        for (const auto& problem : shape) shape_.insert(problem.pointer);
    }

    Problems run() {
        if (const auto id = get_string(d_, "framework"); !id.empty() && id != f_.id) {
            error("unknown_framework", "/framework",
                  "the claims are about the framework '" + id + "', not about '" + f_.id + "'");
            ours_ = false;  // every claim would be unknown too
        }
        if (const auto items = whole_.find("learning_items"); items != whole_.end()) {
            items_are_listed_ = items->is_array();
            for (const auto& item : *items) all_items_.insert(get_string(item, "id"));
        }
        each_object(d_, "", "learning_items",
                    [&](const json& item, const std::string& at) { check_item(item, at); });
        each_object(d_, "", "mappings",
                    [&](const json& mapping, const std::string& at) { check_mapping_at(mapping, at); });
        if (suggested_ > 0) {
            warning("suggestions_not_accepted", "/mappings",
                    count_of(suggested_, "claim") +
                        (suggested_ == 1 ? " is a suggestion" : " are suggestions") +
                        " that nobody has accepted: nothing counts by it before its status is \"accepted\"");
        }
        return std::move(problems_);
    }

private:
    template <class F>
    static void each(const json& object, const std::string& at, const char* member, F&& visit) {
        const auto it = object.find(member);
        if (it == object.end() || !it->is_array()) return;
        const auto list = pointer_append(at, member);
        for (std::size_t i = 0; i < it->size(); ++i) visit((*it)[i], pointer_append(list, i));
    }

    template <class F>
    static void each_object(const json& object, const std::string& at, const char* member, F&& visit) {
        each(object, at, member, [&](const json& item, const std::string& pointer) {
            if (item.is_object()) visit(item, pointer);
        });
    }
    template <class F>
    static void each_text(const json& object, const std::string& at, const char* member, F&& visit) {
        each(object, at, member, [&](const json& item, const std::string& pointer) {
            if (item.is_string()) visit(item.get<std::string>(), pointer);
        });
    }

    // Whether the schema has nothing to say of the value at the pointer, nor of what is in it.
    [[nodiscard]] bool is_sound(const std::string& at) const {
        const auto own = shape_.contains(at);
        const auto below = shape_.lower_bound(at + "/");
        return !own && (below == shape_.end() || !below->starts_with(at + "/"));
    }

    void error(std::string code, std::string pointer, std::string message) {
        problems_.push_back(
            {Problem::Severity::error, std::move(code), std::move(pointer), std::move(message), 0});
    }
    void warning(std::string code, std::string pointer, std::string message) {
        problems_.push_back(
            {Problem::Severity::warning, std::move(code), std::move(pointer), std::move(message), 0});
    }

    void check_item(const json& item, const std::string& at) {
        const auto id = get_string(item, "id");
        if (!id.empty() && !items_.insert(id).second)
            error("duplicate_id", at + "/id", "the learning item '" + id + "' is there twice");
        each_text(item, at, "activities", [&](const std::string& iri, const std::string& pointer) {
            if (!is_iri(iri))
                error("not_an_iri", pointer,
                      "'" + iri + "' is no absolute IRI, such as https://lms.example/course/1");
            const auto [other, is_new] = item_of_activity_.try_emplace(iri, id);
            if (!is_new) {
                error("duplicate_activity", pointer,
                      "the activity " + iri + " already belongs to the learning item '" + other->second +
                          "'; one activity is one piece of learning");
            }
        });
    }

    void check_mapping_at(const json& mapping, const std::string& at) {
        const auto id = get_string(mapping, "id");
        if (!id.empty() && !mappings_.insert(id).second)
            error("duplicate_id", at + "/id", "the mapping '" + id + "' is there twice");
        if (const auto item = get_string(mapping, "learning_item");
            !item.empty() && items_are_listed_ && !all_items_.contains(item)) {
            error("unknown_learning_item", at + "/learning_item",
                  "there is no learning item '" + item + "' in this file");
        }
        if (const auto score = mapping.find("min_score"); score != mapping.end()) {
            if (const double value = score->get<double>(); !(value >= 0 && value <= 1)) {
                error("bad_score", at + "/min_score",
                      "min_score is a fraction from 0 to 1, such as 0.8 for 80 %");
            }
        }
        if (const auto text = get_string(mapping, "valid_for");
            mapping.contains("valid_for") && !is_validity(text)) {
            error("bad_duration", at + "/valid_for",
                  "'" + text + "' is no duration of a day or more, such as P2Y or P18M");
        }
        const auto from = day_at(mapping, "from", at);
        const auto until = day_at(mapping, "until", at);
        if (from && until && *from > *until) {
            error(
                "window_order", at + "/until",
                "the window ends (" + format_day(*until) + ") before it begins (" + format_day(*from) + ")");
        }
        if (const auto claims = mapping.find("claims"); claims != mapping.end() && claims->empty())
            error("no_claims", at + "/claims", "the mapping '" + id + "' claims nothing");
        needs_are_known_ = is_sound(at + "/needs");
        product_is_known_ = mapping.contains("product") || is_sound(at + "/product");
        each_object(mapping, at, "claims", [&](const json& claim, const std::string& pointer) {
            check_claim(claim, mapping, pointer);
        });
    }

    static bool is_validity(std::string_view text) {
        const auto duration = parse_duration(text);
        return duration && add(Day{}, *duration) > Day{};
    }

    std::optional<Day> day_at(const json& mapping, const char* member, const std::string& at) {
        const auto it = mapping.find(member);
        if (it == mapping.end()) return std::nullopt;
        auto day = parse_day(it->get<std::string>());
        if (!day)
            error("bad_day", at + "/" + member,
                  "'" + it->get<std::string>() + "' is no day written YYYY-MM-DD");
        return day;
    }

    void check_claim(const json& claim, const json& mapping, const std::string& at) {
        const bool one = claim.contains("requirement"), many = claim.contains("requirements");
        const bool topic = claim.contains("topic"), level = claim.contains("level");
        if (is_sound(at) && (one + many + (topic || level) != 1 || topic != level)) {
            error("claim_form", at,
                  "a claim is one of: requirement; requirements; topic together with level");
            return;
        }
        suggested_ += get_string(claim, "status") == "suggested" ? 1 : 0;
        if (const auto score = claim.find("score"); score != claim.end()) {
            if (const double value = score->get<double>(); !(value >= 0 && value <= 1))
                error("bad_score", at + "/score", "the score of a suggestion is a fraction from 0 to 1");
        }
        if (!ours_) return;
        if (one) check_requirement(get_string(claim, "requirement"), mapping, at + "/requirement");
        each_text(claim, at, "requirements", [&](const std::string& id, const std::string& pointer) {
            check_requirement(id, mapping, pointer);
        });
        if (topic) check_topic(claim, mapping, at);
    }

    void check_topic(const json& claim, const json& mapping, const std::string& at) {
        const auto topic = get_string(claim, "topic"), level = get_string(claim, "level");
        const auto& members = f_.topic_requirements(topic);
        if (members.empty()) {
            error("unknown_topic", at + "/topic", "the framework " + f_.id + " has no topic '" + topic + "'");
            return;
        }
        if (level.empty()) return;  // told by the schema
        if (f_.level(level) == nullptr) {
            error("unknown_level", at + "/level", "the framework " + f_.id + " has no level '" + level + "'");
            return;
        }
        std::set<std::string> levels;
        bool found = false;
        for (const int index : members) {
            const auto& requirement = f_.requirements[static_cast<std::size_t>(index)];
            if (!requirement.level.empty()) levels.insert(requirement.level);
            if (requirement.level != level) continue;
            check_target(requirement, mapping, at + "/topic");
            found = true;
        }
        if (!found) {
            std::string known;
            for (const auto& other : levels) known += (known.empty() ? "" : ", ") + other;
            error("level_not_in_topic", at + "/level",
                  "the topic '" + topic + "' has no requirement at the level '" + level + "', only at " +
                      known);
        }
    }

    void check_requirement(const std::string& id, const json& mapping, const std::string& at) {
        const int index = f_.requirement_index(id);
        if (const auto* former = f_.former_requirement(id); index < 0 && former != nullptr) {
            check_former(*former, mapping, at);
        } else if (index < 0) {
            error("unknown_requirement", at, "the framework " + f_.id + " has no requirement '" + id + "'");
        } else {
            check_target(f_.requirements[static_cast<std::size_t>(index)], mapping, at);
        }
    }

    // An earlier version of the framework had it: the mapping stays in force.
    void check_former(const framework::Former& former, const json& mapping, const std::string& at) {
        const auto successors = f_.requirements_for(former.id);
        std::string ids;
        for (const int index : successors) {
            const auto& requirement = f_.requirements[static_cast<std::size_t>(index)];
            ids += (ids.empty() ? "" : ", ") + requirement.id;
            check_target(requirement, mapping, at);
        }
        warning("former_requirement", at,
                successors.empty() ? "'" + former.id +
                                         "' is no longer in the framework, and nothing replaced it: "
                                         "the claim gives nothing"
                                   : "'" + former.id + "' was replaced by " + ids + ": claim that instead");
    }

    void check_target(const Requirement& requirement, const json& mapping, const std::string& at) {
        const bool product = mapping.contains("product");
        if (is_product_specific(requirement) && !product && product_is_known_) {
            error("claim_needs_product", at,
                  "'" + requirement.id + "' is about one product: say which with \"product\" in the mapping");
        }
        if (!is_product_specific(requirement) && product) {
            error("claim_not_of_product", at,
                  "training on a product gives product-specific requirements only, and '" + requirement.id +
                      "' is none; use a mapping without \"product\"");
        }
        if (requirement.level.empty()) {
            warning("level_lost", at,
                    "the level of '" + requirement.id +
                        "' is lost in the source of the framework, so that nothing counts for it");
            return;
        }
        if (!needs_are_known_) return;
        const auto kind =
            get_string(mapping, "needs") == "passed" ? EvidenceKind::passed : EvidenceKind::completed;
        const auto method = get_string(mapping, "method");
        const Claiming claiming{kind, false, method};
        if (!within_cap(policy_, claiming, f_, requirement)) {
            warning("above_cap", at,
                    "'" + requirement.id + "' stands at " + level_name(f_, requirement.level) +
                        "; the policy " + policy_.id + "@" + policy_.version + " lets " + kind_noun(kind) +
                        " claim " + cap_words(policy_, claiming, f_) + ", so this gives nothing");
        }
    }

    const json& whole_;
    const json& d_;                // of it, what keeps to the schema
    std::set<std::string> shape_;  // where the schema has spoken
    const Framework& f_;
    const Policy& policy_;
    Problems problems_;
    bool ours_ = true;  // the claims are about this framework
    bool items_are_listed_ = false;
    std::size_t suggested_ = 0;                              // claims that nobody has accepted
    bool needs_are_known_ = true, product_is_known_ = true;  // of the mapping that is looked at
    std::set<std::string> all_items_, items_, mappings_;
    std::map<std::string, std::string> item_of_activity_;
};

}  // namespace

Problems check_mapping(const json& document, const Framework& framework, std::string_view text) {
    const auto broken = [](std::string message) {
        return Problems{{Problem::Severity::error, "internal", "", std::move(message), 0}};
    };
    const auto* file = find_embedded(embedded_config(), "schemas/mapping.schema.json");
    if (file == nullptr) return broken("the mapping schema is missing from this build");
    const auto schema = parse_json(file->bytes);
    if (!schema) return broken("the mapping schema of this build is broken: " + schema.error().message);
    const auto policy = default_policy(framework);
    if (!policy) return broken(policy.error().text());
    json sound;
    auto problems = validate_json(document, *schema, text, &sound);
    if (!sound.is_object()) return problems;
    const auto more = Checker(document, sound, problems, framework, *policy).run();
    problems.insert(problems.end(), more.begin(), more.end());
    locate(problems, text);
    return problems;
}

}  // namespace capbridge::competency
