// Projection on SQLite: writing (fold.cpp), people (people.cpp), what they are composed of (directory.cpp),
// facts and records (records.cpp), and what lacks an owner or a mapping (gaps.cpp).
#pragma once
#include <memory>
#include <mutex>
#include <unordered_map>

#include "core/store/projection.hpp"
#include "core/store/sqlite/connections.hpp"

namespace capbridge::store {

// Requirement ids by index and back. Immutable.
struct Requirements {
    std::vector<std::string> ids;
    std::unordered_map<std::string, int> index;
    // Of a database: index by the id of the requirement table, -1 where the framework has none of that name.
    [[nodiscard]] std::vector<int> by_row(Database& database) const;
};

// Within the writer's transaction.
void put_fact(Writing& writing, std::int64_t seq, const NewFact& fact);
void put_said(Database& database, const ProjectionBatch::SaidChange& change);
void put_merge(Database& database, const ProjectionBatch::MergeChange& change);
void put_claims(Database& database, const ProjectionBatch::ClaimsChange& change);
void put_stale(Database& database, std::string_view person, bool fold = true);
void put_everyone_stale(Database& database);
void put_composed(Database& database, std::string_view person);  // done, unless records are to be folded
void put_folded(Database& database, std::string_view person);

class SqliteProjection final : public Projection {
public:
    explicit SqliteProjection(Connections& connections) : connections_(connections) {}

    void set_requirements(std::vector<std::string> ids) override;
    std::int64_t cursor() override;
    std::string folded_by() override;
    Status apply(const ProjectionBatch& batch) override;
    Status reset() override;
    std::vector<std::string> stale() override;
    std::vector<people::Said> said_of(std::string_view person, std::string_view kind_prefix) override;
    std::vector<std::string> said_keys(std::string_view kind, std::string_view prefix,
                                       std::string_view scope) override;
    std::optional<std::string> said_person(std::string_view kind, std::string_view key) override;
    std::vector<std::string> claimants(std::string_view identifier_key) override;
    std::vector<std::string> contested() override;
    std::string survivor(std::string_view person) override;
    std::vector<std::string> merged_into(std::string_view person) override;
    std::size_t in_post(Day day) override;
    std::vector<MatchRow> matches(const std::optional<std::string>& owner) override;

    std::optional<people::Person> person(std::string_view id) override;
    std::optional<std::string> person_by_identifier(std::string_view scheme, std::string_view issuer,
                                                    std::string_view value) override;
    std::vector<std::string> people_of_actors(const std::vector<std::string>& actors) override;
    std::vector<std::string> people_of_activities(const std::vector<std::string>& activities) override;
    std::vector<std::string> all_people() override;
    std::vector<competency::Fact> facts_of(const people::Person& person,
                                           const std::vector<std::string>& actors,
                                           const ActivityFilter* wanted) override;
    std::unique_ptr<AllFacts> all_facts(const ActivityFilter& wanted) override;
    std::vector<people::Assignment> assignments_of(std::string_view person) override;
    std::vector<people::Assignment> assignments() override;
    std::vector<competency::Record> records_of(std::string_view person) override;
    std::pair<std::vector<people::Person>, std::size_t> find_people(const PeopleQuery& query) override;
    void each_person(bool with_evidence,
                     const std::function<void(const competency::PersonFacts&)>& visit) override;
    std::optional<competency::PersonFacts> person_facts(std::string_view id) override;
    void people_facts(const std::vector<std::string>& ids,
                      const std::function<void(const competency::PersonFacts&)>& visit) override;
    std::vector<Unresolved> unresolved(std::size_t limit) override;
    std::vector<UnmappedActivity> activities() override;
    std::string digest() override;
    void look_at_facts(const ActivityFilter& filter) override;
    std::vector<std::string> people_of_new_facts(const std::vector<std::int64_t>& seqs,
                                                 const ActivityFilter& wanted) override;

private:
    [[nodiscard]] std::shared_ptr<const Requirements> requirements();

    Connections& connections_;
    std::mutex mutex_;
    std::shared_ptr<const Requirements> requirements_ = std::make_shared<Requirements>();
};

// A person's row, and what hangs on it, by the integer key of the table.
struct PersonRow {
    std::int64_t key = 0;
    std::string uuid, name;
    bool unmapped_only = false;
};
std::optional<PersonRow> find_person(Database& database, std::string_view uuid);
people::Person read_person(Database& database, const PersonRow& row);
std::vector<people::Assignment> read_assignments(Database& database, std::string_view uuid);
// In order of requirement (index), then context.
std::vector<competency::Record> read_records(Database& database, std::int64_t person,
                                             const std::vector<int>& index_of_row, bool with_evidence);

}  // namespace capbridge::store
