#include "core/xapi/from_scorm.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <unordered_set>

#include "core/base/ids.hpp"
#include "core/base/text.hpp"
#include "core/xapi/scorm_interaction.hpp"

namespace capbridge::xapi {
namespace {

using What = Completion::What;

tl::unexpected<Error> rejected(std::string where, std::string message) {
    return fail("rejected_record", std::move(message), std::move(where));
}

const json& list_in(const json& object, const char* member) {
    static const json none = json::array();
    const auto it = object.find(member);
    return it != object.end() && it->is_array() ? *it : none;
}

// Nothing when the SCO was not touched, or nothing is known.
std::optional<What> what_of(const CmiStatus& status, const Completion& c) {
    if (status.success) return *status.success ? What::passed : What::failed;
    if (status.completed) return What::completed;
    // A nought is what LMSs write where nothing was set.
    const bool marked = c.score.raw.value_or(0) != 0 || c.score.scaled.value_or(0) != 0;
    return status.begun || marked || !c.duration.empty() ? std::optional(What::in_progress) : std::nullopt;
}

// In browse and review mode, and for no credit, what a SCO reports changes neither status nor score
// (SCORM 1.2 RTE 3.4.4: core.lesson_mode, core.credit; 2004 RTE 4.2.12: mode).
bool counts_nothing(const json& sco) {
    const auto mode = cmi_word(get_string(sco, "mode"));
    return mode == "browse" || mode == "review" || cmi_word(get_string(sco, "credit")) == "nocredit";
}

Edition edition_in(const json& sco, Edition of_record) {
    if (const auto told = edition_of(get_string(sco, "edition")); told != Edition::unknown) return told;
    // One word for two things is 1.2's.
    return of_record == Edition::unknown && sco.contains("status") ? Edition::v1_2 : of_record;
}

std::string objective_iri(const std::string& of, std::string_view id) {
    return of + "/objectives/" + url_encode(id);
}

std::string competency_of(const SourceContext& source, const std::string& objective) {
    return source.requirement ? source.requirement(objective) : std::string();
}

class Reading {
public:
    Reading(const Completion& common, const SourceContext& source, Edition edition)
        : common_(common), source_(source), edition_(edition) {
        course_ = activity_iri(common, source);
        attempt_ = uuid_v5(source.source_uuid, "attempt\n" + common.key);
    }

    Status sco(const json& sco, const std::string& where) {
        const auto id = trim(get_string(sco, "id"));
        if (id.empty()) return rejected(where + "/id", "is missing: the SCO's identifier in the manifest");
        auto key = scorm_key(common_.key, id);
        if (!scos_.insert(key).second) return rejected(where + "/id", "is there twice");
        if (counts_nothing(sco)) {
            unsaid.push_back(std::move(key));
            left_out.push_back({where + "/mode",
                                "the attempt was opened to browse, for review or without credit: what was "
                                "earned before is taken only from what was told earlier"});
            return {};
        }
        const auto iri = course_ + "/" + url_encode(id);
        const auto edition = edition_in(sco, edition_);
        auto fact = fact_about(iri, "lesson", std::move(key));
        fact.activity_title = get_string(sco, "title");
        fact.duration = read_time(sco, where, left_out);
        settle(sco, edition, where, std::move(fact));
        objectives(sco, edition, {id, iri, where});
        if (source_.interactions) interactions(sco, edition, {id, iri, where});
        return {};
    }

    std::vector<Completion> facts;
    std::vector<std::string> unsaid;
    LeftOuts left_out;

private:
    struct Sco {
        const std::string &id, &iri, &where;
    };

    Completion fact_about(const std::string& iri, const char* type, std::string key) const {
        auto fact = common_;
        fact.key = std::move(key);
        fact.activity_id.clear();
        fact.activity_iri = iri;
        fact.activity_title.clear();
        fact.activity_type = type;
        fact.of_attempt.emplace();
        fact.of_attempt->course = course_;
        fact.of_attempt->id = course_ + "?attemptId=" + attempt_;
        return fact;
    }

    void settle(const json& from, Edition edition, const std::string& where, Completion fact) {
        fact.score = read_cmi_score(from, edition, where, left_out);
        const auto status = read_status(from, where, left_out);
        if (status.completed) fact.of_attempt->completed = true;
        fact.of_attempt->success = status.success;
        const auto what = what_of(status, fact);
        if (!what) return;
        fact.what = *what;
        facts.push_back(std::move(fact));
    }

    void objectives(const json& from, Edition edition, const Sco& sco) {
        const auto& list = list_in(from, "objectives");
        std::map<std::string, std::size_t> last;  // of each id: 1.2 lets a SCO write one twice
        for (std::size_t i = 0; i < list.size(); ++i) {
            const auto name = trim(get_string(list[i], "id"));
            const auto where = sco.where + "/objectives/" + std::to_string(i) + "/id";
            if (name.empty()) {
                left_out.push_back({where, "is missing: the objective's identifier"});
            } else if (!last.insert_or_assign(name, i).second) {
                left_out.push_back({where, "is there twice: the last one counts"});
            }
        }
        for (std::size_t i = 0; i < list.size(); ++i) {
            const auto name = trim(get_string(list[i], "id"));
            if (name.empty() || last[name] != i) continue;
            auto fact =
                fact_about(objective_iri(sco.iri, name), "objective", scorm_key(common_.key, sco.id, name));
            fact.activity_title = get_string(list[i], "description");
            fact.of_attempt->parent = sco.iri;
            fact.of_attempt->competency = competency_of(source_, name);
            settle(list[i], edition, sco.where + "/objectives/" + std::to_string(i), std::move(fact));
        }
    }

