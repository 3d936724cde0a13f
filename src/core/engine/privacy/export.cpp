#include "core/engine/privacy/export.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "core/base/ids.hpp"
#include "core/competency/answers.hpp"
#include "core/engine/identity_decide.hpp"
#include "core/engine/new_statement.hpp"
#include "core/engine/operation_list.hpp"
#include "core/engine/privacy/erase_plan.hpp"
#include "core/engine/privacy/export_words.hpp"
#include "core/people/identity_rule.hpp"

namespace capbridge::engine {
namespace {

constexpr std::size_t most_attached_bytes = 8u << 20;  // of all files together

ordered_json day(const std::optional<Day>& value) {
    return value ? ordered_json(format_day(*value)) : ordered_json(nullptr);
}

std::string_view text_of(competency::Fact::What what) {
    using What = competency::Fact::What;
    switch (what) {
        case What::completed:
            return "completed";
        case What::passed:
            return "passed";
        case What::failed:
            return "failed";
        case What::progressed:
            return "in progress:";
        case What::other:
            break;
    }
    return "did something in";
}

class Exporting {
public:
    Exporting(Bridge& bridge, const competency::Rules& rules, const std::string& person)
        : bridge_(bridge), rules_(rules), known_(known_as(bridge, person)), words_(bridge, known_) {}

    ordered_json all() {
        ordered_json out{{"person", known_.person},
                         {"made_at", format_instant(bridge_.now())},
                         {"organisation", bridge_.store().installation().organisation},
                         {"watermark", bridge_.store().journal().watermark().seq}};
        out["identity"] = identity();
        out["identifiers"] = identifiers();
        out["employments"] = employments();
        out["archetypes"] = archetypes();
        out["teams"] = teams();
        out["records"] = records();
        out["attestations"] = said("item.attestation");
        out["waivers"] = said("item.override");
        statements(out);
        out["documents"] = documents();
        out["quarantine"] = quarantine();
        out["forwarded"] = forwarded();
        out["decisions"] = decisions();
        out["not_held"] = not_held();
        return out;
    }

private:
    ordered_json identity() {
        auto out = ordered_json::array();
        const auto person = bridge_.store().projection().person(known_.person);
        out.push_back({{"what", "name now"}, {"value", person ? person->name : ""}});
        for (const auto& name : known_.names) {
            if (!person || name != person->name)
                out.push_back({{"what", "name seen, now or earlier"}, {"value", name}});
        }
        for (const auto& id : known_.people)
            out.push_back({{"what", id == known_.person ? "our number for you" : "a number merged into it"},
                           {"value", id}});
        return out;
    }

    // Every decision that says it, so that it shows where each came from.
    ordered_json identifiers() {
        auto out = ordered_json::array();
        const auto person = bridge_.store().projection().person(known_.person);
        for (const auto& each : known_.identifiers) {
            const bool stands =
                person &&
                std::any_of(person->identifiers.begin(), person->identifiers.end(), [&](const auto& one) {
                    return people::identifier_key(one) == people::identifier_key(each);
                });
            std::string from;
            for (const auto& row : known_.decisions) {
                if (row.payload.find(json(each.value).dump()) == std::string::npos) continue;
                const auto says = words_.where_from(row);
                if (from.find(says) == std::string::npos) from += (from.empty() ? "" : "; ") + says;
            }
            if (from.empty()) from = "worked out from another one";
            out.push_back({{"kind", each.scheme},
                           {"given_out_by", each.issuer},
                           {"value", each.value},
                           {"from", day(each.valid_from)},
                           {"to", day(each.valid_to)},
                           {"counts_now", stands},
                           {"came_from", from}});
        }
        return out;
    }

    ordered_json employments() {
        auto out = ordered_json::array();
        const auto person = bridge_.store().projection().person(known_.person);
        if (!person) return out;
        for (const auto& e : person->employments)
            out.push_back({{"unit", e.unit},
                           {"staff_group", e.staff_group},
                           {"job_role", e.job_role},
                           {"position", e.position},
                           {"from", day(e.from)},
                           {"to", day(e.to)}});
        return out;
    }

    ordered_json archetypes() {
        auto out = ordered_json::array();
        for (const auto& a : bridge_.store().projection().assignments_of(known_.person))
            out.push_back({{"archetype", a.archetype},
                           {"state", people::state_text(a.state)},
                           {"because", a.origin},
                           {"decided_by", words_.role(a.decided_by)},
                           {"from", day(a.from)},
                           {"to", day(a.to)}});
        return out;
    }

    ordered_json teams() {
        auto out = ordered_json::array();
        for (const auto& row : bridge_.store().journal().decisions_in_force("team")) {
            const auto team = json::parse(row.payload, nullptr, false);
            if (!team.is_object()) continue;
            for (const auto& member : team.value("members", json::array())) {
                if (!words_.names_them(get_string(member, "person"))) continue;
                out.push_back({{"team", row.key}, {"name", get_string(team, "name")}});
                break;
            }
        }
        return out;
    }

    ordered_json records() {
        auto out = ordered_json::array();
        for (const auto& record : bridge_.store().projection().records_of(known_.person)) {
            if (record.requirement < 0) continue;
            const auto& r = rules_.framework.requirements[static_cast<std::size_t>(record.requirement)];
            std::string evidence;
            for (const auto& one : record.evidence)
                evidence += (evidence.empty() ? "" : ", ") + words_.evidence(one);
            out.push_back({{"requirement", r.id},
                           {"says", r.statement},
                           {"product_deployment", record.context},
                           {"state", competency::text(record.attainment)},
                           {"reason", competency::text(record.reason)},
                           {"first_reached", day(record.first_achieved)},
                           {"last_reached", day(record.last_achieved)},
                           {"holds_until", day(record.valid_to)},
                           {"rests_on", evidence}});
        }
        return out;
    }

