// One batch on its way into the journal while the next is made ready: at most one waits for its commit. Of a
// dry run nothing is written. One thread uses it; the store's answer comes from the writer's thread and is
// only handed over. The destructor waits, so that nothing of a run is written behind its back.
#pragma once
#include <future>
#include <memory>
#include <optional>

#include "core/store/journal.hpp"

namespace capbridge::engine {

class Appending {
public:
    Appending(store::Journal& journal, bool dry_run) : journal_(journal), dry_run_(dry_run) {}
    Appending(const Appending&) = delete;
    Appending& operator=(const Appending&) = delete;
    ~Appending() {
        if (under_way_) under_way_->wait();
    }

    // Waits for the batch before this one; its error is this one's, which is not written then.
    Status post(store::Batch batch);
    Status drain();  // everything that was posted is durable, or the error

private:
    store::Journal& journal_;
    const bool dry_run_;
    std::optional<std::future<Status>> under_way_;
    std::optional<Error> failed_;  // once, then for good
};

}  // namespace capbridge::engine
