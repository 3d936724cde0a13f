// What the member `http` of a source says (config/schemas/source-http.schema.json): hosts, auth profiles,
// budget and the way out. Reading it opens no file; secrets are read when they are used. Any thread.
#pragma once
#include <chrono>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/base/json.hpp"
#include "core/base/problem.hpp"
#include "core/net/http_client.hpp"
#include "core/net/secret.hpp"

namespace capbridge::adapters {

struct AuthSettings {
    std::string name, type;
    std::vector<std::string> hosts;  // only these are signed for; empty: all allowed hosts
    std::string user;
    net::SecretPlace secret, refresh_token, key;
    std::string header, prefix, parameter;                           // bearer, form_token, hmac
    std::string token_url, client_id, client_auth, scope, audience;  // OAuth 2
    std::string key_id, algorithm;
    std::string canonical, encoding;  // hmac
    std::vector<std::pair<std::string, std::string>> headers;
    [[nodiscard]] bool has_token_service() const { return !token_url.empty(); }
};

struct HttpSettings {
    std::vector<std::string> hosts;
    std::map<std::string, AuthSettings> auth;
    std::string ca_file;
    std::string proxy_url, proxy_user, no_proxy;
    net::SecretPlace proxy_secret;
    double calls_per_second = 0;     // 0: no limit
    std::int64_t calls_per_day = 0;  // 0: no limit
    int parallel = 4;
    std::chrono::milliseconds timeout{60'000};  // one try of a request
    std::size_t most_answer_bytes = 32u << 20;
    bool allow_http = false;
};

// Problems go to `problems`, with pointers /http/...; what is read is of use only when there are none.
HttpSettings read_http_settings(const json& http, Problems& problems);

// The members <name>_file, <name>_credential and <name>_env of an object.
net::SecretPlace secret_place(const json& object, const std::string& name);
// Told apart: a file that is not there, one that is out of reach, and a folder in its place. "" is no file.
void check_file(const std::string& file, const std::string& pointer, Problems& problems);
// The same, and whether it has certificates.
void check_authorities(const std::string& file, const std::string& pointer, Problems& problems);
// Problems of one secret: "no_secret", "two_secrets", "short_secret" (fewer than `least` bytes) and those of
// reading it ("secret").
void check_secret(const net::SecretPlace& place, const std::string& pointer, const std::string& name,
                  Problems& problems, std::size_t least = 0);
// Why one of this length is not taken for requests of adapters.
std::string short_secret_text();

// What is wrong with the one member ("http" or "fetch") by the schema; `sound` receives what keeps to it.
Problems check_by_schema(const char* member, const json& value, json& sound);

}  // namespace capbridge::adapters
