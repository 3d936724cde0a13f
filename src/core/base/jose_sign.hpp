// Signing a JSON Web Token (RFC 7515, 7519) with a private key of ours, for services that know clients by
// their key (RFC 7523). RS256 and ES256. Immutable; any thread.
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "core/base/json.hpp"
#include "core/base/result.hpp"

namespace capbridge {

class SigningKey {
public:
    // A PEM private key without a passphrase: RSA of 2048 bits or more, or EC on P-256. Error "bad_key".
    static Result<SigningKey> read(std::string_view pem);
    ~SigningKey();
    SigningKey(SigningKey&&) noexcept;
    SigningKey& operator=(SigningKey&&) noexcept;

    [[nodiscard]] const std::string& algorithm() const { return algorithm_; }  // "RS256" or "ES256"
    // The compact serialisation; alg and typ are added to the header. Error "bad_key".
    [[nodiscard]] Result<std::string> sign(json header, const json& claims) const;

private:
    struct Impl;
    SigningKey(std::unique_ptr<Impl> impl, std::string algorithm);
    std::unique_ptr<Impl> impl_;
    std::string algorithm_;
};

}  // namespace capbridge
