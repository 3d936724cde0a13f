// The bridge_host that an adapter sees in its child process: each service is a few frames over the ChildLink.
// Functions are callable from any thread of the adapter while a call runs. No exception leaves them.
#pragma once
#include "adapters/child_link.hpp"
#include "bridge/adapter.h"

namespace capbridge::adapters {

class ChildHost {
public:
    explicit ChildHost(ChildLink& link);
    ChildHost(const ChildHost&) = delete;
    ChildHost& operator=(const ChildHost&) = delete;

    [[nodiscard]] const bridge_host* c() const { return &host_; }
    [[nodiscard]] const bridge_stream* stream() const { return &stream_; }
    [[nodiscard]] ChildLink& link() const { return link_; }
    void offer(bool files, bool http) {
        files_ = files;
        http_ = http;
    }
    [[nodiscard]] bool has_files() const { return files_; }
    [[nodiscard]] bool has_http() const { return http_; }

private:
    ChildLink& link_;
    bool files_ = false, http_ = false;
    bridge_host host_;
    bridge_stream stream_;
};

}  // namespace capbridge::adapters
