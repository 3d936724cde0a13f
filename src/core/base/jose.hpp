// JSON Web Signatures and Tokens (RFC 7515, 7517, 7519) by cjose. Verification only; nothing here signs.
// Any thread.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/base/json.hpp"
#include "core/base/result.hpp"
#include "core/base/time.hpp"

namespace capbridge {

// A compact serialisation taken apart. Nothing is verified yet.
struct Jws {
    json header;
    std::string payload;                          // decoded
    std::string compact;                          // as given
    [[nodiscard]] std::string algorithm() const;  // "RS256"
};
Result<Jws> read_jws(std::string_view compact);  // error "bad_jws"
// That the signature fits the key of the first certificate of the header's x5c. Errors "bad_certificate",
// "bad_signature". Says nothing of who the certificate's owner is.
Status verify_by_certificate(const Jws& jws);

// The public keys of an issuer (a JWK Set). Immutable.
class KeySet {
public:
    static Result<KeySet> read(std::string_view jwks_json);  // error "bad_key_set"
    ~KeySet();
    KeySet(KeySet&&) noexcept;
    KeySet& operator=(KeySet&&) noexcept;
    // The claims of a token whose signature fits one of the keys (by `kid` when it names one), whose
    // algorithm is asymmetric, that is meant for the audience, is of the issuer and holds at `now` with a
    // minute's grace. Error "bad_token" (the message is safe to show: no claim's value in it).
    [[nodiscard]] Result<json> verify(std::string_view token, std::string_view issuer,
                                      std::string_view audience, Instant now) const;

private:
    struct Impl;
    explicit KeySet(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace capbridge
