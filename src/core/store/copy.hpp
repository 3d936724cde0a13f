// One moment of a store's database, and what a look at it found. A copy is taken within one read transaction,
// so it is of one commit, while others go on writing; it lies in a directory of its own below DIR/scratch and
// goes with the object. What processes that died left there goes with the next copy.
#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace capbridge::store {

// DIR/restore.unfinished: a restore into DIR has begun and not ended. While it is there DIR is no data.
inline constexpr std::string_view restore_mark = "restore.unfinished";

// What is wrong with the data, in words for whoever has to mend it. No content of rows.
struct Damage {
    std::string code;  // "damaged_page", "broken_reference", "file_missing", "file_damaged", "audit_..."
    std::string what;
};

struct CopyFacts {
    int format = 0;                               // the last migration
    std::string audit_head;                       // "n:hash" of the audit chain, "" when it has no entry
    std::map<std::string, std::uint64_t> counts;  // rows of the journal's tables
    std::vector<std::string> attachments;         // that statements of it name, by their SHA-2
    std::uint64_t bytes = 0;                      // of the database
    std::uint64_t log_bytes = 0;  // of the write-ahead log when the copy was through: writing went on into it
};

class StoreCopy {
public:
    virtual ~StoreCopy() = default;
    [[nodiscard]] virtual std::filesystem::path directory() const = 0;  // has capbridge.db
    CopyFacts facts;
    std::vector<Damage> damage;  // nothing: it is sound
};

}  // namespace capbridge::store
