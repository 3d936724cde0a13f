#include "core/store/sqlite/before_upgrade.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include "core/base/files.hpp"
#include "core/base/json.hpp"
#include "core/base/log.hpp"
#include "core/base/time.hpp"
#include "core/base/version.hpp"
#include "core/store/sqlite/copying.hpp"

namespace capbridge::store {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view prefix = "before-upgrade-";

Status sync_path(const fs::path& path) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    const int done = fd < 0 ? -1 : ::fsync(fd), number = errno;
    if (fd >= 0) ::close(fd);
    if (done != 0)
        return fail("store_io", std::string("cannot be brought to the disk: ") + std::strerror(number),
                    path.string());
    return {};
}

// The last entry of its journal.
std::uint64_t seq_of(Database& database) {
    return static_cast<std::uint64_t>(
        database.integer("select max(ifnull((select max(seq) from statement), 0), ifnull((select max(seq) "
                         "from decision), 0))"));
}

json read_note(const fs::path& copy) {
    const auto text = read_file(copy / "upgrade.json", 64u << 10);
    auto note = text ? json::parse(*text, nullptr, false) : json();
    return note.is_object() ? note : json::object();
}

}  // namespace

Status keep_before_upgrade(const fs::path& dir, Database& database, int latest) {
    const auto format = database.integer("PRAGMA user_version");
    if (format <= 0 || format >= latest) return {};
    const auto copy = dir / (std::string(prefix) + std::to_string(format));
    const auto seq = seq_of(database);
    const auto fresh = dir / (std::string(prefix) + std::to_string(format) + ".unfinished");
    std::error_code ec;
    fs::remove_all(fresh, ec);
    log::info("upgrade_copy_begins",
              {{"from_format", std::to_string(format)}, {"to_format", std::to_string(latest)}});
    if (::mkdir(fresh.c_str(), 0700) != 0)
        return fail("unwritable", std::string("cannot be made: ") + std::strerror(errno), fresh.string());
    const auto give_up = [&](Error error) -> Status {
        std::error_code ignored;
        fs::remove_all(fresh, ignored);
        return fail(std::move(error));
    };
    try {
        copy_database(database.file(), fresh / "capbridge.db", {});
        Database look(fresh / "capbridge.db", Database::Access::read_immutable);
        if (const auto damage = look_for_damage(look, true); !damage.empty())
            return give_up({"store_damaged",
                            "The database is damaged, so it is not upgraded: " + damage.front().what +
                                ". Nothing was changed. Restore the latest backup with the version that made "
                                "it, then upgrade that",
                            {},
                            0});
        if (seq_of(look) != seq)
            return give_up({"store_io",
                            "The copy before the upgrade is not what was copied: nothing was changed.",
                            {},
                            0});
    } catch (const Failure& failure) {
        return give_up(failure.error());
    }
    const auto now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
    const ordered_json note = {{"from_format", format},
                               {"to_format", latest},
                               {"upgraded_by", program_version()},
                               {"at", format_instant(now)},
                               {"seq", seq}};
    if (const auto written = write_file(fresh / "upgrade.json", note.dump(2) + "\n", 0600); !written)
        return give_up(written.error());
    CAPBRIDGE_TRY(sync_path(fresh / "capbridge.db"));
    CAPBRIDGE_TRY(sync_path(fresh));
    // One of an earlier try, before somebody went back: the new one takes its place.
    fs::remove_all(copy, ec);
    fs::rename(fresh, copy, ec);
    if (ec)
        return give_up({"unwritable", "The copy before the upgrade cannot be put in place: " + ec.message(),
                        copy.string(), 0});
    CAPBRIDGE_TRY(sync_path(dir));
    log::info("upgrade_copy_kept", {{"copy", copy.string()}});
    return {};
}

Error tell_of_upgrade(Error refusal, const fs::path& dir, int latest) {
    if (refusal.code != "store_newer") return refusal;
    fs::path best;
    json said;
    std::error_code ec;
    for (const auto& each : fs::directory_iterator(dir, ec)) {
        const auto name = each.path().filename().string();
        if (!name.starts_with(prefix) || name.ends_with(".unfinished")) continue;
        auto note = read_note(each.path());
        // The latest copy that this version can read.
        if (note.empty() || note.value("from_format", 0) > latest) continue;
        if (said.empty() || get_string(said, "at") < get_string(note, "at")) {
            said = std::move(note);
            best = each.path();
        }
    }
    if (said.empty()) {
        refusal.message +=
            " This directory has no copy from before an upgrade: to go back, restore a backup that this "
            "version made (capbridge restore).";
        return refusal;
    }
    refusal.message +=
        " Version " + get_string(said, "upgraded_by") + " upgraded it on " + get_string(said, "at") +
        ". The database as it was before is in " + best.string() +
        ". To go back and lose what was written since: stop every capbridge, move capbridge.db, "
        "capbridge.db-wal, capbridge.db-shm and audit.head out of the directory, and copy "
        "capbridge.db from there into it.";
    return refusal;
}

}  // namespace capbridge::store
