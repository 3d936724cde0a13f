#include "core/net/http_client.hpp"

#include <curl/curl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstdlib>
#include <mutex>

#include "core/base/log_context.hpp"
#include "core/base/text.hpp"
#include "core/net/address.hpp"

namespace capbridge::net {
namespace {

constexpr std::size_t most_header_bytes = 256u << 10;
constexpr std::chrono::milliseconds connect_timeout{10'000};
constexpr int look_up_ms = 100;  // how soon a request that is given up ends

bool has_control(std::string_view text) {
    return std::any_of(text.begin(), text.end(),
                       [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

bool is_token(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
    });
}

Status check_request(const HttpRequest& request) {
    CAPBRIDGE_TRY(check_url(request.url, request.allow_http));
    if (!is_token(request.method)) return fail("bad_request", "the method is no HTTP token");
    for (const auto& [name, value] : request.headers) {
        if (!is_token(name)) return fail("bad_request", "a header's name is no HTTP token");
        if (has_control(value)) return fail("bad_request", "the header " + name + " has a control character");
    }
    for (const auto& [user, secret] :
         {std::pair(&request.user, &request.secret), std::pair(&request.proxy.user, &request.proxy.secret)}) {
        if (has_control(*user) || has_control(*secret) || user->find(':') != std::string::npos)
            return fail("bad_request", "the user or secret has a character that Basic cannot carry");
    }
    return {};
}

using Steady = std::chrono::steady_clock;

// What curl's callbacks write into.
struct Receiving {
    const HttpRequest& request;
    Steady::time_point until;
    HttpAnswer answer{};
    std::size_t header_bytes = 0;
    bool too_large = false, cancelled = false, late = false;
    bool url_is_address = false;
    std::string forbidden{};  // the address that was not connected to
};

// Where the way out may lead: the proxy of the request, else those of the environment.
std::vector<std::string> proxy_authorities(const Proxy& proxy) {
    if (!proxy.url.empty()) return {proxy_authority(proxy.url)};
    return {environment_proxy(true), environment_proxy(false)};
}

// A name server says where a name leads, and need not be a friend.
curl_socket_t open_socket(void* to, curlsocktype, curl_sockaddr* address) {
    auto& receiving = *static_cast<Receiving*>(to);
    const auto& named = receiving.request.named_addresses;
    if (named && !receiving.url_is_address && kind_of(address->addr) != AddressKind::ordinary &&
        !is_named(address->addr, *named) &&
        !is_named(address->addr, proxy_authorities(receiving.request.proxy))) {
        receiving.forbidden = text_of(address->addr);
        return CURL_SOCKET_BAD;
    }
    return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

std::size_t take_body(char* bytes, std::size_t size, std::size_t count, void* to) {
    auto& receiving = *static_cast<Receiving*>(to);
    if (receiving.answer.body.size() + size * count > receiving.request.most_answer_bytes) {
        receiving.too_large = true;
        return 0;
    }
    if (receiving.request.may_keep) {
        const auto began = Steady::now();
        receiving.cancelled = !receiving.request.may_keep(size * count);
        receiving.until += Steady::now() - began;
        if (receiving.cancelled) return 0;
    }
    receiving.answer.body.append(bytes, size * count);
    return size * count;
}

std::size_t take_header(char* bytes, std::size_t size, std::size_t count, void* to) {
    auto& receiving = *static_cast<Receiving*>(to);
    const std::string_view line(bytes, size * count);
    receiving.header_bytes += line.size();
    if (receiving.header_bytes > most_header_bytes) {
        receiving.too_large = true;
        return 0;
    }
    // An interim answer (100) has a status line and headers of its own.
    if (line.starts_with("HTTP/")) receiving.answer.headers.clear();
    if (const auto colon = line.find(':'); colon != std::string_view::npos) {
        receiving.answer.headers.emplace_back(lower_ascii(line.substr(0, colon)),
                                              trim(line.substr(colon + 1)));
    }
    return line.size();
}

const char* what_a_proxy_wants(long status) {
    if (status == 407) return ": it wants another user or password (proxy.user, proxy.secret_file)";
    if (status == 403)
        return ": its rules do not let this host and port out (capbridge check --egress lists them)";
    return status >= 500 ? ": it cannot reach the host" : "";
}

Error error_of(CURLcode code, long proxy_status, const Receiving& receiving) {
    if (receiving.cancelled) return {"cancelled", "the request was given up", {}, 0};
    if (receiving.too_large) return {"too_large", "the answer is larger than is taken", {}, 0};
    if (receiving.late) return {"timeout", "no answer within the time limit", {}, 0};
    if (!receiving.forbidden.empty() && code == CURLE_COULDNT_CONNECT)
        return {"address",
                "its name leads to " + receiving.forbidden +
                    ", an address of this machine or its link, which the configuration does not name",
                {},
                0};
    if (proxy_status >= 400)
        return {"proxy",
                "the proxy does not connect: it answered " + std::to_string(proxy_status) +
                    what_a_proxy_wants(proxy_status),
                {},
                0};
    const std::string why = curl_easy_strerror(code);
    switch (code) {
        case CURLE_OPERATION_TIMEDOUT:
            return {"timeout", "no answer within the time limit", {}, 0};
        case CURLE_PEER_FAILED_VERIFICATION:
        case CURLE_SSL_CACERT_BADFILE:
        case CURLE_SSL_CONNECT_ERROR:
        case CURLE_SSL_ISSUER_ERROR:
        case CURLE_SSL_CERTPROBLEM:
        case CURLE_SSL_CIPHER:
        case CURLE_SSL_INVALIDCERTSTATUS:
        case CURLE_SSL_ENGINE_INITFAILED:
        case CURLE_SSL_CRL_BADFILE:
            return {
                "tls",
                "no trusted connection: " + why +
                    (code == CURLE_PEER_FAILED_VERIFICATION ? "; if its certificate is of the trust's own "
                                                              "authority, name that one's file: ca_file"
                                                            : ""),
                {},
                0};
        case CURLE_WEIRD_SERVER_REPLY:
        case CURLE_UNSUPPORTED_PROTOCOL:  // HTTP/0.9: anything at all that begins with no status line
        case CURLE_SEND_ERROR:
        case CURLE_RECV_ERROR:
        case CURLE_GOT_NOTHING:
        case CURLE_PARTIAL_FILE:
        case CURLE_HTTP2:
        case CURLE_HTTP2_STREAM:
        case CURLE_BAD_CONTENT_ENCODING:
            return {"http", "what came is no whole HTTP answer: " + why, {}, 0};
        default:
            return {"unreachable", "no connection: " + why, {}, 0};
    }
}

class CurlClient final : public HttpClient {
public:
    CurlClient() {
        static std::once_flag once;
        std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
        handle_.reset(curl_easy_init());
        connections_.reset(curl_multi_init());
    }

    Result<HttpAnswer> send(const HttpRequest& request) override {
        CAPBRIDGE_TRY(check_request(request));
        if (!handle_ || !connections_) return fail("unreachable", "no HTTP client could be made");
        auto url = request.url;
        const auto until = Steady::now() + request.timeout;
        for (int redirects = 0;; ++redirects) {
            const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Steady::now());
            if (left <= left.zero()) return fail("timeout", "no answer within the time limit");
            CAPBRIDGE_LET(auto answer, send_once(request, url, left));
            if (redirects >= request.most_redirects || !may_follow(request, url, answer)) return answer;
            url = answer.redirect;
        }
    }

private:
    // May the same request be sent again to where the answer points? Secrets never leave for another origin.
    static bool may_follow(const HttpRequest& request, const std::string& url, const HttpAnswer& answer) {
        const bool reads = request.method == "GET" || request.method == "HEAD";
        const bool same_request = answer.status == 307 || answer.status == 308;
        const bool moved = answer.status == 301 || answer.status == 302 || answer.status == 303;
        if (answer.redirect.empty() || (!same_request && !(moved && reads))) return false;
        const auto from = read_url(url);
        const auto to = read_url(answer.redirect);
        return from && to && !to->has_user && from->same_origin(*to);
    }

    // As curl_easy_perform, which would see a request that is given up only once a second, and would count
    // the time in which may_keep() waits.
    CURLcode perform(Receiving& receiving) {
        CURLM* multi = connections_.get();
        if (curl_multi_add_handle(multi, handle_.get()) != CURLM_OK) return CURLE_FAILED_INIT;
        auto result = CURLE_ABORTED_BY_CALLBACK;
        for (int running = 1;;) {
            if (curl_multi_perform(multi, &running) != CURLM_OK) {
                result = CURLE_FAILED_INIT;
                break;
            }
            if (running == 0) {
                int left = 0;
                while (const CURLMsg* message = curl_multi_info_read(multi, &left)) {
                    if (message->msg == CURLMSG_DONE) result = message->data.result;
                }
                break;
            }
            receiving.cancelled = receiving.request.cancel != nullptr && receiving.request.cancel->load();
            const auto left =
                std::chrono::ceil<std::chrono::milliseconds>(receiving.until - Steady::now()).count();
            receiving.late = left <= 0;
            if (receiving.cancelled || receiving.late) break;
            curl_multi_poll(multi, nullptr, 0, static_cast<int>(std::min<std::int64_t>(left, look_up_ms)),
                            nullptr);
        }
        curl_multi_remove_handle(multi, handle_.get());
        return result;
    }

    void set_proxy(const HttpRequest& request, const std::string& url) {
        const auto set = [&](CURLoption option, auto value) {
            curl_easy_setopt(handle_.get(), option, value);
        };
        const auto& proxy = request.proxy;
        // A proxy is for the way out, not for this machine itself.
        if (const auto address = read_url(url); address && address->is_loopback()) {
            set(CURLOPT_PROXY, "");
            return;
        }
        if (!proxy.url.empty()) set(CURLOPT_PROXY, proxy.url.c_str());
        if (!proxy.url.empty() || !proxy.no_proxy.empty()) set(CURLOPT_NOPROXY, proxy.no_proxy.c_str());
        set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
        if (proxy.user.empty()) return;
        set(CURLOPT_PROXYAUTH, static_cast<long>(CURLAUTH_BASIC));
        set(CURLOPT_PROXYUSERNAME, proxy.user.c_str());
        set(CURLOPT_PROXYPASSWORD, proxy.secret.c_str());
    }

    Result<HttpAnswer> send_once(const HttpRequest& request, const std::string& url,
                                 std::chrono::milliseconds left) {
        CURL* curl = handle_.get();
        curl_easy_reset(curl);  // keeps the connections
        Receiving receiving{request, Steady::now() + left};
        if (const auto address = read_url(url))
            receiving.url_is_address = kind_of_host(address->host) != AddressKind::ordinary;
        const auto set = [&](CURLoption option, auto value) { curl_easy_setopt(curl, option, value); };
        set(CURLOPT_URL, url.c_str());
        set(CURLOPT_PROTOCOLS_STR, "http,https");
        set(CURLOPT_NOSIGNAL, 1L);
        set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(std::min(left, connect_timeout).count()));
        set(CURLOPT_SSL_VERIFYPEER, 1L);
        set(CURLOPT_SSL_VERIFYHOST, 2L);
        set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
        if (!request.ca_file.empty()) {
            set(CURLOPT_CAINFO, request.ca_file.c_str());
            set(CURLOPT_CAPATH, static_cast<char*>(nullptr));
        }
        // Giving up does not wait for a name server.
        set(CURLOPT_QUICK_EXIT, 1L);
        set_proxy(request, url);
        set(CURLOPT_OPENSOCKETFUNCTION, &open_socket);
        set(CURLOPT_OPENSOCKETDATA, static_cast<void*>(&receiving));
        set(CURLOPT_FRESH_CONNECT, request.once ? 1L : 0L);
        set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
        if (request.method == "HEAD") {
            set(CURLOPT_NOBODY, 1L);
        } else if (!request.body.empty() || (request.method != "GET" && request.method != "DELETE")) {
            set(CURLOPT_POST, 1L);
            set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
            set(CURLOPT_POSTFIELDS, request.body.data());
        }
        if (!request.user.empty()) {
            set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
            set(CURLOPT_USERNAME, request.user.c_str());
            set(CURLOPT_PASSWORD, request.secret.c_str());
        }
        curl_slist* lines = nullptr;
        // curl would wait a second for a 100 before a large body, and name a form as the content's type.
        lines = curl_slist_append(lines, "Expect:");
        lines = curl_slist_append(lines, "Content-Type:");
        for (const auto& [name, value] : request.headers) {
            const auto line = value.empty() ? name + ";" : name + ": " + value;
            lines = curl_slist_append(lines, line.c_str());
        }
        // Whoever reads the logs of both sides finds what belongs together; the id says nothing of anybody.
        if (const auto& trace = log::context().trace)
            lines = curl_slist_append(lines, ("traceparent: " + log::traceparent(*trace)).c_str());
        using Lines = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;
        const Lines held(lines, &curl_slist_free_all);
        set(CURLOPT_HTTPHEADER, lines);
        curl_slist* names = nullptr;
        for (const auto& name : request.resolve) names = curl_slist_append(names, name.c_str());
        const Lines held_names(names, &curl_slist_free_all);
        set(CURLOPT_RESOLVE, names);
        set(CURLOPT_WRITEFUNCTION, &take_body);
        set(CURLOPT_WRITEDATA, static_cast<void*>(&receiving));
        set(CURLOPT_HEADERFUNCTION, &take_header);
        set(CURLOPT_HEADERDATA, static_cast<void*>(&receiving));

        if (const auto code = perform(receiving); code != CURLE_OK) {
            long proxy_status = 0;
            curl_easy_getinfo(curl, CURLINFO_HTTP_CONNECTCODE, &proxy_status);
            return fail(error_of(code, proxy_status, receiving));
        }
        long status = 0;
        char* target = nullptr;
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
        curl_easy_getinfo(curl, CURLINFO_REDIRECT_URL, &target);
        receiving.answer.status = static_cast<int>(status);
        if (target != nullptr) receiving.answer.redirect = target;
        return std::move(receiving.answer);
    }

    std::unique_ptr<CURLM, decltype(&curl_multi_cleanup)> connections_{nullptr, &curl_multi_cleanup};
    std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> handle_{nullptr, &curl_easy_cleanup};
};

}  // namespace

std::string HttpAnswer::header(std::string_view lower_name) const {
    for (const auto& [name, value] : headers) {
        if (name == lower_name) return value;
    }
    return {};
}

std::unique_ptr<HttpClient> make_http_client() {
    return std::make_unique<CurlClient>();
}

std::string proxy_authority(const std::string& address) {
    const auto mark = address.find("://");
    const auto scheme = mark == std::string::npos ? "" : lower_ascii(address.substr(0, mark));
    auto rest = mark == std::string::npos ? address : address.substr(mark + 3);
    rest.resize(std::min(rest.find_first_of("/?#"), rest.size()));
    rest.erase(0, rest.rfind('@') + 1);
    const auto url = read_url("http://" + rest);  // a SOCKS proxy's is no address that a request may have
    if (!url) return {};
    const auto colon = rest.rfind(':');
    const bool has_port = colon != std::string::npos && colon + 1 < rest.size() && !rest.ends_with(']');
    return has_port ? url->authority() : url->host + (scheme == "https" ? ":443" : ":1080");
}

std::string environment_proxy(bool https) {
    // libcurl's order. HTTP_PROXY in capitals is not asked: in a CGI program a client's header sets it.
    for (const auto* name : {https ? "https_proxy" : "http_proxy", https ? "HTTPS_PROXY" : "http_proxy",
                             "all_proxy", "ALL_PROXY"}) {
        if (const char* value = std::getenv(name); value != nullptr && *value != '\0')
            return proxy_authority(value);
    }
    return {};
}

}  // namespace capbridge::net
