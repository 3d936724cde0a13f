// The State, Activity Profile and Agent Profile resources (xAPI 1.0.3 part 3, 2.2, 2.3, 2.6, 2.7 and 3.1;
// IEEE 9274.1.1, 4.1.4, 4.1.6.2, 4.1.6.5 and 4.1.6.6). Writing answers from the callback of its commit.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/base/log.hpp"
#include "core/base/text.hpp"
#include "core/xapi/iri.hpp"
#include "server/xapi/refusal.hpp"
#include "server/xapi/resources.hpp"

namespace capbridge::server {
namespace {

using Kind = store::DocumentKey::Kind;
constexpr std::string_view unknown_type = "application/octet-stream";

struct DocumentRequest {
    xapi::Version version = xapi::Version::v1_0_3;
    store::DocumentKey key;
    std::optional<Instant> since;
};

enum class Id { needed, optional };

// `since` is known to reading only.
Result<Parameters> parameters_of(Kind kind, std::string_view query, bool reads) {
    switch (kind) {
        case Kind::state:
            return reads
                       ? Parameters::parse(query, {"activityId", "agent", "registration", "stateId", "since"})
                       : Parameters::parse(query, {"activityId", "agent", "registration", "stateId"});
        case Kind::activity_profile:
            return reads ? Parameters::parse(query, {"activityId", "profileId", "since"})
                         : Parameters::parse(query, {"activityId", "profileId"});
        default:
            return reads ? Parameters::parse(query, {"agent", "profileId", "since"})
                         : Parameters::parse(query, {"agent", "profileId"});
    }
}

Result<DocumentRequest> read_request(const Call& call, Kind kind, Id id, bool reads) {
    DocumentRequest out;
    CAPBRIDGE_LET(out.version, version_of(call.request));
    CAPBRIDGE_LET(const auto p, parameters_of(kind, call.request.query, reads));
    out.key.kind = kind;
    out.key.owner = call.principal.source;
    if (kind != Kind::agent_profile) {
        out.key.activity = p.text("activityId");
        if (!xapi::is_iri(out.key.activity)) return bad_parameter("activityId", "the IRI of an activity");
    }
    if (kind != Kind::activity_profile) {
        CAPBRIDGE_LET(const auto agent, agent_parameter(p));
        out.key.agent = xapi::read_agent(agent).key();
    }
    CAPBRIDGE_LET(out.key.registration, uuid_parameter(p, "registration"));
    const auto* id_name = kind == Kind::state ? "stateId" : "profileId";
    out.key.id = p.text(id_name);
    if (out.key.id.empty() && (id == Id::needed || p.has(id_name)))
        return bad_parameter(id_name, "the name of a document");
    CAPBRIDGE_LET(out.since, p.instant("since"));
    return out;
}

// What says it is JSON must be; what is merged must be an object.
Result<xapi::Document> read_document(Request& request, bool merges) {
    xapi::Document out{std::string(request.header("content-type")), std::move(request.body)};
    if (!is_header_value(out.content_type)) {
        return fail("bad_content_type",
                    "The Content-Type of a document must be printable ASCII, 1 KiB at most.", "Content-Type");
    }
    if (out.content_type.empty()) out.content_type = std::string(unknown_type);
    if (xapi::is_json_type(out.content_type)) {
        CAPBRIDGE_LET(const auto value, parse_json(out.body));
        if (merges && !value.is_object())
            return fail("not_mergeable", "POST of application/json needs a JSON object.", "Content-Type");
    }
    return out;
}

bool is_named(const std::vector<std::string>& tags, const std::string& etag) {
    return std::any_of(tags.begin(), tags.end(), [&](const auto& tag) { return tag == "*" || tag == etag; });
}

Response document_response(const Request& request, store::DocumentRow row) {
    const auto asked = precondition_of(request);
    const auto etag = "\"" + row.etag + "\"";
    if (!asked.match.empty() && !is_named(asked.match, row.etag)) {
        return refusal(
            accepts_problem(request),
            {"precondition_failed", "The document is not one of those that If-Match names.", "If-Match", 0});
    }
    if (is_named(asked.none_match, row.etag)) return empty_response(304).with("ETag", etag);
    // Stored by a release that took any: it would be no header.
    if (!is_header_value(row.document.content_type)) row.document.content_type = unknown_type;
    return Response{200, std::move(row.document.content_type), std::move(row.document.body), {}}
        .with("ETag", etag)
        .with("Last-Modified", http_date(row.updated));
}

// For what is written: 204 after the commit, or the reason why not.
store::Documents::Done answering(const Request& request, const Responder& respond) {
    return [respond, as_problem = accepts_problem(request)](const Status& done) {
        respond(done ? empty_response(204) : refusal(as_problem, done.error()));
    };
}

// Of somebody who was erased: acknowledged, as their statements are, and nothing is kept of it.
bool is_left_out(const Backend& backend, const store::DocumentKey& key) {
    if (key.agent.empty() || !backend.is_erased || !backend.is_erased(key.agent)) return false;
    log::info("document_of_erased_left_out", {{"kind", key.kind == Kind::state ? "state" : "profile"}});
    return true;
}

}  // namespace

void DocumentResource::get(const Call& call, const Responder& respond) const {
    const auto refuse = [&](const Error& error) { respond(refusal(accepts_problem(call.request), error)); };
    const auto asked = read_request(call, kind_, Id::optional, true);
    if (!asked) return refuse(asked.error());
    if (asked->key.id.empty()) {
        const ordered_json ids = backend_.documents->ids(asked->key, asked->since);
        return respond(json_response(ids));
    }
    auto row = backend_.documents->get(asked->key);
    if (!row) return refuse({"not_found", "There is no such document.", {}, 0});
    respond(document_response(call.request, std::move(*row)));
}

void DocumentResource::put(Call& call, const Responder& respond) const {
    const auto refuse = [&](const Error& error) { respond(refusal(accepts_problem(call.request), error)); };
    auto asked = read_request(call, kind_, Id::needed, false);
    if (!asked) return refuse(asked.error());
    auto precondition = precondition_of(call.request);
    const bool is_2_0 = asked->version == xapi::Version::v2_0;
    // 1.0.3 wants a precondition of whoever puts a profile, 2.0 of whoever puts any document; POST needs
    // none.
    precondition.needed = is_2_0 || kind_ != Kind::state;
    auto document = read_document(call.request, false);
    if (!document) return refuse(document.error());
    if (is_left_out(backend_, asked->key)) return respond(empty_response(204));
    if (!is_2_0 && precondition.needed && !precondition.given() && !backend_.documents->get(asked->key)) {
        return refuse({"precondition_missing",
                       "PUT of a profile needs If-None-Match: * (there is none yet), or If-Match with the "
                       "ETag of the one that there is.",
                       "If-Match", 0});
    }
    backend_.documents->put(std::move(asked->key), std::move(*document), std::move(precondition),
                            backend_.now(), answering(call.request, respond));
}

void DocumentResource::post(Call& call, const Responder& respond) const {
    const auto refuse = [&](const Error& error) { respond(refusal(accepts_problem(call.request), error)); };
    auto asked = read_request(call, kind_, Id::needed, false);
    if (!asked) return refuse(asked.error());
    auto document = read_document(call.request, true);
    if (!document) return refuse(document.error());
    if (is_left_out(backend_, asked->key)) return respond(empty_response(204));
    backend_.documents->merge(std::move(asked->key), std::move(*document), precondition_of(call.request),
                              backend_.now(), answering(call.request, respond));
}

void DocumentResource::remove(const Call& call, const Responder& respond) const {
    auto asked = read_request(call, kind_, kind_ == Kind::state ? Id::optional : Id::needed, false);
    if (!asked) return respond(refusal(accepts_problem(call.request), asked.error()));
    auto done = answering(call.request, respond);
    if (asked->key.id.empty()) return backend_.documents->remove_all(std::move(asked->key), std::move(done));
    backend_.documents->remove(std::move(asked->key), precondition_of(call.request), std::move(done));
}

}  // namespace capbridge::server
