// multipart/mixed as xAPI uses it (1.0.3 part 3, 1.5.2; IEEE 9274.1.1, 4.1.3; RFC 2046): the first part is
// the JSON of one or more statements, every other one the bytes of an attachment, known by its header
// X-Experience-API-Hash. Bytes are never re-encoded. Pure; any thread.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.hpp"
#include "core/base/problem.hpp"
#include "core/base/result.hpp"

namespace capbridge::xapi {

struct Part {
    std::string content_type;  // as sent
    std::string encoding;      // Content-Transfer-Encoding, lower case; "" when there is none
    std::string hash;          // X-Experience-API-Hash, lower case hex; "" when there is none
    std::string_view bytes;    // of the body that was read
};
// `content_type` is the request's header ("multipart/mixed; boundary=..."). Error "bad_multipart" says what
// is wrong. The parts view `body`.
Result<std::vector<Part>> read_multipart(std::string_view body, std::string_view content_type);

struct MultipartAnswer {
    std::string content_type, body;
};
struct AttachmentBytes {
    std::string sha2, content_type, bytes;
};
MultipartAnswer write_multipart(std::string_view statements_json,
                                const std::vector<AttachmentBytes>& attachments);

// The attachments that a statement and a SubStatement in it name: contentType by sha2 (lower case).
std::map<std::string, std::string> content_types(const json& statement);

// What the parts after the first must be for these statements: each is the bytes of an attachment of one of
// them, with the hash and the transfer encoding that are asked for; each attachment without a fileUrl has its
// part. Pointers name the attachment ("/2/attachments/0").
Problems check_attachments(const json& statements, const std::vector<Part>& parts_after_first);
// Attachments of usageType http://adlnet.gov/expapi/attachments/signature: a JWS (RS256, RS384 or RS512)
// whose payload is the statement (1.0.3 part 2, 2.6; IEEE 9274.1.1, 4.2.6), and whose signature fits its x5c
// certificate when it brings one. At most 16 of one statement; ends with the 50th problem.
Problems check_signatures(const json& statements, const std::vector<Part>& parts_after_first);

}  // namespace capbridge::xapi
