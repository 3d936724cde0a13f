// The cursor of a Moodle source: what is behind us for good, and where within a run we are.
//   {"v":1,"plan":"report:7","since":{"report":1790000000,"scorm":1790000000,"feed":{"course":[t,id]}},
//    "at":{"phase":"report","full":true,"from":0,"page":12,"top":1790000000}}
// `at` is there only within a run. A plan that is no longer the settings' makes it a bad cursor: the host
// then pulls from the beginning, which is the only way to know all keys again.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace moodle {

struct FeedPosition {
    std::int64_t time = 0, id = 0;
};

struct Cursor {
    std::string plan;
    std::int64_t report_since = 0;  // unix seconds: the newest completion that is known
    std::int64_t scorm_since = 0;   // unix seconds: tracks before it are known
    std::map<std::string, FeedPosition, std::less<>> feeds;  // by kind

    std::string phase;               // "": between two runs
    bool full = false;               // report: a full compare
    std::int64_t from = 0, top = 0;  // report: where its window begins; the newest seen in this run
    std::int64_t started = 0;        // unix seconds: when this run began
    std::size_t page = 0;            // report
    std::string course;              // sweep, scorm: the course or activity that is read,
    std::size_t offset = 0;          // and how many of its people are behind us

    void enter(std::string next_phase);
    void finish();  // the run is through

    // "" is the beginning. Throws bridge::Failure{BRIDGE_BAD_CURSOR}.
    static Cursor parse(std::string_view text, std::string plan);
    [[nodiscard]] std::string text() const;
};

}  // namespace moodle
