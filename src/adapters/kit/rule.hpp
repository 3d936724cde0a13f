// A rule of the kit and what it may use. Each rule runs by itself, on children of its own, so that what one
// adapter does in one rule reaches no other. Internal to this folder.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "adapters/kit/report.hpp"
#include "adapters/kit/stage.hpp"

namespace capbridge::adapters {

struct KitCase {
    const ChildSpec& spec;
    const engine::AdapterInfo& adapter;  // the file; of a described one also its id, schema, ...
    const Cassette* cassette;            // nullptr for rules that need none
};

// Passed when both are empty.
struct Verdict {
    std::string failed, skipped;
    bool is_open = false;  // KitFinding::is_open
    static Verdict passed() { return {}; }
    static Verdict fail(std::string why) { return {std::move(why), {}}; }
    static Verdict skip(std::string why) { return {{}, std::move(why)}; }
    static Verdict open(std::string why) { return {{}, std::move(why), true}; }
};

struct KitRule {
    KitLevel level;
    std::string id, text;
    bool needs_cassette;
    Verdict (*run)(const KitCase& c);
};

std::vector<KitRule> loading_rules();    // no cassette
std::vector<KitRule> reading_rules();    // check and a whole pull
std::vector<KitRule> resuming_rules();   // kills, cancels, back-pressure
std::vector<KitRule> fault_rules();      // what an LMS does on a bad day
std::vector<KitRule> writing_rules();    // push
std::vector<KitRule> hardening_rules();  // limits, hosts, growth

// A stage with the adapter configured as the cassette says. On an error `why` has it and the result is empty.
std::unique_ptr<Stage> staged(const KitCase& c, std::string& why);
// A whole pull from the cursor on a stage of its own.
Played whole_pull(const KitCase& c, const std::string& cursor = {});
// "adapter_retry: the LMS is busy"; "" for success.
std::string told(const Played& played);
// Did it end because nobody recorded that request? That is about the cassette, and skips a rule.
bool lacks_answer(const Played& played);
Verdict not_recorded(const Played& played, const std::string& advice);
inline constexpr const char* second_recording =
    "what a pull from the last cursor asks was not recorded: record a second sync into the same folder";
// What differs between two sets of records, in a line; "" when nothing does.
std::string difference(const std::map<std::string, std::string>& expected,
                       const std::map<std::string, std::string>& seen);

}  // namespace capbridge::adapters
