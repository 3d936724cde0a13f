// Where statements are forwarded to: targets, each with a durable cursor over the journal's seq, and the
// statements that a target would not take (dead letters). There are no rows of what is still to be sent: that
// is the journal beyond the cursor. Thread-safe.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "core/base/time.hpp"

namespace capbridge::store {

struct TargetRow {
    std::string uuid;      // fixed at creation
    std::string name;      // short, unique
    std::string kind;      // "lrs", "webhook"
    std::string settings;  // JSON: address, filters, where its secret is kept (never the secret itself)
    bool paused = false;
    std::int64_t cursor = 0;  // everything up to here was delivered, filtered out, or is a dead letter
    Instant moved{};          // when the cursor moved last
};

struct DeadLetter {
    std::string target;  // uuid
    std::int64_t seq = 0;
    std::string statement;      // id
    std::string code, message;  // of the last try; no content of the statement
    int tries = 0;
    Instant first{}, last{};
};

class Outbox {
public:
    virtual ~Outbox() = default;
    // The target of this uuid, else of this name, else a new one (with its own uuid, from `cursor` on).
    // A known target keeps its cursor.
    virtual Result<TargetRow> put_target(const TargetRow& target) = 0;
    virtual std::vector<TargetRow> targets() = 0;
    virtual std::optional<TargetRow> target(std::string_view name) = 0;
    virtual Status remove_target(std::string_view uuid) = 0;  // with its dead letters
    virtual Status set_paused(std::string_view uuid, bool paused) = 0;
    // Moves the cursor and files dead letters (again with one more try) in one commit.
    virtual Status advance(std::string_view uuid, std::int64_t cursor, Instant now,
                           const std::vector<DeadLetter>& dead) = 0;
    virtual std::vector<DeadLetter> dead_letters(std::string_view uuid,
                                                 std::size_t limit) = 0;  // oldest first
    virtual std::size_t count_dead(std::string_view uuid) = 0;
    virtual Status remove_dead(std::string_view uuid, std::int64_t seq) = 0;  // delivered, or given up
};

}  // namespace capbridge::store
