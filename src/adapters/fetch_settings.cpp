#include <nlohmann/json.hpp>

#include "adapters/fetch.hpp"
#include "adapters/http/settings.hpp"
#include "core/net/url.hpp"

namespace capbridge::adapters {
namespace {

void add(Problems& problems, std::string code, std::string pointer, std::string message) {
    problems.push_back(
        {Problem::Severity::error, std::move(code), std::move(pointer), std::move(message), 0, {}});
}

// Of any kind that SSH has: OpenSSH's own, and PEM. It may have a passphrase.
void check_key(const std::string& file, Problems& problems) {
    const auto before = problems.size();
    check_file(file, "/fetch/key_file", problems);
    if (file.empty() || problems.size() != before) return;
    const auto key = net::read_secret({file, {}, {}});
    if (!key) return add(problems, "secret", "/fetch/key_file", key.error().message);
    if (key->find("-----BEGIN ") == std::string::npos || key->find("PRIVATE KEY-----") == std::string::npos)
        add(problems, "bad_pem", "/fetch/key_file",
            "'" + file + "' has no private key (a text that begins with -----BEGIN ... PRIVATE KEY-----)");
}

}  // namespace

FetchSettings read_fetch_settings(const json& fetch, Problems& problems) {
    FetchSettings out;
    json s;
    for (auto& problem : check_by_schema("fetch", fetch, s)) problems.push_back(std::move(problem));
    if (!s.is_object()) return out;
    auto& server = out.server;
    server.url = get_string(s, "url");
    server.explicit_tls = s.value("explicit_tls", false);
    server.user = get_string(s, "user");
    server.key_file = get_string(s, "key_file");
    server.known_hosts = get_string(s, "known_hosts");
    server.host_key_sha256 = get_string(s, "host_key_sha256");
    server.ca_file = get_string(s, "ca_file");
    server.timeout = std::chrono::seconds(s.value("timeout_seconds", 600));
    out.secret = secret_place(s, "secret");
    out.pattern = get_string(s, "pattern");
    out.delete_after = s.value("delete_after", false);
    out.most_file_bytes = s.value("most_file_mb", std::uint64_t{1024}) << 20;
    if (server.host_key_sha256.starts_with("SHA256:")) server.host_key_sha256.erase(0, 7);
    if (server.host_key_sha256.ends_with('=')) server.host_key_sha256.pop_back();

    const auto url = net::read_url(server.url);
    if (!server.url.empty() && !url) add(problems, "bad_url", "/fetch/url", "this is no address");
    const bool sftp = url && url->scheme == "sftp";
    if (url && (url->has_user || !url->query.empty() || url->has_fragment))
        add(problems, "bad_url", "/fetch/url", "a folder's address has no user, query or fragment");
    if (sftp && server.known_hosts.empty() && server.host_key_sha256.empty())
        add(problems, "no_host_key", "/fetch",
            "say by what the server is known: known_hosts or host_key_sha256 (ssh-keygen -l shows it)");
    for (const auto* member : {"key_file", "known_hosts", "host_key_sha256"}) {
        if (url && !sftp && s.contains(member))
            add(problems, "unknown_member", "/fetch/" + std::string(member), "this is for sftp only");
    }
    for (const auto* member : {"ca_file", "explicit_tls"}) {
        if (sftp && s.contains(member))
            add(problems, "unknown_member", "/fetch/" + std::string(member), "this is for ftps only");
    }
    check_file(server.known_hosts, "/fetch/known_hosts", problems);
    check_authorities(server.ca_file, "/fetch/ca_file", problems);
    if (server.key_file.empty() || !out.secret.empty())
        check_secret(out.secret, "/fetch", "secret", problems);
    check_key(server.key_file, problems);
    return out;
}

}  // namespace capbridge::adapters
