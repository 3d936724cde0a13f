#include "core/engine/statements.hpp"

#include <nlohmann/json.hpp>
#include <unordered_set>

#include "core/base/ids.hpp"
#include "core/engine/new_statement.hpp"
#include "core/xapi/verbatim.hpp"

namespace capbridge::engine {
namespace {

constexpr std::size_t problems_told = 50;  // enough to mend a client by; a hostile body could hold millions

// One request on its way into the journal. Kept alive by the callbacks that hold it.
struct Request {
    Bridge& bridge;
    std::string body, required_id, who;
    json authority;
    std::function<void(Result<Posted>)> done;
    bool second_try = false;
};

// Taken apart from a request and ready to be appended.
struct Prepared {
    store::Batch batch;
    Posted posted;
};

Status check(const json& statements, bool many) {
    Problems problems;
    for (std::size_t i = 0; i < statements.size() && problems.size() < problems_told; ++i) {
        auto found = xapi::validate_statement(statements[i], many ? "/" + std::to_string(i) : "");
        problems.insert(problems.end(), found.begin(), found.end());
    }
    if (!has_errors(problems)) return {};
    const bool more = problems.size() >= problems_told;
    if (problems.size() > problems_told) problems.resize(problems_told);
    return fail("invalid_statement",
                problems_text(problems, "request") + (more ? "\n... there may be more" : ""));
}

Result<Prepared> prepare(const Request& request) {
    CAPBRIDGE_LET(auto statements, parse_json(request.body));
    const auto slices = xapi::statement_slices(request.body);
    const bool many = statements.is_array();
    if (!statements.is_object() && (!many || !request.required_id.empty())) {
        return fail("invalid_statement", request.required_id.empty()
                                             ? "the body must be a statement or an array of statements"
                                             : "the body must be one statement: a JSON object");
    }
    if (!many) statements = json::array({std::move(statements)});
    CAPBRIDGE_TRY(check(statements, many));

    Prepared out;
    std::unordered_set<std::string> ids;
    for (std::size_t i = 0; i < statements.size(); ++i) {
        auto& statement = statements[i];
        if (!request.required_id.empty()) {
            const auto own = lower_uuid(get_string(statement, "id"));
            if (!own.empty() && own != lower_uuid(request.required_id)) {
                return fail("invalid_statement", "the statement's id is not the statementId of the request",
                            "/id");
            }
            statement["id"] = request.required_id;
        }
        xapi::complete_statement(statement, request.authority);
        store::NewStatement row;
        row.id = statement.at("id").get<std::string>();
        if (!ids.insert(row.id).second)
            return fail("duplicate_in_batch", "the id " + row.id + " appears twice in the request");
        out.posted.ids.push_back(row.id);
        if (const auto stored = request.bridge.store().journal().statement(row.id)) {
            const auto other = json::parse(stored->text(), nullptr, false);
            if (!xapi::equivalent(statement, other)) {
                return fail("statement_conflict", "the id " + row.id + " is stored with another content",
                            row.id);
            }
            continue;  // the same again
        }
        row = new_statement(statement);
        row.body = xapi::stored_body(slices[i], statement);
        out.batch.entries.emplace_back(std::move(row));
    }
    out.batch.on_existing = store::Batch::OnExisting::refuse;
    return out;
}

void append(const std::shared_ptr<Request>& request) {
    auto prepared = prepare(*request);
    if (!prepared) return request->done(fail(prepared.error()));
    if (prepared->batch.entries.empty()) return request->done(std::move(prepared->posted));
    const auto run = request->bridge.request_run(request->who);
    if (!run) return request->done(fail(run.error()));
    prepared->batch.run = *run;
    prepared->batch.who = request->who;
    auto& journal = request->bridge.store().journal();
    journal.append(std::move(prepared->batch),
                   [request, posted = std::move(prepared->posted)](Result<store::Appended> appended) mutable {
                       if (appended) {
                           request->bridge.wake();
                           return request->done(std::move(posted));
                       }
                       // Between our look and the commit somebody stored one of the ids: most likely the same
                       // statement, sent again.
                       request->done(fail(appended.error()));
                   });
}

}  // namespace

void post_statements(Bridge& bridge, std::string_view body, std::string_view required_id,
                     const json& authority, const std::string& who,
                     std::function<void(Result<Posted>)> done) {
    auto request = std::make_shared<Request>(
        Request{bridge, std::string(body), std::string(required_id), who, authority, {}, false});
    request->done = [request_again = std::weak_ptr<Request>(request),
                     done = std::move(done)](Result<Posted> posted) {
        const auto again = request_again.lock();
        // Both are of the moment: somebody stored the id, or took the day's run back, after we had looked.
        if (!posted && (posted.error().code == "statement_exists" || posted.error().code == "run_reverted")) {
            auto error = posted.error();
            error.code = error.code == "run_reverted" ? "store_busy" : "statement_conflict";
            if (again && !again->second_try) {
                again->second_try = true;
                again->bridge.later([again] { append(again); });
                return;
            }
            return done(fail(std::move(error)));
        }
        done(std::move(posted));
    };
    append(request);
}

}  // namespace capbridge::engine
