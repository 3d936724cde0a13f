// TLS of the HTTP edge: a certificate, its key and the authorities of client certificates, read from PEM
// files into one context that connections share. Immutable once read; thread-safe. Renewing is reading anew:
// new connections take the new context, those that are open keep theirs. TLS 1.2 with forward secrecy and
// authenticated encryption only, or 1.3 (RFC 9325, NCSC guidance); ALPN "http/1.1" (RFC 7301). OpenSSL
// underneath.
#pragma once
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "core/base/result.hpp"
#include "core/base/time.hpp"

struct ssl_ctx_st;
struct ssl_st;

namespace capbridge::server {

struct TlsSettings {
    std::string certificate;  // PEM file: the server's certificate, then those between it and its authority
    std::string key;          // PEM file, without a passphrase, not readable for everybody
    std::string client_ca;    // PEM file: who may have signed client certificates
    enum class ClientCertificates { off, optional, required } client_certificates = ClientCertificates::off;
    std::string minimum = "1.2";  // or "1.3"
    friend bool operator==(const TlsSettings&, const TlsSettings&) = default;
};

// Of what is in force.
struct TlsFacts {
    Instant from{}, until{};                 // all of the chain hold; over: no client accepts it
    std::optional<Instant> client_ca_until;  // the first of the authorities to end
    std::string sha256;                      // of the server's certificate, 64 hex digits
};

class Tls {
public:
    // Errors "tls_file", where = the member ("certificate", "key", "client_ca", "minimum") that is to be
    // mended. One that has expired is read all the same: facts() tells.
    static Result<std::shared_ptr<const Tls>> read(const TlsSettings& settings);
    ~Tls();
    Tls(const Tls&) = delete;
    Tls& operator=(const Tls&) = delete;

    [[nodiscard]] const TlsFacts& facts() const { return facts_; }
    [[nodiscard]] ssl_st* new_connection() const;  // the caller's to free; null when there is no memory

private:
    explicit Tls(ssl_ctx_st* context) : context_(context) {}
    Status load(const TlsSettings& settings);
    ssl_ctx_st* context_;
    TlsFacts facts_;
};

// What new connections begin with; it may be replaced at any time. Thread-safe.
class CurrentTls {
public:
    [[nodiscard]] std::shared_ptr<const Tls> get() const {
        const std::lock_guard lock(mutex_);
        return tls_;
    }
    void set(std::shared_ptr<const Tls> tls) {
        const std::lock_guard lock(mutex_);
        tls_ = std::move(tls);
    }

private:
    mutable std::mutex mutex_;
    std::shared_ptr<const Tls> tls_;
};

// SHA-256 (64 hex digits) of the certificate in a PEM or DER text: what a credential is bound to. Error
// "bad_parameter".
Result<std::string> certificate_fingerprint(const std::string& text);

// Of the connection's other end once the handshake is done; "" when it showed none.
std::string peer_fingerprint(const ssl_st* connection);
// Why the peer's certificate did not hold, for a log; "" when that was not it.
std::string peer_refusal(const ssl_st* connection);

}  // namespace capbridge::server
