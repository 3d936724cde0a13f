#include "core/store/package_files.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "core/base/descriptor.hpp"
#include "core/base/ids.hpp"
#include "core/base/log.hpp"

namespace capbridge::store {
namespace {

namespace fs = std::filesystem;

bool is_sha256(std::string_view text) {
    return text.size() == 64 && std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
           });
}

tl::unexpected<Error> disk_failure(int number, const char* what) {
    const bool full = number == ENOSPC || number == EDQUOT || number == EFBIG;
    return fail(full ? "store_full" : "store_io",
                std::string(full ? "There is no room for a package: " : "A package cannot be ") +
                    (full ? "" : std::string(what) + ": ") + std::strerror(number));
}

class FileSource final : public scorm::ByteSource {
public:
    FileSource(Descriptor fd, std::uint64_t size) : fd_(std::move(fd)), size_(size) {}
    [[nodiscard]] std::uint64_t size() const override { return size_; }
    Result<std::size_t> read(std::uint64_t offset, std::span<char> into) const override {
        std::size_t got = 0;
        while (got < into.size()) {
            const auto n =
                ::pread(fd_.get(), into.data() + got, into.size() - got, static_cast<::off_t>(offset + got));
            if (n < 0 && errno == EINTR) continue;
            if (n < 0)
                return fail("read_failed", std::string("The file cannot be read: ") + std::strerror(errno));
            if (n == 0) break;
            got += static_cast<std::size_t>(n);
        }
        return got;
    }

private:
    Descriptor fd_;
    std::uint64_t size_;
};

Result<std::unique_ptr<scorm::ByteSource>> open_source(const fs::path& file, int flags) {
    // Not waiting for a pipe's other end.
    Descriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | flags));
    if (fd.get() < 0) {
        if (errno == ENOENT || errno == ENOTDIR)
            return fail("not_found", "There is no such file.", file.string());
        return fail("read_failed", std::string("The file cannot be read: ") + std::strerror(errno) + ".",
                    file.string());
    }
    struct stat there {};
    if (::fstat(fd.get(), &there) != 0 || !S_ISREG(there.st_mode))
        return fail("not_a_file", "This is not a file.", file.string());
    return std::make_unique<FileSource>(std::move(fd), static_cast<std::uint64_t>(there.st_size));
}

