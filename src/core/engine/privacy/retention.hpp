// How long what is kept is kept, by class (config/schemas/retention.schema.json; docs/privacy.md). The rules
// are a decision in the journal, kind "retention", so that who set a period, and when, is known as long as
// what it took. Nothing is deleted unless somebody publishes a rule and applies it, or has the daemon do so.
#pragma once
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "core/base/time.hpp"
#include "core/engine/operations.hpp"

namespace capbridge::engine {

struct Retention {
    struct Rule {
        std::string of;  // class
        std::string keep;
        Duration period;
    };
    std::string version;
    bool daily = false;
    std::vector<Rule> rules;
};
// Error "invalid_document" lists the problems.
Result<Retention> load_retention(std::string_view text, const std::string& name);
std::optional<Retention> retention_in_force(Bridge& bridge);

// retention.publish {text, name}; retention.show {}
// retention.preview {text?, name?}: of the rules in force, or of a file that is not published ->
//   {version, classes: [{class, keep, before, rows, units?: [{unit, people}]}]}. Nobody is named.
// retention.apply {clock_is_right?}: a run; people are erased one by one (erase.hpp), the rest goes in
//   batches. By the admin door only. Error "clock_in_doubt" (clock_doubt.hpp) unless somebody says that it
//   is.
std::vector<Operation> retention_operations();

// Applies the rules once a day, in a daemon, when they say so. A thread of its own, which ends with it.
class RetentionTicker {
public:
    explicit RetentionTicker(Bridge& bridge, std::chrono::milliseconds look = std::chrono::minutes{5});
    ~RetentionTicker();
    RetentionTicker(const RetentionTicker&) = delete;
    RetentionTicker& operator=(const RetentionTicker&) = delete;

private:
    Bridge& bridge_;
    std::optional<Day> done_;
    std::mutex mutex_;
    std::condition_variable wake_;
    bool ending_ = false;
    std::thread thread_;
};

}  // namespace capbridge::engine
