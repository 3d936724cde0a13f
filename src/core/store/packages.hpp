// The bytes of packages (SCORM, cmi5), known by their SHA-256: a file each below DIR/packages, stored once
// whoever brings it, and never named by anything that a manifest or a request says. Which packages there are
// is in the journal. A package is too large for memory: it is staged piece by piece, looked at, and kept
// whole or not at all. Thread-safe; what writes waits for the disk.
#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "core/scorm/byte_source.hpp"

namespace capbridge::store {

// A package on its way in. Whoever has it holds the file: gone without Packages::keep(), the file goes too.
// One thread at a time.
class StagedPackage {
public:
    virtual ~StagedPackage() = default;
    [[nodiscard]] virtual const std::string& name() const = 0;  // for open_staged() and keep()
    [[nodiscard]] virtual std::uint64_t bytes() const = 0;      // written so far
    // Errors "store_full", "store_io".
    virtual Status write(std::string_view bytes) = 0;
    virtual Status finish() = 0;  // all of it was written; keep() makes it durable
};

class Packages {
public:
    virtual ~Packages() = default;
    // Also beside the owner of the data directory, by a process that may write there (stage_package()).
    virtual Result<std::unique_ptr<StagedPackage>> stage() = 0;
    // Errors "not_found", "read_failed". The source reads on when the file is removed meanwhile.
    virtual Result<std::unique_ptr<scorm::ByteSource>> open_staged(std::string_view name) = 0;
    // It takes its place under its SHA-256 (64 hex digits; that they fit is the caller's to know). Durable
    // when it returns, so that a commit may name it. Errors "invalid_id", "not_found", "store_full",
    // "store_io", "read_only".
    virtual Status keep(std::string_view staged, std::string_view sha256) = 0;

    virtual Result<std::unique_ptr<scorm::ByteSource>> open(std::string_view sha256) = 0;
    // Nothing when it is not there. For those who copy it without reading it whole.
    virtual std::optional<std::filesystem::path> path(std::string_view sha256) = 0;
    virtual std::vector<std::string> kept() = 0;  // in order
    virtual Status remove(std::string_view sha256) = 0;
};

}  // namespace capbridge::store
