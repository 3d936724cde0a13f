#include "core/store/backup/repository_ledger.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/base/files.hpp"
#include "core/base/log.hpp"
#include "core/store/sqlite/carried_out.hpp"
#include "core/store/sqlite/lock.hpp"

namespace capbridge::store {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view sealed_erasures = "erasures.sealed";
constexpr std::string_view write_anew =
    "the next backup writes it anew from the data directory; until then give that directory to a restore "
    "(--erasures)";
constexpr std::string_view nowhere =
    "the repository has it neither. Take it from another copy of the repository, or give it up with "
    "--set-aside";

std::string joined(const std::vector<std::string>& lines) {
    std::string out;
    for (const auto& line : lines) out += line + "\n";
    return out;
}

// As it is: perhaps somebody can still read in it who it was.
Status copy_aside(const fs::path& file) {
    std::error_code ec;
    auto to = file.string() + ".damaged";
    for (int i = 2; fs::exists(to, ec); ++i) to = file.string() + ".damaged-" + std::to_string(i);
    fs::copy_file(file, to, ec);
    if (ec) return fail("unwritable", "cannot be copied: " + ec.message(), file.string());
    return {};
}

Status copy_aside(const std::vector<BadLine>& bad) {
    fs::path last;
    for (const auto& line : bad) {
        if (line.file != last) CAPBRIDGE_TRY(copy_aside(line.file));
        last = line.file;
    }
    return {};
}

Status write_sealed(const fs::path& dir, const BackupKey& key, const LedgerLines& lines) {
    const ordered_json out = {{std::string(erasures_name), joined(lines.erasures)},
                              {std::string(erasure_keys_name), joined(lines.keys)}};
    return write_file(dir / sealed_erasures, encrypt(key, out.dump()), 0600);
}

std::string no_match(const LedgerLines& theirs) {
    return "the repository has " + std::to_string(theirs.erasures.size()) +
           " lines, and none that is not here already is surely this one. Take it from another copy of the "
           "repository, or take what the repository has and leave this line out with --set-aside";
}

// How many erasures have digests of those keys.
std::size_t recognised_by(const LedgerLines& lines, const std::set<std::string>& keys) {
    return static_cast<std::size_t>(
        std::count_if(lines.erasures.begin(), lines.erasures.end(), [&](const auto& line) {
            const auto erasure = read_ledger_line(line)->erasure;
            return erasure && !erasure->digests.empty() && keys.contains(erasure->key);
        }));
}

}  // namespace

Result<LedgerLines> repository_ledger(const fs::path& repository, const std::optional<BackupKey>& key) {
    if (!key) return read_ledger_lines(repository, LedgerEnd::spoilt);
    const auto file = repository / sealed_erasures;
    std::error_code ec;
    if (!fs::exists(file, ec)) return LedgerLines();
    CAPBRIDGE_LET(const auto sealed, read_file(file));
    const auto opened = decrypt(*key, sealed);
    const auto value = opened ? json::parse(*opened, nullptr, false) : json();
    if (!value.is_object())
        return fail("repository_damaged",
                    "the repository's ledger of erasures is not what was written: " + std::string(write_anew),
                    file.string());
    return ledger_lines_in(get_string(value, erasures_name), get_string(value, erasure_keys_name), file);
}

std::vector<Error> ledger_damage(const fs::path& repository, const std::optional<BackupKey>& key) {
    auto lines = repository_ledger(repository, key);
    if (!lines) return {lines.error()};
    std::vector<Error> out;
    for (const auto& bad : lines->bad) out.push_back(bad_line(bad, write_anew));
    if (!out.empty()) return out;
    for (const auto& id : lines->keys_lacking()) out.push_back(lost_key(repository, id, write_anew));
    return out;
}

