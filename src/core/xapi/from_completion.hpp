// A completion that an LMS reports, as an xAPI statement: the "pull" door of the bridge.
// The record is the "completion" of config/schemas/records/completion.schema.json; other records of one fact
// (from_competency.hpp, from_scorm.hpp) become the same. Pure; any thread.
#pragma once
#include <functional>
#include <string>

#include "core/xapi/statement.hpp"

namespace capbridge::xapi {

// The type of an activity that stands for a competency of the source (from_competency.hpp).
inline constexpr std::string_view competency_type = "https://w3id.org/capbridge/activities/competency";
// The type of a requirement, as the framework's xAPI profile has it (framework::tla::competency).
inline constexpr std::string_view requirement_type = "https://w3id.org/xapi/tla/activity-types/competency";

namespace verb {
inline constexpr std::string_view responded = "http://adlnet.gov/expapi/verbs/responded";
}
namespace extension {
inline constexpr std::string_view competency =
    "https://w3id.org/capbridge/extensions/competency";  // {level, how}
}

struct Identifier {  // who, as the source knows them
    std::string scheme, issuer, value;
};

// An answer to a question (scorm_interaction.hpp).
struct Responded {
    std::string type, response, description;  // type: of an xAPI interaction; each "" when not told
    std::vector<std::string> patterns;        // of correct answers
};

// What else is known of a fact that is part of an attempt at a SCORM package (from_scorm.hpp).
struct Attempt {
    std::string course, parent, id;          // IRIs; parent: of an objective, its SCO
    std::optional<bool> completed, success;  // told, or left out
    std::string competency;                  // IRI of the requirement that an objective is named after, or ""
    std::optional<Responded> responded;
};

struct Completion {
    enum class What { completed, passed, failed, in_progress, withdrawn, responded };
    std::vector<Identifier> who;
    std::string activity_id, activity_iri, activity_title, activity_type;
    std::string key;  // the LMS's own id of this fact
    What what = What::completed;
    When occurred;
    std::string basis, zone;
    Score score;
    int attempt = 0;       // 0: not told
    std::string duration;  // ISO 8601
    std::optional<Day> expires;
    std::string level, how;  // of a competency that is held
    std::optional<Attempt> of_attempt;
};

// Errors: "rejected_record" with the JSON pointer of the member that is wrong; never the value.
Result<Completion> read_completion(const json& record);
// The parts that other records have as well; same errors.
Result<std::vector<Identifier>> read_who(const json& record);
Status read_activity(const json& record, Completion& into);
Status read_occurred(const json& record, Completion& into);
Score read_score(const json& object);  // of a member "score"
// SHA-256 hex over what the fact says (not over its spelling): equal facts have equal digests.
std::string digest_of(const Completion& completion);

struct SourceContext {
    std::string source_uuid, source_name;
    std::string activity_base;  // IRI to which an activity id is added when the record has no IRI
    // Answers to questions are kept: only where the source's settings say "interactions": true.
    bool interactions = false;
    // The IRI of the requirement whose id or IRI that is; "" when there is none. May be empty.
    std::function<std::string(std::string_view)> requirement = {};
};
std::string activity_iri(const Completion& completion, const SourceContext& source);

// The statement of the fact's revision. Its id is a UUIDv5 of source, person (the actor's key), activity,
// key, digest and revision: the same fact read again gives the same id, and A, B, A gives three.
json statement_of(const Completion& completion, const Agent& actor, const SourceContext& source,
                  int revision);
// The same, as the store takes it: `body` is the text of what statement_of() gives, without the detour of
// making a value first, for there may be a million of them. `digest` is digest_of(completion).
struct StatementText {
    std::string id, body, actor, activity, definition, verb;
    std::optional<double> score;
};
StatementText statement_text(const Completion& completion, const Agent& actor, const SourceContext& source,
                             int revision, std::string_view digest);
// Voids `target`; its id follows from source, target and `reason` (so that doing it twice does it once).
json voiding_statement(std::string_view target, const SourceContext& source, std::string_view reason);

}  // namespace capbridge::xapi
