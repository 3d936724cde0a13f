// A deployment's users and what training has given them: how many were trained before go-live and since, and,
// where a new version took over, who still stands on training about the version before, and until when.
// Counted are those who work with the deployment and of whom the profile asks product-specific items of it as
// required; what is waived is not asked. One thread at a time; the Rules must outlive it.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/base/json.hpp"
#include "core/competency/answers.hpp"
#include "core/competency/demand.hpp"

namespace capbridge::competency {

class Rollout {
public:
    // `deployment` is an index of the rules. Figures of go-live are of that day when it is past, and of what
    // will still hold on it when it is to come.
    Rollout(const Rules& rules, int deployment, Day as_of);

    // Somebody who works with it on either day: only they need to be added.
    [[nodiscard]] bool concerns(const people::Person& person) const;
    void add(const PersonFacts& person);  // with evidence

    // {deployment:{...}, product, as_of, live, users:{...}, trained:{...}, items:[...], retraining}: counts
    // only.
    [[nodiscard]] ordered_json show() const;

    // How somebody who works with it on the day asked about stands: trained; in_grace: holds something by
    // training on the version before alone, for some more days (and may lack other things); to_retrain: was
    // trained once, and some of that holds no longer; untrained: lacks something never learnt; not_asked.
    enum class Standing { trained, in_grace, to_retrain, untrained, not_asked };
    static std::string_view text(Standing standing);
    static std::optional<Standing> standing_from(std::string_view text);
    struct Page {
        std::optional<Standing> only;
        bool retrain = false;  // in_grace and to_retrain
        std::size_t limit = 50, offset = 0;
    };
    // {total, offset, users:[{person, name, unit, staff_group, job_role, by, from, to, state, items, held,
    // trained_on_go_live, retrain_by}]}: those in most need first, then by name.
    [[nodiscard]] ordered_json users(const Page& page) const;

private:
    struct Item {
        int requirement;
        std::size_t asked = 0, on_go_live = 0, since = 0, lacking = 0, in_grace = 0, asked_now = 0,
                    held_now = 0;
    };
    struct User {
        std::string person, name, unit, staff_group, job_role, by;
        std::optional<Day> from, to, retrain_by;
        Standing standing = Standing::not_asked;
        std::size_t items = 0, held = 0;
        std::optional<bool> trained_on_go_live;
    };
    struct Held {
        bool on_go_live = false, now = false, now_by_itself = false, once = false;
        std::optional<Day> until;  // while it holds now
    };
    [[nodiscard]] std::vector<int> asked_of(Demands& demands, const PersonFacts& person, Day day) const;
    [[nodiscard]] Held held(const PersonFacts& person, int requirement) const;
    [[nodiscard]] bool is_about_former(const Contribution& contribution) const;
    Item& item(int requirement);
    void add_at_go_live(const PersonFacts& person);
    void add_now(const PersonFacts& person);
    [[nodiscard]] ordered_json retraining() const;

    const Rules& rules_;
    int deployment_;
    Day as_of_;
    std::optional<Day> go_live_, grace_ends_;
    Demands demands_now_;
    std::optional<Demands> demands_at_go_live_;
    std::vector<Item> items_;  // in order of requirement
    std::vector<User> users_;  // of the day asked about
    std::size_t at_go_live_ = 0, at_go_live_asked_ = 0, trained_on_go_live_ = 0, trained_since_ = 0;
};

}  // namespace capbridge::competency
