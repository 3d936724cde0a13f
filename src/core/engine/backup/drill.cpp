#include "core/engine/backup/drill.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <nlohmann/json.hpp>
#include <vector>

#include "core/base/ids.hpp"
#include "core/base/log.hpp"
#include "core/base/version.hpp"
#include "core/engine/backup/restored.hpp"
#include "core/engine/backup/run.hpp"
#include "core/engine/data_check.hpp"
#include "core/store/backup/restore.hpp"
#include "core/store/restored.hpp"

namespace capbridge::engine {
namespace {

namespace fs = std::filesystem;

class Passing final : public Clock {
public:
    explicit Passing(const Clock& clock) : clock_(clock) {}
    [[nodiscard]] Instant now() const override { return clock_.now(); }

private:
    const Clock& clock_;
};

class Stopwatch {
public:
    std::int64_t lap() {
        const auto now = std::chrono::steady_clock::now();
        return std::chrono::duration_cast<std::chrono::milliseconds>(now - std::exchange(at_, now)).count();
    }

private:
    std::chrono::steady_clock::time_point at_ = std::chrono::steady_clock::now();
};

constexpr const char* drill_prefix = "drill-";
constexpr const char* kept_prefix = "restored-";

// A folder that somebody is at work in: flock(2) of the folder itself, which ends with its process.
class Held {
public:
    explicit Held(const fs::path& dir)
        : fd_(::open(dir.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)),
          is_ours_(fd_ >= 0 && ::flock(fd_, LOCK_EX | LOCK_NB) == 0) {}
    ~Held() {
        if (fd_ >= 0) ::close(fd_);
    }
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;
    [[nodiscard]] bool is_ours() const { return is_ours_; }

private:
    int fd_;
    bool is_ours_;
};

// What a drill makes, and nothing that somebody else called a drill: its name ends in six digits, and in it
// is what a data directory has, or nothing yet.
bool is_of_a_drill(const fs::path& dir) {
    const auto name = dir.filename().string();
    const auto dash = name.rfind('-');
    if (!name.starts_with(drill_prefix) || name.size() - dash != 7 ||
        name.find_first_not_of("0123456789abcdef", dash + 1) != std::string::npos)
        return false;
    std::error_code ec;
    if (fs::is_empty(dir, ec)) return !ec;
    for (const auto* part : {"capbridge.db", "capbridge.db.unfinished", "restore.unfinished", "lock",
                             "attachments", "packages"}) {
        if (fs::exists(dir / part, ec)) return true;
    }
    return false;
}

// A drill that was killed leaves a whole database in plain text: of the same user, and of nobody who lives.
void remove_killed(const fs::path& scratch) {
    std::error_code ec;
    std::vector<fs::path> left;
    for (const auto& each : fs::directory_iterator(scratch, ec)) {
        struct stat of {};
        if (::lstat(each.path().c_str(), &of) == 0 && S_ISDIR(of.st_mode) && of.st_uid == ::geteuid() &&
            is_of_a_drill(each.path()))
            left.push_back(each.path());
    }
    for (const auto& one : left) {
        const Held held(one);
        if (!held.is_ours()) continue;
        fs::remove_all(one, ec);
        if (ec) {
            log::warn("drill_left", {{"directory", one.string()}, {"error", ec.message()}});
        } else {
            log::info("drill_removed", {{"directory", one.string()}});
        }
    }
}

class Drill {
public:
    Drill(store::Repository& repository, const store::Manifest& manifest, const DrillOptions& options,
          const Clock& clock, const Progress& progress, const std::function<bool()>& stopped)
        : repository_(repository),
          m_(manifest),
          options_(options),
          clock_(clock),
          progress_(progress),
          stopped_(stopped),
          dir_(fs::absolute(options.scratch) /
               ((options.keep ? kept_prefix : drill_prefix) + manifest.id + "-" + to_hex(random_bytes(3)))) {}
    ~Drill() {
        bridge_.reset();
        std::error_code ignored;
        if (!options_.keep) fs::remove_all(dir_, ignored);
    }
    Drill(const Drill&) = delete;
    Drill& operator=(const Drill&) = delete;

