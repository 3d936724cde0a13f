// Zip archives (PKWARE APPNOTE, zip64 included) read through libzip from a ByteSource, and written into
// memory. Nothing is ever unpacked to a disk: entries are read by their exact name, each with a limit on what
// may come out. Ownership: an archive borrows its ByteSource. Threads: one archive, one thread at a time.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "core/scorm/byte_source.hpp"
#include "core/scorm/limits.hpp"

namespace capbridge::scorm {

struct ZipEntry {
    std::uint64_t index = 0;  // position in the central directory
    std::string name;         // UTF-8, as stored (names that are not UTF-8 are read as CP437)
    bool name_was_utf8 = true;
    bool name_has_nul = false;
    bool folder = false;   // the name ends in a slash
    bool symlink = false;  // or a device, a pipe: anything that is neither file nor folder
    bool encrypted = false;
    bool overlaps = false;        // its data is, in part, that of another entry
    bool header_differs = false;  // its local header contradicts the directory
    std::uint64_t compressed_bytes = 0;
};

class ZipArchive {
public:
    // Errors: "not_a_readable_zip"; "too_many_entries" before libzip spends memory on them.
    static Result<ZipArchive> open(const ByteSource& source, const Limits& limits = {});
    ZipArchive(ZipArchive&&) noexcept;
    ZipArchive& operator=(ZipArchive&&) noexcept;
    ~ZipArchive();

    [[nodiscard]] const std::vector<ZipEntry>& entries() const { return entries_; }

    // Errors: "entry_too_large" (more than max_bytes came out), "entry_damaged" (checksum, stream),
    // "entry_method_unsupported".
    Result<std::string> read(const ZipEntry& entry, std::size_t max_bytes) const;
    // The same for the exact name; error "not_found".
    Result<std::string> read(std::string_view name, std::size_t max_bytes) const;
    // Inflates without keeping anything; `sink` sees each block and may stop by returning false.
    Status inflate(const ZipEntry& entry, const std::function<bool(std::string_view)>& sink) const;

private:
    struct State;
    ZipArchive();
    std::unique_ptr<State> state_;
    std::vector<ZipEntry> entries_;
};

struct ZipFile {
    std::string path, bytes;
};

// The bytes of a zip with these files: sorted by path, all dated 1980-01-01 00:00:00, mode 0644, so that the
// same content is the same file on every machine. Paths must be unique. Error "zip_not_written".
Result<std::string> write_zip(const std::vector<ZipFile>& files);

}  // namespace capbridge::scorm
