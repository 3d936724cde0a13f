#include "core/store/backup/repository.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include "core/base/files.hpp"
#include "core/base/ids.hpp"
#include "core/store/backup/future.hpp"

namespace capbridge::store {
namespace {

namespace fs = std::filesystem;

constexpr int repository_version = 1;

// Who holds it, for a person. Readers leave no word of themselves: what the file says then is of a writer
// that is through.
std::string holder(int fd, bool readers) {
    if (readers) return "a verify or a restore";
    char text[128] = {};
    const auto size = ::pread(fd, text, sizeof text - 1, 0);
    std::string out(text, size > 0 ? static_cast<std::size_t>(size) : 0);
    while (!out.empty() && (out.back() == '\n' || out.back() == ' ')) out.pop_back();
    return (out.empty() ? "another process" : out) + " (a backup or a prune)";
}

Result<int> take_lock(const fs::path& dir, Repository::Use use) {
    const auto path = dir / "lock";
    const bool writes = use == Repository::Use::write;
    int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    // A repository on a read-only medium has no writer that a reader could get in the way of.
    if (fd < 0 && !writes) return ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (fd < 0) return repository_failure(errno, path);
    if (::flock(fd, (writes ? LOCK_EX : LOCK_SH) | LOCK_NB) != 0) {
        const int number = errno;
        const auto who = holder(fd, writes && ::flock(fd, LOCK_SH | LOCK_NB) == 0);
        ::close(fd);
        if (number != EWOULDBLOCK) return repository_failure(number, path);
        return fail("repository_busy",
                    "the backup repository is in use by " + who + ": try again when it is done",
                    dir.string());
    }
    if (!writes) return fd;
    char host[64] = {};
    ::gethostname(host, sizeof host - 1);
    const auto text = "process " + std::to_string(::getpid()) + " on " + host + "\n";
    if (::ftruncate(fd, 0) != 0 || ::pwrite(fd, text.data(), text.size(), 0) < 0) {
        const int number = errno;
        ::close(fd);
        return repository_failure(number, path);
    }
    return fd;
}

Status make_folder(const fs::path& folder) {
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return repository_failure(errno, folder);
    return {};
}

}  // namespace

Result<std::unique_ptr<Repository>> Repository::open(const fs::path& dir, Use use,
                                                     const std::string& secret) {
    std::error_code ec;
    const bool is_there = fs::exists(dir / "repository.json", ec);
    if (!is_there && use == Use::read)
        return fail("no_repository", "there is no backup repository here", dir.string());
    if (!is_there) {
        if (dir.has_parent_path()) fs::create_directories(dir.parent_path(), ec);
        CAPBRIDGE_TRY(make_folder(dir));
        // What a killed first backup leaves is lock, folders and perhaps chunks; anything else is somebody's.
        for (const auto& each : fs::directory_iterator(dir, ec)) {
            const auto name = each.path().filename().string();
            if (name != "lock" && name != "chunks" && name != "backups" && name != "checks" &&
                name != "unfinished" && name != "lost+found" && !name.starts_with("repository.json.tmp"))
                return fail("no_repository",
                            "this directory is not empty and is no backup repository: give an empty or a "
                            "new one",
                            dir.string());
        }
    }
    CAPBRIDGE_LET(const int lock, take_lock(dir, use));
    std::unique_ptr<Repository> out(new Repository(dir, lock));
    CAPBRIDGE_TRY(out->open_or_make(use, secret));
    return out;
}

Repository::~Repository() {
    if (lock_ >= 0) ::close(lock_);
}

Status Repository::make(const std::string& secret) {
    for (const auto* name : {"chunks", "backups", "checks", "unfinished"})
        CAPBRIDGE_TRY(make_folder(dir_ / name));
    ordered_json out = {{"capbridge_backups", repository_version},
                        {"uuid", uuid_v4()},
                        {"chunk_bytes", chunk_bytes},
                        {"encryption", nullptr}};
    std::optional<BackupKey> key;
    if (!secret.empty()) {
        CAPBRIDGE_LET(auto made, make_key(secret));
        out["encryption"] = ordered_json::parse(made.sealed);
        key = std::move(made.key);
    }
    chunks_ = std::make_unique<Chunks>(dir_, std::move(key));
    CAPBRIDGE_TRY(write_file(dir_ / "repository.json", out.dump(2) + "\n", 0600));
    return chunks_->sync();
}

Status Repository::open_or_make(Use use, const std::string& secret) {
    std::error_code ec;
    const auto file = dir_ / "repository.json";
    if (!fs::exists(file, ec)) return make(secret);
    CAPBRIDGE_LET(const auto text, read_file(file, 1u << 20));
    const auto what = json::parse(text, nullptr, false);
    if (!what.is_object() || !what.value("capbridge_backups", json()).is_number_integer())
        return fail("repository_damaged",
                    "repository.json cannot be read: put it back from a copy of the repository (it never "
                    "changes)",
                    file.string());
    if (what["capbridge_backups"] != repository_version)
        return fail("repository_newer", "this repository was made by a later version of capbridge: use that",
                    file.string());
    std::optional<BackupKey> key;
    const auto encryption = what.value("encryption", json());
    if (encryption.is_object()) {
        if (secret.empty())
            return fail("key_needed",
                        "this repository is encrypted: give its key with --key-file (or "
                        "\"key_file\" in the configuration)",
                        dir_.string());
        auto opened = open_key(encryption, secret);
        if (!opened) {
            const bool is_damaged = opened.error().code == "repository_damaged";
            return fail(opened.error().code, opened.error().message, (is_damaged ? file : dir_).string());
        }
        key = std::move(*opened);
    } else if (!secret.empty()) {
        return fail("wrong_key",
                    "this repository is not encrypted, and a key was given: leave the key out, or back up "
                    "into a new directory",
                    dir_.string());
    }
    chunks_ = std::make_unique<Chunks>(dir_, std::move(key));
    if (use == Use::read) return {};
    for (const auto* name : {"chunks", "backups", "checks", "unfinished"})
        CAPBRIDGE_TRY(make_folder(dir_ / name));
    // Of a writer that died: nobody else writes here, for we hold the lock.
    for (const auto& left : fs::directory_iterator(dir_ / "unfinished", ec)) {
        std::error_code ignored;
        fs::remove(left.path(), ignored);
    }
    for (const auto& left : fs::directory_iterator(dir_ / "backups", ec)) {
        std::error_code ignored;
        if (left.path().filename().string().find(".tmp") != std::string::npos)
            fs::remove(left.path(), ignored);
    }
    return {};
}

Result<Manifest> Repository::read(const std::string& id) const {
    const auto file = dir_ / "backups" / (id + ".json");
    const auto damaged = [&] {
        return fail("repository_damaged",
                    "the manifest of this backup is not what was written: the backup is lost, unless another "
                    "copy of the repository has the file",
                    file.string());
    };
    auto text = read_file(file, 64u << 20);
    if (!text) return fail("repository_io", text.error().message, file.string());
    auto whole = ordered_json::parse(*text, nullptr, false);
    if (!whole.is_object()) return damaged();
    std::string inner;
    if (const auto& key = chunks_->key()) {
        const auto sealed = whole.value("sealed", ordered_json());
        const auto bytes = sealed.is_string() ? from_base64(sealed.get<std::string>()) : std::nullopt;
        auto opened = bytes ? decrypt(*key, *bytes) : std::nullopt;
        if (!opened) return damaged();
        inner = std::move(*opened);
    } else {
        inner = whole.value("manifest", ordered_json()).dump();
        const auto digest = whole.value("blake2b", ordered_json());
        if (!digest.is_string() || digest != to_hex(name_of({}, inner))) return damaged();
    }
    auto manifest = Manifest::read(json::parse(inner, nullptr, false));
    if (!manifest || manifest->id != id) return damaged();
    return manifest;
}

Result<Repository::Listed> Repository::list() const {
    std::vector<std::string> ids;
    std::error_code ec;
    for (const auto& each : fs::directory_iterator(dir_ / "backups", ec)) {
        if (each.path().extension() == ".json") ids.push_back(each.path().stem().string());
    }
    if (ec && ec != std::errc::no_such_file_or_directory)
        return repository_failure(ec.value(), dir_ / "backups");
    std::sort(ids.begin(), ids.end());
    Listed out;
    for (const auto& id : ids) {
        auto manifest = read(id);
        if (manifest) {
            out.backups.push_back(std::move(*manifest));
        } else {
            out.unreadable.push_back({id, manifest.error()});
        }
    }
    std::stable_sort(out.backups.begin(), out.backups.end(),
                     [](const Manifest& a, const Manifest& b) { return a.taken < b.taken; });
    return out;
}

Result<Manifest> Repository::find(const std::string& id) const {
    CAPBRIDGE_LET(auto all, list());
    if ((id.empty() || id == "latest") && !all.backups.empty()) {
        // When all are from the future it is this machine's clock that is behind.
        const auto last = std::find_if(
            all.backups.rbegin(), all.backups.rend(),
            [now = wall_clock()](const Manifest& one) { return !is_from_future(one.taken, now); });
        return last != all.backups.rend() ? std::move(*last) : std::move(all.backups.back());
    }
    std::vector<Manifest> fit;
    for (auto& one : all.backups) {
        if (one.id == id) return std::move(one);
        if (!id.empty() && one.id.starts_with(id)) fit.push_back(std::move(one));
    }
    if (fit.size() == 1) return std::move(fit.front());
    for (const auto& lost : all.unreadable) {
        if (lost.id == id) return fail(lost.error);
    }
    return fail("no_such_backup",
                fit.size() > 1        ? "several backups begin with '" + id + "': give more of the id"
                : all.backups.empty() ? "there is no backup in this repository yet"
                                      : "there is no backup '" + id + "' (capbridge backup list shows them)",
                dir_.string());
}

Status Repository::write(const Manifest& manifest) {
    CAPBRIDGE_TRY(chunks_->sync());  // before anything names them
    const auto inner = manifest.json();
    ordered_json out;
    if (const auto& key = chunks_->key()) {
        out = {{"sealed", base64(encrypt(*key, inner.dump()))}};
    } else {
        out = {{"manifest", inner}, {"blake2b", to_hex(name_of({}, inner.dump()))}};
    }
    const auto file = dir_ / "backups" / (manifest.id + ".json");
    if (const auto written = write_file(file, out.dump(1) + "\n", 0600); !written) {
        const bool full = written.error().message.find(std::strerror(ENOSPC)) != std::string::npos;
        return fail(full ? "repository_full" : "repository_io",
                    "the backup's manifest cannot be written, so this backup does not count: " +
                        written.error().message,
                    file.string());
    }
    return chunks_->sync();  // its name too
}

Status Repository::remove(const std::string& id) {
    std::error_code ec, ignored;
    fs::remove(dir_ / "backups" / (id + ".json"), ec);
    if (ec) return repository_failure(ec.value(), dir_ / "backups" / (id + ".json"));
    fs::remove(dir_ / "checks" / (id + ".json"), ignored);
    return {};
}

std::optional<Repository::Check> Repository::check_of(const std::string& id) const {
    const auto text = read_file(dir_ / "checks" / (id + ".json"), 4096);
    const auto value = text ? json::parse(*text, nullptr, false) : json();
    if (!value.is_object()) return std::nullopt;
    const auto at = parse_instant(get_string(value, "at"));
    if (!at) return std::nullopt;
    return Check{*at, value.value("ok", json()) == true};
}

void Repository::note_check(const std::string& id, const Check& check) {
    const ordered_json out = {{"at", format_instant(check.at)}, {"ok", check.ok}};
    // Of a copy on a read-only medium nothing is noted.
    (void)write_file(dir_ / "checks" / (id + ".json"), out.dump() + "\n", 0644);
}

}  // namespace capbridge::store
