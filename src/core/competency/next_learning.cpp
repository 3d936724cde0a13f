#include "core/competency/next_learning.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <tuple>

#include "core/competency/coverage.hpp"
#include "core/competency/next_learning_needs.hpp"
#include "core/competency/words.hpp"

namespace capbridge::competency {
namespace {

using Open = LearningNeeds::Open;
using Cases = std::array<std::size_t, need_count>;

// What weighs how much once the first need is settled; per minute of learning.
constexpr std::array<std::size_t, need_count> weights{16, 8, 4, 2, 1};
constexpr std::size_t closes_shown = 100, left_shown = 50;

std::size_t sum(const Cases& cases) {
    std::size_t out = 0;
    for (const auto n : cases) out += n;
    return out;
}
std::size_t first_of(const Cases& cases) {  // need_count: none
    return static_cast<std::size_t>(
        std::find_if(cases.begin(), cases.end(), [](std::size_t n) { return n > 0; }) - cases.begin());
}
ordered_json cases_json(const Cases& cases) {
    auto out = ordered_json::object();
    for (std::size_t n = 0; n < need_count; ++n) out[std::string(text(static_cast<Need>(n)))] = cases[n];
    return out;
}

class Cover {
public:
    Cover(const Rules& rules, Day day, std::map<int, Open> open)
        : choices_(learning_choices(rules, day)), open_(std::move(open)) {
        for (auto& choice : choices_)
            std::erase_if(choice.gives, [&](const auto& give) { return !open_.contains(give.slot); });
    }

    // What of the need no learning on the day closes.
    [[nodiscard]] std::map<int, Cases> beyond_learning() const {
        std::map<int, Cases> left;
        for (const auto& [slot, its] : open_) left[slot] = its.cases;
        for (const auto& choice : choices_) {
            for (const auto& give : choice.gives) take(left[give.slot], give);
        }
        std::erase_if(left, [](const auto& each) { return sum(each.second) == 0; });
        return left;
    }

    // The next best, or nothing. Its cases are closed then.
    struct Step {
        const LearningChoice* choice = nullptr;
        Cases cases{};
        std::vector<std::pair<int, Cases>> closes;
        std::vector<int> people;
        std::vector<std::string> teams;
    };
    Step next() {
        const LearningChoice* best = nullptr;
        Cases best_gain{};
        for (const auto& choice : choices_) {
            const auto gain = gain_of(choice);
            if (sum(gain) == 0) continue;
            if (best == nullptr || is_better(choice, gain, *best, best_gain)) {
                best = &choice;
                best_gain = gain;
            }
        }
        Step step;
        if (best == nullptr) return step;
        step.choice = best;
        step.cases = best_gain;
        for (const auto& give : best->gives) {
            auto& its = open_[give.slot];
            const auto closed = take(its.cases, give);
            if (sum(closed) == 0) continue;
            step.closes.emplace_back(give.slot, closed);
            step.people.insert(step.people.end(), its.people.begin(), its.people.end());
            if (closed[static_cast<std::size_t>(Need::team_gap)] > 0)
                step.teams.insert(step.teams.end(), its.teams.begin(), its.teams.end());
        }
        for_once(step.people);
        for_once(step.teams);
        std::stable_sort(step.closes.begin(), step.closes.end(), [](const auto& a, const auto& b) {
            return first_of(a.second) < first_of(b.second);
        });
        return step;
    }
    [[nodiscard]] bool has_more() const {
        return std::any_of(choices_.begin(), choices_.end(),
                           [&](const LearningChoice& c) { return sum(gain_of(c)) > 0; });
    }

private:
    template <class List>
    static void for_once(List& list) {
        std::sort(list.begin(), list.end());
        list.erase(std::unique(list.begin(), list.end()), list.end());
    }

