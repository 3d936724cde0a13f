#include "core/engine/forward/settings.hpp"

#include <nlohmann/json.hpp>

#include "core/base/embedded.hpp"
#include "core/base/files.hpp"
#include "core/base/pem.hpp"
#include "core/net/url.hpp"

namespace capbridge::engine {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_profile_bytes = 16u << 20;

void add(Problems& problems, std::string code, std::string pointer, std::string message) {
    problems.push_back(
        {Problem::Severity::error, std::move(code), std::move(pointer), std::move(message), 0, {}});
}

// Problems go to `problems`; what is read is of use only when there are none.
TargetSettings read(std::string_view kind, const json& document, Problems& problems) {
    TargetSettings out;
    const auto* schema = find_embedded(embedded_config(), "schemas/forward-target.schema.json");
    json s;  // what of the document keeps to the schema
    for (auto& problem : validate_json(document, json::parse(schema->bytes), {}, &s))
        problems.push_back(std::move(problem));
    if (!s.is_object()) return out;
    out.kind = kind == "webhook" ? TargetSettings::Kind::webhook : TargetSettings::Kind::lrs;
    const bool webhook = out.kind == TargetSettings::Kind::webhook;

    out.url = get_string(s, "url");
    out.allow_http = s.value("allow_http", false);
    if (!out.url.empty()) {
        if (const auto url = net::check_url(out.url, out.allow_http); !url) {
            add(problems, url.error().code, "/url",
                url.error().message +
                    (url.error().code == "insecure" ? " (or say \"allow_http\": true)" : ""));
        } else if (!webhook && out.url.find('?') != std::string::npos) {
            add(problems, "bad_url", "/url", "an LRS endpoint has no query");
        }
    }
    while (!webhook && out.url.ends_with('/')) out.url.pop_back();
    if (!webhook && out.url.ends_with("/statements"))
        add(problems, "bad_url", "/url", "give the endpoint without /statements");

    for (const auto* name : {"version", "user"}) {
        if (webhook && s.contains(name))
            add(problems, "unknown_member", "/" + std::string(name), "a webhook has no such setting");
    }
    if (get_string(s, "version") == "2.0.0") out.version = xapi::Version::v2_0;
    out.user = get_string(s, "user");
    out.secret = {get_string(s, "secret_file"), get_string(s, "secret_credential"),
                  get_string(s, "secret_env")};
    if (out.secret.count() > 1)
        add(problems, "two_secrets", out.secret.env.empty() ? "/secret_credential" : "/secret_env",
            "say one of secret_file, secret_credential and secret_env");
    if (!out.user.empty() && !out.has_secret())
        add(problems, "no_secret", "/user", "a user needs a secret_file, secret_credential or secret_env");
    if (webhook && !out.has_secret())
        add(problems, "no_secret", "",
            "a webhook needs a secret_file, secret_credential or secret_env: its calls are signed");
    out.ca_file = get_string(s, "ca_file");
    out.batch = s.value("batch", out.batch);
    out.batch_bytes = s.value("batch_bytes", out.batch_bytes);
    out.timeout = std::chrono::seconds{s.value("timeout_seconds", 30)};

    const auto filters = s.value("filters", json::object());
    std::optional<StatementTemplate> profile_template;
    if (const auto profile = filters.find("profile");
        profile != filters.end() && profile->contains("file") && profile->contains("template")) {
        const auto file = get_string(*profile, "file");
        const auto text = read_file(file, most_profile_bytes);
        if (!text) {
            add(problems, text.error().code, "/filters/profile/file",
                "'" + file + "' " + text.error().message);
        } else if (auto read = read_template(*text, get_string(*profile, "template")); !read) {
            add(problems, read.error().code, "/filters/profile/template", read.error().message);
        } else {
            profile_template = std::move(*read);
        }
    }
    auto filter = ForwardFilter::read(filters, std::move(profile_template));
    if (filter) {
        out.filter = std::move(*filter);
    } else {
        add(problems, filter.error().code, "/filters" + filter.error().where, filter.error().message);
    }
    return out;
}

}  // namespace

Problems check_target(std::string_view kind, const json& settings) {
    Problems problems;
    // Not in read_target(): a target that was put up stays one when its file goes away.
    if (const auto file = read(kind, settings, problems).ca_file; !file.empty()) {
        if (const auto sound = check_certificates(file); !sound)
            add(problems, sound.error().code, "/ca_file", "'" + file + "' " + sound.error().message);
    }
    return problems;
}

Result<TargetSettings> read_target(std::string_view kind, const json& settings) {
    if (kind != "lrs" && kind != "webhook")
        return fail("bad_kind", "a target's kind is lrs or webhook, not '" + std::string(kind) + "'");
    Problems problems;
    auto out = read(kind, settings, problems);
    if (has_errors(problems)) return fail(problems_error(problems, "the target's settings"));
    return out;
}

void resolve_target_paths(json& settings, const fs::path& folder) {
    const auto resolve = [&](json& object, const char* member) {
        if (!object.is_object()) return;
        const auto it = object.find(member);
        if (it == object.end() || !it->is_string() || it->get_ref<const std::string&>().empty()) return;
        const fs::path path(it->get<std::string>());
        if (path.is_relative()) *it = fs::absolute(folder / path).lexically_normal().string();
    };
    resolve(settings, "secret_file");
    resolve(settings, "ca_file");
    if (settings.is_object() && settings.contains("filters") && settings["filters"].is_object() &&
        settings["filters"].contains("profile"))
        resolve(settings["filters"]["profile"], "file");
}

Result<std::string> read_secret(const TargetSettings& settings) {
    return net::read_secret(settings.secret);
}

}  // namespace capbridge::engine
