// The ledger of erasures: DIR/erasures.jsonl, a line for every person who was erased, on the disk before the
// first row is touched. It is not in the database, so that it outlives the restore of a backup that is older
// than an erasure: whoever owns the directory next carries out every line that its store has not seen
// (engine/privacy/erasing.hpp), as after a kill in the middle. It holds no personal data: UUIDs, and keyed
// digests of what people were known by (HMAC-SHA256; the keys are in DIR/erasures.key, mode 0600). A backup
// has to keep both files; without the keys nobody is recognised who comes again, but what a restored store
// knows of the erased by their UUIDs still goes.
// Lines are only ever appended. A last line without its end (a crash) never was. One process writes at a
// time: the owner of the directory. Errors "unwritable", "unreadable", "bad_erasures" (a line that cannot be
// read: its number is in the message).
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "core/base/time.hpp"

namespace capbridge::store {

struct Erasure {
    std::string id;  // uuid of the erasure; the store remembers which it has carried out
    Instant at{};
    std::vector<std::string> people;    // uuids: the person, then all who were merged into them
    std::string key;                    // which key made the digests
    std::vector<std::string> digests;   // of the agents that stood for them, as erased_digest() makes them
    std::optional<Instant> admitted{};  // somebody said yes to their coming back: the digests no longer bar
};

inline constexpr std::string_view erasures_name = "erasures.jsonl", erasure_keys_name = "erasures.key";

// By time; none when there is no file, and without those that were given up (ledger_lines.hpp).
Result<std::vector<Erasure>> read_erasures(const std::filesystem::path& dir);
// Durable when it returns (file and folder fsynced).
Status append_erasure(const std::filesystem::path& dir, const Erasure& erasure);
Status append_admission(const std::filesystem::path& dir, std::string_view erasure, Instant at);

// What `from` has and `into` lacks is added to `into`, lines and keys; what is there stays. For a restore
// (the ledger of the repository and that of the directory that is replaced go into the restored one) and for
// a backup (into the repository). Either folder may have no ledger. `into` must exist. Gives how many lines
// came.
Result<std::size_t> unite_erasures(const std::filesystem::path& into, const std::filesystem::path& from);

struct ErasureKey {
    std::string id, secret;
};
// None: no file. Errors "unreadable", "bad_erasures" (a line that cannot be read).
Result<std::vector<ErasureKey>> read_erasure_keys(const std::filesystem::path& dir);
// The one to make digests with; the first call makes it.
Result<ErasureKey> erasure_key(const std::filesystem::path& dir);
// Of an xapi::Agent::key(), or of whatever else is to be recognised and not kept.
std::string erased_digest(const ErasureKey& key, std::string_view text);

}  // namespace capbridge::store
