#include <algorithm>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "core/base/jose.hpp"
#include "core/xapi/attachment_list.hpp"
#include "core/xapi/multipart.hpp"
#include "core/xapi/statement.hpp"

namespace capbridge::xapi {
namespace {

constexpr std::string_view signature_usage = "http://adlnet.gov/expapi/attachments/signature";
// A body can name one signature a hundred thousand times: what a request costs stays in proportion to it.
constexpr std::size_t most_signatures = 16;  // of one statement
constexpr std::size_t most_statements = 16;  // of one signature, which is made for one
constexpr std::size_t most_problems = 50;
constexpr const char* section = "xAPI 1.0.3 part 2, 2.6; IEEE 9274.1.1, 4.2.6";

bool is_signature(const json& attachment) {
    return get_string(attachment, "usageType") == signature_usage;
}

// A statement as it was before it was signed, and before any other signature was added.
json unsigned_statement(json statement) {
    if (!statement.is_object()) return statement;
    const auto list = statement.find("attachments");
    if (list == statement.end() || !list->is_array()) return statement;
    json others = json::array();
    for (auto& attachment : *list) {
        if (!attachment.is_object() || !is_signature(attachment)) others.push_back(std::move(attachment));
    }
    if (others.empty()) {
        statement.erase(list);
    } else {
        *list = std::move(others);
    }
    return statement;
}

// Both are unsigned. equivalent() does not compare ids, for it is asked about statements of one id. A
// SubStatement has none, and says its objectType, which the statement that was signed need not.
bool is_payload_of(const json& payload, const json& received) {
    const auto id = lower_ascii(get_string(payload, "id"));
    const auto received_id = lower_ascii(get_string(received, "id"));
    if (!id.empty() && !received_id.empty() && id != received_id) return false;
    if (get_string(received, "objectType") != "SubStatement") return equivalent(received, payload);
    json inner = received, signed_one = payload;
    inner.erase("objectType");
    signed_one.erase("objectType");
    return equivalent(inner, signed_one);
}

struct Finding {
    const char* code;
    std::string message;
};

// What the bytes of a signature say, whichever statement they are of.
struct Signature {
    std::optional<Finding> finding;  // why they are no good
    json payload;                    // unsigned
    std::size_t statements = 0;      // that it was compared with
};

Result<Jws> read_compact(std::string_view bytes) {
    while (!bytes.empty() && (bytes.back() == '\n' || bytes.back() == '\r')) bytes.remove_suffix(1);
    return read_jws(bytes);
}

Signature read_signature(const Part* part) {
    const auto no_good = [](const char* code, std::string message) {
        return Signature{Finding{code, std::move(message)}, {}, 0};
    };
    if (part == nullptr) return no_good("missing_signature", "the request has no part with the signature");
    const auto jws = read_compact(part->bytes);
    if (!jws) return no_good("bad_signature", jws.error().message);
    const auto algorithm = jws->algorithm();
    if (algorithm != "RS256" && algorithm != "RS384" && algorithm != "RS512")
        return no_good("signature_algorithm", "a signature's algorithm must be RS256, RS384 or RS512");
    auto payload = parse_json(jws->payload);
    if (!payload) return no_good("bad_signature", "the signature's payload is not JSON");
    if (!payload->is_object())
        return no_good("signature_payload", "the signature's payload is not this statement");
    if (jws->header.contains("x5c")) {
        if (const auto fits = verify_by_certificate(*jws); !fits)
            return no_good("bad_signature", fits.error().message);
    }
    return {std::nullopt, unsigned_statement(std::move(*payload)), 0};
}

class Check {
public:
    explicit Check(const std::vector<Part>& parts) {
        for (const auto& part : parts) parts_.emplace(part.hash, &part);
    }
    Problems problems;

    void attachment(const AttachmentAt& at) {
        if (at.owner != owner_) begin(*at.owner);
        if (++count_ > most_signatures) {
            if (count_ == most_signatures + 1)
                error(at, {"too_many_signatures", "a statement can have " + std::to_string(most_signatures) +
                                                      " signatures at most"});
            return;
        }
        if (get_string(*at.attachment, "contentType") != "application/octet-stream")
            return error(
                at, {"signature_type", "a signature must have the contentType application/octet-stream"});
        if (!checked_.insert(at.sha2).second) return;
        auto& signature = signature_of(at.sha2);
        if (signature.finding) return error(at, *signature.finding);
        if (++signature.statements > most_statements || !is_payload_of(signature.payload, received_))
            error(at, {"signature_payload", "the signature's payload is not this statement"});
    }

private:
    void begin(const json& owner) {
        owner_ = &owner;
        received_ = unsigned_statement(owner);
        checked_.clear();
        count_ = 0;
    }
    Signature& signature_of(const std::string& sha2) {
        const auto known = signatures_.find(sha2);
        if (known != signatures_.end()) return known->second;
        const auto part = parts_.find(sha2);
        return signatures_.emplace(sha2, read_signature(part == parts_.end() ? nullptr : part->second))
            .first->second;
    }
    void error(const AttachmentAt& at, const Finding& finding) {
        problems.push_back({Problem::Severity::error, finding.code, at.pointer, finding.message, 0, section});
    }

    std::unordered_map<std::string_view, const Part*> parts_;  // the first with its hash
    std::unordered_map<std::string, Signature> signatures_;
    const json* owner_ = nullptr;
    json received_;  // the owner, unsigned
    std::unordered_set<std::string> checked_;
    std::size_t count_ = 0;
};

}  // namespace

Problems check_signatures(const json& statements, const std::vector<Part>& parts_after_first) {
    Check check(parts_after_first);
    for (const auto& at : list_attachments(statements)) {
        if (check.problems.size() >= most_problems) break;
        if (is_signature(*at.attachment)) check.attachment(at);
    }
    return std::move(check.problems);
}

}  // namespace capbridge::xapi
