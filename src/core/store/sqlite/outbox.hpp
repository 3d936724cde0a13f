// Outbox on SQLite.
#pragma once
#include "core/store/outbox.hpp"
#include "core/store/sqlite/connections.hpp"

namespace capbridge::store {

// Within the writer's transaction. Error "name_taken": nothing is written then.
Result<TargetRow> write_target(Database& database, const TargetRow& target);

class SqliteOutbox final : public Outbox {
public:
    explicit SqliteOutbox(Connections& connections) : connections_(connections) {}
    Result<TargetRow> put_target(const TargetRow& target) override;
    std::vector<TargetRow> targets() override;
    std::optional<TargetRow> target(std::string_view name) override;
    Status remove_target(std::string_view uuid) override;
    Status set_paused(std::string_view uuid, bool paused) override;
    Status advance(std::string_view uuid, std::int64_t cursor, Instant now,
                   const std::vector<DeadLetter>& dead) override;
    std::vector<DeadLetter> dead_letters(std::string_view uuid, std::size_t limit) override;
    std::size_t count_dead(std::string_view uuid) override;
    Status remove_dead(std::string_view uuid, std::int64_t seq) override;

private:
    Connections& connections_;
};

}  // namespace capbridge::store
