#include "esr/timeline.hpp"

#include <algorithm>
#include <chrono>

namespace esr_adapter {

Day day_before(Day day) {
    using namespace std::chrono;
    const year_month_day given{year{day / 10'000}, month{static_cast<unsigned>(day / 100 % 100)},
                               std::chrono::day{static_cast<unsigned>(day % 100)}};
    const year_month_day before{sys_days{given} - days{1}};
    return static_cast<int>(before.year()) * 10'000 +
           static_cast<int>(static_cast<unsigned>(before.month())) * 100 +
           static_cast<int>(static_cast<unsigned>(before.day()));
}

Day employed_until(const Service& service, Day start) {
    Day until = kNever, left_before = 0;
    for (const auto& [row, left] : service) {
        if (left == kNever) continue;
        if (left >= start) {
            until = std::min(until, left);
        } else {
            left_before = std::max(left_before, left);
        }
    }
    if (left_before == 0) return until;
    const bool taken_on_again = std::any_of(service.begin(), service.end(), [&](const auto& row) {
        return row.first > left_before && row.first <= start && row.second >= row.first;
    });
    return taken_on_again ? until : 0;
}

Day last_day(const Assignment& assignment, const Service& service, Day start) {
    const auto post = assignment.posts.find(start);
    if (post == assignment.posts.end() || post->second.ended) return 0;
    auto end = std::min(post->second.end, employed_until(service, start));
    if (const auto next = std::next(post); next != assignment.posts.end() && next->first <= end)
        end = day_before(next->first);
    return end >= start ? end : 0;
}

Day number_until(const Assignment& assignment, const Service& service) {
    if (assignment.posts.empty()) return 0;
    const auto& [start, post] = *assignment.posts.rbegin();
    return std::min(assignment.ends, post.ended ? day_before(start) : employed_until(service, start));
}

bool was_moved(Day start, const Assignment& told_now) {
    return start < told_now.earliest ||
           std::any_of(told_now.posts.begin(), told_now.posts.end(), [&](const auto& post) {
               return post.second.told && post.first < start && start <= post.second.end;
           });
}

}  // namespace esr_adapter