// The data directory knows every erasure that its store has carried out. So what is spoilt in the repository
// is replaced by what the directory has, and nothing that is spoilt in the directory gets here.
Status Repository::keep_erasures(const fs::path& data) {
    const auto& key = chunks_->key();
    CAPBRIDGE_LET(const auto ours, read_ledger_lines(data));
    if (!ours.bad.empty()) return fail(bad_line(ours.bad.front(), mend_from_repository));
    const auto kept = repository_ledger(dir_, key);
    if (!kept && kept.error().code != "repository_damaged") return fail(kept.error());
    auto all = kept ? *kept : LedgerLines();
    unite(all, ours);
    const bool was_whole = kept && kept->bad.empty();
    if (was_whole && all.erasures == kept->erasures && all.keys == kept->keys) return {};
    if (!was_whole && all.erasures.empty())
        return fail(
            "bad_erasures",
            "the repository's ledger of erasures is damaged, and the data directory has no erasure to "
            "write it anew from. If nobody was ever erased here, remove the file",
            (key ? dir_ / sealed_erasures : kept->bad.front().file).string());
    if (!was_whole) {
        log::warn("erasures_mended", {{"lines", std::to_string(kept ? kept->bad.size() : 0)},
                                      {"lost", std::to_string(all.bad.size())}});
        CAPBRIDGE_TRY(kept ? copy_aside(kept->bad) : copy_aside(dir_ / sealed_erasures));
    }
    if (!key) return write_ledger_lines(dir_, all);
    CAPBRIDGE_TRY(write_sealed(dir_, *key, all));
    return chunks_->sync();
}

Result<MendedLedger> mend_ledger(Repository* repository, const fs::path& dir, bool set_aside) {
    std::error_code ec;
    if (!fs::exists(dir / "capbridge.db", ec))
        return fail("no_data", "There is no capbridge data here, so no ledger to mend.", dir.string());
    CAPBRIDGE_LET(const auto lock, Lock::take(dir));
    CAPBRIDGE_LET(const auto before, read_ledger_lines(dir));
    MendedLedger out;
    LedgerLines theirs;
    if (repository != nullptr) {
        const auto& key = repository->chunks().key();
        out.damaged = ledger_damage(repository->dir(), key);
        auto known = repository_ledger(repository->dir(), key);
        if (!known && !set_aside)
            return fail(known.error().code, known.error().message + "; --set-aside does without it",
                        known.error().where);
        if (known) theirs = std::move(*known);
        theirs.bad.clear();
    }
    auto all = before;
    out.came = unite(all, theirs);

    const auto ids = all.ids();
    CAPBRIDGE_LET(auto lost, carried_out_in(dir / "capbridge.db", Database::Access::read));
    std::erase_if(lost, [&](const auto& one) { return ids.contains(one.first); });
    const auto lost_keys = all.keys_lacking();
    if (!set_aside) {
        if (!all.bad.empty()) return fail(bad_line(all.bad.front(), no_match(theirs)));
        if (!lost.empty()) return fail(lost_erasure(dir, lost.begin()->first, nowhere));
        if (!lost_keys.empty()) return fail(lost_key(dir, *lost_keys.begin(), nowhere));
    }
    for (const auto& [id, at] : lost) all.give_up_erasure(id, at);
    for (const auto& id : lost_keys) all.give_up_key(id);
    out.set_aside = std::max(all.bad.size(), lost.size() + lost_keys.size());
    out.unrecognised = recognised_by(all, lost_keys);
    const auto is_to_change = [&](std::string_view name, bool other_lines) {
        return fs::exists(dir / name, ec) &&
               (other_lines || std::any_of(before.bad.begin(), before.bad.end(),
                                           [&](const BadLine& one) { return one.file.filename() == name; }));
    };
    if (is_to_change(erasures_name, all.erasures != before.erasures))
        CAPBRIDGE_TRY(copy_aside(dir / erasures_name));
    if (is_to_change(erasure_keys_name, all.keys != before.keys))
        CAPBRIDGE_TRY(copy_aside(dir / erasure_keys_name));
    CAPBRIDGE_TRY(write_ledger_lines(dir, all));
    CAPBRIDGE_LET(const auto after, read_ledger_lines(dir));
    if (!after.bad.empty()) return fail(bad_line(after.bad.front(), "it was just written: look at the disk"));
    out.erasures = after.count();
    return out;
}

}  // namespace capbridge::store
