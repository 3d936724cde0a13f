#include "core/xapi/from_scorm.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <unordered_set>

#include "core/base/ids.hpp"
#include "core/base/text.hpp"

namespace capbridge::xapi {
namespace {

using What = Completion::What;

tl::unexpected<Error> rejected(std::string where, std::string message) {
    return fail("rejected_record", std::move(message), std::move(where));
}

// The status words of SCORM 2004 and, in objectives, those of 1.2, where one word says both.
void read_status(const json& from, Attempt& attempt) {
    const auto completion = get_string(from, "completion"), success = get_string(from, "success");
    if (completion == "completed") attempt.completed = true;
    for (const auto& word : {success, completion}) {
        if (word == "passed") attempt.success = true;
        if (word == "failed") attempt.success = false;
        if (attempt.success) break;
    }
}

// Nothing when the SCO was not touched, or nothing is known.
std::optional<What> what_of(const json& from, const Completion& c) {
    if (c.of_attempt->success) return *c.of_attempt->success ? What::passed : What::failed;
    if (c.of_attempt->completed) return What::completed;
    const bool begun = get_string(from, "completion") == "incomplete" || c.score.raw || c.score.scaled ||
                       !c.duration.empty();
    return begun ? std::optional(What::in_progress) : std::nullopt;
}

Status read_duration(const json& from, const std::string& where, Completion& into) {
    const auto time = get_string(from, "time");
    if (time.empty()) return {};
    if (!parse_duration(time)) return rejected(where + "/time", "is not an ISO 8601 duration");
    into.duration = time;
    return {};
}

class Reading {
public:
    Reading(const Completion& common, const SourceContext& source) : common_(common) {
        course_ = activity_iri(common, source);
        attempt_ = uuid_v5(source.source_uuid, "attempt\n" + common.key);
    }

    Status sco(const json& sco, const std::string& where) {
        const auto id = get_string(sco, "id");
        if (id.empty()) return rejected(where + "/id", "is missing: the SCO's identifier in the manifest");
        const auto iri = course_ + "/" + url_encode(id);
        auto fact = fact_about(sco, iri, "lesson", scorm_key(common_.key, id));
        fact.activity_title = get_string(sco, "title");
        CAPBRIDGE_TRY(read_duration(sco, where, fact));
        if (const auto what = what_of(sco, fact)) CAPBRIDGE_TRY(add(std::move(fact), *what, where));
        const auto objectives = sco.find("objectives");
        if (objectives == sco.end() || !objectives->is_array()) return {};
        for (std::size_t i = 0; i < objectives->size(); ++i) {
            const auto& one = (*objectives)[i];
            const auto place = where + "/objectives/" + std::to_string(i);
            const auto name = get_string(one, "id");
            if (name.empty()) return rejected(place + "/id", "is missing: the objective's identifier");
            auto about = fact_about(one, iri + "/objectives/" + url_encode(name), "objective",
                                    scorm_key(common_.key, id, name));
            about.of_attempt->parent = iri;
            if (const auto what = what_of(one, about)) CAPBRIDGE_TRY(add(std::move(about), *what, place));
        }
        return {};
    }

    std::vector<Completion> facts;

private:
    Completion fact_about(const json& from, const std::string& iri, const char* type, std::string key) const {
        auto fact = common_;
        fact.key = std::move(key);
        fact.activity_id.clear();
        fact.activity_iri = iri;
        fact.activity_title.clear();
        fact.activity_type = type;
        fact.score = read_score(from);
        fact.of_attempt = Attempt{course_, {}, course_ + "?attemptId=" + attempt_, {}, {}};
        read_status(from, *fact.of_attempt);
        return fact;
    }
    Status add(Completion fact, What what, const std::string& where) {
        if (!keys_.insert(fact.key).second) return rejected(where + "/id", "is there twice");
        fact.what = what;
        facts.push_back(std::move(fact));
        return {};
    }

    const Completion& common_;
    std::string course_, attempt_;
    std::unordered_set<std::string> keys_;
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

std::string_view attempt_of(std::string_view key) {
    return key.substr(0, key.find(scorm_separator));
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
    Reading reading(common, source);
    for (std::size_t i = 0; i < scos->size(); ++i)
        CAPBRIDGE_TRY(reading.sco((*scos)[i], "/scos/" + std::to_string(i)));
    return ScormAttempt{common.key, std::move(reading.facts)};
}

}  // namespace capbridge::xapi
