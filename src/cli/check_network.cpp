// What a check tries of the network: whether the listen address can be bound and, asked to, whether other
// systems answer.
#include <netdb.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/ip/address.hpp>
#include <cerrno>
#include <cstring>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "cli/check_tries.hpp"
#include "core/base/descriptor.hpp"
#include "core/base/files.hpp"
#include "core/base/text.hpp"
#include "core/engine/forward/settings.hpp"
#include "core/net/http_client.hpp"
#include "core/net/syslog.hpp"

namespace capbridge::cli {
namespace {

namespace ip = boost::asio::ip;
using Severity = Problem::Severity;

// The address that a daemon on the data directory says that it listens at, as "http://HOST:PORT".
std::optional<Address> told_address(const Checked& checked) {
    const auto text = read_file(checked.configuration.data_directory() / "address", 4096);
    if (!text) return std::nullopt;
    const auto scheme = text->find("://");
    const auto address = parse_listen(trim(scheme == std::string::npos ? *text : text->substr(scheme + 3)));
    if (!address) return std::nullopt;
    return *address;
}

enum class Daemon { runs, is_not_there, cannot_be_seen };

// Whether one works on the data directory: asked of its socket, for the address file outlives a kill.
Daemon daemon_of(const Checked& checked) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const auto path = (checked.configuration.data_directory() / "admin.sock").native();
    if (path.size() >= sizeof address.sun_path) return Daemon::cannot_be_seen;
    path.copy(address.sun_path, path.size());
    const Descriptor fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
        return Daemon::runs;
    return errno == EACCES || errno == EPERM ? Daemon::cannot_be_seen : Daemon::is_not_there;
}

// 0, or the errno of what could not be done.
int bind_once(const addrinfo& address) {
    const int fd = ::socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return errno;
    const int one = 1;
    static_cast<void>(::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one));
    const int why = ::bind(fd, address.ai_addr, address.ai_addrlen) == 0 && ::listen(fd, 1) == 0 ? 0 : errno;
    ::close(fd);
    return why;
}

// One way to write each: 127.0.0.1 is ::ffff:127.0.0.1 too.
ip::address plain(const std::string& host) {
    boost::system::error_code ec;
    const auto out = ip::make_address(host, ec);
    if (out.is_v6() && out.to_v6().is_v4_mapped()) return ip::make_address_v4(ip::v4_mapped, out.to_v6());
    return out;
}

// Who has the address that cannot be bound: the daemon itself, another program, or one cannot say.
void told_in_use(const Checked& checked, const std::string& listen, const Address& wanted, Tries& tries) {
    const auto daemon = daemon_of(checked);
    if (daemon == Daemon::cannot_be_seen)
        return tries.not_tried.push_back(
            listen +
            ": something listens there, and this user may not see whether it is the daemon; run "
            "this as the daemon's user");
    const auto address = daemon == Daemon::runs ? told_address(checked) : std::nullopt;
    if (address && address->port == wanted.port) {
        const auto here = plain(wanted.host), there = plain(address->host);
        if (here == there)
            return tries.facts.push_back(listen + ": is bound by the daemon that runs on the data directory");
        if (here.is_unspecified() || there.is_unspecified())
            return tries.not_tried.push_back(listen + ": the daemon that runs listens on '" + address->host +
                                             "', which is in the way of trying this one");
    }
    tries.add(checked, checked.document.contains("listen") ? Severity::error : Severity::warning,
              "address_in_use", "/listen", "another program listens on '" + listen + "'");
}

void told(const Checked& checked, const std::string& listen, const Address& wanted, int why, Tries& tries) {
    const auto add = [&](Severity severity, const char* code, const std::string& message) {
        tries.add(checked, severity, code, "/listen", message);
    };
    if (why == 0) return tries.facts.push_back(listen + ": can be bound");
    if (why == EADDRINUSE) return told_in_use(checked, listen, wanted, tries);
    if (why == EADDRNOTAVAIL)
        return add(Severity::error, "address_not_here", "'" + listen + "' is no address of this machine");
    if (why == EACCES)
        return add(Severity::warning, "privileged_port",
                   "'" + listen + "' is a port that only root and services with a capability may bind");
    const auto host = plain(wanted.host);
    const bool no_zone = host.is_v6() && host.to_v6().is_link_local() && host.to_v6().scope_id() == 0;
    add(Severity::error, "address_not_here",
        "'" + listen + "' cannot be bound: " +
            (no_zone ? "a link-local address needs its interface, as in [fe80::1%eth0]:8480"
                     : std::strerror(why)));
}