// Whoever staged it may be another process.
Status sync_file(const fs::path& file) {
    const Descriptor fd(::open(file.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
    if (fd.get() < 0 && errno == ENOENT)
        return fail("not_found", "The staged package is gone: send it again.");
    if (fd.get() < 0 || ::fsync(fd.get()) != 0) return disk_failure(errno, "synced");
    return {};
}

Status folder_synced(const fs::path& folder) {
    if (const int number = sync_folder(folder); number != 0) return disk_failure(number, "synced");
    return {};
}

// A command of root makes for the daemon what the daemon is to use.
bool give_away(int fd, const fs::path& dir) {
    struct stat owner {};
    if (::geteuid() != 0 || ::stat(dir.c_str(), &owner) != 0 || owner.st_uid == 0) return true;
    return ::fchown(fd, owner.st_uid, owner.st_gid) == 0;
}

// The folder is there, and will be after a power cut.
Status keep_folder(const fs::path& folder, const fs::path& dir) {
    if (::mkdir(folder.c_str(), 0700) == 0) {
        const Descriptor fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        if (fd.get() < 0 || !give_away(fd.get(), dir)) return disk_failure(errno, "stored");
    } else if (errno != EEXIST) {
        return disk_failure(errno, "stored");
    }
    CAPBRIDGE_TRY(folder_synced(folder.parent_path()));
    return folder_synced(folder);
}

class StagedFile final : public StagedPackage {
public:
    StagedFile(fs::path file, Descriptor fd)
        : file_(std::move(file)), name_(file_.filename()), fd_(std::move(fd)) {}
    ~StagedFile() override { ::unlink(file_.c_str()); }  // what was kept has another name by now

    [[nodiscard]] const std::string& name() const override { return name_; }
    [[nodiscard]] std::uint64_t bytes() const override { return bytes_; }
    Status write(std::string_view bytes) override {
        while (!bytes.empty()) {
            const auto n = ::write(fd_.get(), bytes.data(), bytes.size());
            if (n < 0 && errno == EINTR) continue;
            if (n <= 0) return disk_failure(errno, "written");
            bytes.remove_prefix(static_cast<std::size_t>(n));
            bytes_ += static_cast<std::uint64_t>(n);
        }
        if (bytes_ - sent_ >= a_stretch) send();
        return {};
    }
    Status finish() override {
        send();
        return {};
    }

private:
    static constexpr std::uint64_t a_stretch = 8u << 20;
    // The disk works while the package still comes, and while it is inspected: else keep() waits for all of
    // it at once. A hint; where it does not help nothing is lost.
    void send() {
        ::sync_file_range(fd_.get(), static_cast<::off_t>(sent_), static_cast<::off_t>(bytes_ - sent_),
                          SYNC_FILE_RANGE_WRITE);
        sent_ = bytes_;
    }

    fs::path file_;
    std::string name_;
    Descriptor fd_;  // holds the lock
    std::uint64_t bytes_ = 0, sent_ = 0;
};

class PackageFiles final : public Packages {
public:
    PackageFiles(const fs::path& dir, bool writable)
        : dir_(dir), root_(dir / "packages"), unfinished_(root_ / "unfinished"), writable_(writable) {
        if (writable_) sweep();
    }

    Result<std::unique_ptr<StagedPackage>> stage() override { return stage_package(dir_); }

    Result<std::unique_ptr<scorm::ByteSource>> open_staged(std::string_view name) override {
        if (!is_uuid(name)) return fail("not_found", "There is no staged package of this name.");
        return open_source(unfinished_ / name, O_NOFOLLOW);
    }

    Status keep(std::string_view staged, std::string_view sha256) override {
        if (!writable_) return read_only();
        if (!is_sha256(sha256) || !is_uuid(staged))
            return fail("invalid_id", "A package is known by the hex of its SHA-256.");
        const auto file = file_of(sha256);
        CAPBRIDGE_TRY(sync_file(unfinished_ / staged));
        CAPBRIDGE_TRY(keep_folder(file.parent_path(), dir_));
        // The same bytes may be there already; one of the two goes, and it is the same which.
        if (::rename((unfinished_ / staged).c_str(), file.c_str()) != 0) {
            return disk_failure(errno, "put in place");
        }
        return folder_synced(file.parent_path());
    }

    Result<std::unique_ptr<scorm::ByteSource>> open(std::string_view sha256) override {
        if (!is_sha256(sha256)) return fail("not_found", "There is no such package.");
        return open_source(file_of(sha256), O_NOFOLLOW);
    }

    std::optional<fs::path> path(std::string_view sha256) override {
        if (!is_sha256(sha256)) return std::nullopt;
        auto file = file_of(sha256);
        std::error_code ec;
        if (!fs::is_regular_file(file, ec)) return std::nullopt;
        return file;
    }

    std::vector<std::string> kept() override {
        std::vector<std::string> out;
        std::error_code ec;
        for (const auto& folder : fs::directory_iterator(root_, ec)) {
            if (folder.path().filename().string().size() != 2) continue;
            std::error_code inner;
            for (const auto& file : fs::directory_iterator(folder.path(), inner)) {
                auto name = file.path().filename().string();
                if (is_sha256(name)) out.push_back(std::move(name));
            }
        }
        std::sort(out.begin(), out.end());
        return out;
    }

    Status remove(std::string_view sha256) override {
        if (!writable_) return read_only();
        if (!is_sha256(sha256)) return fail("invalid_id", "A package is known by the hex of its SHA-256.");
        if (::unlink(file_of(sha256).c_str()) != 0 && errno != ENOENT) return disk_failure(errno, "removed");
        return {};
    }

private:
    static tl::unexpected<Error> read_only() {
        return fail("read_only", "The data directory is open for reading only.");
    }
    [[nodiscard]] fs::path file_of(std::string_view sha256) const {
        return root_ / sha256.substr(0, 2) / sha256;
    }

    // A crash leaves no lock behind.
    void sweep() const {
        std::error_code ec;
        for (const auto& left : fs::directory_iterator(unfinished_, ec)) {
            const Descriptor fd(::open(left.path().c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
            if (fd.get() >= 0 && ::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) continue;
            std::error_code failed;
            fs::remove(left.path(), failed);
            if (failed) log::warn("store.package_leftover", {{"error", failed.message()}});
        }
    }

    const fs::path dir_, root_, unfinished_;
    const bool writable_;
};

}  // namespace

std::unique_ptr<Packages> open_package_files(const fs::path& dir, bool writable) {
    return std::make_unique<PackageFiles>(dir, writable);
}

Result<std::unique_ptr<StagedPackage>> stage_package(const fs::path& dir) {
    const auto root = dir / "packages";
    CAPBRIDGE_TRY(keep_folder(root, dir));
    CAPBRIDGE_TRY(keep_folder(root / "unfinished", dir));
    auto file = root / "unfinished" / uuid_v4();
    Descriptor fd(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (fd.get() < 0) return disk_failure(errno, "stored");
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0 || !give_away(fd.get(), dir)) {
        const int number = errno;
        ::unlink(file.c_str());
        return disk_failure(number, "stored");
    }
    return std::make_unique<StagedFile>(std::move(file), std::move(fd));
}

Result<std::unique_ptr<scorm::ByteSource>> open_file_source(const fs::path& file) {
    return open_source(file, 0);
}

}  // namespace capbridge::store
