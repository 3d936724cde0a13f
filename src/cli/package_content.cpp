#include "cli/package_content.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace capbridge::cli {
namespace {

namespace fs = std::filesystem;

Error failed(const char* code, const std::string& doing, const fs::path& path) {
    return {code, "The file cannot be " + doing + " (" + std::strerror(errno) + ").", path.string(), 0};
}

// Opened when the first byte is asked for and closed after the last: a folder may hold more files than a
// process may have open.
class FolderFile final : public scorm::ByteSource {
public:
    FolderFile(fs::path path, std::uint64_t size) : path_(std::move(path)), size_(size) {}
    FolderFile(const FolderFile&) = delete;
    FolderFile& operator=(const FolderFile&) = delete;
    ~FolderFile() override { close(); }

    [[nodiscard]] std::uint64_t size() const override { return size_; }
    Result<std::size_t> read(std::uint64_t offset, std::span<char> into) const override {
        if (file_ < 0) file_ = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        if (file_ < 0) return fail(failed("read_failed", "opened", path_));
        std::size_t got = 0;
        while (got < into.size()) {
            const auto count =
                ::pread(file_, into.data() + got, into.size() - got, static_cast<off_t>(offset + got));
            if (count < 0 && errno == EINTR) continue;
            if (count < 0) return fail(failed("read_failed", "read", path_));
            if (count == 0) break;
            got += static_cast<std::size_t>(count);
        }
        if (got < into.size() || offset + got >= size_) close();
        return got;
    }

private:
    void close() const {
        if (file_ >= 0) ::close(file_);
        file_ = -1;
    }
    fs::path path_;
    std::uint64_t size_;
    mutable int file_ = -1;
};

}  // namespace

Result<std::vector<scorm::ContentFile>> read_content(const fs::path& folder) {
    std::error_code error;
    if (!fs::is_directory(folder, error)) {
        return fail("not_found", "The content folder does not exist, or is not a folder.", folder.string());
    }
    std::vector<scorm::ContentFile> files;
    for (auto it = fs::recursive_directory_iterator(folder, error);
         !error && it != fs::recursive_directory_iterator(); it.increment(error)) {
        const std::string path = it->path().lexically_relative(folder).generic_string();
        // A link could bring in a file from anywhere on the machine.
        if (it->is_symlink(error)) {
            return fail("content_symlink", "The content holds a symbolic link. Put the file itself there.",
                        path);
        }
        if (it->is_directory(error)) continue;
        if (!it->is_regular_file(error))
            return fail("content_not_a_file", "This is not a regular file.", path);
        const auto size = it->file_size(error);
        if (error) break;
        files.push_back({path, std::make_shared<FolderFile>(it->path(), size)});
    }
    if (error) {
        return fail("read_failed", "The content folder cannot be read: " + error.message() + ".",
                    folder.string());
    }
    return files;
}

Result<std::unique_ptr<TargetFile>> TargetFile::open(const fs::path& path) {
    std::unique_ptr<TargetFile> target(new TargetFile);
    target->path_ = path;
    std::string name = path.string() + ".XXXXXX";
    target->file_ = ::mkostemp(name.data(), O_CLOEXEC);
    if (target->file_ < 0) return fail(failed("write_failed", "written", path));
    target->temporary_ = name;
    return target;
}

TargetFile::~TargetFile() {
    if (file_ >= 0) ::close(file_);
    std::error_code ignored;
    if (!temporary_.empty()) fs::remove(temporary_, ignored);
}

Result<std::size_t> TargetFile::read(std::uint64_t offset, std::span<char> into) const {
    std::size_t got = 0;
    while (got < into.size()) {
        const auto count =
            ::pread(file_, into.data() + got, into.size() - got, static_cast<off_t>(offset + got));
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return fail(failed("read_failed", "read back", path_));
        if (count == 0) break;
        got += static_cast<std::size_t>(count);
    }
    return got;
}

Status TargetFile::write(std::uint64_t offset, std::string_view bytes) {
    std::size_t done = 0;
    while (done < bytes.size()) {
        const auto count =
            ::pwrite(file_, bytes.data() + done, bytes.size() - done, static_cast<off_t>(offset + done));
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return fail(failed("write_failed", "written", path_));
        done += static_cast<std::size_t>(count);
    }
    size_ = std::max<std::uint64_t>(size_, offset + done);
    return {};
}

Status TargetFile::clear() {
    size_ = 0;
    if (::ftruncate(file_, 0) != 0) return fail(failed("write_failed", "written", path_));
    return {};
}

Status TargetFile::keep() {
    if (::fchmod(file_, 0644) != 0 || ::fsync(file_) != 0 ||
        ::rename(temporary_.c_str(), path_.c_str()) != 0) {
        return fail(failed("write_failed", "written", path_));
    }
    temporary_.clear();
    return {};
}

}  // namespace capbridge::cli
