// What one backup is: when and of what, what must come out of it, and which chunks hold it. Written last, as
// REPO/backups/ID.json: {"manifest": {...}, "blake2b": digest of its text}, or {"sealed": ...} when the
// repository has a key. A backup without a manifest is none. Values; any thread.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/base/time.hpp"
#include "core/store/backup/tree.hpp"

namespace capbridge::store {

struct Manifest {
    std::string id;  // 20260331T020000Z-1a2b3c: when it was taken, in UTC
    Instant taken{};
    std::string who;           // who asked for it: "cli:<user>", "schedule"
    std::string made_by;       // version of this program
    int format = 0;            // of the database: its last migration
    std::string installation;  // uuid
    std::string organisation;
    std::int64_t seq = 0;     // last entry of the journal in it
    Instant stored{};         // of that entry
    std::int64_t folded = 0;  // and of the projection
    std::string folded_by;
    std::string digest;                           // of the projection; "" when it could not be told
    std::string audit_head;                       // "" without an audit log
    std::map<std::string, std::uint64_t> counts;  // rows by table of the journal
    Tree database, contents;                      // contents: a JSON line for each other file
    std::uint64_t files = 0, file_bytes = 0;      // of contents
    std::uint64_t new_chunks = 0, new_bytes = 0;  // what this backup added to the repository
    std::int64_t took_ms = 0;

    [[nodiscard]] ordered_json json() const;
    static Result<Manifest> read(const capbridge::json& value);
};

// A file beside the database: kind "attachment" or "package" (name: its SHA-2), or "file" (of the data
// directory itself).
struct Content {
    std::string kind, name;
    Tree tree;
    [[nodiscard]] std::string line() const;  // with its end
    static Result<Content> read(std::string_view line);
};

}  // namespace capbridge::store
