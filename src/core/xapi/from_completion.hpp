// A completion that an LMS reports, as an xAPI statement: the "pull" door of the bridge.
// The record is the "completion" of config/schemas/records/completion.schema.json. Pure; any thread.
#pragma once
#include <string>

#include "core/xapi/statement.hpp"

namespace capbridge::xapi {

struct Identifier {  // who, as the source knows them
    std::string scheme, issuer, value;
};

struct Completion {
    enum class What { completed, passed, failed, in_progress, withdrawn };
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
};

// Errors: "rejected_record" with the JSON pointer of the member that is wrong; never the value.
Result<Completion> read_completion(const json& record);
// SHA-256 hex over what the fact says (not over its spelling): equal facts have equal digests.
std::string digest_of(const Completion& completion);

struct SourceContext {
    std::string source_uuid, source_name;
    std::string activity_base;  // IRI to which an activity id is added when the record has no IRI
};
std::string activity_iri(const Completion& completion, const SourceContext& source);

// The statement of the fact's revision. Its id is a UUIDv5 of source, person (the actor's key), activity,
// key, digest and revision: the same fact read again gives the same id, and A, B, A gives three.
json statement_of(const Completion& completion, const Agent& actor, const SourceContext& source,
                  int revision);
// Voids `target`; its id follows from source, target and `reason` (so that doing it twice does it once).
json voiding_statement(std::string_view target, const SourceContext& source, std::string_view reason);

}  // namespace capbridge::xapi
