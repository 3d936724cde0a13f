// The bytes of attachments, known by their SHA-2 (xAPI 1.0.3 part 2, 2.4.11): a file each below
// DIR/attachments, stored once whoever sends it. Which statements came with which bytes is in the journal.
// Thread-safe; keep() waits for the disk.
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.hpp"

namespace capbridge::store {

class Attachments {
public:
    virtual ~Attachments() = default;
    // `sha2` is the lower-case hex of the bytes' SHA-224, -256, -384 or -512; that it fits is the caller's to
    // know. Durable when it returns (file and folder fsynced), so that a commit may name it. Errors
    // "invalid_id", "store_full", "store_io", "read_only".
    virtual Status keep(std::string_view sha2, std::string_view bytes) = 0;
    virtual bool has(std::string_view sha2) = 0;
    virtual std::optional<std::string> read(std::string_view sha2) = 0;
    // Nothing when it is not there. For those who copy it without reading it whole.
    virtual std::optional<std::filesystem::path> path(std::string_view sha2) = 0;
};

}  // namespace capbridge::store
