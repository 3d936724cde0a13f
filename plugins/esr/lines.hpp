// A file of the drop folder, line by line, without ever holding more than a chunk and a line. Not
// thread-safe.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "bridge/adapter.hpp"

namespace esr_adapter {

inline constexpr std::size_t kMaxLine = 64u << 10;  // a GO row has some hundred bytes

struct Line {
    std::string_view text;    // without its end; valid until the next call
    std::int64_t number = 0;  // from 1
    std::uint64_t end = 0;    // offset of the byte behind it
    bool terminated = false;  // by an end of line, not by the end of the file
    bool too_long = false;    // then text is ""
};

class Lines {
public:
    // Begins at an offset that a Line gave; `number` is then that line's.
    Lines(const bridge::Host& host, std::string name, std::uint64_t offset = 0, std::int64_t number = 0)
        : host_(host), name_(std::move(name)), offset_(offset), read_to_(offset), number_(number) {}

    // False: the end of the file. Throws bridge::Failure.
    bool next(Line& line, const bridge::Call& call);

private:
    bool fill(const bridge::Call& call);

    const bridge::Host& host_;
    std::string name_, buffer_;
    std::size_t at_ = 0;        // in buffer_
    std::uint64_t offset_ = 0;  // of buffer_[at_] in the file
    std::uint64_t read_to_ = 0;
    std::int64_t number_ = 0;
    bool ended_ = false;
};

}  // namespace esr_adapter
