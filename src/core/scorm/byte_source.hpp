// The bytes of a package, wherever they are: a file that the shell of the program opened, an upload, a test's
// string. The port that lets this folder read zips of many megabytes without opening a file itself.
// Ownership: the caller keeps the source alive while anything reads from it. Threads: read() may be called
// from several threads if the implementation says so; MemorySource may.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "core/base/result.hpp"

namespace capbridge::scorm {

class ByteSource {
public:
    virtual ~ByteSource() = default;
    [[nodiscard]] virtual std::uint64_t size() const = 0;  // bytes; does not change
    // Fills `into` from `offset` and says how many bytes were there: fewer only at the end. Error
    // "read_failed".
    virtual Result<std::size_t> read(std::uint64_t offset, std::span<char> into) const = 0;
};

// Bytes in memory, borrowed.
class MemorySource final : public ByteSource {
public:
    explicit MemorySource(std::string_view bytes) : bytes_(bytes) {}
    [[nodiscard]] std::uint64_t size() const override { return bytes_.size(); }
    Result<std::size_t> read(std::uint64_t offset, std::span<char> into) const override {
        if (offset >= bytes_.size()) return std::size_t{0};
        const auto count = std::min<std::size_t>(into.size(), bytes_.size() - offset);
        std::memcpy(into.data(), bytes_.data() + offset, count);
        return count;
    }

private:
    std::string_view bytes_;
};

}  // namespace capbridge::scorm
