// What several dated rows together say, also when they come in different files: the posts of an assignment,
// the periods for which somebody was employed, and from both the last day of each post. ESR sends a change
// without the rows that it changes: a termination stands in the person's row alone, a first day that was
// moved leaves the row of the old day behind. Days as text.hpp has them. Pure; any thread.
#pragma once
#include <map>
#include <string>

#include "esr/text.hpp"

namespace esr_adapter {

// One dated row of an assignment, by its first day.
struct Post {
    Day end = kNever;    // the row's own or the assignment's, what comes first; not the person's
    bool ended = false;  // it says that the assignment is over: nothing is told of it
    bool told = false;   // by the file that is read now; never remembered
    bool known = false;  // the rest is remembered, so that it can be told again with another end
    std::string unit, position;
    std::string title, job;  // UTF-8; job only where the position is not known

    friend bool operator==(const Post&, const Post&) = default;
};

struct Assignment {
    std::string person, number;  // "": not remembered
    Day earliest = 0;            // first day of the assignment by its own word; 0: none
    Day ends = kNever;           // last day by its own word
    std::map<Day, Post> posts;

    friend bool operator==(const Assignment&, const Assignment&) = default;
};

// First days of somebody's rows -> the termination that the row names, or kNever. Empty: never left.
using Service = std::map<Day, Day>;

Day day_before(Day day);
// The last day of the employment that somebody has who is in post from `start` on; kNever: no end is known;
// 0: they had left before that day, and no later row took them on again.
Day employed_until(const Service& service, Day start);
// The last day of that post: its own end, the day before the next post, the person's; 0: no day is left.
Day last_day(const Assignment& assignment, const Service& service, Day start);
// Until when its number is that person's; 0: no day is left.
Day number_until(const Assignment& assignment, const Service& service);
// Rows of an assignment never overlap. So a row that was told before has been moved when it begins before the
// assignment does, or within another row that is told now.
bool was_moved(Day start, const Assignment& told_now);

}  // namespace esr_adapter