    ordered_json said(std::string_view kind) {
        auto out = ordered_json::array();
        for (const auto& row : known_.decisions) {
            if (row.kind == kind) out.push_back(words_.decision(row));
        }
        return out;
    }

    void statements(ordered_json& out) {
        auto theirs = ordered_json::array(), named = ordered_json::array(), files = ordered_json::array();
        std::size_t bytes = 0;
        each_statement_of(bridge_, known_, [&](const store::StatementRow& row, bool is_theirs) {
            if (!is_theirs) {
                named.push_back({{"statement", row.id},
                                 {"received", format_instant(row.stored)},
                                 {"you_are", words_.part_in(row)}});
                return;
            }
            theirs.push_back(statement(row));
            for (const auto& sha2 : bridge_.store().journal().attachments_of(row.seq)) {
                ordered_json file{{"statement", row.id}, {"sha2", sha2}};
                auto content = bridge_.store().attachments().read(sha2);
                file["bytes"] = content ? content->size() : 0;
                if (content && bytes + content->size() <= most_attached_bytes) {
                    bytes += content->size();
                    file["content_base64"] = base64(*content);
                } else {
                    file["content_base64"] = nullptr;  // too large for here: GET the statement with it
                }
                files.push_back(std::move(file));
            }
        });
        out["statements"] = std::move(theirs);
        out["named_in"] = std::move(named);
        out["attachments"] = std::move(files);
    }

    ordered_json statement(const store::StatementRow& row) {
        const auto run = bridge_.store().sources().run(row.run);
        const auto fact = fact_of_body(row.body);
        ordered_json out{{"statement", row.id},
                         {"received", format_instant(row.stored)},
                         {"came_from", run && !run->source.empty() ? "source " + run->source
                                       : run                       ? words_.role(run->who)
                                                                   : std::string()},
                         {"taken_back", !row.voided_by.empty()}};
        if (fact && *fact) {
            const auto& f = (*fact)->fact;
            out["taken_to_mean"] = std::string(text_of(f.what)) + " " + f.activity;
            out["on"] = f.occurred.text();
            out["counts_for_the_record"] = rules_.knows_activity(f.activity);
        } else {
            out["taken_to_mean"] = "nothing that counts as learning";
            out["on"] = nullptr;
            out["counts_for_the_record"] = false;
        }
        out["as_received"] = words_.without_others(json::parse(row.text(), nullptr, false)).dump();
        return out;
    }

    ordered_json documents() {
        auto out = ordered_json::array();
        for (const auto& actor : known_.actors) {
            if (actor.shared) continue;
            for (const auto& one : bridge_.store().erasings().documents_of(actor.key))
                out.push_back({{"kind", one.kind},
                               {"name", one.name},
                               {"activity", one.activity},
                               {"updated", format_instant(one.updated)},
                               {"content_type", one.content_type},
                               {"content", one.content_type.starts_with("application/json") ||
                                                   one.content_type.starts_with("text/")
                                               ? ordered_json(one.body)
                                               : ordered_json("base64:" + base64(one.body))}});
        }
        return out;
    }

    ordered_json quarantine() {
        auto out = ordered_json::array();
        for (const auto& row : quarantined_of(bridge_, known_))
            out.push_back({{"source", words_.source_name(row.source)},
                           {"kind", row.kind},
                           {"could_not_be_used_because", row.message},
                           {"first_seen", format_instant(row.first)},
                           {"last_seen", format_instant(row.last)},
                           {"record", words_.quarantined(row.record)}});
        return out;
    }

    ordered_json forwarded() {
        auto out = ordered_json::array();
        for (const auto& one : who_was_told(bridge_, known_, uuid_v4()).told)
            out.push_back({{"to", one.name},
                           {"what", one.kind == "target" ? "statements forwarded" : "results written back"},
                           {"how_many", one.by_forwarding + one.by_hand}});
        return out;
    }

    ordered_json decisions() {
        auto out = ordered_json::array();
        for (const auto& row : known_.decisions) {
            if (row.kind != "item.attestation" && row.kind != "item.override")
                out.push_back(words_.decision(row));
        }
        for (const auto& row : known_.merges) out.push_back(words_.decision(row));
        return out;
    }

    static ordered_json not_held() {
        auto out = ordered_json::array();
        for (const auto& [what, why] : dropped_at_the_door()) out.push_back({{"what", what}, {"why", why}});
        return out;
    }

    Bridge& bridge_;
    const competency::Rules& rules_;
    const KnownAs known_;
    const ExportWords words_;
};

Result<ordered_json> export_person(Bridge& bridge, const json& params, const Caller&) {
    CAPBRIDGE_LET(const auto text, need_text(params, "person"));
    CAPBRIDGE_LET(const auto rules, bridge.rules());
    CAPBRIDGE_LET(const auto person, known_person(bridge, text, "person"));
    return Exporting(bridge, *rules, person).all();
}

}  // namespace

std::vector<Operation> export_operations() {
    return {{"person.export", false, "access", export_person, false, false, true}};
}

}  // namespace capbridge::engine