    // Content may keep a journal of answers: the same question again is another answer, not a correction.
    void interactions(const json& from, Edition edition, const Sco& sco) {
        const auto& list = list_in(from, "interactions");
        std::map<std::string, std::size_t> answers;
        for (std::size_t i = 0; i < list.size(); ++i) {
            const auto where = sco.where + "/interactions/" + std::to_string(i);
            auto one = read_interaction(list[i], edition, where, left_out);
            if (one.id.empty()) {
                left_out.push_back({where + "/id", "is missing: the interaction's identifier"});
                continue;
            }
            auto fact = fact_about(sco.iri + "/interactions/" + url_encode(one.id), "cmi.interaction",
                                   interaction_key(common_.key, sco.id, one.id, ++answers[one.id]));
            fact.what = What::responded;
            fact.score = one.score;
            fact.duration = std::move(one.duration);
            if (one.occurred) fact.occurred = *one.occurred;
            fact.of_attempt->parent = sco.iri;
            fact.of_attempt->success = one.success;
            fact.of_attempt->responded = std::move(one.said);
            facts.push_back(std::move(fact));
        }
    }

    const Completion& common_;
    const SourceContext& source_;
    Edition edition_;
    std::string course_, attempt_;
    std::unordered_set<std::string> scos_;
};

}  // namespace

std::string scorm_key(std::string_view attempt, std::string_view sco, std::string_view objective) {
    std::string out(attempt);
    out += scorm_separator;
    out += sco;
    if (!objective.empty()) {
        out += scorm_separator;
        out += objective;
    }
    return out;
}

std::string interaction_key(std::string_view attempt, std::string_view sco, std::string_view interaction,
                            std::size_t answer) {
    auto out = scorm_key(attempt, sco) + scorm_separator + scorm_separator;
    out += interaction;
    if (answer > 1) out += scorm_separator + std::to_string(answer);
    return out;
}

std::string_view attempt_of(std::string_view key) {
    return key.substr(0, key.find(scorm_separator));
}

bool is_of(std::string_view key, std::string_view sco_key) {
    return key.starts_with(sco_key) &&
           (key.size() == sco_key.size() || key[sco_key.size()] == scorm_separator);
}

void place_in_package(const json& record, const SourceContext& source, Completion& into) {
    const auto activity = record.find("activity");
    if (activity == record.end()) return;
    const auto sco = trim(get_string(*activity, "sco")), objective = trim(get_string(*activity, "objective"));
    if (sco.empty() && objective.empty()) return;
    Attempt attempt;
    attempt.course = activity_iri(into, source);
    std::string person;
    if (!into.who.empty()) person = into.who.front().scheme + "\n" + into.who.front().value;
    // What a row says of a person, a course and an attempt is one attempt, in however many rows.
    attempt.id = attempt.course + "?attemptId=" +
                 uuid_v5(source.source_uuid,
                         "rows\n" + person + "\n" + attempt.course + "\n" + std::to_string(into.attempt));
    const auto of = sco.empty() ? attempt.course : attempt.course + "/" + url_encode(sco);
    into.activity_iri = objective.empty() ? of : objective_iri(of, objective);
    into.activity_id.clear();
    into.activity_title.clear();  // it is the course's
    into.activity_type = objective.empty() ? "lesson" : "objective";
    if (!objective.empty()) {
        if (!sco.empty()) attempt.parent = of;
        attempt.competency = competency_of(source, objective);
    }
    if (into.what == What::completed) attempt.completed = true;
    if (into.what == What::passed) attempt.success = true;
    if (into.what == What::failed) attempt.success = false;
    into.of_attempt = std::move(attempt);
}

Result<ScormAttempt> read_scorm_attempt(const json& record, const SourceContext& source) {
    if (!record.is_object()) return rejected("", "an attempt is an object");
    Completion common;
    CAPBRIDGE_LET(common.who, read_who(record));
    CAPBRIDGE_TRY(read_activity(record, common));
    common.key = get_string(record, "key");
    if (common.key.empty()) return rejected("/key", "is missing: the LMS's own id of this attempt");
    if (common.key.find(scorm_separator) != std::string::npos)
        return rejected("/key", "has a control character");
    CAPBRIDGE_TRY(read_occurred(record, common));
    if (const auto number = record.find("attempt"); number != record.end() && number->is_number_integer())
        common.attempt = number->get<int>();
    const auto scos = record.find("scos");
    if (scos == record.end() || !scos->is_array() || scos->empty()) return rejected("/scos", "lists no SCO");
    Reading reading(common, source, edition_of(get_string(record, "edition")));
    for (std::size_t i = 0; i < scos->size(); ++i)
        CAPBRIDGE_TRY(reading.sco((*scos)[i], "/scos/" + std::to_string(i)));
    return ScormAttempt{common.key, std::move(reading.facts), std::move(reading.unsaid),
                        std::move(reading.left_out)};
}

}  // namespace capbridge::xapi
