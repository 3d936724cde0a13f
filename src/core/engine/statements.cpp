#include "core/engine/statements.hpp"

#include <nlohmann/json.hpp>
#include <unordered_set>

#include "core/base/ids.hpp"

namespace capbridge::engine {
namespace {

// Taken apart from a request and ready to be appended.
struct Prepared {
    store::Batch batch;
    Posted posted;
};

Result<Prepared> prepare(Bridge& bridge, json& statements, std::string_view required_id,
                         const json& authority) {
    const bool many = statements.is_array();
    if (!many) statements = json::array({std::move(statements)});
    Problems problems;
    for (std::size_t i = 0; i < statements.size(); ++i) {
        auto found = xapi::validate_statement(statements[i], many ? "/" + std::to_string(i) : "");
        problems.insert(problems.end(), found.begin(), found.end());
    }
    if (has_errors(problems)) return fail("invalid_statement", problems_text(problems, "request"));

    Prepared out;
    std::unordered_set<std::string> ids;
    for (auto& statement : statements) {
        if (!required_id.empty()) {
            const auto own = lower_uuid(get_string(statement, "id"));
            if (!own.empty() && own != lower_uuid(required_id)) {
                return fail("invalid_statement", "the statement's id is not the statementId of the request",
                            "/id");
            }
            statement["id"] = required_id;
        }
        xapi::complete_statement(statement, authority);
        store::NewStatement row;
        row.id = statement.at("id").get<std::string>();
        if (!ids.insert(row.id).second)
            return fail("duplicate_in_batch", "the id " + row.id + " appears twice in the request");
        out.posted.ids.push_back(row.id);
        if (const auto stored = bridge.store().journal().statement(row.id)) {
            const auto other = json::parse(stored->text(), nullptr, false);
            if (!xapi::equivalent(statement, other)) {
                return fail("statement_conflict", "the id " + row.id + " is stored with another content",
                            row.id);
            }
            continue;  // the same again
        }
        row.keys = xapi::keys_of(statement);
        row.timestamp_given = statement.contains("timestamp");
        const auto read = xapi::read_statement(statement);
        if (read.voids()) {
            row.voids = read.object_id;
        } else if (read.object_type == "StatementRef") {
            row.refers_to = read.object_id;
        }
        row.body = statement.dump();
        out.batch.entries.emplace_back(std::move(row));
    }
    out.batch.on_existing = store::Batch::OnExisting::refuse;
    return out;
}

}  // namespace

void post_statements(Bridge& bridge, json statements, std::string_view required_id, const json& authority,
                     const std::string& who, std::function<void(Result<Posted>)> done) {
    auto prepared = prepare(bridge, statements, required_id, authority);
    if (!prepared) {
        done(fail(prepared.error()));
        return;
    }
    if (prepared->batch.entries.empty()) {
        done(std::move(prepared->posted));
        return;
    }
    const auto run = bridge.request_run(who);
    if (!run) {
        done(fail(run.error()));
        return;
    }
    prepared->batch.run = *run;
    prepared->batch.who = who;
    bridge.store().journal().append(std::move(prepared->batch),
                                    [&bridge, posted = std::move(prepared->posted),
                                     done = std::move(done)](Result<store::Appended> appended) mutable {
                                        if (!appended) {
                                            auto error = appended.error();
                                            // Somebody stored the same id between our look and the commit:
                                            // the client may simply try again.
                                            if (error.code == "statement_exists")
                                                error.code = "statement_conflict";
                                            done(fail(std::move(error)));
                                            return;
                                        }
                                        bridge.wake();
                                        done(std::move(posted));
                                    });
}

}  // namespace capbridge::engine
