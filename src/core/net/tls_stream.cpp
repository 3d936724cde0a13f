#include "core/net/tls_stream.hpp"

#include <curl/curl.h>
#include <linux/sockios.h>
#include <poll.h>
#include <sys/ioctl.h>

#include <mutex>
#include <thread>

namespace capbridge::net {
namespace {

using Steady = std::chrono::steady_clock;

constexpr std::chrono::milliseconds verdict{1'000};  // so long to hear whether the other side takes us

Error error_of(CURLcode code, const char* words) {
    const std::string why = *words != '\0' ? words : curl_easy_strerror(code);
    switch (code) {
        case CURLE_OPERATION_TIMEDOUT:
            return {"timeout", "no connection within the time limit", {}, 0};
        case CURLE_PEER_FAILED_VERIFICATION:
        case CURLE_SSL_CACERT_BADFILE:
        case CURLE_SSL_CONNECT_ERROR:
        case CURLE_SSL_ISSUER_ERROR:
        case CURLE_SSL_CERTPROBLEM:
        case CURLE_SSL_CIPHER:
        case CURLE_SSL_ENGINE_INITFAILED:
            return {"tls", "no trusted connection: " + why, {}, 0};
        default:
            return {"unreachable", "no connection: " + why, {}, 0};
    }
}

int milliseconds_until(Steady::time_point until) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Steady::now()).count();
    return left < 0 ? 0 : static_cast<int>(left);
}

class CurlStream final : public TlsStream {
public:
    Status open(const TlsAddress& to, std::chrono::milliseconds timeout) {
        static std::once_flag once;
        std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
        handle_.reset(curl_easy_init());
        if (!handle_) return fail("unreachable", "no TLS connection could be made");
        const bool is_v6 = to.host.find(':') != std::string::npos;
        const auto url =
            "https://" + (is_v6 ? "[" + to.host + "]" : to.host) + ":" + std::to_string(to.port) + "/";
        const auto set = [this](CURLoption option, auto value) {
            curl_easy_setopt(handle_.get(), option, value);
        };
        set(CURLOPT_ERRORBUFFER, static_cast<char*>(words_));
        set(CURLOPT_URL, url.c_str());
        set(CURLOPT_PROTOCOLS_STR, "https");
        set(CURLOPT_CONNECT_ONLY, 1L);
        set(CURLOPT_SSL_ENABLE_ALPN, 0L);  // what follows is no HTTP
        set(CURLOPT_NOSIGNAL, 1L);
        set(CURLOPT_PROXY, "");
        set(CURLOPT_TIMEOUT_MS, static_cast<long>(timeout.count()));
        set(CURLOPT_SSL_VERIFYPEER, 1L);
        set(CURLOPT_SSL_VERIFYHOST, 2L);
        set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
        set(CURLOPT_TCP_KEEPALIVE, 1L);
        if (!to.ca_file.empty()) {
            set(CURLOPT_CAINFO, to.ca_file.c_str());
            set(CURLOPT_CAPATH, static_cast<char*>(nullptr));
        }
        if (!to.certificate_file.empty()) {
            set(CURLOPT_SSLCERT, to.certificate_file.c_str());
            set(CURLOPT_SSLKEY, (to.key_file.empty() ? to.certificate_file : to.key_file).c_str());
        }
        const auto code = curl_easy_perform(handle_.get());
        if (code != CURLE_OK) return fail(error_of(code, words_));
        curl_easy_getinfo(handle_.get(), CURLINFO_ACTIVESOCKET, &socket_);
        return hear_verdict();
    }

    Status send(std::string_view bytes, std::chrono::milliseconds timeout) override {
        const auto until = Steady::now() + timeout;
        while (!bytes.empty()) {
            std::size_t n = 0;
            const auto code = curl_easy_send(handle_.get(), bytes.data(), bytes.size(), &n);
            if (code == CURLE_OK) {
                bytes.remove_prefix(n);
            } else if (code == CURLE_AGAIN) {
                if (milliseconds_until(until) == 0)
                    return fail("timeout", "the other side takes nothing any more");
                pollfd waiting{socket_, POLLOUT, 0};
                ::poll(&waiting, 1, milliseconds_until(until));
            } else {
                return fail("closed", std::string("the connection ended: ") + curl_easy_strerror(code));
            }
        }
        return {};
    }

    Status wait_for_acknowledgement(std::chrono::milliseconds timeout) override {
        const auto until = Steady::now() + timeout;
        for (;;) {
            int unsent = 0;
            if (::ioctl(socket_, SIOCOUTQ, &unsent) != 0) return fail("closed", "the connection ended");
            if (!is_open()) return fail("closed", "the other side ended the connection");
            if (unsent == 0) return {};
            if (milliseconds_until(until) == 0) return fail("timeout", "the other side acknowledges nothing");
            std::this_thread::sleep_for(std::chrono::milliseconds{5});
        }
    }

    bool is_open() override {
        char bytes[512];
        for (;;) {
            std::size_t n = 0;
            const auto code = curl_easy_recv(handle_.get(), bytes, sizeof bytes, &n);
            if (code == CURLE_AGAIN) return true;
            if (code != CURLE_OK || n == 0) return false;
        }
    }

private:
    // With TLS 1.3 our side is done before the other one has judged our certificate, or the lack of one: its
    // first record says that it took us, its close that it did not. Some say nothing.
    Status hear_verdict() {
        pollfd waiting{socket_, POLLIN, 0};
        if (::poll(&waiting, 1, static_cast<int>(verdict.count())) == 0 || is_open()) return {};
        const std::string why = words_[0] != '\0' ? std::string(" (") + words_ + ")" : "";
        return fail("tls", "the other side ended the connection right after the handshake" + why +
                               ": does it want a client certificate that it trusts (certificate_file)?");
    }

    char words_[CURL_ERROR_SIZE] = "";  // libcurl writes into it until the handle is gone
    std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> handle_{nullptr, &curl_easy_cleanup};
    curl_socket_t socket_ = CURL_SOCKET_BAD;
};

}  // namespace

Result<std::unique_ptr<TlsStream>> TlsStream::connect(const TlsAddress& to,
                                                      std::chrono::milliseconds timeout) {
    auto stream = std::make_unique<CurlStream>();
    CAPBRIDGE_TRY(stream->open(to, timeout));
    return stream;
}

}  // namespace capbridge::net
