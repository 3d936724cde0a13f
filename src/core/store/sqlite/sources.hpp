// Sources on SQLite: the configured sources and the revisions of their facts (sources.cpp), what they
// remember (source_memory.cpp), how they go (source_state.cpp), what was written back (push_ledger.cpp), runs
// (runs.cpp).
#pragma once
#include "core/store/sources.hpp"
#include "core/store/sqlite/connections.hpp"

namespace capbridge::store {

// Within the writer's transaction, for whoever commits them with something else.
SourceRow write_source(Database& database, const SourceRow& source);
bool write_cursor(Database& database, std::string_view source_uuid, std::string_view cursor);
// False: there is no source of this uuid.
bool write_source_state(Database& database, std::string_view source_uuid, const SourceStateRow& state);

class SqliteSources final : public Sources {
public:
    explicit SqliteSources(Connections& connections) : connections_(connections) {}

    Result<SourceRow> put_source(const SourceRow& source) override;
    std::vector<SourceRow> sources() override;
    std::optional<SourceRow> source(std::string_view name) override;
    Status set_cursor(std::string_view source_uuid, std::string_view cursor) override;
    std::optional<std::string> memory(std::string_view source_uuid, std::string_view key) override;
    Status set_memory(std::string_view source_uuid, std::string_view key, std::string_view value) override;
    std::vector<std::pair<std::string, std::string>> memories(std::string_view source_uuid,
                                                              std::string_view prefix) override;
    SourceStateRow source_state(std::string_view source_uuid) override;
    Status put_source_state(std::string_view source_uuid, const SourceStateRow& state) override;
    std::optional<PushRow> push(std::string_view source_uuid, std::string_view kind,
                                std::string_view key) override;
    Status put_push(std::string_view source_uuid, const PushRow& push) override;
    std::vector<PushRow> pushes(std::string_view source_uuid, std::string_view state,
                                std::size_t limit) override;
    std::vector<PushRow> pushes_of(std::string_view source_uuid, std::string_view kind,
                                   std::string_view state, std::string_view after,
                                   std::size_t limit) override;
    std::size_t count_pushes(std::string_view source_uuid, std::string_view state) override;
    std::unordered_map<std::string, SourceRecordRow> latest(std::string_view source_uuid,
                                                            std::string_view kind,
                                                            const std::vector<std::string>& keys) override;
    std::vector<std::string> live_keys(std::string_view source_uuid, std::string_view kind,
                                       std::string_view scope) override;
    std::size_t count_live(std::string_view source_uuid, std::string_view kind,
                           std::string_view scope) override;
    std::vector<std::string> live_keys_after(std::string_view source_uuid, std::string_view kind,
                                             std::string_view scope, std::string_view after,
                                             std::size_t limit) override;
    std::vector<std::string> live_keys_below(std::string_view source_uuid, std::string_view kind,
                                             std::string_view prefix) override;
    std::vector<CatalogueRow> catalogue(std::string_view source_uuid, std::string_view kind) override;
    std::optional<CatalogueRow> catalogue_row(std::string_view source_uuid, std::string_view kind,
                                              std::string_view id) override;
    std::vector<QuarantineKey> quarantined_keys(std::string_view source_uuid) override;
    std::vector<QuarantineRow> quarantined(std::string_view source_uuid, std::int64_t after_id,
                                           std::size_t limit) override;
    Quarantined count_quarantined(std::string_view source_uuid) override;
    Status drop_quarantined(std::string_view source_uuid, const std::vector<std::int64_t>& ids) override;
    Result<std::int64_t> run_of_day(const RunRow& run) override;
    Status add_counts(std::int64_t run, const json& counts, Instant ended) override;
    std::vector<Change> changes_of_run(std::int64_t run) override;

    Result<std::int64_t> begin_run(const RunRow& run) override;
    Status end_run(const RunRow& run) override;
    std::vector<RunRow> runs(std::size_t limit) override;
    std::vector<RunRow> runs_of_source(std::string_view source, std::size_t limit) override;
    std::optional<RunRow> run(std::int64_t id) override;
    Status close_interrupted_runs(Instant now) override;
    Status add_rejected(const std::vector<RejectedRow>& rejected) override;
    std::vector<RejectedRow> rejected(std::int64_t run) override;

private:
    Connections& connections_;
};

}  // namespace capbridge::store
