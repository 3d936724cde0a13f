// Batches for the projection, one after the other: one is with the store's writer while the next is made. One
// thread; a batch's error comes with the next write() or with wait(). Waits for the last one when it goes.
#pragma once
#include <future>
#include <utility>

#include "core/store/projection.hpp"

namespace capbridge::engine {

class Slices {
public:
    explicit Slices(store::Projection& projection) : projection_(projection) {}
    ~Slices() {
        if (written_.valid()) written_.wait();
    }
    Slices(const Slices&) = delete;
    Slices& operator=(const Slices&) = delete;

    Status write(store::ProjectionBatch batch) {
        CAPBRIDGE_TRY(wait());
        written_ = std::async(std::launch::async,
                              [this, all = std::move(batch)]() -> Status { return projection_.apply(all); });
        return {};
    }
    Status wait() {
        if (!written_.valid()) return {};
        return written_.get();
    }

private:
    store::Projection& projection_;
    std::future<Status> written_;
};

}  // namespace capbridge::engine
