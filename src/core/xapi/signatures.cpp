#include <algorithm>

#include "core/base/jose.hpp"
#include "core/xapi/attachment_list.hpp"
#include "core/xapi/multipart.hpp"
#include "core/xapi/statement.hpp"

namespace capbridge::xapi {
namespace {

constexpr std::string_view signature_usage = "http://adlnet.gov/expapi/attachments/signature";
constexpr const char* section = "xAPI 1.0.3 part 2, 2.6; IEEE 9274.1.1, 4.2.6";

bool is_signature(const json& attachment) {
    return get_string(attachment, "usageType") == signature_usage;
}

// The statement as it was before it was signed, and before any other signature was added.
json unsigned_statement(const json& statement) {
    json out = statement;
    const auto list = out.find("attachments");
    if (list == out.end() || !list->is_array()) return out;
    json others = json::array();
    for (auto& attachment : *list) {
        if (!attachment.is_object() || !is_signature(attachment)) others.push_back(std::move(attachment));
    }
    if (others.empty()) {
        out.erase(list);
    } else {
        *list = std::move(others);
    }
    return out;
}

// equivalent() does not compare ids, for it is asked about statements of one id. A SubStatement has none, and
// says its objectType, which the statement that was signed need not.
bool is_payload_of(json payload, const json& owner) {
    if (!payload.is_object()) return false;
    json received = unsigned_statement(owner);
    payload = unsigned_statement(payload);
    const auto id = lower_ascii(get_string(payload, "id"));
    const auto received_id = lower_ascii(get_string(received, "id"));
    if (!id.empty() && !received_id.empty() && id != received_id) return false;
    if (get_string(received, "objectType") == "SubStatement") {
        received.erase("objectType");
        payload.erase("objectType");
    }
    return equivalent(received, payload);
}

struct Finding {
    const char* code;
    std::string message;
};

Result<Jws> read_signature(std::string_view bytes) {
    while (!bytes.empty() && (bytes.back() == '\n' || bytes.back() == '\r')) bytes.remove_suffix(1);
    return read_jws(bytes);
}

std::optional<Finding> check(const AttachmentAt& at, const std::vector<Part>& parts) {
    if (get_string(*at.attachment, "contentType") != "application/octet-stream")
        return Finding{"signature_type", "a signature must have the contentType application/octet-stream"};
    const auto part = std::find_if(parts.begin(), parts.end(),
                                   [&](const Part& candidate) { return candidate.hash == at.sha2; });
    if (part == parts.end())
        return Finding{"missing_signature", "the request has no part with the signature"};
    const auto jws = read_signature(part->bytes);
    if (!jws) return Finding{"bad_signature", jws.error().message};
    const auto algorithm = jws->algorithm();
    if (algorithm != "RS256" && algorithm != "RS384" && algorithm != "RS512")
        return Finding{"signature_algorithm", "a signature's algorithm must be RS256, RS384 or RS512"};
    auto payload = parse_json(jws->payload);
    if (!payload) return Finding{"bad_signature", "the signature's payload is not JSON"};
    if (!is_payload_of(std::move(*payload), *at.owner))
        return Finding{"signature_payload", "the signature's payload is not this statement"};
    if (jws->header.contains("x5c")) {
        if (const auto fits = verify_by_certificate(*jws); !fits)
            return Finding{"bad_signature", fits.error().message};
    }
    return std::nullopt;
}

}  // namespace

Problems check_signatures(const json& statements, const std::vector<Part>& parts_after_first) {
    Problems problems;
    for (const auto& at : list_attachments(statements)) {
        if (!is_signature(*at.attachment)) continue;
        if (auto finding = check(at, parts_after_first)) {
            problems.push_back({Problem::Severity::error, finding->code, at.pointer,
                                std::move(finding->message), 0, section});
        }
    }
    return problems;
}

}  // namespace capbridge::xapi
