#include "core/competency/rollout.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <tuple>

#include "core/competency/cells.hpp"
#include "core/competency/standing.hpp"
#include "core/competency/succession.hpp"

namespace capbridge::competency {
namespace {

using Standing = Rollout::Standing;

constexpr std::array standings{Standing::to_retrain, Standing::in_grace, Standing::untrained,
                               Standing::not_asked, Standing::trained};

const Record* record_of(const PersonFacts& person, int requirement, std::string_view context) {
    const auto it = std::find_if(person.records.begin(), person.records.end(), [&](const Record& r) {
        return r.requirement == requirement && r.context == context;
    });
    return it == person.records.end() ? nullptr : &*it;
}

// The post that tells where a user is to be found: one that the rule fits, if any does, else the first.
const people::Employment* post_of(const people::Person& person, Day day) {
    for (const auto& e : person.employments) {
        if (e.current_on(day)) return &e;
    }
    return nullptr;
}

}  // namespace

std::string_view Rollout::text(Standing standing) {
    switch (standing) {
        case Standing::trained:
            return "trained";
        case Standing::in_grace:
            return "in_grace";
        case Standing::to_retrain:
            return "to_retrain";
        case Standing::untrained:
            return "untrained";
        default:
            return "not_asked";
    }
}

std::optional<Standing> Rollout::standing_from(std::string_view wanted) {
    for (const auto standing : standings) {
        if (text(standing) == wanted) return standing;
    }
    return {};
}

Rollout::Rollout(const Rules& rules, int deployment, Day as_of)
    : rules_(rules), deployment_(deployment), as_of_(as_of), demands_now_(rules, as_of) {
    const auto& d = rules.deployments[static_cast<std::size_t>(deployment)];
    go_live_ = d.go_live;
    if (go_live_) demands_at_go_live_.emplace(rules, *go_live_);
    if (go_live_ && rules.policy.product_grace && version_before(rules, d) != nullptr)
        grace_ends_ = capbridge::add(*go_live_, *rules.policy.product_grace);
}

bool Rollout::concerns(const people::Person& person) const {
    return (go_live_ && rules_.works_with(person, deployment_, go_live_)) ||
           rules_.works_with(person, deployment_, as_of_);
}

std::vector<int> Rollout::asked_of(Demands& demands, const PersonFacts& person, Day day) const {
    const auto& context = rules_.deployments[static_cast<std::size_t>(deployment_)].id;
    std::vector<int> out;
    for (const auto& each : demands.of(person.person, person.assignments).items) {
        if (each.deployment != deployment_ || each.demand != Demand::required) continue;
        const auto* record = record_of(person, each.requirement, context);
        if (record != nullptr && record->overriding.in_force(day)) continue;
        if (std::find(out.begin(), out.end(), each.requirement) == out.end()) out.push_back(each.requirement);
    }
    return out;
}

// Evidence that counts here only for the days of grace.
bool Rollout::is_about_former(const Contribution& contribution) const {
    const auto* use = rules_.use_of_ref(contribution.mapping);
    return use != nullptr &&
           std::any_of(use->deployments.begin(), use->deployments.end(), [&](const Rules::Reach& reach) {
               return reach.deployment == deployment_ && reach.until;
           });
}

Rollout::Held Rollout::held(const PersonFacts& person, int requirement) const {
    Held out;
    const auto& d = rules_.deployments[static_cast<std::size_t>(deployment_)];
    const auto* record = record_of(person, requirement, d.id);
    if (record == nullptr) return out;
    const int amber = rules_.policy.amber_days;
    if (go_live_) out.on_go_live = state_at(*record, *go_live_, amber).holds();
    const auto now = state_at(*record, as_of_, amber);
    out.now = now.holds();
    if (out.now) out.until = now.until;
    std::vector<Contribution> own;
    for (const auto& c : record->evidence) {
        out.once = out.once || (held_once(c) && (!c.from || *c.from <= as_of_));
        if (!is_about_former(c)) own.push_back(c);
    }
    const auto by_itself = standing(own, as_of_);
    out.now_by_itself = out.now && by_itself.holds();
    if (out.now_by_itself) out.until = by_itself.until;
    return out;
}

Rollout::Item& Rollout::item(int requirement) {
    const auto at = std::lower_bound(items_.begin(), items_.end(), requirement,
                                     [](const Item& i, int r) { return i.requirement < r; });
    if (at != items_.end() && at->requirement == requirement) return *at;
    Item fresh{};
    fresh.requirement = requirement;
    return *items_.insert(at, fresh);
}

void Rollout::add_at_go_live(const PersonFacts& person) {
    if (!is_staff(person.person, *go_live_)) return;
    ++at_go_live_;
    const auto asked = asked_of(*demands_at_go_live_, person, *go_live_);
    if (asked.empty()) return;
    ++at_go_live_asked_;
    // Before go-live nobody is trained since: what holds today and lapses by then is lacking on the day.
    const bool is_live = *go_live_ <= as_of_;
    bool all_then = true, all_now = true;
    for (const int requirement : asked) {
        const auto h = held(person, requirement);
        auto& count = item(requirement);
        ++count.asked;
        const bool since = is_live && h.now;
        ++(h.on_go_live ? count.on_go_live : since ? count.since : count.lacking);
        all_then = all_then && h.on_go_live;
        all_now = all_now && (since || h.on_go_live);
    }
    if (all_then) {
        ++trained_on_go_live_;
    } else if (all_now) {
        ++trained_since_;
    }
}

void Rollout::add_now(const PersonFacts& person) {
    if (!is_staff(person.person, as_of_)) return;
    User user;
    user.person = person.person.id;
    user.name = person.person.name;
    if (const auto* post = post_of(person.person, as_of_)) {
        user.unit = post->unit;
        user.staff_group = post->staff_group;
        user.job_role = post->job_role;
    }
    user.by = "rule";
    const auto& d = rules_.deployments[static_cast<std::size_t>(deployment_)];
    for (const auto& use : person.person.uses) {
        if (use.deployment != d.id || !use.works_with || !use.valid_on(as_of_)) continue;
        user.by = "name";
        user.from = use.from;
        user.to = use.to;
    }
    bool some_in_grace = false, some_lapsed = false, all_then = true;
    const auto asked = asked_of(demands_now_, person, as_of_);
    for (const int requirement : asked) {
        const auto h = held(person, requirement);
        auto& count = item(requirement);
        ++count.asked_now;
        ++user.items;
        all_then = all_then && h.on_go_live;
        if (!h.now) {
            some_lapsed = some_lapsed || h.once;
            continue;
        }
        ++count.held_now;
        ++user.held;
        if (h.now_by_itself) continue;
        ++count.in_grace;
        some_in_grace = true;
        if (h.until && (!user.retrain_by || *h.until < *user.retrain_by)) user.retrain_by = h.until;
    }
    if (!asked.empty() && go_live_) user.trained_on_go_live = all_then;
    user.standing = asked.empty()             ? Standing::not_asked
                    : some_lapsed             ? Standing::to_retrain
                    : some_in_grace           ? Standing::in_grace
                    : user.held == user.items ? Standing::trained
                                              : Standing::untrained;
    users_.push_back(std::move(user));
}

void Rollout::add(const PersonFacts& person) {
    if (go_live_ && rules_.works_with(person.person, deployment_, go_live_)) add_at_go_live(person);
    if (rules_.works_with(person.person, deployment_, as_of_)) add_now(person);
}

ordered_json Rollout::retraining() const {
    const auto& d = rules_.deployments[static_cast<std::size_t>(deployment_)];
    const auto* former = version_before(rules_, d);
    if (former == nullptr) return {};
    std::size_t in_grace = 0, over = 0;
    std::optional<Day> first;
    for (const auto& user : users_) {
        in_grace += user.standing == Standing::in_grace ? 1 : 0;
        over += user.standing == Standing::to_retrain ? 1 : 0;
        if (user.retrain_by && (!first || *user.retrain_by < *first)) first = user.retrain_by;
    }
    return {{"version_before",
             {{"deployment", former->id},
              {"version", former->version},
              {"go_live", day_or_null(former->go_live)}}},
            {"grace_ends", day_or_null(grace_ends_)},
            {"to_retrain", in_grace + over},
            {"in_grace", in_grace},
            {"over", over},
            {"first_on", day_or_null(first)}};
}

ordered_json Rollout::show() const {
    const auto& f = rules_.framework;
    const auto& d = rules_.deployments[static_cast<std::size_t>(deployment_)];
    const auto* product = rules_.product_of(deployment_);
    std::array<std::size_t, standings.size()> of{};
    std::size_t by_name = 0;
    for (const auto& user : users_) {
        ++of[static_cast<std::size_t>(user.standing)];
        by_name += user.by == "name" ? 1 : 0;
    }
    const auto standing_count = [&](Standing s) { return of[static_cast<std::size_t>(s)]; };
    ordered_json out = {{"deployment",
                         {{"id", d.id},
                          {"product", d.product},
                          {"version", d.version},
                          {"unit", d.unit},
                          {"go_live", day_or_null(d.go_live)},
                          {"users",
                           {{"units", d.units.empty() ? std::vector{d.unit} : d.units},
                            {"staff_groups", d.staff_groups},
                            {"job_roles", d.job_roles}}}}}};
    out["product"] =
        product == nullptr
            ? ordered_json()
            : ordered_json{
                  {"id", product->id},
                  {"name", product->name},
                  {"risk", text_or_null(product->risk)},
                  {"medical_device",
                   product->medical_device ? ordered_json(*product->medical_device) : ordered_json()},
                  {"clinical", product->clinical ? ordered_json(*product->clinical) : ordered_json()}};
    out["as_of"] = format_day(as_of_);
    const auto* next = version_after(rules_, d);
    out["version_after"] = next == nullptr ? ordered_json()
                                           : ordered_json{{"deployment", next->id},
                                                          {"version", next->version},
                                                          {"go_live", day_or_null(next->go_live)}};
    out["live"] = go_live_ ? ordered_json(*go_live_ <= as_of_) : ordered_json();
    out["users"] = {{"people", users_.size()}, {"by_name", by_name}};
    for (const auto standing : standings)
        out["users"][std::string(text(standing))] = standing_count(standing);
    out["trained"] = go_live_
                         ? ordered_json{{"on", format_day(*go_live_)},
                                        {"people", at_go_live_},
                                        {"asked", at_go_live_asked_},
                                        {"by_go_live", trained_on_go_live_},
                                        {"since", trained_since_},
                                        {"not_yet", at_go_live_asked_ - trained_on_go_live_ - trained_since_}}
                         : ordered_json();
    out["items"] = ordered_json::array();
    for (const auto& each : items_) {
        const auto& r = f.requirements[static_cast<std::size_t>(each.requirement)];
        ordered_json one = {
            {"requirement", r.id},
            {"group", text_or_null(r.group)},
            {"kind", r.kind == framework::Kind::skill ? "skill" : "knowledge"},
            {"level", r.level},
            {"title", r.title},
            {"trained", go_live_ ? ordered_json{{"asked", each.asked},
                                                {"by_go_live", each.on_go_live},
                                                {"since", each.since},
                                                {"not_yet", each.lacking}}
                                 : ordered_json()},
            {"now", {{"asked", each.asked_now}, {"held", each.held_now}, {"in_grace", each.in_grace}}}};
        out["items"].push_back(std::move(one));
    }
    out["retraining"] = retraining();
    return out;
}

ordered_json Rollout::users(const Page& page) const {
    const auto rank = [](Standing s) {
        return std::find(standings.begin(), standings.end(), s) - standings.begin();
    };
    std::vector<const User*> wanted;
    for (const auto& user : users_) {
        const bool retrain = user.standing == Standing::in_grace || user.standing == Standing::to_retrain;
        if ((!page.only || *page.only == user.standing) && (!page.retrain || retrain))
            wanted.push_back(&user);
    }
    std::sort(wanted.begin(), wanted.end(), [&](const User* a, const User* b) {
        const auto ra = rank(a->standing), rb = rank(b->standing);
        return std::tie(ra, a->name, a->person) < std::tie(rb, b->name, b->person);
    });
    ordered_json out = {{"total", wanted.size()}, {"offset", page.offset}, {"users", ordered_json::array()}};
    for (std::size_t i = page.offset; i < wanted.size() && i - page.offset < page.limit; ++i) {
        const auto& u = *wanted[i];
        out["users"].push_back({{"person", u.person},
                                {"name", text_or_null(u.name)},
                                {"unit", text_or_null(u.unit)},
                                {"staff_group", text_or_null(u.staff_group)},
                                {"job_role", text_or_null(u.job_role)},
                                {"by", u.by},
                                {"from", day_or_null(u.from)},
                                {"to", day_or_null(u.to)},
                                {"state", text(u.standing)},
                                {"items", u.items},
                                {"held", u.held},
                                {"trained_by_go_live",
                                 u.trained_on_go_live ? ordered_json(*u.trained_on_go_live) : ordered_json()},
                                {"retrain_by", day_or_null(u.retrain_by)}});
    }
    return out;
}

}  // namespace capbridge::competency
