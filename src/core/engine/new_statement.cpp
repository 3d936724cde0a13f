#include "core/engine/new_statement.hpp"

#include <nlohmann/json.hpp>

#include "core/base/json_fast.hpp"
#include "core/competency/assertion_statement.hpp"
#include "core/xapi/erased.hpp"
#include "core/xapi/from_completion.hpp"

namespace capbridge::engine {
namespace {

competency::Fact::What what_of(const xapi::Statement& s) {
    using What = competency::Fact::What;
    if (s.verb == xapi::verb::passed) return What::passed;
    if (s.verb == xapi::verb::failed) return What::failed;
    if (s.success) return *s.success ? What::passed : What::failed;
    if (s.verb == xapi::verb::completed || s.completion.value_or(false)) return What::completed;
    if (s.verb == xapi::verb::progressed) return What::progressed;
    return What::other;
}

std::optional<store::NewFact> fact_of(const xapi::Statement& s) {
    const auto actor = s.actor.key();
    if (s.voids() || s.object_type != "Activity" || actor.empty()) return std::nullopt;
    if (xapi::is_erased(s.actor)) return std::nullopt;  // a tombstone
    // An answer to a question is no learning by itself: it passes nothing, and nobody maps it.
    if (s.verb == xapi::verb::responded) return std::nullopt;
    store::NewFact out;
    out.actor = actor;
    out.fact.activity = s.object_id;
    out.fact.what = what_of(s);
    out.fact.score = s.score.fraction();
    out.fact.occurred = s.occurred;
    out.fact.expires = s.expires;
    return out;
}

}  // namespace

// What a bridge says of competencies is no learning, whosever word it is and under whatever id it comes back.
std::optional<store::NewFact> fact_of(const json& statement) {
    if (competency::is_assertion(statement)) return std::nullopt;
    return fact_of(xapi::read_statement(statement));
}

namespace {

// What xapi::read_statement() looks at, and no more: most of a statement is for people.
bool says_a_fact(std::string_view parent, std::string_view member) {
    if (parent.empty()) {
        return member == "actor" || member == "verb" || member == "object" || member == "result" ||
               member == "context" || member == "timestamp";
    }
    if (parent == "verb") return member == "id";
    if (parent == "object") return member == "id" || member == "objectType";
    if (parent == "context") return member == "extensions";
    return true;
}

}  // namespace

Result<std::optional<store::NewFact>> fact_of_body(std::string_view body) {
    const auto part = read_part(body, says_a_fact);
    if (part && part->contains("actor") && part->contains("verb") && part->contains("object"))
        return fact_of(*part);
    const auto whole = json::parse(body, nullptr, false);
    if (!whole.is_object()) return fail("store_damaged", "a statement of the journal is not JSON");
    return fact_of(whole);
}

store::NewStatement read_new_statement(const json& statement) {
    const auto read = xapi::read_statement(statement);
    store::NewStatement row;
    row.id = read.id;
    row.keys = xapi::keys_of(statement);
    row.timestamp_given = statement.contains("timestamp");
    if (read.voids()) {
        row.voids = read.object_id;
    } else if (read.object_type == "StatementRef") {
        row.refers_to = read.object_id;
    }
    if (!competency::is_assertion(statement)) row.fact = fact_of(read);
    row.activities = xapi::definitions_of(statement);
    row.names = xapi::names_of(statement);
    return row;
}

store::NewStatement new_statement(const json& statement) {
    auto row = read_new_statement(statement);
    row.body = statement.dump();
    return row;
}

}  // namespace capbridge::engine
