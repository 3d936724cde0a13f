#include "adapters/drop_folder.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <nlohmann/json.hpp>

#include "core/base/text.hpp"

namespace capbridge::adapters {
namespace {

constexpr std::size_t kMaxFiles = 5000;

std::int64_t modified_ms(const struct stat& s) {
    return std::int64_t{s.st_mtim.tv_sec} * 1000 + s.st_mtim.tv_nsec / 1'000'000;
}

// The time of change (ctime) moves with every write, whatever tool then sets the modification time back.
std::string version_of(const struct stat& s) {
    return std::to_string(s.st_size) + "-" + std::to_string(s.st_ino) + "-" +
           std::to_string(s.st_ctim.tv_sec) + "." + std::to_string(s.st_ctim.tv_nsec);
}

}  // namespace

DropFolder::~DropFolder() {
    close();
}

void DropFolder::close() {
    if (opened_.fd >= 0) ::close(opened_.fd);
    opened_ = {};
}

Result<json> DropFolder::list() {
    close();
    listed_.reset();
    too_young_ = 0;
    struct CloseDir {
        void operator()(DIR* d) const { closedir(d); }
    };
    const std::unique_ptr<DIR, CloseDir> dir(opendir(folder_.c_str()));
    if (!dir) return fail("not_found", "The source's folder cannot be read.");
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const auto youngest = std::chrono::duration_cast<std::chrono::milliseconds>(now - min_age_).count();
    std::vector<json> files;
    while (const dirent* entry = readdir(dir.get())) {
        struct stat s {};
        if (fstatat(dirfd(dir.get()), entry->d_name, &s, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(s.st_mode))
            continue;
        if (!is_utf8(entry->d_name)) continue;
        if (min_age_.count() > 0 && modified_ms(s) > youngest) {
            ++too_young_;
            continue;
        }
        files.push_back({{"name", entry->d_name},
                         {"size", s.st_size},
                         {"modified_ms", modified_ms(s)},
                         {"version", version_of(s)}});
        if (files.size() > kMaxFiles) {
            return fail("rejected", "The source's folder holds more than " + std::to_string(kMaxFiles) +
                                        " files; move old ones away.");
        }
    }
    std::sort(files.begin(), files.end(), [](const json& a, const json& b) {
        return a["name"].get_ref<const std::string&>() < b["name"].get_ref<const std::string&>();
    });
    listed_.emplace();
    for (const auto& file : files) {
        listed_->emplace(file["name"].get_ref<const std::string&>(),
                         file["version"].get_ref<const std::string&>());
    }
    return json(std::move(files));
}

Status DropFolder::open(std::string_view name) {
    close();
    if (name.empty() || name == "." || name == ".." || name.find('/') != std::string_view::npos ||
        name.find('\0') != std::string_view::npos) {
        return fail("not_found", "There is no such file in the source's folder.");
    }
    const int dir = ::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    // O_NONBLOCK: a named pipe would wait for its writer.
    const int fd =
        dir < 0 ? -1 : openat(dir, std::string(name).c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (dir >= 0) ::close(dir);
    struct stat s {};
    if (fd < 0 || fstat(fd, &s) != 0 || !S_ISREG(s.st_mode)) {
        if (fd >= 0) ::close(fd);
        return fail("not_found", "There is no such file in the source's folder, or it may not be read.");
    }
    opened_ = {std::string(name), version_of(s), fd};
    if (!listed_) return {};
    const auto listed = listed_->find(opened_.name);
    if (listed != listed_->end() && listed->second == opened_.version) return {};
    const bool changed = listed != listed_->end();
    close();
    return changed ? fail("retry", "The file changed since it was listed.")
                   : fail("not_found", "There is no such file in the list of the source's folder.");
}

Result<std::string> DropFolder::read(std::string_view name, std::uint64_t offset, std::size_t max_bytes) {
    if (offset == 0 || opened_.fd < 0 || opened_.name != name) CAPBRIDGE_TRY(open(name));
    std::string bytes(max_bytes, '\0');
    ssize_t got = 0;
    do {
        got = pread(opened_.fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    } while (got < 0 && errno == EINTR);
    if (got < 0) return fail("retry", "The file could not be read.");
    // After the bytes, so that what is handed on was still of the same version.
    struct stat s {};
    if (fstat(opened_.fd, &s) != 0 || version_of(s) != opened_.version)
        return fail("retry", "The file changed while it was read.");
    bytes.resize(static_cast<std::size_t>(got));
    return bytes;
}

}  // namespace capbridge::adapters