    Result<ordered_json> run() {
        const auto began = clock_.now();
        std::error_code ec;
        fs::create_directories(options_.scratch, ec);
        if (ec) return fail("unwritable", "cannot be made: " + ec.message(), options_.scratch.string());
        remove_killed(fs::absolute(options_.scratch));
        if (::mkdir(dir_.c_str(), 0700) != 0)
            return fail("unwritable", std::string("cannot be made: ") + std::strerror(errno), dir_.string());
        alive_ = std::make_unique<Held>(dir_);
        ordered_json durations = {
            {"restore", nullptr}, {"read", nullptr}, {"check", nullptr}, {"fold", nullptr}};
        Stopwatch watch;
        auto going = restore();
        durations["restore"] = watch.lap();
        if (!going) return fail(going.error());
        if (*going) going = as_restored();
        durations["read"] = watch.lap();
        if (going && *going) going = checked();
        durations["check"] = watch.lap();
        if (going && *going) going = folded();
        durations["fold"] = watch.lap();
        if (!going) return fail(going.error());
        const auto ended = clock_.now();
        bool passed = true;
        for (const auto& check : checks_) passed = passed && check["ok"].get<bool>();
        return ordered_json{
            {"drill", "restore of a backup"},
            {"verdict", passed ? "passed" : "failed"},
            {"began", format_instant(began)},
            {"ended", format_instant(ended)},
            {"took_ms", (ended - began).count()},
            {"who", options_.who},
            {"host", options_.host},
            {"program", "capbridge " + std::string(program_version())},
            {"repository", repository_.dir().string()},
            {"encrypted", repository_.is_encrypted()},
            {"backup",
             {{"id", m_.id},
              {"taken", format_instant(m_.taken)},
              {"by", m_.who},
              {"made_by", "capbridge " + m_.made_by},
              {"format", m_.format},
              {"installation", m_.installation},
              {"organisation", m_.organisation},
              {"entries", m_.seq},
              {"last_entry", format_instant(m_.stored)},
              {"digest", m_.digest},
              {"audit_head", m_.audit_head},
              {"counts", m_.counts}}},
            {"restored",
             {{"directory", options_.keep ? ordered_json(dir_.string()) : ordered_json(nullptr)},
              {"bytes", restored_.bytes},
              {"files", restored_.files},
              {"erasures", restored_.erasures}}},
            {"checks", checks_},
            {"durations_ms", std::move(durations)}};
    }

private:
    void check(const std::string& name, const ordered_json& expected, const ordered_json& found,
               const std::string& note = {}) {
        add(name, expected, found, expected == found, note);
    }
    void add(const std::string& name, const ordered_json& expected, const ordered_json& found, bool ok,
             const std::string& note = {}) {
        ordered_json one = {{"name", name}, {"expected", expected}, {"found", found}, {"ok", ok}};
        if (!note.empty()) one["note"] = note;
        checks_.push_back(std::move(one));
    }

    // Each gives whether there is a point in going on; an error ends the drill without a report.
    Result<bool> restore() {
        const auto done =
            store::restore_backup(repository_, repository_.chunks(), m_, dir_, {}, false,
                                  [&](std::string_view what, std::size_t done_now, std::size_t total) {
                                      progress_(what, done_now, total);
                                      return !stopped_();
                                  });
        if (!done && (done.error().code.starts_with("chunk_") || done.error().code == "repository_damaged")) {
            add("every chunk is what was written", "whole", done.error().text(), false);
            return false;
        }
        if (!done && done.error().code == "bad_erasures") {
            add("the repository's ledger of erasures", "whole", done.error().text(), false);
            return false;
        }
        if (!done) return fail(done.error());
        CAPBRIDGE_TRY(
            store::end_restore(dir_, done->mark));  // whoever kills us now leaves a drill, and no restore
        restored_ = *done;
        add("every chunk is what was written", "whole", "whole", true);
        check("size of the database in bytes", m_.database.bytes, fs::file_size(dir_ / "capbridge.db"));
        check("attachments and packages", m_.files, restored_.files);
        return true;
    }

