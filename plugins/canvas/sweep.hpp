// One pull: every course of the account, whole, because Canvas cannot say what changed since. A sweep goes
// through the courses by their numbers; the cursor says which sweep and after which course, so that a pull
// that was cut short goes on where it was, and the next after a whole one begins the next sweep:
//   {"of":"<settings>","sweep":4,"after":"1234"}
// Each course is a snapshot of its own: progress in bulk, then the enrolments with the learners' identifiers,
// then, one by one, the learners that the bulk answer leaves out (those whose enrolment has been concluded).
// One thread; lives for one pull.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "canvas/client.hpp"
#include "canvas/learner.hpp"

namespace canvas {

struct Cursor {
    std::int64_t sweep = 1;
    std::string after;  // number of the last course that is through; "" at the beginning

    // Throws bridge::Failure{BRIDGE_BAD_CURSOR}.
    static Cursor parse(std::string_view text, const std::string& fingerprint);
    [[nodiscard]] std::string text(const std::string& fingerprint) const;
};

class Sweep {
public:
    Sweep(const bridge::Host& host, const Settings& settings, std::string_view cursor, bridge::Stream& out,
          const bridge::Call& call);
    void run();

private:
    struct CourseRun;  // sweep_course.cpp
    std::vector<Course> courses();
    void read_course(const Course& course);
    void warn_of_missing_rights();

    const bridge::Host& host_;
    const Settings& settings_;
    bridge::Stream& out_;
    const bridge::Call& call_;
    Client client_;
    Cursor cursor_;
    std::size_t learners_ = 0, identified_ = 0, without_requirements_ = 0;
};

}  // namespace canvas
