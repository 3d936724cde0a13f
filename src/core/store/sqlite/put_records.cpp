#include "core/store/sqlite/put_records.hpp"

#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/competency/contribution.hpp"

namespace capbridge::store {
namespace {

using Key = std::pair<std::int64_t, std::string>;  // requirement's row, context

// A record as the tables keep it: itself, and the texts that a matrix does not read.
struct State {
    std::int64_t attainment = 0, reason = 0, overriding = 0;
    std::optional<Day> first, last, valid_to, override_from, override_until;
    friend bool operator==(const State&, const State&) = default;
};
struct Texts {
    std::string_view evidence, overriding;
    [[nodiscard]] bool are_there() const { return !evidence.empty(); }
    friend bool operator==(const Texts&, const Texts&) = default;
};
struct Row {
    State state;
    Texts texts;
    bool state_is_there = false, texts_are_there = false;  // as they should be
};

State state_of(const competency::Record& record) {
    return {static_cast<std::int64_t>(record.attainment),
            static_cast<std::int64_t>(record.reason),
            static_cast<std::int64_t>(record.overriding.kind),
            record.first_achieved,
            record.last_achieved,
            record.valid_to,
            record.overriding.from,
            record.overriding.until};
}

// Another version of a mapping changes the texts of most records and few records themselves: only what
// differs is written.
class PersonRows {
public:
    PersonRows(Database& database, std::int64_t person) : database_(database), person_(person) {}

    // Marks what of `wanted` is there as it should be; what should not be there goes from the tables.
    void keep_only(std::map<Key, Row>& wanted) {
        std::vector<Key> gone, without_texts;
        {
            auto rows = database_.query(
                "select r.requirement, r.context, r.attainment, r.reason, r.overriding, r.first_achieved, "
                "r.last_achieved, r.valid_to, r.override_from, r.override_until, e.body, e.overriding from "
                "record r left join evidence e on e.person = r.person and e.requirement = r.requirement and "
                "e.context = r.context where r.person = ?1");
            rows.bind(person_);
            while (rows.step()) {
                Key key{rows.integer(0), rows.string(1)};
                const auto found = wanted.find(key);
                if (found == wanted.end()) {
                    gone.push_back(std::move(key));
                    continue;
                }
                auto& row = found->second;
                row.state_is_there =
                    row.state == State{rows.integer(2), rows.integer(3), rows.integer(4), rows.day(5),
                                       rows.day(6),     rows.day(7),     rows.day(8),     rows.day(9)};
                row.texts_are_there = row.texts == Texts{rows.text(10), rows.text(11)};
                if (!row.texts_are_there && !row.texts.are_there()) without_texts.push_back(std::move(key));
            }
        }
        remove("delete from record where person = ?1 and requirement = ?2 and context = ?3", gone);
        for (const auto* keys : {&gone, &without_texts})
            remove("delete from evidence where person = ?1 and requirement = ?2 and context = ?3", *keys);
    }

    void put(const std::map<Key, Row>& wanted) {
        auto record = database_.query(
            "insert or replace into record(person, requirement, context, attainment, reason, first_achieved, "
            "last_achieved, valid_to, overriding, override_from, override_until) "
            "values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)");
        auto evidence = database_.query(
            "insert or replace into evidence(person, requirement, context, body, overriding) values (?1, ?2, "
            "?3, ?4, ?5)");
        for (const auto& [key, row] : wanted) {
            if (!row.state_is_there) {
                const auto& s = row.state;
                record
                    .bind(person_, key.first, KeptText{key.second}, s.attainment, s.reason, s.first, s.last,
                          s.valid_to, s.overriding, s.override_from, s.override_until)
                    .run();
                record.reset();
            }
            if (row.texts_are_there || !row.texts.are_there()) continue;
            evidence
                .bind(person_, key.first, KeptText{key.second}, KeptText{row.texts.evidence},
                      KeptText{row.texts.overriding})
                .run();
            evidence.reset();
        }
    }

private:
    void remove(const char* sql, const std::vector<Key>& keys) {
        auto removal = database_.query(sql);
        for (const auto& [requirement, context] : keys) {
            removal.bind(person_, requirement, context).run();
            removal.reset();
        }
    }

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
        wanted.emplace(Key{requirement_rows[index], record.context},
                       Row{state_of(record), {texts[i].evidence, texts[i].overriding}});
    }
    database.query("update person set unmapped_only = ?2 where id = ?1 and unmapped_only <> ?2")
        .bind(person, change.unmapped_only ? 1 : 0)
        .run();
    PersonRows rows(database, person);
    rows.keep_only(wanted);
    rows.put(wanted);
    return {};
}

}  // namespace capbridge::store
