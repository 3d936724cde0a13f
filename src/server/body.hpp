// Bodies that are too large for memory, on their way in and out: plain values and interfaces, no Boost. Owned
// by the request or the answer that they belong to; gone with it.
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/base/result.hpp"

namespace capbridge::server {

struct Response;

// Where a body goes piece by piece. The next call comes only after `done` of the one before was heard; `done`
// may be called from any thread, once, also after the connection has gone. An answer in `done` ends the
// request with it, and the rest of the body is not read. Destroyed without being finished, or without its
// handler having used it, it leaves nothing behind.
class BodySink {
public:
    using Done = std::function<void(std::optional<Response> refusal)>;
    virtual ~BodySink() = default;
    virtual void begin(Done done) = 0;  // before the first byte is read: may this caller, is there room?
    virtual void write(std::string bytes, Done done) = 0;
    virtual void finish(Done done) = 0;
    [[nodiscard]] virtual const std::string& name() const = 0;  // for the handler, of what is finished
};

// A file that is an answer's body, open until it is sent: it may be removed meanwhile.
class FileBody {
public:
    static Result<std::shared_ptr<FileBody>> open(const std::filesystem::path& path);  // "not_found"
    FileBody(int fd, std::uint64_t bytes) : fd_(fd), bytes_(bytes) {}
    ~FileBody();
    FileBody(const FileBody&) = delete;
    FileBody& operator=(const FileBody&) = delete;
    [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
    // Up to so many bytes from there on; "" where nothing can be read (any more).
    [[nodiscard]] std::string read(std::uint64_t offset, std::size_t most) const;

private:
    int fd_;
    std::uint64_t bytes_;
};

}  // namespace capbridge::server
