// POST and PUT of the Statement resource (xAPI 1.0.3 part 3, 2.1.1 and 2.1.2; IEEE 9274.1.1, 4.1.6.1): reads
// the request, hands it to the bridge, and answers from the callback of the commit that holds it.
#include <nlohmann/json.hpp>

#include "core/base/ids.hpp"
#include "core/base/text.hpp"
#include "core/xapi/document.hpp"
#include "core/xapi/multipart.hpp"
#include "server/xapi/refusal.hpp"
#include "server/xapi/resources.hpp"

namespace capbridge::server {
namespace {

// Statements go to an LRS as application/json, or as multipart/mixed with attachments.
Status read_body(Request& request, engine::Post& post) {
    const auto type = request.header("content-type");
    if (xapi::is_json_type(type)) {
        post.body = std::move(request.body);
        return {};
    }
    if (lower_ascii(trim(type.substr(0, type.find(';')))) != "multipart/mixed") {
        return fail("bad_content_type",
                    "Send statements as application/json, or as multipart/mixed with attachments.",
                    "Content-Type");
    }
    CAPBRIDGE_LET(const auto parts, xapi::read_multipart(request.body, type));
    if (parts.empty() || !xapi::is_json_type(parts.front().content_type)) {
        return fail("bad_multipart", "The first part must be the statements, as application/json.",
                    "Content-Type");
    }
    post.body = parts.front().bytes;
    post.parts.reserve(parts.size() - 1);
    for (auto part = parts.begin() + 1; part != parts.end(); ++part)
        post.parts.push_back({part->content_type, part->encoding, part->hash, std::string(part->bytes)});
    return {};
}

json authority_of(const Principal& principal, const std::string& iri_base) {
    return {{"objectType", "Agent"}, {"account", {{"homePage", iri_base}, {"name", principal.key}}}};
}

Result<engine::Post> read_post(Call& call, const std::string& iri_base, bool put) {
    engine::Post post;
    CAPBRIDGE_LET(post.version, version_of(call.request));
    if (put) {
        CAPBRIDGE_LET(const auto parameters, Parameters::parse(call.request.query, {"statementId"}));
        CAPBRIDGE_LET(post.required_id, uuid_parameter(parameters, "statementId"));
        if (post.required_id.empty())
            return fail("bad_parameter", "PUT needs the parameter statementId with a UUID.", "statementId");
    } else {
        CAPBRIDGE_LET(const auto parameters, Parameters::parse(call.request.query, {}));
        (void)parameters;
    }
    CAPBRIDGE_TRY(read_body(call.request, post));
    post.authority = authority_of(call.principal, iri_base);
    post.who = call.principal.who;
    post.owner = owner_of(call.principal);
    post.only_own = !call.principal.source.empty();
    return post;
}

Response ids_response(const std::vector<std::string>& ids) {
    std::string body = "[";  // UUIDs: nothing to escape
    body.reserve(ids.size() * 39 + 2);
    for (const auto& id : ids) {
        if (body.size() > 1) body += ',';
        body += '"';
        body += id;
        body += '"';
    }
    body += ']';
    return {200, "application/json", std::move(body), {}};
}

bool is_batch(std::string_view body) {
    const auto first = body.find_first_not_of(" \t\r\n");
    return first != std::string_view::npos && body[first] == '[';
}

}  // namespace

void StatementsIn::write(Call& call, const Responder& respond, bool put) const {
    const bool as_problem = accepts_problem(call.request);
    auto post = read_post(call, backend_.iri_base, put);
    if (!post) return respond(with_watermark(refusal(as_problem, post.error()), backend_));
    const bool many = is_batch(post->body);
    backend_.post_statements(
        std::move(*post), [&backend = backend_, respond, as_problem, put, many](engine::PostOutcome outcome) {
            if (!outcome.posted) {
                return respond(with_watermark(
                    refusal(as_problem, outcome.posted.error(), outcome.problems, many), backend));
            }
            respond(with_watermark(put ? empty_response(204) : ids_response(outcome.posted->ids), backend));
        });
}

}  // namespace capbridge::server
