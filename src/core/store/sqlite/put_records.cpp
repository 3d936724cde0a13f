#include "core/store/sqlite/put_records.hpp"

#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/competency/contribution.hpp"

namespace capbridge::store {
namespace {

using Key = std::pair<std::int64_t, std::string>;  // requirement's row, context

// A record as the tables keep it.
struct Row {
    std::int64_t attainment = 0, reason = 0, overriding = 0;
    std::optional<Day> first, last, valid_to, override_from, override_until;
    std::string_view evidence, override_text;
    [[nodiscard]] bool has_texts() const { return !evidence.empty(); }
    friend bool operator==(const Row&, const Row&) = default;
};

Row row_of(const competency::Record& record, const RecordTexts& texts) {
    return {static_cast<std::int64_t>(record.attainment),
            static_cast<std::int64_t>(record.reason),
            static_cast<std::int64_t>(record.overriding.kind),
            record.first_achieved,
            record.last_achieved,
            record.valid_to,
            record.overriding.from,
            record.overriding.until,
            texts.evidence,
            texts.overriding};
}

class PersonRows {
public:
    PersonRows(Database& database, std::int64_t person) : database_(database), person_(person) {}

    // What of `wanted` is there as it should be goes out of it; what should not be there goes from the
    // tables.
    void keep_only(std::map<Key, Row>& wanted) {
        std::vector<Key> gone;
        {
            auto rows = database_.query(
                "select r.requirement, r.context, r.attainment, r.reason, r.overriding, r.first_achieved, "
                "r.last_achieved, r.valid_to, r.override_from, r.override_until, e.body, e.overriding from "
                "record r left join evidence e on e.person = r.person and e.requirement = r.requirement and "
                "e.context = r.context where r.person = ?1");
            rows.bind(person_);
            while (rows.step()) {
                Key key{rows.integer(0), rows.string(1)};
                const Row row{rows.integer(2), rows.integer(3), rows.integer(4), rows.day(5),
                              rows.day(6),     rows.day(7),     rows.day(8),     rows.day(9),
                              rows.text(10),   rows.text(11)};
                const auto found = wanted.find(key);
                if (found != wanted.end() && found->second == row) {
                    wanted.erase(found);
                } else {
                    gone.push_back(std::move(key));
                }
            }
        }
        auto record =
            database_.query("delete from record where person = ?1 and requirement = ?2 and context = ?3");
        auto evidence =
            database_.query("delete from evidence where person = ?1 and requirement = ?2 and context = ?3");
        for (const auto& [requirement, context] : gone) {
            for (auto* each : {&record, &evidence}) {
                each->bind(person_, requirement, context).run();
                each->reset();
            }
        }
    }

    void insert(const std::map<Key, Row>& wanted) {
        auto record = database_.query(
            "insert into record(person, requirement, context, attainment, reason, first_achieved, "
            "last_achieved, valid_to, overriding, override_from, override_until) "
            "values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)");
        auto evidence = database_.query(
            "insert into evidence(person, requirement, context, body, overriding) values (?1, ?2, ?3, ?4, "
            "?5)");
        for (const auto& [key, row] : wanted) {
            record
                .bind(person_, key.first, KeptText{key.second}, row.attainment, row.reason, row.first,
                      row.last, row.valid_to, row.overriding, row.override_from, row.override_until)
                .run();
            record.reset();
            if (!row.has_texts()) continue;
            evidence
                .bind(person_, key.first, KeptText{key.second}, KeptText{row.evidence},
                      KeptText{row.override_text})
                .run();
            evidence.reset();
        }
    }

private:
    Database& database_;
    std::int64_t person_;
};

}  // namespace

std::vector<RecordTexts> texts_of(const std::vector<competency::Record>& records) {
    std::vector<RecordTexts> out(records.size());
    for (std::size_t i = 0; i < records.size(); ++i) {
        const auto& record = records[i];
        const bool overridden = record.overriding.kind != competency::Override::Kind::none;
        if (record.evidence.empty() && !overridden) continue;
        out[i].evidence = competency::evidence_text(record.evidence);
        if (overridden) out[i].overriding = competency::to_json(record.overriding).dump();
    }
    return out;
}

Status put_records(Database& database, const ProjectionBatch::RecordsChange& change,
                   const std::vector<RecordTexts>& texts, const std::vector<std::int64_t>& requirement_rows) {
    std::int64_t person = 0;
    {
        auto rows = database.query("select id from person where uuid = ?1");
        rows.bind(change.person);
        if (rows.step()) person = rows.integer(0);
    }
    put_folded(database, change.person);
    if (person == 0) {
        if (change.records.empty()) return {};
        return fail("no_such_person", "There are records of a person who is not there.", change.person);
    }
    std::map<Key, Row> wanted;
    for (std::size_t i = 0; i < change.records.size(); ++i) {
        const auto& record = change.records[i];
        const auto index = static_cast<std::size_t>(record.requirement);
        if (record.requirement < 0 || index >= requirement_rows.size()) {
            return fail("unknown_requirement", "A record's requirement is not of the framework in force.",
                        change.person);
        }
        wanted.emplace(Key{requirement_rows[index], record.context}, row_of(record, texts[i]));
    }
    database.query("update person set unmapped_only = ?2 where id = ?1 and unmapped_only <> ?2")
        .bind(person, change.unmapped_only ? 1 : 0)
        .run();
    PersonRows rows(database, person);
    rows.keep_only(wanted);
    rows.insert(wanted);
    return {};
}

}  // namespace capbridge::store
