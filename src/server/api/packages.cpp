// Packages over HTTP. A package is the body itself, streamed to the disk (package_uploads.hpp) and from it;
// everything else is a named operation of the bridge. In a path a key is URL-encoded, its slashes too.
#include <nlohmann/json.hpp>

#include "core/base/text.hpp"
#include "server/api/call_parameters.hpp"
#include "server/application.hpp"
#include "server/caller.hpp"
#include "server/live.hpp"
#include "server/parameters.hpp"

namespace capbridge::server {
namespace {

constexpr std::chrono::seconds longest_wait{5};          // for a turn; then 503 with Retry-After
constexpr std::chrono::seconds longest_upload_wait{60};  // nobody wants to send it all again
constexpr JsonLimits body_limits{.bytes = 8u << 20, .depth = 24};

struct Question {
    const char* path;
    const char* operation;
};
constexpr Question questions[] = {
    {"/api/v1/packages/{package}", "package.show"},
    {"/api/v1/packages/{package}/findings", "package.findings"},
    {"/api/v1/packages/{package}/structure", "package.structure"},
    {"/api/v1/packages/{package}/activities", "package.activities"},
    {"/api/v1/packages/{package}/diff", "package.diff"},
    {"/api/v1/packages/{package}/mapping-draft", "package.map"},
};

struct Upload {
    const char* method;
    const char* path;
    const char* operation;
    int status;  // of a package that is new, or new in this version
};
constexpr Upload uploads[] = {
    {"POST", "/api/v1/packages", "package.add", 201},
    {"PUT", "/api/v1/packages/{package}", "package.replace", 200},
    {"POST", "/api/v1/packages/{package}/replace", "package.replace", 200},
};

Status add_flag(const Parameters& given, const char* name, json& out) {
    const auto text = given.text(name);
    if (text.empty() || text == "0" || text == "false") return {};
    if (text != "1" && text != "true")
        return fail("bad_parameter", "The parameter \"" + std::string(name) + "\" needs true or false.",
                    name);
    out[name] = true;
    return {};
}

Status add_number(const Parameters& given, const char* name, json& out) {
    CAPBRIDGE_LET(const auto number, given.integer(name, 0, 1'000'000'000));
    if (number) out[name] = *number;
    return {};
}

json captured(const Call& call) {
    json out = json::object();
    for (const auto& [name, value] : call.captures) out[name] = value;
    return out;
}

Result<json> question_of(const Call& call) {
    CAPBRIDGE_LET(const auto given,
                  Parameters::parse(call.request.query,
                                    {"version", "kind", "text", "limit", "offset", "activity", "min_score"}));
    auto out = captured(call);
    for (const char* name : {"version", "limit", "offset"}) CAPBRIDGE_TRY(add_number(given, name, out));
    for (const char* name : {"kind", "text", "activity", "min_score"}) {
        if (given.has(name)) out[name] = given.text(name);
    }
    return out;
}

void ask(const Backend& backend, const char* operation, const Call& call, const Responder& respond) {
    const auto parameters = question_of(call);
    if (!parameters) return respond(error_response(parameters.error()));
    const auto answer = backend.run(operation, *parameters, caller_of(call));
    respond(answer ? json_response(*answer) : error_response(answer.error()));
}

Result<json> upload_parameters(const Call& call) {
    CAPBRIDGE_LET(const auto given, Parameters::parse(call.request.query, {"key", "dry_run", "file_name"}));
    auto out = captured(call);
    if (out.contains("package") && given.has("key"))
        return fail("bad_parameter", "The path says which package is meant.", "key");
    for (const char* name : {"key", "file_name"}) {
        if (given.has(name)) out[name] = given.text(name);
    }
    CAPBRIDGE_TRY(add_flag(given, "dry_run", out));
    if (!call.request.sink)
        return fail("bad_parameter", "The body must be the package: a SCORM or cmi5 zip.");
    out["staged"] = call.request.sink->name();
    return out;
}

void upload(const Backend& backend, const Upload& what, const Call& call, const Responder& respond) {
    const auto parameters = upload_parameters(call);
    if (!parameters) return respond(error_response(parameters.error()));
    auto caller = caller_of(call);
    caller.patience = longest_upload_wait;
    const auto answer = backend.run(what.operation, *parameters, caller);
    if (!answer) return respond(error_response(answer.error()));
    // What was sent is no package that we take; the findings say why.
    if (!answer->value("accepted", true)) return respond(json_response(*answer, 422));
    const bool changed = answer->value("changed", false) && !answer->value("dry_run", false);
    auto response = json_response(*answer, changed ? what.status : 200);
    if (changed)
        response.with("Location",
                      prefix_of(backend) + "/api/v1/packages/" + url_encode(answer->value("key", "")));
    respond(std::move(response));
}

void download(const Backend& backend, const Call& call, const Responder& respond) {
    const auto parameters = question_of(call);
    if (!parameters) return respond(error_response(parameters.error()));
    const auto answer = backend.run("package.download", *parameters, caller_of(call));
    if (!answer) return respond(error_response(answer.error()));
    const auto sha256 = answer->value("sha256", "");
    const auto path = backend.packages == nullptr ? std::nullopt : backend.packages->path(sha256);
    if (!path) return respond(error_response(404, "not_found", "The package's file is not there any more."));
    auto file = FileBody::open(*path);
    if (!file) return respond(error_response(file.error()));
    const auto name = answer->value("file_name", "package.zip");
    Response response{200, name.ends_with(".xml") ? "application/xml" : "application/zip", {}, {}, {}};
    response.file = std::move(*file);
    respond(std::move(response)
                .with("ETag", "\"" + sha256 + "\"")
                .with("Content-Disposition", "attachment; filename=\"" + name + "\""));
}

void remove(const Backend& backend, const Call& call, const Responder& respond) {
    auto out = captured(call);
    const auto given = Parameters::parse(call.request.query, {"purge", "dry_run"});
    if (!given) return respond(error_response(given.error()));
    for (const char* name : {"purge", "dry_run"}) {
        if (const auto read = add_flag(*given, name, out); !read)
            return respond(error_response(read.error()));
    }
    auto caller = caller_of(call);
    caller.patience = longest_wait;
    const auto answer = backend.run("package.remove", out, caller);
    respond(answer ? json_response(*answer) : error_response(answer.error()));
}

// The body is the mapping file itself.
void publish(const Backend& backend, const Call& call, const Responder& respond) {
    auto out = captured(call);
    if (const auto given = Parameters::parse(call.request.query, {}); !given)
        return respond(error_response(given.error()));
    if (const auto document = parse_json(call.request.body, body_limits); !document)
        return respond(error_response(document.error()));
    out["text"] = call.request.body;
    auto caller = caller_of(call);
    caller.patience = longest_wait;
    const auto answer = backend.run("package.publish_mapping", out, caller);
    respond(answer ? json_response(*answer, 201) : error_response(answer.error()));
}

}  // namespace

void add_package_routes(Router& router, const Backend& backend) {
    router.add(
        {"GET",
         "/api/v1/packages",
         Lane::slow,
         {"read"},
         true,
         [&backend](Call& call, const Responder& respond) { ask(backend, "package.list", call, respond); }});
    for (const auto& question : questions) {
        router.add({"GET",
                    question.path,
                    Lane::slow,
                    {"read"},
                    true,
                    [&backend, &question](Call& call, const Responder& respond) {
                        ask(backend, question.operation, call, respond);
                    }});
    }
    router.add({"GET",
                "/api/v1/packages/{package}/download",
                Lane::slow,
                {"read"},
                true,
                [&backend](Call& call, const Responder& respond) { download(backend, call, respond); }});
    for (const auto& what : uploads) {
        router.add({what.method,
                    what.path,
                    Lane::change,
                    {"admin"},
                    false,
                    [&backend, &what](Call& call, const Responder& respond) {
                        upload(backend, what, call, respond);
                    },
                    true});
    }
    router.add({"DELETE",
                "/api/v1/packages/{package}",
                Lane::change,
                {"admin"},
                false,
                [&backend](Call& call, const Responder& respond) { remove(backend, call, respond); }});
    router.add({"POST",
                "/api/v1/packages/{package}/mapping",
                Lane::change,
                {"admin"},
                false,
                [&backend](Call& call, const Responder& respond) { publish(backend, call, respond); }});
}

}  // namespace capbridge::server
