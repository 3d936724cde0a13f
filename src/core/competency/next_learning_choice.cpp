#include "core/competency/next_learning_choice.hpp"

#include <algorithm>
#include <map>

#include "core/competency/judgement.hpp"
#include "core/competency/words.hpp"

namespace capbridge::competency {
namespace {

using Use = Rules::Use;

// As the fold judges it (fold.cpp), for a completion or a pass on the day with the best score.
class Taken {
public:
    Taken(const Rules& rules, Day day) : rules_(rules), slots_(rules), day_(day) {}

    void add(const Use& use) {
        Fact fact;
        fact.what = use.kind_needed() == EvidenceKind::passed ? Fact::What::passed : Fact::What::completed;
        fact.score = 1.0;
        fact.occurred = {When::Precision::day, Instant{day_}};
        const auto judged = judge(fact, use, rules_.policy.expiry);
        if (judged.why != Why::counts) return;
        int last = -1;
        for (const auto& give : use.gives) {
            const int claim = give.via < 0 ? give.requirement : give.via;
            if (give.requirement == last ||
                !rules_.allows({judged.cap_kind, false, use.mapping->method}, claim))
                continue;
            last = give.requirement;
            if (!use.is_product()) {
                put(give.requirement, -1, judged.to);
                continue;
            }
            for (const auto& reach : use.deployments) {
                if (!reach.until || day_ <= *reach.until)
                    put(give.requirement, reach.deployment, earlier(judged.to, reach.until));
            }
        }
    }

    [[nodiscard]] std::vector<LearningChoice::Give> gives() const {
        std::vector<LearningChoice::Give> out;
        for (const auto& [slot, lasts] : gives_) out.push_back({slot, lasts});
        return out;
    }

private:
    void put(int requirement, int deployment, std::optional<Day> to) {
        const auto& otherwise = rules_.valid_for(requirement);
        if (!to && otherwise) to = capbridge::add(day_, *otherwise);
        if (to && *to < day_) return;
        const bool lasts = !to || (*to - day_).count() > rules_.policy.amber_days;
        auto& known = gives_[slots_.of(requirement, deployment)];
        known = known || lasts;
    }

    const Rules& rules_;
    Slots slots_;
    Day day_;
    std::map<int, bool> gives_;
};

}  // namespace

std::vector<LearningChoice> learning_choices(const Rules& rules, Day day) {
    // An activity may stand in several files; what it gives is what they give together.
    std::map<std::pair<std::string, std::string>, LearningChoice> by_way;  // item, refs of its mappings
    for (const auto& set : rules.mappings) {
        for (const auto& item : set.items) {
            for (const auto& activity : item.activities) {
                const auto& uses = rules.uses_of(activity);
                if (uses.empty()) continue;
                std::string refs;
                for (const auto& use : uses) refs += use.ref + " ";
                auto& choice = by_way[{item.id, refs}];
                auto& all = choice.activities;
                if (std::find(all.begin(), all.end(), activity) == all.end()) all.push_back(activity);
                if (choice.item != nullptr) continue;
                choice.item = uses.front().item;
                choice.set = uses.front().set;
                Taken taken(rules, day);
                for (const auto& use : uses) {
                    taken.add(use);
                    if (!use.open_on(day)) continue;
                    choice.needs_pass = choice.needs_pass || use.kind_needed() == EvidenceKind::passed;
                    const auto& score = use.mapping->min_score;
                    if (score && (!choice.min_score || *choice.min_score < *score)) choice.min_score = score;
                }
                choice.gives = taken.gives();
            }
        }
    }
    std::vector<LearningChoice> out;
    for (auto& [way, choice] : by_way) {
        if (!choice.gives.empty()) out.push_back(std::move(choice));
    }
    return out;
}

}  // namespace capbridge::competency
