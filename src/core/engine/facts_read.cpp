// Records of each kind, read.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/base/ids.hpp"
#include "core/base/problem.hpp"
#include "core/engine/facts.hpp"
#include "core/xapi/from_competency.hpp"
#include "core/xapi/from_scorm.hpp"
#include "core/xapi/verbatim.hpp"

namespace capbridge::engine {
namespace {

Fact fact_of(xapi::Completion completion) {
    Fact fact{completion.key, {}};
    if (completion.what == xapi::Completion::What::withdrawn) return fact;
    auto digest = xapi::digest_of(completion);
    fact.word = Word{std::move(completion), std::move(digest), {}};
    return fact;
}

// The whole package may be one that somebody else wrote: which of its SCOs, and of which course.
void tell(ReadFacts& out, const json& record, const xapi::LeftOuts& left_out) {
    const auto activity = record.find("activity");
    auto course = activity == record.end() ? std::string() : get_string(*activity, "id");
    if (course.empty() && activity != record.end()) course = get_string(*activity, "iri");
    for (const auto& one : left_out) {
        std::string sco;
        if (one.where.starts_with("/scos/")) {
            const auto place = one.where.substr(0, one.where.find('/', 6));
            sco = "SCO " + get_string(record.at(json::json_pointer(place)), "id") + " of ";
        }
        out.left_out.push_back({std::string(left_out_code), sco + course + ": " + one.why, one.where, 0});
    }
}

ReadFacts one_fact(xapi::Completion completion) {
    ReadFacts out{completion.key, {}};
    out.facts.push_back(fact_of(std::move(completion)));
    return out;
}

Result<ReadFacts> read_attempt(const json& record, const xapi::SourceContext& source) {
    CAPBRIDGE_LET(auto attempt, xapi::read_scorm_attempt(record, source));
    ReadFacts out{std::move(attempt.key), {}};
    for (auto& fact : attempt.facts) out.facts.push_back(fact_of(std::move(fact)));
    out.unsaid = std::move(attempt.unsaid);
    tell(out, record, attempt.left_out);
    return out;
}

// Of {"statement": {...}}: the text of the statement. It is well-formed, and has that one member.
std::string_view statement_text(std::string_view record) {
    const auto from = record.find('{', record.find('{') + 1);
    const auto to = record.rfind('}', record.rfind('}') - 1);
    return record.substr(from, to - from + 1);
}

xapi::Version version_of(const json& statement) {
    return xapi::version_of(get_string(statement, "version")).value_or(xapi::Version::v1_0_3);
}

Result<ReadFacts> read_statement(const json& record, std::string_view text,
                                 const xapi::SourceContext& source) {
    const auto given = record.find("statement");
    if (given == record.end() || !given->is_object() || record.size() != 1)
        return fail("rejected_record", "a statement record has the member 'statement', and no other",
                    "/statement");
    auto statement = *given;
    if (!is_uuid(get_string(statement, "id")))
        return fail("rejected_record", "is missing or no UUID: a statement is taken under its own id only",
                    "/statement/id");
    const auto version = version_of(statement);
    if (const auto problems = xapi::validate_statement(statement, "/statement", version);
        has_errors(problems)) {
        const auto first = std::find_if(problems.begin(), problems.end(), [](const Problem& problem) {
            return problem.severity == Problem::Severity::error;
        });
        return fail("invalid_statement", first->message, first->pointer);
    }
    // As an import does: who vouched for it is part of what came.
    const json authority = statement.value(
        "authority",
        json{
            {"objectType", "Agent"},
            {"account", {{"homePage", "https://w3id.org/capbridge/sources"}, {"name", source.source_uuid}}}});
    xapi::complete_statement(statement, authority, version);
    auto body = xapi::stored_body(statement_text(text), statement);
    auto digest = sha256_hex(body);
    auto key = get_string(statement, "id");
    ReadFacts out{key, {}};
    out.facts.push_back({std::move(key), Word{VerbatimStatement{std::move(body)}, std::move(digest), {}}});
    return out;
}

}  // namespace

bool is_fact_kind(std::string_view kind) {
    return kind == "completion" || kind == "competency_held" || kind == "scorm_attempt" ||
           kind == "statement";
}

std::string key_of(std::string_view kind, const json& record) {
    if (kind == "course" || kind == "competency_definition") return get_string(record, "id");
    if (kind != "statement") return get_string(record, "key");
    const auto statement = record.is_object() ? record.find("statement") : record.end();
    return statement == record.end() ? std::string() : lower_uuid(get_string(*statement, "id"));
}

Result<ReadFacts> read_facts(std::string_view kind, const json& record, std::string_view text,
                             const xapi::SourceContext& source) {
    if (!record.is_object()) return fail("rejected_record", "a record is an object");
    if (kind == "scorm_attempt") return read_attempt(record, source);
    if (kind == "statement") return read_statement(record, text, source);
    auto completion = kind == "competency_held" ? xapi::read_competency_held(record, source)
                                                : xapi::read_completion(record);
    if (!completion) return fail(std::move(completion).error());
    xapi::LeftOuts left_out;
    if (kind == "completion") {
        xapi::place_in_package(record, source, *completion);
        xapi::tell_unsound(completion->score, "/score", left_out);
    }
    auto out = one_fact(std::move(*completion));
    tell(out, record, left_out);
    return out;
}

}  // namespace capbridge::engine
