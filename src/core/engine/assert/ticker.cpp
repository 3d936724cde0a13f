#include "core/engine/assert/ticker.hpp"

#include <nlohmann/json.hpp>

#include "core/base/log.hpp"
#include "core/engine/assert/settings.hpp"
#include "core/engine/operations.hpp"

namespace capbridge::engine {

AssertionTicker::AssertionTicker(Bridge& bridge, std::chrono::milliseconds look,
                                 std::chrono::milliseconds rest)
    : bridge_(bridge), look_(look), rest_(rest), thread_([this] {
          std::unique_lock lock(mutex_);
          for (bool worked = false; !ending_;) {
              wake_.wait_for(lock, worked ? rest_ : look_, [this] { return ending_; });
              if (ending_) return;
              lock.unlock();
              // What the store throws must not end the daemon: the next look tries again.
              try {
                  worked = is_due();
                  if (worked) tick();
              } catch (const std::exception& e) {
                  log::error("assertions_failed", {{"error", e.what()}});
              }
              lock.lock();
          }
      }) {}

AssertionTicker::~AssertionTicker() {
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    wake_.notify_all();
    thread_.join();
}

bool AssertionTicker::is_due() const {
    if (bridge_.stopping) return false;
    const bool same = bridge_.store().projection().cursor() == seen_ && day_of(bridge_.now()) == day_;
    return !same && assertion_settings(bridge_).on;
}

void AssertionTicker::tick() {
    const auto day = day_of(bridge_.now());
    // Before the round: what is folded while it looks is looked at by the next one.
    const auto before = bridge_.store().projection().cursor();
    const auto said = run_operation(bridge_, "assertions.send", json::object(), {.who = "assertions"});
    if (!said) {
        if (said.error().code != "stopping") log::error("assertions_failed", {{"code", said.error().code}});
        return;
    }
    seen_ = before;
    day_ = day;
}

}  // namespace capbridge::engine
