#include "core/base/pem.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>

#include "core/base/files.hpp"

namespace capbridge {
namespace {

constexpr std::size_t most_pem_bytes = 4u << 20;  // the system's own authorities are a quarter of a megabyte

struct Free {
    void operator()(BIO* p) const { BIO_free(p); }
    void operator()(X509* p) const { X509_free(p); }
    void operator()(EVP_PKEY* p) const { EVP_PKEY_free(p); }
    void operator()(STACK_OF(X509_INFO) * p) const { sk_X509_INFO_pop_free(p, X509_INFO_free); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

Owned<BIO> reading(const std::string& text) {
    return Owned<BIO>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// A key with a passphrase would make OpenSSL ask at the terminal.
int no_passphrase(char*, int, int, void*) {
    return -1;
}

}  // namespace

Status check_certificates(const std::filesystem::path& pem_file) {
    CAPBRIDGE_LET(const auto text, read_file(pem_file, most_pem_bytes));
    const auto bio = reading(text);
    ERR_clear_error();
    const Owned<STACK_OF(X509_INFO)> all(PEM_X509_INFO_read_bio(bio.get(), nullptr, no_passphrase, nullptr));
    ERR_clear_error();
    if (!all) return fail("bad_pem", "has a damaged PEM certificate");
    for (int i = 0; i < sk_X509_INFO_num(all.get()); ++i) {
        const auto* one = sk_X509_INFO_value(all.get(), i);
        if (one->x509 != nullptr) return {};
    }
    return fail("bad_pem", "has no PEM certificate (a text that begins with -----BEGIN CERTIFICATE-----)");
}

Status check_private_key(const std::filesystem::path& pem_file,
                         const std::filesystem::path& certificate_file) {
    CAPBRIDGE_LET(const auto text, read_file(pem_file, most_pem_bytes));
    auto bio = reading(text);
    const Owned<EVP_PKEY> key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr));
    ERR_clear_error();
    if (!key) return fail("bad_pem", "has no PEM private key, or one with a passphrase");
    if (certificate_file.empty()) return {};
    CAPBRIDGE_LET(const auto other, read_file(certificate_file, most_pem_bytes));
    bio = reading(other);
    const Owned<X509> certificate(PEM_read_bio_X509(bio.get(), nullptr, no_passphrase, nullptr));
    const bool fits = certificate && X509_check_private_key(certificate.get(), key.get()) == 1;
    ERR_clear_error();
    if (certificate && !fits)
        return fail("bad_pem",
                    "is not the key of the first certificate in '" + certificate_file.string() + "'");
    return {};
}

}  // namespace capbridge
