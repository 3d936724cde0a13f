#include "core/engine/backup/ticker.hpp"

#include <nlohmann/json.hpp>
#include <utility>

#include "core/base/log.hpp"
#include "core/engine/backup/run.hpp"
#include "core/engine/operations.hpp"
#include "core/store/erasures.hpp"

namespace capbridge::engine {
namespace {

constexpr auto after_failure = std::chrono::minutes{1};

}  // namespace

BackupTicker::BackupTicker(Bridge& bridge, std::chrono::milliseconds look)
    : bridge_(bridge), thread_([this, look] {
          while (!ending_) {
              bridge_.backups.wait(look);
              if (ending_ || bridge_.stopping) continue;
              try {
                  tick();
              } catch (const std::exception& e) {  // the disk: the next look tries again
                  log::error("backup_failed", {{"error", e.what()}});
              }
          }
      }) {}

BackupTicker::~BackupTicker() {
    ending_ = true;
    bridge_.backups.wake();
    thread_.join();
}

// Who is erased must not come back by a restore of tonight, so the repository's ledger does not wait for the
// next backup. What could not be kept (its disk is away) is tried until it is.
void BackupTicker::keep_ledger() {
    std::error_code ec;
    const auto written =
        std::filesystem::last_write_time(bridge_.store().directory() / store::erasures_name, ec);
    if (ec || written == ledger_) return;
    const auto now = std::chrono::steady_clock::now();
    if (now < not_before_) return;
    const auto kept = keep_erasures(bridge_);
    if (kept && *kept) {
        ledger_ = written;
        told_.clear();
        return;
    }
    std::string why;
    if (kept) {
        // Before the first backup there is nothing to keep it in; afterwards a repository has gone.
        if (bridge_.backups.status()["last"].is_null()) return;
        why = "no_repository";
    } else {
        why = kept.error().code;
        if (why == "repository_busy") return;
        not_before_ = now + after_failure;  // to open one may be costly
    }
    if (std::exchange(told_, why) != why) log::warn("erasures_not_kept", {{"code", why}});
}

void BackupTicker::tick() {
    keep_ledger();
    const auto due = bridge_.backups.due();
    if (!due || *due > bridge_.now()) return;
    // Its failure is in the log and the status already, whoever asked for it.
    Caller caller{"schedule"};
    caller.from = "daemon";
    (void)run_operation(bridge_, "backup.run", json::object(), caller);
}

}  // namespace capbridge::engine