net::HttpRequest blank(const std::string& method, const std::string& url) {
    net::HttpRequest out;
    out.method = method;
    out.url = url;
    out.timeout = std::chrono::seconds{10};
    out.most_answer_bytes = 1u << 20;
    return out;
}

void try_target(const Checked& checked, net::HttpClient& http, std::size_t index, Tries& tries) {
    const auto& target = checked.configuration.forward[index];
    const auto settings =
        engine::read_target(get_string(target, "kind"), target.value("settings", json::object()));
    if (!settings) return;
    const bool lrs = settings->kind == engine::TargetSettings::Kind::lrs;
    // Neither needs a credential nor leaves a trace over there.
    auto request = blank(lrs ? "GET" : "OPTIONS", settings->url + (lrs ? "/about" : ""));
    request.allow_http = settings->allow_http;
    request.ca_file = settings->ca_file;
    const auto what = "forwarding target " + get_string(target, "name");
    const auto pointer = "/forward/" + std::to_string(index) + "/settings/url";
    const auto answer = http.send(request);
    if (!answer)
        return tries.add(checked, Severity::error, answer.error().code, pointer,
                         what + ": " + answer.error().message);
    if (lrs && answer->status != 200)
        return tries.add(checked, Severity::warning, "unexpected_answer", pointer,
                         what + ": its /about answers " + std::to_string(answer->status) +
                             "; is this the endpoint of an LRS?");
    tries.facts.push_back(what + ": answers");
}

void try_issuer(const Checked& checked, net::HttpClient& http, std::size_t index, Tries& tries) {
    const auto& issuer = checked.configuration.token_issuers[index].issuer;
    if (!issuer.starts_with("https://"))
        return tries.not_tried.push_back("token issuer " + issuer + ": it is no https address");
    const auto url = issuer + (issuer.ends_with('/') ? "" : "/") + ".well-known/openid-configuration";
    const auto answer = http.send(blank("GET", url));
    const std::string what = "token issuer " + issuer + ": ";
    if (!answer)
        return tries.facts.push_back(what + "does not answer here (" + answer.error().message +
                                     "); the daemon never asks it, for its keys are in a file");
    tries.facts.push_back(what + "answers (" + std::to_string(answer->status) + ")");
}

void try_log_server(const Checked& checked, Tries& tries) {
    const auto& syslog = checked.configuration.log.syslog;
    if (!syslog) return;
    const auto what = "syslog server " + syslog->target.host + ":" + std::to_string(syslog->target.port);
    const auto tried = net::try_syslog(syslog->target);
    if (tried) return tries.facts.push_back(what + ": takes a connection");
    tries.add(checked, Severity::error, tried.error().code, "/log/syslog/host",
              what + ": " + tried.error().message);
}

}  // namespace

void try_listen(const Checked& checked, Tries& tries) {
    if (checked.configuration.listen.empty() && checked.document.contains("listen")) return;  // told too
    const std::string listen =
        checked.configuration.listen.empty() ? "127.0.0.1:8480" : checked.configuration.listen;
    const auto address = parse_listen(listen);
    if (!address) return;  // told by the check of the file
    if (!plain(address->host).is_loopback() && !checked.document.contains("tls"))
        tries.add(checked, Severity::warning, "listens_to_all", "/listen",
                  "other machines can connect to '" + listen + "', and it speaks plain HTTP");
    if (address->port == 0) return tries.facts.push_back(listen + ": any free port");
    addrinfo wanted{};
    wanted.ai_socktype = SOCK_STREAM;
    wanted.ai_flags = AI_PASSIVE | AI_NUMERICHOST;
    addrinfo* list = nullptr;
    const auto port = std::to_string(address->port);
    if (::getaddrinfo(address->host.c_str(), port.c_str(), &wanted, &list) != 0 || list == nullptr)
        return tries.add(checked, Severity::error, "address_not_here", "/listen",
                         "'" + address->host + "' is no address of this machine");
    const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owned(list, ::freeaddrinfo);
    told(checked, listen, *address, bind_once(*list), tries);
}

void try_online(const Checked& checked, Tries& tries) {
    const auto http = net::make_http_client();
    for (std::size_t i = 0; i < checked.configuration.forward.size(); ++i)
        try_target(checked, *http, i, tries);
    for (std::size_t i = 0; i < checked.configuration.token_issuers.size(); ++i)
        try_issuer(checked, *http, i, tries);
    try_log_server(checked, tries);
}

}  // namespace capbridge::cli
