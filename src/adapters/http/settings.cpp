#include "adapters/http/settings.hpp"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "adapters/http/redactor.hpp"
#include "core/base/embedded.hpp"
#include "core/base/pem.hpp"
#include "core/base/text.hpp"

namespace capbridge::adapters {
namespace {

void add(Problems& problems, std::string code, std::string pointer, std::string message) {
    problems.push_back(
        {Problem::Severity::error, std::move(code), std::move(pointer), std::move(message), 0, {}});
}

// Which members a type of profile needs, and which it may have besides type and hosts. A "+" stands before
// the name of a secret, which has three spellings.
struct Shape {
    const char* type;
    std::vector<std::string> needs, may;
};
const std::vector<Shape>& shapes() {
    static const std::vector<Shape> all{
        {"basic", {"user", "+secret"}, {}},
        {"bearer", {"+secret"}, {"header", "prefix"}},
        {"form_token", {"parameter", "+secret"}, {}},
        {"oauth2_client_credentials",
         {"token_url", "client_id", "+secret"},
         {"client_auth", "scope", "audience"}},
        {"oauth2_refresh", {"token_url", "client_id", "+refresh_token"}, {"+secret", "client_auth", "scope"}},
        {"private_key_jwt", {"token_url", "client_id", "+key"}, {"key_id", "algorithm", "scope", "audience"}},
        {"hmac", {"header", "canonical", "+secret"}, {"prefix", "encoding", "key_id", "headers"}},
    };
    return all;
}

bool is_member_of(const Shape& shape, const std::string& member) {
    const auto fits = [&](const std::string& name) {
        if (!name.starts_with('+')) return name == member;
        const auto secret = name.substr(1);
        return member == secret + "_file" || member == secret + "_credential" || member == secret + "_env";
    };
    return member == "type" || member == "hosts" ||
           std::any_of(shape.needs.begin(), shape.needs.end(), fits) ||
           std::any_of(shape.may.begin(), shape.may.end(), fits);
}

void check_shape(const json& profile, const std::string& pointer, Problems& problems) {
    const auto type = get_string(profile, "type");
    for (const auto& shape : shapes()) {
        if (type != shape.type) continue;
        for (const auto& name : shape.needs) {
            if (!name.starts_with('+') && !profile.contains(name))
                add(problems, "missing_member", pointer,
                    "a profile of type " + type + " needs '" + name + "'");
        }
        for (const auto& [member, value] : profile.items()) {
            if (!is_member_of(shape, member))
                add(problems, "unknown_member", pointer_append(pointer, member),
                    "a profile of type " + type + " has no such member");
        }
        for (const auto& name : shape.needs) {
            if (name.starts_with('+'))
                check_secret(secret_place(profile, name.substr(1)), pointer, name.substr(1), problems,
                             Redactor::kShortest);
        }
        for (const auto& name : shape.may) {
            if (const auto place =
                    name.starts_with('+') ? secret_place(profile, name.substr(1)) : net::SecretPlace{};
                !place.empty())
                check_secret(place, pointer, name.substr(1), problems, Redactor::kShortest);
        }
    }
}

AuthSettings read_profile(const std::string& name, const json& profile) {
    AuthSettings out;
    out.name = name;
    out.type = get_string(profile, "type");
    out.hosts = profile.value("hosts", std::vector<std::string>{});
    out.user = get_string(profile, "user");
    out.secret = secret_place(profile, "secret");
    out.refresh_token = secret_place(profile, "refresh_token");
    out.key = secret_place(profile, "key");
    out.header = get_string(profile, "header", out.type == "bearer" ? "Authorization" : "");
    const bool plain_bearer = out.type == "bearer" && lower_ascii(out.header) == "authorization";
    out.prefix = get_string(profile, "prefix", plain_bearer ? "Bearer " : "");
    out.parameter = get_string(profile, "parameter");
    out.token_url = get_string(profile, "token_url");
    out.client_id = get_string(profile, "client_id");
    out.client_auth = get_string(profile, "client_auth", "basic");
    out.scope = get_string(profile, "scope");
    out.audience = get_string(profile, "audience");
    out.key_id = get_string(profile, "key_id");
    out.algorithm = get_string(profile, "algorithm");
    out.canonical = get_string(profile, "canonical");
    out.encoding = get_string(profile, "encoding", "hex");
    const auto headers = profile.value("headers", json::object());
    for (const auto& [header, value] : headers.items())
        out.headers.emplace_back(header, value.get<std::string>());
    return out;
}

void read_proxy(const json& http, HttpSettings& out, Problems& problems) {
    if (const auto it = http.find("proxy"); it != http.end() && it->is_object()) {
        out.proxy_url = get_string(*it, "url");
        out.proxy_user = get_string(*it, "user");
        out.proxy_secret = secret_place(*it, "secret");
        if (!out.proxy_user.empty() || !out.proxy_secret.empty())
            check_secret(out.proxy_secret, "/http/proxy", "secret", problems, Redactor::kShortest);
        if (out.proxy_user.empty() && !out.proxy_secret.empty())
            add(problems, "missing_member", "/http/proxy", "a proxy's secret needs its 'user'");
    } else if (it != http.end()) {
        out.proxy_url = it->get<std::string>();
    }
    if (const auto it = http.find("no_proxy"); it != http.end())
        out.no_proxy =
            it->is_array() ? join(it->get<std::vector<std::string>>(), ",") : it->get<std::string>();
}

}  // namespace

net::SecretPlace secret_place(const json& object, const std::string& name) {
    return {get_string(object, name + "_file"), get_string(object, name + "_credential"),
            get_string(object, name + "_env")};
}

std::string short_secret_text() {
    return "a secret of fewer than " + std::to_string(Redactor::kShortest) +
           " bytes is not taken: it could not be told apart from other text in answers and logs, and so not "
           "be kept out of them; have a longer one made";
}

void check_file(const std::string& file, const std::string& pointer, Problems& problems) {
    std::error_code ec;
    const auto status = std::filesystem::status(file, ec);
    if (file.empty() || std::filesystem::is_regular_file(status)) return;
    if (status.type() == std::filesystem::file_type::not_found) {
        add(problems, "not_found", pointer, "'" + file + "': there is no such file");
    } else if (ec) {
        add(problems, "unreadable", pointer, "'" + file + "' cannot be reached: " + ec.message());
    } else {
        add(problems, "not_a_file", pointer, "'" + file + "' is a folder or a device, not a file");
    }
}

void check_authorities(const std::string& file, const std::string& pointer, Problems& problems) {
    const auto before = problems.size();
    check_file(file, pointer, problems);
    if (file.empty() || problems.size() != before) return;
    if (const auto sound = check_certificates(file); !sound)
        add(problems, sound.error().code, pointer, "'" + file + "' " + sound.error().message);
}

void check_secret(const net::SecretPlace& place, const std::string& pointer, const std::string& name,
                  Problems& problems, std::size_t least) {
    const auto* spelling = !place.file.empty() ? "_file" : !place.env.empty() ? "_env" : "_credential";
    if (place.empty()) {
        add(problems, "no_secret", pointer,
            "give " + name + "_file, " + name + "_credential or " + name + "_env");
    } else if (place.count() > 1) {
        add(problems, "two_secrets", pointer,
            "give one of " + name + "_file, " + name + "_credential and " + name + "_env");
    } else if (const auto secret = net::read_secret(place); !secret) {
        add(problems, "secret", pointer_append(pointer, name + spelling),
            secret.error().where.empty() ? secret.error().message
                                         : "'" + secret.error().where + "': " + secret.error().message);
    } else if (secret->size() < least) {
        add(problems, "short_secret", pointer_append(pointer, name + spelling), short_secret_text());
    }
}

Problems check_by_schema(const char* member, const json& value, json& sound) {
    const auto* schema = find_embedded(embedded_config(), "schemas/source-http.schema.json");
    json kept;
    auto problems = validate_json({{member, value}}, json::parse(schema->bytes), {}, &kept);
    sound = kept.is_object() && kept.contains(member) ? kept[member] : json::object();
    return problems;
}

HttpSettings read_http_settings(const json& http, Problems& problems) {
    HttpSettings out;
    if (http.is_null()) return out;
    json s;
    for (auto& problem : check_by_schema("http", http, s)) problems.push_back(std::move(problem));
    if (!s.is_object()) return out;
    if (const auto hosts = s.value("hosts", json::array()); !hosts.empty()) {
        for (const auto& host : hosts) {
            if (host.is_string()) out.hosts.push_back(lower_ascii(host.get<std::string>()));
        }
    }
    out.allow_http = s.value("allow_http", false);
    const auto profiles = s.value("auth", json::object());
    for (const auto& [name, profile] : profiles.items()) {
        const auto pointer = pointer_append("/http/auth", name);
        if (!profile.is_object() || get_string(profile, "type").empty()) continue;
        check_shape(profile, pointer, problems);
        out.auth[name] = read_profile(name, profile);
        if (const auto& url = out.auth[name].token_url; !url.empty()) {
            if (const auto checked = net::check_url(url, out.allow_http); !checked)
                add(problems, checked.error().code, pointer + "/token_url", checked.error().message);
        }
    }
    out.ca_file = get_string(s, "ca_file");
    check_authorities(out.ca_file, "/http/ca_file", problems);
    read_proxy(s, out, problems);
    out.calls_per_second = s.value("calls_per_second", 0.0);
    out.calls_per_day = s.value("calls_per_day", std::int64_t{0});
    out.parallel = s.value("parallel", 4);
    out.timeout = std::chrono::seconds(s.value("timeout_seconds", 60));
    out.most_answer_bytes = s.value("most_answer_mb", std::size_t{32}) << 20;
    return out;
}

}  // namespace capbridge::adapters
