// Writes a zip of many files (PKWARE APPNOTE, zip64 where needed) from sources to a target without holding
// either in memory. Deterministic: sorted by path, all dated 1980-01-01 00:00:00, mode 0644. One call, one
// thread. Ownership: sources are shared with the caller, the target is borrowed.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "core/base/result.hpp"
#include "core/scorm/byte_source.hpp"

namespace capbridge::scorm {

// What a package is written to: written out of order (headers are filled in late), then read back.
class PackageTarget : public ByteSource {
public:
    // Puts the bytes at `offset`, at most the present size. Error "write_failed".
    virtual Status write(std::uint64_t offset, std::string_view bytes) = 0;
    virtual Status clear() = 0;
};

class MemoryTarget final : public PackageTarget {
public:
    [[nodiscard]] std::uint64_t size() const override { return bytes.size(); }
    Result<std::size_t> read(std::uint64_t offset, std::span<char> into) const override;
    Status write(std::uint64_t offset, std::string_view more) override;
    Status clear() override;
    std::string bytes;
};

struct ContentFile {
    std::string path;
    std::shared_ptr<const ByteSource> bytes;
};

// A file of these bytes, which it keeps.
ContentFile text_file(std::string path, std::string bytes);

// Paths must be unique. Files whose names say that they are compressed already (pictures, films, zips) are
// stored as they are. Errors: "zip_not_written", with the reason of the source or target.
Status write_zip(const std::vector<ContentFile>& files, PackageTarget& target);

}  // namespace capbridge::scorm
