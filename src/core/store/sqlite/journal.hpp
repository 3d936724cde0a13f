// Journal on SQLite. Appending (append.cpp) is a job of the writer; reading (journal.cpp, statements.cpp)
// takes a reader.
#pragma once
#include "core/store/journal.hpp"
#include "core/store/sqlite/connections.hpp"

namespace capbridge::store {

// Columns of statement that the rows of a reader begin with, and the row they make.
// Voided_by needs `left join statement v on v.seq = s.voided_by`.
inline constexpr const char* statement_columns = "s.seq, s.run, s.id, s.stored, s.flags, v.id, s.body";
StatementRow statement_row(const Query& rows);
inline constexpr const char* decision_columns =
    "d.seq, d.run, d.kind, d.key, d.payload, d.who, d.recorded, d.valid_from";
DecisionRow decision_row(const Query& rows);

namespace flag {
inline constexpr std::int64_t timestamp_given = 1;
inline constexpr std::int64_t voiding = 2;  // cannot be voided itself
}  // namespace flag

// Appends a batch within the writer's transaction. Errors: "no_such_run", "no_such_source",
// "statement_exists", "invalid_id", "source_record_exists".
Result<Appended> append_batch(Writing& writing, const Batch& batch);

class SqliteJournal final : public Journal {
public:
    explicit SqliteJournal(Connections& connections) : connections_(connections) {}

    void append(Batch batch, Done done) override;
    Result<Appended> append(Batch batch) override;
    std::optional<StatementRow> statement(std::string_view id) override;
    std::vector<StatementRow> statements(const StatementQuery& query) override;
    std::vector<Entry> entries(std::int64_t after, std::size_t limit) override;
    std::vector<DecisionRow> decisions_in_force(std::string_view kind) override;
    std::optional<DecisionRow> decision_in_force(std::string_view kind, std::string_view key) override;
    std::vector<DecisionRow> decisions_of_run(std::int64_t run) override;
    std::vector<StatementRow> statements_of_run(std::int64_t run) override;
    Watermark watermark() override;

private:
    Connections& connections_;
};

}  // namespace capbridge::store
