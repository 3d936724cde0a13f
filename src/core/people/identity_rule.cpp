#include "core/people/identity_rule.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/base/text.hpp"

namespace capbridge::people {
namespace {

constexpr std::size_t longest_value = 500;

// Puts the identifier's parts into the template; nothing when one of them is missing.
std::optional<std::string> filled(std::string_view text, const Identifier& identifier) {
    const auto at = identifier.value.find('@');
    std::string out;
    while (!text.empty()) {
        const auto brace = text.find('{');
        out += text.substr(0, brace);
        if (brace == std::string_view::npos) break;
        const auto end = text.find('}', brace);
        const auto name = text.substr(brace + 1, end - brace - 1);
        if (name == "value") {
            out += identifier.value;
        } else if (at == std::string::npos) {
            return {};
        } else if (name == "local") {
            out += identifier.value.substr(0, at);
        } else {
            out += identifier.value.substr(at + 1);
        }
        text.remove_prefix(end + 1);
    }
    return out;
}

Status check_template(std::string_view text) {
    bool tells_apart = false;
    for (auto brace = text.find('{'); brace != std::string_view::npos; brace = text.find('{', brace + 1)) {
        const auto end = text.find('}', brace);
        const auto name =
            end == std::string_view::npos ? std::string_view() : text.substr(brace + 1, end - brace - 1);
        if (name != "value" && name != "local" && name != "domain")
            return fail("bad_parameter", "only {value}, {local} and {domain} stand in braces", "/value");
        tells_apart = tells_apart || name != "domain";
    }
    if (!tells_apart)
        return fail("bad_parameter", "the value needs {value} or {local}, or all would have the same",
                    "/value");
    return {};
}

}  // namespace

bool is_scheme(std::string_view text) {
    if (text.starts_with("account:")) return text.size() > 8;
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
               c == '_' || c == ':' || c == '.';
    });
}

bool is_known_scheme(std::string_view scheme) {
    for (const auto* of_many : {"registration:", "account:"}) {
        if (scheme.starts_with(of_many)) return scheme.size() > std::string_view(of_many).size();
    }
    for (const auto* known : {"esr-person", "esr-employee", "esr-assignment", "email", "crs-uuid", "mbox",
                              "mbox_sha1sum", "openid"}) {
        if (scheme == known) return true;
    }
    return false;
}

bool is_world_wide(std::string_view scheme) {
    return scheme == "email" || scheme == "crs-uuid" || scheme == "mbox" || scheme == "mbox_sha1sum" ||
           scheme == "openid" || scheme.starts_with("registration:") || scheme.starts_with("account:");
}

bool is_lasting(std::string_view scheme) {
    return scheme == "esr-person" || scheme == "esr-employee" || scheme == "crs-uuid" ||
           scheme.starts_with("registration:");
}

Identifier normalised(Identifier identifier) {
    identifier.scheme = trim(identifier.scheme);
    identifier.issuer = trim(identifier.issuer);
    identifier.value = trim(identifier.value);
    if (identifier.scheme == "mbox") {
        identifier.scheme = "email";
        if (lower_ascii(identifier.value).starts_with("mailto:")) identifier.value.erase(0, 7);
    }
    if (identifier.scheme == "email" || identifier.scheme == "mbox_sha1sum")
        identifier.value = lower_ascii(identifier.value);
    if (is_world_wide(identifier.scheme)) identifier.issuer.clear();
    return identifier;
}

Result<Identifier> identifier_from_json(const json& document, const std::string& pointer) {
    if (!document.is_object()) return fail("bad_parameter", "an identifier is an object", pointer);
    Identifier out{get_string(document, "scheme"),
                   get_string(document, "issuer"),
                   get_string(document, "value"),
                   {},
                   {}};
    out = normalised(std::move(out));
    if (!is_scheme(out.scheme))
        return fail("bad_parameter", "there is no such scheme of identifiers", pointer + "/scheme");
    if (out.value.empty() || out.value.size() > longest_value)
        return fail("bad_parameter", "an identifier has a value of 1 to 500 bytes", pointer + "/value");
    for (const auto& [name, day] : {std::pair{"valid_from", &out.valid_from}, {"valid_to", &out.valid_to}}) {
        const auto text = get_string(document, name);
        if (text.empty()) continue;
        *day = parse_day(text);
        if (!*day) return fail("bad_parameter", "this is not a day as YYYY-MM-DD", pointer + "/" + name);
    }
    if (out.valid_from && out.valid_to && *out.valid_to < *out.valid_from)
        return fail("bad_parameter", "valid_to is before valid_from", pointer + "/valid_to");
    return out;
}

json to_json(const Identifier& identifier) {
    json out{{"scheme", identifier.scheme}, {"value", identifier.value}};
    if (!identifier.issuer.empty()) out["issuer"] = identifier.issuer;
    if (identifier.valid_from) out["valid_from"] = format_day(*identifier.valid_from);
    if (identifier.valid_to) out["valid_to"] = format_day(*identifier.valid_to);
    return out;
}

