#include <unordered_set>

#include "core/base/ids.hpp"
#include "core/xapi/attachment_list.hpp"
#include "core/xapi/multipart.hpp"

// The length and the content type of an attachment are not compared with its part: the specification's own
// example has two content types that differ, and a hash that fits leaves no doubt about the bytes.
namespace capbridge::xapi {
namespace {

constexpr const char* section = "xAPI 1.0.3 part 3, 1.5.2; IEEE 9274.1.1, 4.1.3";

class Check {
public:
    Problems problems;

    void part(const Part& part, std::size_t number, const std::unordered_set<std::string_view>& wanted) {
        const auto name = "part " + std::to_string(number) + " of the body ";
        // Binary is assumed where nothing is said.
        if (!part.encoding.empty() && part.encoding != "binary")
            error("transfer_encoding", {}, name + "must have the Content-Transfer-Encoding binary");
        if (part.hash.empty()) {
            error("missing_hash", {}, name + "needs the header X-Experience-API-Hash");
        } else if (wanted.count(part.hash) == 0) {
            error("unreferenced_part", {},
                  name + "has an X-Experience-API-Hash that is the sha2 of no attachment of the statements");
        } else if (sha2_hex(part.bytes, part.hash.size()) != part.hash) {
            error("hash_mismatch", {}, name + "has bytes whose SHA-2 is not its X-Experience-API-Hash");
        }
    }

    void attachment(const AttachmentAt& at, const std::unordered_set<std::string_view>& sent) {
        if (sent.count(at.sha2) != 0 || at.attachment->contains("fileUrl")) return;
        error("missing_part", at.pointer, "has no fileUrl, so the request must have a part with its bytes");
    }

private:
    void error(const char* code, std::string pointer, std::string message) {
        problems.push_back(
            {Problem::Severity::error, code, std::move(pointer), std::move(message), 0, section});
    }
};

}  // namespace

std::map<std::string, std::string> content_types(const json& statement) {
    std::map<std::string, std::string> out;
    for (const auto& at : list_attachments(statement))
        out.insert_or_assign(at.sha2, get_string(*at.attachment, "contentType"));
    return out;
}

Problems check_attachments(const json& statements, const std::vector<Part>& parts_after_first) {
    const auto attachments = list_attachments(statements);
    std::unordered_set<std::string_view> wanted, sent;
    for (const auto& attachment : attachments) wanted.insert(attachment.sha2);
    for (const auto& part : parts_after_first) sent.insert(part.hash);
    Check check;
    for (std::size_t i = 0; i < parts_after_first.size(); ++i)
        check.part(parts_after_first[i], i + 2, wanted);
    for (const auto& attachment : attachments) check.attachment(attachment, sent);
    return std::move(check.problems);
}

}  // namespace capbridge::xapi
