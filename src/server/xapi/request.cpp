#include "server/xapi/request.hpp"

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>

#include "core/base/ids.hpp"
#include "core/base/text.hpp"
#include "core/xapi/iri.hpp"

namespace capbridge::server {
namespace {

constexpr std::string_view version_header = "x-experience-api-version";

bool is_sha1(std::string_view text) {
    return text.size() == 40 &&
           std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isxdigit(c) != 0; });
}

// Has exactly one identifier, of the right shape.
bool is_identified(const json& agent) {
    if (!agent.is_object()) return false;
    if (const auto type = agent.find("objectType");
        type != agent.end() && *type != "Agent" && *type != "Group")
        return false;
    int identifiers = 0;
    for (const auto& [name, value] : agent.items()) {
        if (name == "account") {
            if (!value.is_object() || !xapi::is_iri(get_string(value, "homePage")) ||
                get_string(value, "name").empty())
                return false;
        } else if (name == "mbox" || name == "mbox_sha1sum" || name == "openid") {
            if (!value.is_string()) return false;
            const auto& text = value.get_ref<const std::string&>();
            const auto at = text.find('@');
            if (name == "mbox" &&
                (!text.starts_with("mailto:") || at == std::string::npos || at <= 7 || at + 1 == text.size()))
                return false;
            if (name == "mbox_sha1sum" && !is_sha1(text)) return false;
            if (name == "openid" && !xapi::is_iri(text)) return false;
        } else {
            continue;
        }
        ++identifiers;
    }
    return identifiers == 1;
}

std::vector<std::string> tags_of(std::string_view header) {
    std::vector<std::string> out;
    for (const auto& part : split(header, ',')) {
        auto tag = trim(part);
        if (tag.starts_with("W/")) tag.erase(0, 2);
        if (tag.size() >= 2 && tag.front() == '"' && tag.back() == '"') tag = tag.substr(1, tag.size() - 2);
        if (!tag.empty()) out.push_back(std::move(tag));
    }
    return out;
}

}  // namespace

Result<xapi::Version> version_of(const Request& request) {
    const auto asked = request.header(version_header);
    if (const auto version = xapi::version_of(asked)) return *version;
    if (asked.empty()) {
        return fail("bad_version", "The header X-Experience-API-Version is missing. Send 1.0.3 or 2.0.0.",
                    "X-Experience-API-Version");
    }
    return fail("bad_version", "X-Experience-API-Version must be 1.0.x or 2.0.x.",
                "X-Experience-API-Version");
}

std::string_view answer_version(const Request& request) {
    const auto asked = request.header(version_header);
    if (asked.empty() && request.path != "/xapi/about") return "0.95";
    return xapi::version_text(xapi::version_of(asked).value_or(xapi::Version::v2_0));
}

std::string owner_of(const Principal& principal) {
    return principal.source.empty() ? principal.who : "source:" + principal.source;
}

std::optional<std::string> readable_owner(const Principal& principal) {
    if (!principal.source.empty()) return owner_of(principal);
    if (principal.may({"statements/read", "all/read"})) return std::nullopt;
    return owner_of(principal);  // statements/read/mine
}

tl::unexpected<Error> bad_parameter(std::string_view name, std::string_view needs) {
    return fail("bad_parameter",
                "The parameter \"" + std::string(name) + "\" needs " + std::string(needs) + ".",
                std::string(name));
}

Result<json> agent_parameter(const Parameters& parameters, const std::string& name) {
    auto agent = parse_json(parameters.text(name), {.bytes = 4096, .depth = 8});
    if (!agent || !is_identified(*agent)) {
        return bad_parameter(name,
                             "an Agent or Group as JSON, with one of mbox, mbox_sha1sum, openid or account");
    }
    return std::move(*agent);
}

Result<std::string> uuid_parameter(const Parameters& parameters, const std::string& name) {
    if (!parameters.has(name)) return std::string();
    const auto text = parameters.text(name);
    if (!is_uuid(text)) return bad_parameter(name, "a UUID");
    return lower_uuid(text);
}

store::Precondition precondition_of(const Request& request) {
    return {tags_of(request.header("if-match")), tags_of(request.header("if-none-match")), false};
}

}  // namespace capbridge::server