    // What is about to run out is ended only by what holds longer.
    static Cases take(Cases& open, const LearningChoice::Give& give) {
        Cases out{};
        for (std::size_t n = 0; n < need_count; ++n) {
            if (n == static_cast<std::size_t>(Need::expiring) && !give.lasts) continue;
            std::swap(out[n], open[n]);
        }
        return out;
    }
    [[nodiscard]] Cases gain_of(const LearningChoice& choice) const {
        Cases out{};
        for (const auto& give : choice.gives) {
            auto cases = open_.at(give.slot).cases;
            const auto taken = take(cases, give);
            for (std::size_t n = 0; n < need_count; ++n) out[n] += taken[n];
        }
        return out;
    }
    // First what closes anything of the first need; of those, what is known to take so long before what is
    // not; then the weight of all that it closes, for each minute; then the shorter one; then by name.
    static bool is_better(const LearningChoice& a, const Cases& gain_a, const LearningChoice& b,
                          const Cases& gain_b) {
        if (first_of(gain_a) != first_of(gain_b)) return first_of(gain_a) < first_of(gain_b);
        const auto minutes_a = static_cast<std::size_t>(a.item->minutes),
                   minutes_b = static_cast<std::size_t>(b.item->minutes);
        if ((minutes_a == 0) != (minutes_b == 0)) return minutes_b == 0;
        const auto weight = [](const Cases& gain) {
            std::size_t out = 0;
            for (std::size_t n = 0; n < need_count; ++n) out += gain[n] * weights[n];
            return out;
        };
        const auto rate_a = weight(gain_a) * std::max<std::size_t>(minutes_b, 1),
                   rate_b = weight(gain_b) * std::max<std::size_t>(minutes_a, 1);
        if (rate_a != rate_b) return rate_a > rate_b;
        return std::tie(minutes_a, a.item->title, a.item->id, a.activities) <
               std::tie(minutes_b, b.item->title, b.item->id, b.activities);
    }

    std::vector<LearningChoice> choices_;
    std::map<int, Open> open_;
};

// "3 items of the foundation, 1 item that runs out soon"
std::string closes_words(const Cases& cases, bool one_person) {
    static constexpr const char* words[] = {" of the foundation", " about to run out",
                                            " that too few of a team or of those asked together hold",
                                            " asked beside", " that are said to be known"};
    std::string out;
    for (std::size_t n = 0; n < need_count; ++n) {
        if (cases[n] == 0) continue;
        out += (out.empty() ? "" : ", ") + count_of(cases[n], one_person ? "item" : "case") + words[n];
    }
    return out;
}

}  // namespace

std::string_view text(Need need) {
    switch (need) {
        case Need::foundation:
            return "foundation";
        case Need::expiring:
            return "expiring";
        case Need::team_gap:
            return "team_gap";
        case Need::rest:
            return "rest";
        case Need::said_known:
            break;
    }
    return "said_known";
}

struct NextLearning::Impl {
    Impl(const Rules& its_rules, Question its_question, Options its_options)
        : rules(its_rules),
          question(std::move(its_question)),
          options(std::move(its_options)),
          slots(rules),
          needs(rules, question, options) {}

    [[nodiscard]] bool one_person() const { return options.whom == Options::Whom::person; }
    [[nodiscard]] ordered_json slot_json(int slot, const Cases& cases) const;
    [[nodiscard]] ordered_json step_json(const Cover::Step& step) const;
    [[nodiscard]] std::string why(const Cover::Step& step) const;
    [[nodiscard]] ordered_json left_json(const std::map<int, Cases>& left) const;

