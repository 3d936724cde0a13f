#include "core/store/attachment_files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <set>

#include "core/base/descriptor.hpp"
#include "core/base/files.hpp"
#include "core/base/log.hpp"

namespace capbridge::store {
namespace {

namespace fs = std::filesystem;

bool is_sha2(std::string_view text) {
    const bool length = text.size() == 56 || text.size() == 64 || text.size() == 96 || text.size() == 128;
    return length && std::all_of(text.begin(), text.end(),
                                 [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

tl::unexpected<Error> disk_failure(int number, const char* what) {
    const bool full = number == ENOSPC || number == EDQUOT || number == EFBIG;
    return fail(full ? "store_full" : "store_io",
                std::string(full ? "There is no room for an attachment: " : "An attachment cannot be ") +
                    (full ? "" : std::string(what) + ": ") + std::strerror(number));
}

Status folder_synced(const fs::path& folder) {
    if (const int number = sync_folder(folder); number != 0) return disk_failure(number, "synced");
    return {};
}

// The folder is there, and will be after a power cut.
Status keep_folder(const fs::path& folder) {
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return disk_failure(errno, "stored");
    CAPBRIDGE_TRY(folder_synced(folder.parent_path()));
    return folder_synced(folder);
}

// A new file that is on the disk, or no file.
Status write_synced(const fs::path& file, std::string_view bytes) {
    const Descriptor fd(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (fd.get() < 0) return disk_failure(errno, "stored");
    const auto give_up = [&] {
        const int number = errno;
        ::unlink(file.c_str());
        return disk_failure(number, "written");
    };
    while (!bytes.empty()) {
        const auto n = ::write(fd.get(), bytes.data(), bytes.size());
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return give_up();
        bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    if (::fsync(fd.get()) != 0) return give_up();
    return {};
}

class AttachmentFiles final : public Attachments {
public:
    AttachmentFiles(const fs::path& dir, bool writable)
        : root_(dir / "attachments"), unfinished_(root_ / "unfinished"), writable_(writable) {
        if (writable_) sweep();
    }

    Status keep(std::string_view sha2, std::string_view bytes) override {
        if (!writable_) return fail("read_only", "The data directory is open for reading only.");
        if (!is_sha2(sha2)) return fail("invalid_id", "An attachment is known by the hex of a SHA-2.");
        const std::string name(sha2);
        const auto file = file_of(name);
        CAPBRIDGE_TRY(make_folders(file));
        // Whoever brings the same bytes meanwhile waits until they are durable: a name that can be seen is
        // not yet one that stays.
        const Turn turn(*this, name);
        std::error_code ec;
        if (fs::file_size(file, ec) == bytes.size() && !ec) return {};
        const auto fresh = unfinished_ / name;
        ::unlink(fresh.c_str());  // of a try that failed
        CAPBRIDGE_TRY(write_synced(fresh, bytes));
        if (::rename(fresh.c_str(), file.c_str()) != 0) {
            const int number = errno;
            ::unlink(fresh.c_str());
            return disk_failure(number, "put in place");
        }
        return folder_synced(file.parent_path());
    }

    bool has(std::string_view sha2) override { return path(sha2).has_value(); }

    std::optional<std::string> read(std::string_view sha2) override {
        const auto file = path(sha2);
        if (!file) return std::nullopt;
        auto bytes = read_file(*file, SIZE_MAX);
        if (!bytes) return std::nullopt;
        return std::move(*bytes);
    }

    std::optional<fs::path> path(std::string_view sha2) override {
        if (!is_sha2(sha2)) return std::nullopt;
        auto file = file_of(std::string(sha2));
        std::error_code ec;
        if (!fs::is_regular_file(file, ec)) return std::nullopt;
        return file;
    }

private:
    // One at a time for each name.
    class Turn {
    public:
        Turn(AttachmentFiles& files, const std::string& name) : files_(files), name_(name) {
            std::unique_lock lock(files_.mutex_);
            files_.free_.wait(lock, [&] { return !files_.writing_.contains(name_); });
            files_.writing_.insert(name_);
        }
        ~Turn() {
            {
                const std::lock_guard lock(files_.mutex_);
                files_.writing_.erase(name_);
            }
            files_.free_.notify_all();
        }
        Turn(const Turn&) = delete;
        Turn& operator=(const Turn&) = delete;

    private:
        AttachmentFiles& files_;
        const std::string& name_;
    };

    [[nodiscard]] fs::path file_of(const std::string& name) const { return root_ / name.substr(0, 2) / name; }

    // Once for each folder in the life of the process. It also makes durable what a process that was killed
    // between rename and fsync has left in the folder.
    Status make_folders(const fs::path& file) {
        const auto prefix = std::stoul(file.filename().string().substr(0, 2), nullptr, 16);
        const std::lock_guard lock(mutex_);
        if (!root_made_) {
            CAPBRIDGE_TRY(keep_folder(root_));
            CAPBRIDGE_TRY(keep_folder(unfinished_));
            root_made_ = true;
        }
        if (made_[prefix]) return {};
        CAPBRIDGE_TRY(keep_folder(file.parent_path()));
        made_[prefix] = true;
        return {};
    }

    // What a crash left. Everything unfinished is in one folder, so this need not read the others.
    void sweep() {
        std::error_code ec;
        for (const auto& left : fs::directory_iterator(unfinished_, ec)) {
            std::error_code failed;
            fs::remove(left.path(), failed);
            if (failed) log::warn("store.attachment_leftover", {{"error", failed.message()}});
        }
    }

    const fs::path root_, unfinished_;
    const bool writable_;
    std::mutex mutex_;
    std::condition_variable free_;
    std::set<std::string> writing_;
    bool root_made_ = false;
    std::array<bool, 256> made_{};
};

}  // namespace

std::unique_ptr<Attachments> open_attachment_files(const fs::path& dir, bool writable) {
    return std::make_unique<AttachmentFiles>(dir, writable);
}

}  // namespace capbridge::store
