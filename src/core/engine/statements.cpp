#include "core/engine/statements.hpp"

#include <algorithm>
#include <unordered_set>

#include "core/base/ids.hpp"
#include "core/base/text.hpp"
#include "core/engine/new_statement.hpp"
#include "core/engine/privacy/door.hpp"
#include "core/xapi/erased.hpp"
#include "core/xapi/multipart.hpp"
#include "core/xapi/verbatim.hpp"

namespace capbridge::engine {
namespace {

constexpr int most_tries = 3;
constexpr std::size_t problems_told = 50;  // enough to mend a client by; a hostile body could hold millions

// One request on its way into the journal. Kept alive by the callbacks that hold it.
struct Request {
    Bridge& bridge;
    Post post;
    std::function<void(PostOutcome)> done;
    int tries = 0;
};
using RequestPtr = std::shared_ptr<Request>;

struct Refusal {
    Error error;
    Problems problems;
};
using Checked = tl::expected<void, Refusal>;

tl::unexpected<Refusal> refuse(Error error, Problems problems = {}) {
    return tl::unexpected<Refusal>(Refusal{std::move(error), std::move(problems)});
}

tl::unexpected<Refusal> refuse_statements(Problems problems) {
    const bool more = problems.size() >= problems_told;
    if (problems.size() > problems_told) problems.resize(problems_told);
    auto text = problems_text(problems, "request") + (more ? "\n... there may be more" : "");
    return refuse({"invalid_statement", std::move(text), {}, 0}, std::move(problems));
}

void add(Problems& to, Problems from) {
    to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

Checked check_statements(const json& statements, bool many, xapi::Version version) {
    Problems problems;
    for (std::size_t i = 0; i < statements.size() && problems.size() < problems_told; ++i)
        add(problems, xapi::validate_statement(statements[i], many ? "/" + std::to_string(i) : "", version));
    if (has_errors(problems)) return refuse_statements(std::move(problems));
    return {};
}

Checked check_parts(const json& statements, bool many, const std::vector<PostedPart>& posted) {
    std::vector<xapi::Part> parts;
    parts.reserve(posted.size());
    for (const auto& part : posted)
        parts.push_back({part.content_type, part.encoding, part.hash, part.bytes});
    const auto& as_sent = many ? statements : statements[0];
    auto problems = xapi::check_attachments(as_sent, parts);
    if (!has_errors(problems)) add(problems, xapi::check_signatures(as_sent, parts));
    if (has_errors(problems)) return refuse_statements(std::move(problems));
    return {};
}

bool brings_attachments(const json& statements) {
    return std::any_of(statements.begin(), statements.end(), [](const json& statement) {
        if (statement.contains("attachments")) return true;
        const auto object = statement.find("object");
        return object != statement.end() && object->is_object() && object->contains("attachments");
    });
}

// Of the statement (and a SubStatement in it), those whose bytes came with the request.
std::vector<std::string> kept_attachments(const json& statement,
                                          const std::unordered_set<std::string_view>& sent) {
    std::vector<std::string> out;
    if (sent.empty()) return out;
    for (const auto& [sha2, type] : xapi::content_types(statement)) {
        if (sent.contains(sha2)) out.push_back(sha2);
    }
    return out;
}

struct Prepared {
    store::Batch batch;
    Posted posted;
};

// Parses, checks and completes; what is stored already is not looked at yet.
tl::expected<Prepared, Refusal> prepare(Request& request) {
    const auto& post = request.post;
    auto parsed = parse_json(post.body);
    if (!parsed) return refuse(parsed.error());
    auto& statements = *parsed;
    const bool many = statements.is_array();
    if (!statements.is_object() && (!many || !post.required_id.empty())) {
        return refuse({"invalid_statement",
                       post.required_id.empty() ? "the body must be a statement or an array of statements"
                                                : "the body must be one statement: a JSON object",
                       {},
                       0});
    }
    if (!many) statements = json::array({std::move(statements)});
    if (auto checked = check_statements(statements, many, post.version); !checked)
        return tl::unexpected(std::move(checked.error()));
    if (!post.parts.empty() || brings_attachments(statements)) {
        if (auto checked = check_parts(statements, many, post.parts); !checked)
            return tl::unexpected(std::move(checked.error()));
    }

    const auto slices = xapi::statement_slices(post.body);
    Prepared out;
    out.batch.entries.reserve(statements.size());
    std::unordered_set<std::string> ids, named;
    std::unordered_set<std::string_view> sent;
    bool any_without = false;
    for (const auto& part : post.parts) sent.insert(part.hash);
    for (std::size_t i = 0; i < statements.size(); ++i) {
        auto& statement = statements[i];
        if (!post.required_id.empty()) {
            const auto own = lower_uuid(get_string(statement, "id"));
            if (!own.empty() && own != lower_uuid(post.required_id)) {
                return refuse({"invalid_statement",
                               "the statement's id is not the statementId of the request", "/id", 0});
            }
            statement["id"] = post.required_id;
        }
        const bool id_is_new = !statement.contains("id");
        const auto brought = statement.find("authority");
        const json authority = post.keeps_authority && brought != statement.end() ? *brought : post.authority;
        xapi::complete_statement(statement, authority, post.version);
        // Acknowledged and counted, but nothing of somebody who was erased.
        const bool without = take_out_erased(request.bridge, statement) != TakenOut::nobody;
        any_without = any_without || without;
        auto row = read_new_statement(statement);
        row.id_is_new = id_is_new;
        if (!ids.insert(row.id).second) {
            return refuse({"duplicate_in_batch", "the id " + row.id + " appears twice in the request",
                           many ? "/" + std::to_string(i) : "", 0});
        }
        row.body = without ? statement.dump() : xapi::stored_body(slices[i], statement);
        row.attachments = kept_attachments(statement, sent);
        named.insert(row.attachments.begin(), row.attachments.end());
        out.posted.ids.push_back(row.id);
        out.batch.entries.emplace_back(std::move(row));
    }
    if (any_without)
        std::erase_if(request.post.parts, [&](const auto& part) { return !named.contains(part.hash); });
    out.posted.stored = out.batch.entries.size();
    out.batch.who = post.who;
    out.batch.owner = post.owner;
    out.batch.only_own = post.only_own;
    out.batch.on_existing = store::Batch::OnExisting::refuse;
    return out;
}

// Of the batch's statements some are stored already: the same ones are left out, another one is a conflict.
Status leave_out_stored(Request& request, Prepared& prepared) {
    auto& journal = request.bridge.store().journal();
    const auto& post = request.post;
    std::vector<std::variant<store::NewStatement, store::NewDecision>> fresh;
    for (auto& entry : prepared.batch.entries) {
        const auto& statement = std::get<store::NewStatement>(entry);
        const auto stored = journal.statement(statement.id);
        if (!stored) {
            fresh.push_back(std::move(entry));
            continue;
        }
        // Whoever sees its own statements only must not find out what another's says.
        // What an erasure took out of it makes it no other one: a client repeats its queue.
        if (xapi::has_lost(stored->text())) continue;
        const bool may_compare = !post.only_own || journal.statement(statement.id, post.owner).has_value();
        if (!may_compare || !xapi::equivalent(json::parse(statement.body, nullptr, false),
                                              json::parse(stored->text(), nullptr, false))) {
            return fail("statement_conflict", "the id " + statement.id + " is stored with another content",
                        statement.id);
        }
    }
    auto& entries = prepared.batch.entries;
    entries = std::move(fresh);
    prepared.posted.stored = entries.size();
    return {};
}

void append(const RequestPtr& request, Prepared prepared);

// Both are of the moment: an id was stored already (most likely the same statement, sent again), or the day's
// run was taken back. Neither is looked at before, for it is rare and would cost every request.
void try_again(const RequestPtr& request, const Error& error, Prepared prepared) {
    if (++request->tries > most_tries) {
        return request->done(
            {fail("store_busy", "others keep changing the same statements: please try again"), {}});
    }
    if (error.code == "run_reverted") request->bridge.forget_request_run(request->post.who);
    if (const auto left = leave_out_stored(*request, prepared); !left)
        return request->done({fail(left.error()), {}});
    if (prepared.batch.entries.empty()) return request->done({std::move(prepared.posted), {}});
    append(request, std::move(prepared));
}

void append(const RequestPtr& request, Prepared prepared) {
    prepared.batch.run = request->post.run;
    if (prepared.batch.run == 0) {
        const auto run = request->bridge.request_run(request->post.who);
        if (!run) return request->done({fail(run.error()), {}});
        prepared.batch.run = *run;
    }
    const auto held = std::make_shared<Prepared>(std::move(prepared));
    const std::shared_ptr<const store::Batch> batch(held, &held->batch);
    request->bridge.store().journal().append(batch, [request, held](Result<store::Appended> appended) {
        if (appended) {
            request->bridge.wake();
            return request->done({std::move(held->posted), {}});
        }
        const auto& error = appended.error();
        if (error.code != "statement_exists" && error.code != "run_reverted")
            return request->done({fail(error), {}});
        // This is the writer's thread, which may not wait for a read or another write.
        request->bridge.later([request, error, held] {
            try {
                try_again(request, error, std::move(*held));
            } catch (const std::exception&) {  // a disk that cannot be read
                request->done({fail("store_io", "the store cannot be read: look at the disk"), {}});
            }
        });
    });
}

Status keep_parts(Request& request) {
    for (const auto& part : request.post.parts)
        CAPBRIDGE_TRY(request.bridge.store().attachments().keep(part.hash, part.bytes));
    return {};
}

}  // namespace

void post_statements(Bridge& bridge, Post post, std::function<void(PostOutcome)> done) {
    const auto request = std::make_shared<Request>(Request{bridge, std::move(post), std::move(done)});
    auto prepared = prepare(*request);
    if (!prepared) {
        return request->done({fail(std::move(prepared.error().error)), std::move(prepared.error().problems)});
    }
    if (!request->post.parts.empty()) {  // what will be refused must leave no files
        if (const auto left = leave_out_stored(*request, *prepared); !left)
            return request->done({fail(left.error()), {}});
    }
    if (prepared->batch.entries.empty()) return request->done({std::move(prepared->posted), {}});
    // On the disk before the commit that names them.
    if (const auto kept = keep_parts(*request); !kept) return request->done({fail(kept.error()), {}});
    // Taken over into the rows; they wait for the commit, this need not.
    request->post.body = {};
    request->post.parts = {};
    append(request, std::move(*prepared));
}

}  // namespace capbridge::engine