    const Rules& rules;
    Question question;
    Options options;
    Slots slots;
    LearningNeeds needs;
};

ordered_json NextLearning::Impl::slot_json(int slot, const Cases& cases) const {
    const auto& r = rules.framework.requirements[static_cast<std::size_t>(slots.requirement(slot))];
    const int d = slots.deployment(slot);
    ordered_json out = {
        {"requirement", r.id},
        {"title", r.title},
        {"level", r.level},
        {"context", d < 0 ? ordered_json() : ordered_json(rules.deployments[static_cast<std::size_t>(d)].id)},
        {"need", text(static_cast<Need>(first_of(cases)))}};
    if (!one_person()) out["cases"] = sum(cases);
    return out;
}

std::string NextLearning::Impl::why(const Cover::Step& step) const {
    const int minutes = step.choice->item->minutes;
    std::string out = "Closes " + closes_words(step.cases, one_person());
    if (minutes > 0) {
        out += " in " + count_of(static_cast<std::size_t>(minutes), "minute") + ": of what closes anything " +
               (first_of(step.cases) == 0 ? std::string("of the foundation")
                                          : std::string("of the first need")) +
               " that is still open, the most for its time.";
    } else {
        out += ". How long it takes is not known, so it stands after learning that is known to take so long.";
    }
    if (!step.teams.empty()) {
        out += " Gap of ";
        for (std::size_t i = 0; i < step.teams.size() && i < 5; ++i)
            out += (i == 0 ? "" : ", ") + in_quotes(step.teams[i]);
        out += ".";
    }
    if (step.cases[static_cast<std::size_t>(Need::said_known)] > 0) {
        out += one_person()
                   ? " You say that you know what is marked so; it comes last, and counts once it is shown."
                   : " What people say they know comes last, and counts once it is shown.";
    }
    return out;
}

ordered_json NextLearning::Impl::step_json(const Cover::Step& step) const {
    const auto& c = *step.choice;
    ordered_json out = {{"learning_item", c.item->id},
                        {"title", c.item->title},
                        {"mapping", c.set->id + "@" + c.set->version},
                        {"activities", c.activities},
                        {"minutes", c.item->minutes > 0 ? ordered_json(c.item->minutes) : ordered_json()},
                        {"needs", c.needs_pass ? "passed" : "completed"},
                        {"min_score", c.min_score ? ordered_json(*c.min_score) : ordered_json()},
                        {"people", step.people.size()},
                        {"cases", cases_json(step.cases)},
                        {"why", why(step)},
                        {"closes_total", step.closes.size()}};
    auto& closes = out["closes"] = ordered_json::array();
    for (std::size_t i = 0; i < step.closes.size() && i < closes_shown; ++i)
        closes.push_back(slot_json(step.closes[i].first, step.closes[i].second));
    return out;
}

ordered_json NextLearning::Impl::left_json(const std::map<int, Cases>& left) const {
    std::size_t total = 0;
    std::map<std::string, std::size_t> by_evidence;
    auto items = ordered_json::array();
    for (const auto& [slot, cases] : left) {
        total += sum(cases);
        const auto least = least_evidence(rules, slots.requirement(slot));
        // Where learning could show it, none exists or none that holds long enough.
        by_evidence[least.empty() ? "nothing" : std::string(least)] += sum(cases);
        if (items.size() >= left_shown) continue;
        auto item = slot_json(slot, cases);
        item["could_be_shown_by"] = evidence_words(least);
        items.push_back(std::move(item));
    }
    return {{"cases", total},
            {"requirements", left.size()},
            {"by_least_evidence", by_evidence},
            {"items", std::move(items)}};
}

NextLearning::NextLearning(const Rules& rules, Question question, Options options)
    : impl_(std::make_unique<Impl>(rules, std::move(question), std::move(options))) {}
NextLearning::~NextLearning() = default;

void NextLearning::says_they_know(const std::string& person, const std::string& requirement,
                                  const std::string& context) {
    impl_->needs.says_they_know(person, requirement, context);
}
void NextLearning::add(const PersonFacts& person) {
    impl_->needs.add(person);
}

ordered_json NextLearning::finish() const {
    const auto& q = impl_->question;
    const auto& options = impl_->options;
    auto open = impl_->needs.open();
    Cases needs{};
    for (const auto& [slot, its] : open) {
        for (std::size_t n = 0; n < need_count; ++n) needs[n] += its.cases[n];
    }
    Cover cover(impl_->rules, q.as_of, std::move(open));
    const auto left = cover.beyond_learning();

    ordered_json out = {{"as_of", format_day(q.as_of)}};
    if (impl_->one_person()) {
        out["for"] = {{"person", options.person}};
    } else if (options.whom == Options::Whom::team) {
        out["for"] = {{"team", options.team}};
    } else {
        out["for"] = {{"unit", text_or_null(q.scope.unit)},
                      {"descendants", q.scope.descendants},
                      {"staff_group", text_or_null(q.scope.staff_group)},
                      {"job_role", text_or_null(q.scope.job_role)},
                      {"archetype", text_or_null(q.scope.archetype)},
                      {"deployment", text_or_null(q.scope.deployment)}};
    }
    out["people"] = impl_->needs.people();
    out["needs"] = cases_json(needs);
    auto& steps = out["steps"] = ordered_json::array();
    int minutes = 0;
    bool all_known = true;
    while (steps.size() < options.limit) {
        const auto step = cover.next();
        if (step.choice == nullptr) break;
        auto json_of_step = impl_->step_json(step);
        minutes += step.choice->item->minutes;
        all_known = all_known && step.choice->item->minutes > 0;
        json_of_step["minutes_so_far"] = all_known ? ordered_json(minutes) : ordered_json();
        steps.push_back(std::move(json_of_step));
    }
    out["more"] = cover.has_more();
    out["left"] = impl_->left_json(left);
    out["rules"] = impl_->rules.version_text();
    out["watermark"] = q.watermark;
    return out;
}

}  // namespace capbridge::competency
