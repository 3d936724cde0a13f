// What a Directory keeps between take() and settle(): the pull's words, and what they come to. Private to
// directory.cpp (taking) and directory_settle.cpp (settling); one thread.
#pragma once
#include <chrono>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/engine/directory.hpp"
#include "core/engine/directory_effect.hpp"
#include "core/engine/directory_who.hpp"

namespace capbridge::engine {

inline std::string directory_decision_kind(std::string_view kind) {
    return kind == "unit" ? "unit" : "directory." + std::string(kind);
}

// What a pull says of one key: the last word counts.
struct DirectoryWord {
    std::string content;               // "" withdrawn, or settled
    std::optional<std::string> scope;  // of the snapshot that it came in
    bool settled = false, gone = false;
};

struct DirectorySnapshot {
    std::string scope;
    std::map<std::string, std::set<std::string>, std::less<>> seen;  // kind -> keys
    bool whole = true;
};

struct Directory::State {
    State(Bridge& b, store::SourceRow s, Options o)
        : bridge(b),
          source(std::move(s)),
          options(o),
          issuer(get_string(json::parse(source.options, nullptr, false), "issuer")),
          today(day_of(b.now())) {}

    std::string key_of(std::string_view key) const { return source.uuid + "|" + std::string(key); }
    std::string payload_of(const std::string& kind, const std::string& person, const DirectoryWord& word,
                           const std::optional<std::string>& scope, const json& former) const;
    // All words, and the guard: what would be written is in `changes` and `units` then. Error
    // "people_changed" when somebody else said who people are in between.
    Status judge();
    Status settle_one(const std::string& kind, const std::string& key, const DirectoryWord& word);
    Status guard();
    Status give_others_way();       // now and then
    Result<bool> others_decided();  // about people, since it was asked last
    void begin();
    void begin_again(const DirectoryCounts& counts_before);
    void take_back(const store::NewDecision& decision);
    Status bring_over(const std::string& other, const std::string& person);
    void write(const std::string& kind, std::string key, std::string before, std::string person,
               std::string payload);

    Bridge& bridge;
    store::SourceRow source;
    Options options;
    std::string issuer;
    Day today;
    DirectoryCounts counts;
    std::map<std::string, std::map<std::string, DirectoryWord>, std::less<>> pending;  // kind -> key -> word
    std::optional<DirectorySnapshot> snapshot;
    std::size_t left_so_far = 0;

    // Of one settle().
    std::unique_ptr<DirectoryWho> who;
    std::unique_ptr<DirectoryChanges> changes;
    std::vector<store::NewDecision> units;
    std::set<std::string> mentioned, brought;
    std::optional<GuardHit> held;
    std::size_t left = 0;
    GiveWay give_way;
    std::chrono::steady_clock::time_point slice_began;
    std::int64_t seen_seq = 0;
};

}  // namespace capbridge::engine
