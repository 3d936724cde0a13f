#include "server/tls.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <ctime>

#include "core/base/files.hpp"
#include "core/base/ids.hpp"

namespace capbridge::server {
namespace {

struct Free {
    void operator()(BIO* p) const { BIO_free(p); }
    void operator()(X509* p) const { X509_free(p); }
    void operator()(EVP_PKEY* p) const { EVP_PKEY_free(p); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

constexpr std::size_t most_pem_bytes = 1u << 20;
constexpr int most_certificates = 100;

// OpenSSL keeps a queue of errors for each thread; the last one says it best.
std::string reason() {
    const auto code = ERR_peek_last_error();
    const char* text = ERR_reason_error_string(code);
    std::string out = text != nullptr ? text : "unknown reason";
    ERR_clear_error();
    return out;
}

tl::unexpected<Error> bad(const char* member, std::string message) {
    return fail("tls_file", std::move(message), member);
}

Result<std::string> pem_file(const char* member, const std::string& path) {
    if (path.empty()) return bad(member, "names no file");
    auto text = read_file(path, most_pem_bytes);
    if (!text) return bad(member, "'" + path + "' " + text.error().message);
    return std::move(*text);
}

Owned<BIO> reading(const std::string& text) {
    return Owned<BIO>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// A key with a passphrase would make OpenSSL ask at the terminal.
int no_passphrase(char*, int, int, void*) {
    return -1;
}

Result<std::vector<Owned<X509>>> certificates(const char* member, const std::string& path) {
    CAPBRIDGE_LET(const auto text, pem_file(member, path));
    const auto bio = reading(text);
    std::vector<Owned<X509>> out;
    ERR_clear_error();
    while (auto* one = PEM_read_bio_X509(bio.get(), nullptr, no_passphrase, nullptr)) {
        out.emplace_back(one);
        if (out.size() > most_certificates)
            return bad(member,
                       "'" + path + "' has more than " + std::to_string(most_certificates) + " certificates");
    }
    const bool at_the_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    if (!at_the_end && !out.empty())
        return bad(member, "'" + path + "' has a damaged certificate: " + reason());
    ERR_clear_error();
    if (out.empty())
        return bad(
            member,
            "'" + path + "' has no PEM certificate (a text that begins with -----BEGIN CERTIFICATE-----)");
    return out;
}

Result<Owned<EVP_PKEY>> private_key(const std::string& path) {
    CAPBRIDGE_LET(const auto text, pem_file("key", path));
    struct stat about {};
    if (::stat(path.c_str(), &about) == 0 && (about.st_mode & S_IRWXO) != 0)
        return bad("key", "'" + path + "' can be read by everybody on this machine: chmod o= it");
    const auto bio = reading(text);
    ERR_clear_error();
    Owned<EVP_PKEY> key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr));
    if (key) return key;
    if (text.find("ENCRYPTED") != std::string::npos)
        return bad("key", "'" + path +
                              "' has a passphrase, and nobody is there to type it: take it off with "
                              "'openssl pkey -in FILE -out NEW' and keep the file to the daemon's user");
    return bad("key", "'" + path + "' has no PEM private key: " + reason());
}

Instant instant_of(const ASN1_TIME* time) {
    std::tm parts{};
    if (ASN1_TIME_to_tm(time, &parts) != 1) return {};
    return from_unix_ms(std::int64_t{timegm(&parts)} * 1000);
}

std::string fingerprint(const X509* certificate) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    if (X509_digest(certificate, EVP_sha256(), digest.data(), &size) != 1) return {};
    return to_hex({reinterpret_cast<const char*>(digest.data()), size});
}

// A client that speaks something else only (h2) is told so by an alert.
int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* offered,
                    unsigned offered_size, void*) {
    static constexpr unsigned char ours[] = "\x08http/1.1";
    unsigned char* chosen = nullptr;
    if (SSL_select_next_proto(&chosen, out_size, ours, sizeof ours - 1, offered, offered_size) !=
        OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

}  // namespace

Result<std::shared_ptr<const Tls>> Tls::read(const TlsSettings& settings) {
    auto* context = SSL_CTX_new(TLS_server_method());
    if (context == nullptr) return fail("tls", "OpenSSL cannot begin: " + reason());
    std::shared_ptr<Tls> tls(new Tls(context));
    CAPBRIDGE_TRY(tls->load(settings));
    return std::shared_ptr<const Tls>(std::move(tls));
}

Tls::~Tls() {
    SSL_CTX_free(context_);
}

Status Tls::load(const TlsSettings& settings) {
    if (settings.minimum != "1.2" && settings.minimum != "1.3")
        return bad("minimum",
                   "'" + settings.minimum + "' is neither 1.2 nor 1.3: older versions are not secure");
    SSL_CTX_set_min_proto_version(context_, settings.minimum == "1.3" ? TLS1_3_VERSION : TLS1_2_VERSION);
    SSL_CTX_set_cipher_list(context_, "ECDHE+AESGCM:ECDHE+CHACHA20:!aNULL:!eNULL");
    SSL_CTX_set_options(context_, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                      SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
    SSL_CTX_set_mode(context_, SSL_MODE_RELEASE_BUFFERS);  // idle connections keep no buffers
    SSL_CTX_set_alpn_select_cb(context_, choose_protocol, nullptr);

    CAPBRIDGE_LET(auto chain, certificates("certificate", settings.certificate));
    CAPBRIDGE_LET(const auto key, private_key(settings.key));
    ERR_clear_error();
    if (SSL_CTX_use_certificate(context_, chain.front().get()) != 1)
        return bad("certificate", "'" + settings.certificate + "' cannot be used: " + reason());
    if (X509_check_private_key(chain.front().get(), key.get()) != 1) {
        ERR_clear_error();
        return bad(
            "key",
            "'" + settings.key + "' is not the key of the first certificate in '" + settings.certificate +
                "': put the server's own certificate first, and use the key that it was asked for with");
    }
    if (SSL_CTX_use_PrivateKey(context_, key.get()) != 1)
        return bad("key", "'" + settings.key + "' cannot be used: " + reason());
    facts_.sha256 = fingerprint(chain.front().get());
    facts_.until = Instant::max();
    for (std::size_t i = 0; i < chain.size(); ++i) {
        facts_.from = std::max(facts_.from, instant_of(X509_get0_notBefore(chain[i].get())));
        facts_.until = std::min(facts_.until, instant_of(X509_get0_notAfter(chain[i].get())));
        if (i > 0 && SSL_CTX_add1_chain_cert(context_, chain[i].get()) != 1)
            return bad("certificate", "'" + settings.certificate + "' cannot be used: " + reason());
    }

    using Clients = TlsSettings::ClientCertificates;
    if (settings.client_certificates == Clients::off) return {};
    CAPBRIDGE_LET(auto authorities, certificates("client_ca", settings.client_ca));
    auto* store = SSL_CTX_get_cert_store(context_);
    facts_.client_ca_until = Instant::max();
    for (const auto& authority : authorities) {
        if (X509_check_ca(authority.get()) == 0)
            return bad("client_ca", "'" + settings.client_ca +
                                        "' has a certificate that is no authority's: it holds those "
                                        "that sign clients' certificates, not the clients' own");
        X509_STORE_add_cert(store, authority.get());
        SSL_CTX_add_client_CA(context_, authority.get());
        facts_.client_ca_until =
            std::min(*facts_.client_ca_until, instant_of(X509_get0_notAfter(authority.get())));
    }
    SSL_CTX_set_verify(context_,
                       settings.client_certificates == Clients::required
                           ? SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT
                           : SSL_VERIFY_PEER,
                       nullptr);
    // A resumed session would not look at the certificate again: whose authority was changed, or whose time
    // is over, would still come in.
    SSL_CTX_set_session_cache_mode(context_, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_options(context_, SSL_OP_NO_TICKET);
    SSL_CTX_set_num_tickets(context_, 0);
    return {};
}

ssl_st* Tls::new_connection() const {
    return SSL_new(context_);
}

Result<std::string> certificate_fingerprint(const std::string& text) {
    Owned<X509> certificate;
    ERR_clear_error();
    if (text.find("-----BEGIN") != std::string::npos) {
        const auto bio = reading(text);
        certificate.reset(PEM_read_bio_X509(bio.get(), nullptr, no_passphrase, nullptr));
    } else {
        const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
        certificate.reset(d2i_X509(nullptr, &bytes, static_cast<long>(text.size())));
    }
    if (!certificate) return fail("bad_parameter", "is no certificate (PEM or DER): " + reason());
    return fingerprint(certificate.get());
}

std::string peer_fingerprint(const ssl_st* connection) {
    const auto* certificate = SSL_get0_peer_certificate(connection);
    return certificate == nullptr ? std::string() : fingerprint(certificate);
}

std::string peer_refusal(const ssl_st* connection) {
    const auto code = SSL_get_verify_result(connection);
    return code == X509_V_OK ? std::string() : X509_verify_cert_error_string(code);
}

}  // namespace capbridge::server