Result<IdentityRule> identity_rule_from_json(const json& document) {
    if (!document.is_object()) return fail("bad_parameter", "a rule is an object");
    IdentityRule rule;
    rule.id = get_string(document, "id");
    const bool plain =
        !rule.id.empty() && rule.id.size() <= 64 && std::all_of(rule.id.begin(), rule.id.end(), [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
        });
    if (!plain) return fail("bad_parameter", "a rule's id is of a to z, 0 to 9, - and _", "/id");
    const auto from = document.value("from", json::object()), to = document.value("to", json::object());
    rule.from = {get_string(from, "scheme"), get_string(from, "issuer"),
                 lower_ascii(get_string(from, "domain"))};
    rule.to = {get_string(to, "scheme"), get_string(to, "issuer")};
    if (!is_scheme(rule.from.scheme))
        return fail("bad_parameter", "there is no such scheme of identifiers", "/from/scheme");
    if (!is_scheme(rule.to.scheme))
        return fail("bad_parameter", "there is no such scheme of identifiers", "/to/scheme");
    if (!rule.from.domain.empty() && rule.from.scheme != "email")
        return fail("bad_parameter", "only e-mail addresses have a domain", "/from/domain");
    if (!is_world_wide(rule.to.scheme) && rule.to.issuer.empty())
        return fail("bad_parameter", "say who gives out these numbers", "/to/issuer");
    if (is_world_wide(rule.from.scheme)) rule.from.issuer.clear();
    if (is_world_wide(rule.to.scheme)) rule.to.issuer.clear();
    rule.value = get_string(document, "value", "{value}");
    CAPBRIDGE_TRY(check_template(rule.value));
    const auto state = get_string(document, "state", "propose");
    if (state != "propose" && state != "automatic")
        return fail("bad_parameter", "state is propose or automatic", "/state");
    rule.state = state == "automatic" ? IdentityRule::State::automatic : IdentityRule::State::propose;
    return rule;
}

std::optional<Identifier> identifier_from_text(std::string_view text) {
    const auto last = text.rfind(':'), first = text.find(':');
    if (first == std::string_view::npos || last + 1 == text.size()) return {};
    Identifier out{std::string(text.substr(0, first)), "", std::string(text.substr(last + 1)), {}, {}};
    const auto between = first == last ? std::string_view() : text.substr(first + 1, last - first - 1);
    if (out.scheme == "account" || out.scheme == "registration") {
        out.scheme = std::string(text.substr(0, last));
    } else if (is_world_wide(out.scheme)) {  // a URI of its own, or an empty issuer
        out.value = std::string(text.substr(first + 1));
        if (out.value.starts_with(':')) out.value.erase(0, 1);
    } else {
        out.issuer = between;
    }
    out = normalised(std::move(out));
    if (!is_scheme(out.scheme) || out.value.empty()) return {};
    return out;
}

std::string text_of(const Identifier& identifier) {
    return identifier.scheme + ":" + (identifier.issuer.empty() ? "" : identifier.issuer + ":") +
           identifier.value;
}

json to_json(const IdentityRule& rule) {
    json from{{"scheme", rule.from.scheme}}, to{{"scheme", rule.to.scheme}};
    if (!rule.from.issuer.empty()) from["issuer"] = rule.from.issuer;
    if (!rule.from.domain.empty()) from["domain"] = rule.from.domain;
    if (!rule.to.issuer.empty()) to["issuer"] = rule.to.issuer;
    return {{"id", rule.id},
            {"from", std::move(from)},
            {"to", std::move(to)},
            {"value", rule.value},
            {"state", rule.state == IdentityRule::State::automatic ? "automatic" : "propose"}};
}

std::optional<Identifier> derive(const IdentityRule& rule, const Identifier& identifier) {
    if (identifier.scheme != rule.from.scheme || identifier.issuer != rule.from.issuer) return {};
    if (!rule.from.domain.empty() && !lower_ascii(identifier.value).ends_with("@" + rule.from.domain))
        return {};
    const auto value = filled(rule.value, identifier);
    if (!value) return {};
    auto out =
        normalised({rule.to.scheme, rule.to.issuer, *value, identifier.valid_from, identifier.valid_to});
    if (out.value.empty() || (out.scheme == identifier.scheme && out.value == identifier.value)) return {};
    return out;
}

bool matches_pattern(std::string_view pattern, std::string_view text) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    std::size_t p = 0, t = 0, star = std::string_view::npos, retry = 0;
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            retry = t;
        } else if (p < pattern.size() && (pattern[p] == '?' || lower(pattern[p]) == lower(text[t]))) {
            ++p;
            ++t;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            t = ++retry;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == '*') ++p;
    return p == pattern.size();
}

}  // namespace capbridge::people
