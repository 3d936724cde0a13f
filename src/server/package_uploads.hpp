// Packages on their way in over HTTP: the caller is admitted before a byte of the body is read, then the body
// goes to a staged file of the store, piece by piece, on threads of their own. So many at once, and no more.
// An upload that is cut off, refused or not kept leaves nothing. Thread-safe; outlives its sinks' work.
#pragma once
#include <functional>
#include <memory>

#include "server/backend.hpp"
#include "server/router.hpp"
#include "server/worker_pool.hpp"

namespace capbridge::server {

class PackageUploads {
public:
    static constexpr int most_at_once = 4;

    // `finish`: what every answer gets.
    PackageUploads(const Backend& backend, std::function<void(Response&)> finish);

    std::shared_ptr<BodySink> sink(const Route& route, const Request& request);
    void stop() { pool_.stop(); }

private:
    class Sink;
    const Backend& backend_;
    std::function<void(Response&)> finish_;
    std::shared_ptr<std::atomic<int>> under_way_ = std::make_shared<std::atomic<int>>(0);
    WorkerPool pool_{2, 64};
};

}  // namespace capbridge::server
