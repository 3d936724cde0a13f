#include "server/xapi/statement_question.hpp"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "core/base/ids.hpp"
#include "core/base/text.hpp"
#include "core/xapi/iri.hpp"
#include "server/xapi/request.hpp"

namespace capbridge::server {
namespace {

struct Cursor {
    std::int64_t after = 0, up_to = 0;
};

std::string cursor_text(const Cursor& cursor) {
    return base64(std::to_string(cursor.after) + ":" + std::to_string(cursor.up_to));
}

// Anybody can write a cursor: no number in it may overflow where one is added to it.
bool is_seq(std::int64_t number) {
    return number >= 1 && number <= std::int64_t{1} << 53;
}

std::optional<Cursor> read_cursor(std::string_view text) {
    const auto plain = from_base64(text);
    if (!plain) return std::nullopt;
    Cursor cursor;
    const auto* end = plain->data() + plain->size();
    const auto after = std::from_chars(plain->data(), end, cursor.after);
    if (after.ec != std::errc{} || after.ptr == end || *after.ptr != ':') return std::nullopt;
    const auto up_to = std::from_chars(after.ptr + 1, end, cursor.up_to);
    if (up_to.ec != std::errc{} || up_to.ptr != end || !is_seq(cursor.after) || !is_seq(cursor.up_to))
        return std::nullopt;
    return cursor;
}

// Fetching one statement allows no filter beside it (part 3, 2.1.3: 400 otherwise).
Status read_single(const Parameters& p, StatementQuestion& out) {
    for (const auto& [name, value] : p.all()) {
        if (name == "statementId" || name == "voidedStatementId") {
            if (!is_uuid(value)) return bad_parameter(name, "a UUID");
            (name == "statementId" ? out.statement_id : out.voided_statement_id) = lower_uuid(value);
        } else if (name != "attachments" && name != "format") {
            return fail("bad_parameter",
                        "Beside statementId or voidedStatementId only attachments and format may stand.",
                        name);
        }
    }
    if (!out.statement_id.empty() && !out.voided_statement_id.empty()) {
        return fail("bad_parameter", "Give statementId or voidedStatementId, not both.", "statementId");
    }
    return {};
}

Status read_filters(const Parameters& p, store::StatementQuery& query) {
    if (p.has("agent")) {
        CAPBRIDGE_LET(const auto agent, agent_parameter(p));
        query.agent_key = xapi::read_agent(agent).key();
    }
    for (const char* name : {"verb", "activity"}) {
        if (!p.has(name)) continue;
        if (!xapi::is_iri(p.text(name))) return bad_parameter(name, "an IRI");
        (std::string_view(name) == "verb" ? query.verb : query.activity) = p.text(name);
    }
    if (p.has("registration")) {
        CAPBRIDGE_LET(query.registration, uuid_parameter(p, "registration"));
    }
    CAPBRIDGE_LET(const auto related_agents, p.flag("related_agents"));
    CAPBRIDGE_LET(const auto related_activities, p.flag("related_activities"));
    CAPBRIDGE_LET(const auto ascending, p.flag("ascending"));
    CAPBRIDGE_LET(const auto limit, p.integer("limit", 0, 1'000'000'000));
    query.related_agents = related_agents.value_or(false);
    query.related_activities = related_activities.value_or(false);
    query.ascending = ascending.value_or(false);
    CAPBRIDGE_LET(query.since, p.instant("since"));
    CAPBRIDGE_LET(query.until, p.instant("until"));
    // 0 is "as many as the server allows" (part 3, 2.1.3).
    const auto wanted = static_cast<std::size_t>(limit.value_or(0));
    query.limit = wanted == 0 ? most_statements : std::min(wanted, most_statements);
    if (p.has("cursor")) {
        const auto cursor = read_cursor(p.text("cursor"));
        if (!cursor) return bad_parameter("cursor", "the value that an earlier answer's \"more\" gave");
        query.after_seq = cursor->after;
        query.up_to_seq = cursor->up_to;
    }
    return {};
}

}  // namespace

Result<StatementQuestion> read_statement_question(std::string_view query) {
    CAPBRIDGE_LET(const auto p, Parameters::parse(query, {"statementId", "voidedStatementId", "agent", "verb",
                                                          "activity", "registration", "related_activities",
                                                          "related_agents", "since", "until", "limit",
                                                          "format", "attachments", "ascending", "cursor"}));
    StatementQuestion out;
    const auto format = xapi::statement_format_of(p.text("format"));
    if (!format) return bad_parameter("format", "exact, ids or canonical");
    out.format = *format;
    CAPBRIDGE_LET(const auto attachments, p.flag("attachments"));
    out.attachments = attachments.value_or(false);
    if (p.has("statementId") || p.has("voidedStatementId")) {
        CAPBRIDGE_TRY(read_single(p, out));
        return out;
    }
    CAPBRIDGE_TRY(read_filters(p, out.query));
    for (const auto& [name, value] : p.all()) {
        if (name != "cursor") out.filters += name + "=" + url_encode(value) + "&";
    }
    return out;
}

std::string more_link(std::string_view prefix, const StatementQuestion& question, std::int64_t after,
                      std::int64_t up_to) {
    return std::string(prefix) + "/xapi/statements?" + question.filters +
           "cursor=" + url_encode(cursor_text({after, up_to}));
}

}  // namespace capbridge::server
