// Folders and files of `capbridge package build` on the disk: content that is read only while the zip is
// written, and the zip, which appears under its name whole or not at all. Single-threaded.
#pragma once
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/base/result.hpp"
#include "core/scorm/zip_writer.hpp"

namespace capbridge::cli {

// All regular files below the folder. Errors: "not_found", "content_symlink", "content_not_a_file",
// "read_failed".
Result<std::vector<scorm::ContentFile>> read_content(const std::filesystem::path& folder);

class TargetFile final : public scorm::PackageTarget {
public:
    // Makes a temporary file beside `path`. Error "write_failed".
    static Result<std::unique_ptr<TargetFile>> open(const std::filesystem::path& path);
    TargetFile(const TargetFile&) = delete;
    TargetFile& operator=(const TargetFile&) = delete;
    ~TargetFile() override;  // without keep(), nothing is left

    [[nodiscard]] std::uint64_t size() const override { return size_; }
    Result<std::size_t> read(std::uint64_t offset, std::span<char> into) const override;
    Status write(std::uint64_t offset, std::string_view bytes) override;
    Status clear() override;
    // Syncs, and gives the file its name.
    Status keep();

private:
    TargetFile() = default;
    std::filesystem::path path_, temporary_;
    int file_ = -1;
    std::uint64_t size_ = 0;
};

}  // namespace capbridge::cli
