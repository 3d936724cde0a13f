// Deterministic rules about identifiers: "the account name at this LMS is the employee number", "nhs.net
// addresses have the same local part as the trust's". A rule makes a further identifier of one that somebody
// has. Published as "identity.rule" decisions. Pure; any thread.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "core/base/json.hpp"
#include "core/base/result.hpp"
#include "core/people/people.hpp"

namespace capbridge::people {

struct IdentityRule {
    enum class State { propose, automatic };  // shown in the review, or in force for everybody at once
    std::string id;
    struct From {
        std::string scheme, issuer, domain;  // domain: of e-mail addresses only; "" = any
    } from;
    struct To {
        std::string scheme, issuer;
    } to;
    // Text with {value}, {local} and {domain} of the identifier: "{value}", "{local}@nhs.net", "u{value}".
    std::string value;
    State state = State::propose;
};

// {"id", "from": {"scheme", "issuer"?, "domain"?}, "to": {"scheme", "issuer"?}, "value"?, "state"?}. Errors
// "bad_parameter" with the JSON pointer of what does not fit.
Result<IdentityRule> identity_rule_from_json(const json& document);
json to_json(const IdentityRule& rule);
// What the rule makes of an identifier, with its dates; nothing when it is not about such.
std::optional<Identifier> derive(const IdentityRule& rule, const Identifier& identifier);

bool is_scheme(std::string_view text);
// One of those that records of sources may have (config/schemas/records): what a person writes down now.
// Stored identifiers may have others.
bool is_known_scheme(std::string_view scheme);
// Where two could not give out the same value; such an identifier has no issuer.
bool is_world_wide(std::string_view scheme);
// Nobody else ever gets it: it says who somebody is, at any time.
bool is_lasting(std::string_view scheme);
// As identifiers are stored: trimmed, mbox as the e-mail address that it is, addresses in lower case, no
// issuer where the scheme is world-wide.
Identifier normalised(Identifier identifier);
// {"scheme", "issuer"?, "value", "valid_from"?, "valid_to"?}; error "bad_parameter" below `pointer`.
Result<Identifier> identifier_from_json(const json& document, const std::string& pointer);
json to_json(const Identifier& identifier);
// "SCHEME:ISSUER:VALUE", "SCHEME:VALUE" where there is no issuer ("email:a@b.example",
// "account:https://lms.example:17", "registration:GMC:7"), and back.
std::optional<Identifier> identifier_from_text(std::string_view text);
std::string text_of(const Identifier& identifier);

// "*" any text, "?" one character; ASCII case is ignored. Takes time in proportion to the texts' product.
bool matches_pattern(std::string_view pattern, std::string_view text);

}  // namespace capbridge::people