    Result<bool> as_restored() {
        progress_("reading what was restored", 0, 0);
        const auto facts = ask_directory(dir_, clock_.now());
        if (!facts && facts.error().code == "store_older") return true;  // its owner migrates it first
        if (!facts) {
            add("the store opens", "yes", facts.error().text(), false);
            return false;
        }
        add("the store opens", "yes", "yes", true);
        check("installation", m_.installation, facts->installation);
        check("last entry of the journal", m_.seq, facts->seq);
        check("time of the last entry", format_instant(m_.stored), format_instant(facts->stored));
        check("digest of the records as restored", m_.digest, facts->digest);
        return true;
    }

    // Opened as its owner would open it, but nothing is taken over: no run is ended, nobody is erased yet.
    Result<bool> checked() {
        CAPBRIDGE_TRY(write_audit_head(dir_, m_));
        auto store = store::open_store(dir_, store::Mode::own);
        if (!store) {
            add("the store opens to be written", "yes", store.error().text(), false);
            return false;
        }
        bridge_ = std::make_unique<Bridge>(std::move(*store), nullptr, std::make_unique<Passing>(clock_));
        Caller caller{options_.who};
        caller.progress = progress_;
        CAPBRIDGE_LET(const auto content, bridge_->store().copy_facts());
        for (const auto& [table, count] : m_.counts) {
            const auto it = content.counts.find(table);
            check("rows of " + table, count,
                  it == content.counts.end() ? ordered_json(nullptr) : ordered_json(it->second));
        }
        check("end of the audit chain", m_.audit_head, content.audit_head);
        CAPBRIDGE_LET(const auto data, check_data(*bridge_, caller));
        std::string found = "sound";
        if (!data["damage"].empty()) found = data["damage"][0]["what"].get<std::string>();
        add("pages, indexes, references, attachments, packages, audit chain", "sound", found,
            data.value("ok", false));
        return true;
    }

    // From the first entry of the journal again.
    Result<bool> folded() {
        progress_("folding the journal again", 0, 0);
        if (stopped_()) return fail("stopping", "stopped before the end");
        const auto before = bridge_->store().projection().folded_by();
        if (const auto done = bridge_->rebuild(); !done) {
            add("the journal is folded again", "yes", done.error().text(), false);
            return false;
        }
        const auto digest = bridge_->store().projection().digest();
        const auto now = bridge_->store().projection().folded_by();
        const bool same_fold = before == now;
        const bool whole = m_.folded == m_.seq;
        if (same_fold && whole) {
            check("digest of the records folded again", m_.digest, digest);
        } else {
            add("digest of the records folded again", m_.digest, digest, true,
                !same_fold
                    ? "not comparable: the backup was folded by other rules or another version than this one"
                    : "not comparable: the backup was made while entries were still to be folded");
        }
        check("entries folded", m_.seq, bridge_->store().projection().cursor());
        // What a first start does, and with it the erasures that came after the backup.
        progress_("carrying out erasures", 0, 0);
        auto taken = settle_restored(*bridge_, m_);
        if (taken) taken = bridge_->take_over();
        add("a first start, with " + std::to_string(restored_.erasures) + " erasures of the ledger", "done",
            taken ? "done" : taken.error().text(), taken.has_value());
        return true;
    }

    store::Repository& repository_;
    const store::Manifest& m_;
    const DrillOptions& options_;
    const Clock& clock_;
    const Progress& progress_;
    const std::function<bool()>& stopped_;
    const fs::path dir_;
    std::unique_ptr<Held> alive_;
    store::Restored restored_;
    ordered_json checks_ = ordered_json::array();
    std::unique_ptr<Bridge> bridge_;
};

}  // namespace

Result<ordered_json> drill(store::Repository& repository, const store::Manifest& manifest,
                           const DrillOptions& options, Clock& clock, const Progress& progress,
                           const std::function<bool()>& stopped) {
    return Drill(repository, manifest, options, clock, progress, stopped).run();
}

}  // namespace capbridge::engine
