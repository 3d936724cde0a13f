// The lines of a ledger of erasures (erasures.hpp) and of its keys as they lie on a disk: those that can be
// read, and those that a bad disk has spoilt. The same ledger lies in several places (a data directory, its
// backup repository); lines never change, so what one of them has whole replaces what another has spoilt. A
// spoilt line is never passed on. Values; any thread.
#pragma once
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/store/erasures.hpp"

namespace capbridge::store {

struct LedgerLine {
    std::optional<Erasure> erasure;  // or else:
    std::string admitted;            // the erasure whose person may come back
    Instant at{};
};
std::optional<LedgerLine> read_ledger_line(std::string_view line);  // nothing: it is spoilt

struct BadLine {
    std::filesystem::path file;
    std::size_t number = 0;  // from 1
    std::string text;
};
struct LedgerLines {
    std::vector<std::string> erasures, keys;  // whole ones, each once, in their order
    std::vector<BadLine> bad;
    [[nodiscard]] std::size_t count() const;          // erasures, without admissions and what was given up
    [[nodiscard]] std::set<std::string> ids() const;  // of erasures, also of what was given up
    [[nodiscard]] std::set<std::string> keys_lacking() const;  // that made digests in it
    // What nobody has any more stays known by its id, so that it is not taken for lost again: an erasure of
    // nobody, and a key that recognises nobody.
    void give_up_erasure(const std::string& id, Instant at);
    void give_up_key(const std::string& id);
};

std::optional<ErasureKey> read_key_line(std::string_view line);  // nothing: it is spoilt
bool is_given_up(const Erasure& erasure);
bool is_given_up(const ErasureKey& key);
std::string ledger_line(const Erasure& erasure);

// What stands behind the last end of a line, and is no whole one. `torn`: files are appended to, and it was
// never acknowledged. `spoilt`: they are written as a whole, so it is damage, and so is an empty one.
enum class LedgerEnd { torn, spoilt };
std::optional<std::filesystem::path> database_beside(const std::filesystem::path& dir);
LedgerEnd ledger_end_of(const std::filesystem::path& dir);  // `torn` in a data directory
// Of a directory; empty when it has no ledger. Errors "unreadable", "too_large".
Result<LedgerLines> read_ledger_lines(const std::filesystem::path& dir, LedgerEnd end = LedgerEnd::torn);
// Of texts that came from `file`, which is written as a whole.
LedgerLines ledger_lines_in(std::string_view erasures, std::string_view keys,
                            const std::filesystem::path& file);
// What `from` has and `into` lacks; gives how many lines of erasures came. Spoilt lines of either stay in
// `bad` when neither has them whole.
std::size_t unite(LedgerLines& into, const LedgerLines& from);
// Takes out of `bad`, which are lines of `own`, what `other` has whole and `own` has not, each line once: by
// the ids in them, for two erasures of one person are alike in all else.
void drop_replaced(std::vector<BadLine>& bad, const LedgerLines& own, const LedgerLines& other);
// All or nothing for each file, and only what is whole. Errors "unwritable".
Status write_ledger_lines(const std::filesystem::path& dir, const LedgerLines& lines);

// An erasure that the database of `dir` has carried out, or a key that made digests, is not in the ledger.
Error lost_erasure(const std::filesystem::path& dir, std::string_view id, std::string_view advice);
Error lost_key(const std::filesystem::path& dir, std::string_view id, std::string_view advice);
// Error "bad_erasures"; `advice` is a sentence without its end.
Error bad_line(const BadLine& line, std::string_view advice);
inline constexpr std::string_view mend_from_repository =
    "stop the service, then 'capbridge backup ledger --into DIR' takes it whole from the backup repository; "
    "--set-aside gives up what nobody has";

}  // namespace capbridge::store
