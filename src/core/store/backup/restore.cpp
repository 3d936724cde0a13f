#include "core/store/backup/restore.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "core/base/files.hpp"
#include "core/base/ids.hpp"
#include "core/store/backup/repository_ledger.hpp"
#include "core/store/copy.hpp"
#include "core/store/ledger_lines.hpp"
#include "core/store/restored.hpp"
#include "core/store/sqlite/carried_out.hpp"
#include "core/store/sqlite/copying.hpp"
#include "core/store/sqlite/lock.hpp"

namespace capbridge::store {
namespace {

namespace fs = std::filesystem;

tl::unexpected<Error> disk_failure(int number, const fs::path& file) {
    if (number == ENOSPC || number == EDQUOT || number == EFBIG)
        return fail("store_full",
                    "the disk is full: the restore is not finished. Free some space and begin it again",
                    file.string());
    return fail("store_io", std::string("cannot be written: ") + std::strerror(number), file.string());
}

// Empty, not there, or what a restore that was killed left.
Status check_target(const fs::path& into) {
    std::error_code ec;
    if (!fs::exists(into, ec)) return {};
    if (fs::exists(into / restore_mark, ec)) return {};
    for (const auto& each : fs::directory_iterator(into, ec)) {
        const auto name = each.path().filename().string();
        // A lock, and a mark that is not in place yet: killed before anything else was written.
        if (name == "lost+found" || name == "lock" || name.starts_with(std::string(restore_mark) + ".tmp"))
            continue;
        return fail(
            "not_empty",
            "this directory is not empty: a restore never writes over anything. Give an empty or a new "
            "one",
            into.string());
    }
    if (ec) return fail("unwritable", "cannot be read: " + ec.message(), into.string());
    return {};
}

Status write_tree_to(const Chunks& chunks, const Tree& tree, const fs::path& file,
                     const std::function<bool(std::uint64_t)>& told) {
    const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) return disk_failure(errno, file);
    auto done = read_tree(chunks, tree, [&](std::string_view bytes) -> Status {
        const auto size = bytes.size();
        while (!bytes.empty()) {
            const auto n = ::write(fd, bytes.data(), bytes.size());
            if (n < 0 && errno == EINTR) continue;
            if (n <= 0) return disk_failure(n == 0 ? EIO : errno, file);
            bytes.remove_prefix(static_cast<std::size_t>(n));
        }
        if (!told(size)) return fail("stopping", "stopped: begin the restore again");
        return {};
    });
    if (::close(fd) != 0 && done) return disk_failure(errno, file);
    return done;
}

Status sync_all(const fs::path& dir) {
    const int fd = ::open(dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return disk_failure(errno, dir);
    const int done = ::syncfs(fd), number = errno;
    ::close(fd);
    return done == 0 ? Status{} : disk_failure(number, dir);
}

// Of root, into a directory that another user owns: that user's daemon is to read it.
void give_to_owner(const fs::path& dir) {
    struct stat of {};
    if (::geteuid() != 0 || ::stat(dir.c_str(), &of) != 0 || of.st_uid == 0) return;
    std::error_code ec;
    for (const auto& each : fs::recursive_directory_iterator(dir, ec)) {
        if (::lchown(each.path().c_str(), of.st_uid, of.st_gid) != 0) return;
    }
}

constexpr std::string_view name_a_better_one =
    "back up once more from the data directory, or name that directory with --erasures; --set-aside restores "
    "without it";
constexpr std::string_view given_up = "the restore went on without it";

// Who must be erased again. What is spoilt in one ledger must be whole in another; only in place of the
// repository's a person may name one that knows better.
Result<LedgerLines> all_ledgers(const Repository& repository, const Chunks& chunks,
                                const std::vector<fs::path>& named, std::vector<std::string>& warnings) {
    LedgerLines all;
    for (const auto& folder : named) {
        CAPBRIDGE_LET(const auto theirs, read_ledger_lines(folder, ledger_end_of(folder)));
        unite(all, theirs);
    }
    auto own = repository_ledger(repository.dir(), chunks.key());
    if (!own && named.empty()) return fail(own.error());
    if (!own) warnings.push_back(own.error().text());
    auto kept = own ? std::exchange(own->bad, {}) : std::vector<BadLine>();
    if (own) {
        drop_replaced(kept, *own, all);
        unite(all, *own);
    }
    if (!all.bad.empty())
        return fail(bad_line(all.bad.front(),
                             "the repository has it not whole either. Take the line out of a copy of the "
                             "file, name the copy, and erase that person again afterwards"));
    for (const auto& bad : kept) {
        const auto error = bad_line(bad,
                                    "back up once more from the data directory, which writes it anew, or "
                                    "name that directory with --erasures");
        if (named.empty()) return fail(error);
        warnings.push_back(error.text());
    }
    return all;
}

// What a database has carried out is in the ledger, or the ledger has lost it.
Status give_up_lost(LedgerLines& ledger, const CarriedOut& carried_out, const fs::path& dir, bool set_aside,
                    std::vector<std::string>& warnings) {
    const auto ids = ledger.ids();
    for (const auto& [id, at] : carried_out) {
        if (ids.contains(id)) continue;
        const auto error = lost_erasure(dir, id, set_aside ? given_up : name_a_better_one);
        if (!set_aside) return fail(error);
        warnings.push_back(error.text());
        ledger.give_up_erasure(id, at);
    }
    return {};
}

// Of a ledger that a person named the key may be gone for good: whom the backup knows is erased all the same.
Status give_up_lost_keys(LedgerLines& ledger, const fs::path& dir, bool may,
                         std::vector<std::string>& warnings) {
    for (const auto& id : ledger.keys_lacking()) {
        const auto error = lost_key(dir, id, may ? given_up : name_a_better_one);
        if (!may) return fail(error);
        warnings.push_back(error.text());
        ledger.give_up_key(id);
    }
    return {};
}

// The databases that lie beside named ledgers. One that cannot be read may be why somebody restores.
CarriedOut carried_out_beside(const std::vector<fs::path>& named, std::vector<std::string>& warnings) {
    CarriedOut out;
    for (const auto& folder : named) {
        const auto database = database_beside(folder);
        if (!database) continue;
        if (auto found = carried_out_in(*database, Database::Access::read)) {
            out.merge(*found);
        } else {
            warnings.push_back(found.error().text());
        }
    }
    return out;
}

// Of an earlier try.
void remove_left(const fs::path& into) {
    std::error_code ec;
    std::vector<fs::path> left;
    for (const auto* name :
         {"capbridge.db", "capbridge.db-wal", "capbridge.db-shm", "capbridge.db.unfinished", "attachments",
          "packages", "scratch", "audit.head", "erasures.jsonl", "erasures.key"})
        left.push_back(into / name);
    for (const auto& each : fs::directory_iterator(into, ec)) {
        const auto name = each.path().filename().string();
        for (const auto* begin :
             {"before-upgrade-", "erasures.jsonl.tmp", "erasures.key.tmp", "audit.head.tmp"}) {
            if (name.starts_with(begin)) left.push_back(each.path());
        }
    }
    for (const auto& each : left) fs::remove_all(each, ec);
}

}  // namespace

Result<Restored> restore_backup(const Repository& repository, Chunks& chunks, const Manifest& manifest,
                                const fs::path& into, const std::vector<fs::path>& erasures, bool set_aside,
                                const BackupProgress& progress) {
    CAPBRIDGE_TRY(check_target(into));
    Restored out;
    CAPBRIDGE_LET(auto ledger, all_ledgers(repository, chunks, erasures, out.warnings));
    CAPBRIDGE_TRY(give_up_lost(ledger, carried_out_beside(erasures, out.warnings), repository.dir(),
                               set_aside, out.warnings));
    CAPBRIDGE_TRY(give_up_lost_keys(ledger, repository.dir(), set_aside || !erasures.empty(), out.warnings));
    std::error_code ec;
    if (into.has_parent_path()) fs::create_directories(into.parent_path(), ec);
    CAPBRIDGE_TRY(need_room(fs::exists(into, ec) ? into : into.parent_path(),
                            manifest.database.bytes + manifest.file_bytes, "the restored data"));
    if (::mkdir(into.c_str(), 0700) != 0 && errno != EEXIST)
        return fail("unwritable", std::string("cannot be made: ") + std::strerror(errno), into.string());
    CAPBRIDGE_LET(const auto lock, Lock::take(into));
    CAPBRIDGE_TRY(check_target(into));  // another restore may have ended there meanwhile
    out.mark = "backup " + manifest.id + " " + random_token(9) + "\n";
    CAPBRIDGE_TRY(write_file(into / restore_mark, out.mark, 0600));
    CAPBRIDGE_TRY(sync_all(into));
    remove_left(into);

    const auto total = static_cast<std::size_t>((manifest.database.bytes + manifest.file_bytes) >> 20);
    const auto told = [&](std::uint64_t bytes) {
        out.bytes += bytes;
        return !progress || progress("restoring, MiB", static_cast<std::size_t>(out.bytes >> 20), total);
    };
    const auto fresh = into / "capbridge.db.unfinished";
    CAPBRIDGE_TRY(write_tree_to(chunks, manifest.database, fresh, told));
    CAPBRIDGE_LET(const auto carried_out, carried_out_in(fresh, Database::Access::read_immutable));
    CAPBRIDGE_TRY(give_up_lost(ledger, carried_out, repository.dir(), set_aside, out.warnings));
    CAPBRIDGE_LET(const auto list, read_tree(chunks, manifest.contents));
    for (std::size_t begin = 0; begin < list.size();) {
        const auto end = std::min(list.find('\n', begin), list.size());
        const auto content = Content::read(std::string_view(list).substr(begin, end - begin));
        if (!content)
            return fail(content.error().code, content.error().message,
                        (repository.dir() / "backups" / (manifest.id + ".json")).string());
        begin = end + 1;
        if (content->kind != "attachment" && content->kind != "package") continue;  // of a later version
        const auto folder = into / (content->kind == "attachment" ? "attachments" : "packages");
        for (const auto& each : {folder, folder / content->name.substr(0, 2)}) {
            if (::mkdir(each.c_str(), 0700) != 0 && errno != EEXIST) return disk_failure(errno, each);
        }
        CAPBRIDGE_TRY(
            write_tree_to(chunks, content->tree, folder / content->name.substr(0, 2) / content->name, told));
        ++out.files;
    }
    // Who was erased since this backup was made is erased again when the directory is opened the first time.
    CAPBRIDGE_TRY(write_ledger_lines(into, ledger));
    out.erasures = ledger.count();

    fs::rename(fresh, into / "capbridge.db", ec);
    if (ec) return disk_failure(ec.value(), into / "capbridge.db");
    CAPBRIDGE_TRY(sync_all(into));
    return out;
}

Status end_restore(const fs::path& dir, std::string_view mark) {
    CAPBRIDGE_LET(const auto lock, Lock::take(dir));
    CAPBRIDGE_LET(const auto found, read_file(dir / restore_mark));
    if (found != mark)
        return fail("store_locked",
                    "another restore was begun into this directory meanwhile: it is that one's now",
                    dir.string());
    give_to_owner(dir);
    CAPBRIDGE_TRY(sync_all(dir));  // all of it, before the mark goes
    std::error_code ec;
    fs::remove(dir / restore_mark, ec);
    if (ec) return disk_failure(ec.value(), dir / restore_mark);
    return sync_all(dir);
}

}  // namespace capbridge::store
