// Pieces of learning as they can be taken on a day: what each would give, to when. Internal to the folder.
// Pure; any thread.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/competency/rules.hpp"

namespace capbridge::competency {

// A requirement in a context, as one number.
class Slots {
public:
    explicit Slots(const Rules& rules) : contexts_(static_cast<int>(rules.deployments.size()) + 1) {}
    [[nodiscard]] int of(int requirement, int deployment) const {
        return requirement * contexts_ + deployment + 1;
    }
    [[nodiscard]] int requirement(int slot) const { return slot / contexts_; }
    [[nodiscard]] int deployment(int slot) const { return slot % contexts_ - 1; }  // -1: in none

private:
    int contexts_;
};

struct LearningChoice {
    struct Give {
        int slot;
        bool lasts;  // beyond the amber window: it would end what is expiring
    };
    const LearningItem* item = nullptr;
    const MappingSet* set = nullptr;
    std::vector<std::string> activities;  // it may be taken under any of them
    bool needs_pass = false;
    std::optional<double> min_score;  // the highest that one of its mappings needs
    std::vector<Give> gives;          // sorted by slot
};

// What taking an item on the day, and passing it where that is needed, gives by the fold. Of one item that
// mapping files describe in different ways each way is a choice. In order of item, set and activity.
std::vector<LearningChoice> learning_choices(const Rules& rules, Day day);

}  // namespace capbridge::competency
