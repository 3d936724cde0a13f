// Journal on SQLite. Appending (append.cpp) is a job of the writer; reading (journal.cpp, statements.cpp)
// takes a reader.
#pragma once
#include "core/store/journal.hpp"
#include "core/store/sqlite/connections.hpp"

namespace capbridge::store {

// A query for statements (s), and the row it makes.
std::string select_statements(std::string_view where, Journal::Bodies bodies = Journal::Bodies::yes);
StatementRow statement_row(const Query& rows);
inline constexpr const char* decision_columns =
    "d.seq, d.run, d.kind, d.key, d.payload, d.who, d.recorded, d.valid_from";
DecisionRow decision_row(const Query& rows);

namespace flag {
inline constexpr std::int64_t timestamp_given = 1;
inline constexpr std::int64_t voiding = 2;   // cannot be voided itself
inline constexpr std::int64_t only_own = 4;  // came in such a batch (Batch::only_own)
}  // namespace flag

// Appends a batch within the writer's transaction, as a checked job. Errors: "no_such_run", "run_reverted",
// "no_such_source", "statement_exists", "invalid_id", "source_record_exists".
Result<Appended> append_batch(Writing& writing, const Batch& batch);

class SqliteJournal final : public Journal {
public:
    explicit SqliteJournal(Connections& connections) : connections_(connections) {}

    void append(std::shared_ptr<const Batch> batch, Done done) override;
    Result<Appended> append(Batch batch) override;
    std::optional<StatementRow> statement(std::string_view id,
                                          const std::optional<std::string>& owner) override;
    std::vector<StatementRow> statements(const StatementQuery& query) override;
    std::vector<Entry> entries(std::int64_t after, std::size_t limit, Bodies bodies) override;
    std::vector<DecisionRow> decisions_in_force(std::string_view kind) override;
    std::optional<DecisionRow> decision_in_force(std::string_view kind, std::string_view key) override;
    std::vector<DecisionRow> decisions_of_run(std::int64_t run) override;
    std::vector<StatementRow> statements_of_run(std::int64_t run) override;
    std::size_t count_of_run(std::int64_t run) override;
    Watermark watermark() override;
    std::optional<std::string> definition_of(std::string_view activity) override;
    std::vector<std::string> names_of(std::string_view agent_key) override;
    std::vector<std::string> attachments_of(std::int64_t seq) override;

private:
    Connections& connections_;
};

}  // namespace capbridge::store
