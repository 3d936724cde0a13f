// Reading the configuration anew while the daemon runs, all or nothing (docs/decisions/021-reload.md): the
// file is checked whole, what can fail is prepared, what the store holds is changed in one commit, and what
// the daemon has in memory is swapped at the end. On any error the old configuration stays in force, and the
// answer or the log says what is wrong. SIGHUP asks for it, and the operation config.reload. Owned by the
// daemon; thread-safe, one reload at a time.
#pragma once
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "cli/config_difference.hpp"
#include "cli/live_parts.hpp"
#include "core/engine/operations.hpp"

namespace capbridge::cli {

class Reloader {
public:
    struct From {
        std::filesystem::path file;                  // "" where the daemon was started without one
        std::map<std::string, std::string> folders;  // as check_configuration() takes them
        std::vector<std::string> overridden = {};    // pointers of members that the command line decides
        std::string data = {};                       // as check_configuration() takes it
    };
    // `running` is what the daemon was started with, and is in force.
    Reloader(engine::Bridge& bridge, LiveParts& parts, From from, Checked running);
    ~Reloader();
    Reloader(const Reloader&) = delete;
    Reloader& operator=(const Reloader&) = delete;

    // {dry_run?} -> {file, sha256 (of the document, as daemon.started has it), dry_run, changed, changes:
    // [{pointer, what, effect, before?, after?}], items: [those of config.apply that differ], not_named:
    // [{kind, id}], needs_restart: [pointer], warnings: [text], run?}. Errors: "no_configuration", "busy"
    // (also while it starts), "invalid_document" (the findings, each with its remedy), those of config.apply
    // and of the parts. Nothing has changed then.
    Result<ordered_json> reload(const json& params, const engine::Caller& caller);
    // SIGHUP: soon, on a thread of this object, with the outcome in the log. Short.
    void ask();

    // What the daemon's parts are made of stands from begin() to end(): nothing is reloaded before and after.
    // end() waits for a reload that is under way.
    void begin();
    void end();

    // Told when one begins (true) and when it is over: for a service manager. Set before begin().
    std::function<void(bool under_way)> tell = {};

private:
    Result<ordered_json> reload_now(bool dry_run, const engine::Caller& caller);
    [[nodiscard]] std::vector<Difference> compare(const Checked& next) const;
    void keep(Checked next);
    void work();

    engine::Bridge& bridge_;
    LiveParts& parts_;
    const From from_;
    Checked running_;  // what the file does not change without a restart stays as it was
    std::mutex reloading_;

    std::mutex mutex_;
    std::condition_variable wake_;
    bool asked_ = false, begun_ = false, ending_ = false;
    std::thread thread_;
};

// What a reload did or would do, for a person.
std::string reload_text(const ordered_json& answer);

}  // namespace capbridge::cli
