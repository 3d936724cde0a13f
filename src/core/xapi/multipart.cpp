#include "core/xapi/multipart.hpp"

#include <algorithm>
#include <optional>
#include <unordered_set>

#include "core/base/ids.hpp"
#include "core/base/text.hpp"

namespace capbridge::xapi {
namespace {

constexpr std::size_t most_parts = 1000;
constexpr std::size_t most_header_bytes = 8192;  // of one part
constexpr std::string_view crlf = "\r\n";

tl::unexpected<Error> bad(std::string why) {
    return fail("bad_multipart", std::move(why));
}

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// "Multipart/Mixed; boundary=x" is "multipart/mixed".
std::string media_type(std::string_view content_type) {
    return lower_ascii(trimmed(content_type.substr(0, content_type.find(';'))));
}

// RFC 2046, 5.1.1: one to seventy of these, the last one no blank.
bool is_boundary(std::string_view text) {
    return !text.empty() && text.size() <= 70 && text.back() != ' ' &&
           std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                      std::string_view("'()+_,-./:=? ").find(c) != std::string_view::npos;
           });
}

// The parameters of a Content-Type, one after the other. A value may be quoted, with backslashes in it; an
// unquoted one is taken up to the next semicolon, for clients often forget the quotes that ':' or '=' need.
class Parameters {
public:
    explicit Parameters(std::string_view content_type) : rest_(content_type) { skip_to_next(); }
    // False at the end, or where the header cannot be understood.
    bool next(std::string& name, std::string& value) {
        const auto equals = rest_.find('=');
        if (equals == std::string_view::npos) return false;
        name = lower_ascii(trimmed(rest_.substr(0, equals)));
        rest_ = rest_.substr(equals + 1);
        while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == '\t')) rest_.remove_prefix(1);
        value.clear();
        if (rest_.empty() || rest_.front() != '"') {
            value = trimmed(rest_.substr(0, rest_.find(';')));
        } else if (!quoted(value)) {
            return false;
        }
        skip_to_next();
        return true;
    }

private:
    void skip_to_next() {
        const auto semicolon = rest_.find(';');
        rest_ = semicolon == std::string_view::npos ? std::string_view{} : rest_.substr(semicolon + 1);
    }
    bool quoted(std::string& value) {
        for (std::size_t at = 1; at < rest_.size(); ++at) {
            if (rest_[at] == '"') {
                rest_ = rest_.substr(at + 1);
                return true;
            }
            if (rest_[at] == '\\' && at + 1 < rest_.size()) ++at;
            value += rest_[at];
        }
        return false;
    }
    std::string_view rest_;
};

Result<std::string> boundary_of(std::string_view content_type) {
    if (media_type(content_type) != "multipart/mixed") return bad("the content type is not multipart/mixed");
    Parameters parameters(content_type);
    std::optional<std::string> boundary;
    for (std::string name, value; parameters.next(name, value);) {
        if (name != "boundary") continue;
        if (boundary) return bad("the content type names two boundaries");
        boundary = value;
    }
    if (!boundary) return bad("the content type names no boundary");
    if (!is_boundary(*boundary)) return bad("the boundary is not one that RFC 2046 allows (5.1.1)");
    return std::move(*boundary);
}

// A line "--boundary" or "--boundary--", with the line end before it, which is not of the data.
struct Delimiter {
    std::size_t begins, ends;  // the next byte after its line
    bool last;
};

// A text that only begins like a delimiter, and goes on, is data.
std::optional<Delimiter> find_delimiter(std::string_view body, std::string_view dash_boundary,
                                        std::size_t from) {
    for (auto at = body.find(dash_boundary, from); at != std::string_view::npos;
         at = body.find(dash_boundary, at + 1)) {
        const bool at_start = at == 0;
        if (!at_start && (at < 2 || at - 2 < from || body.substr(at - 2, 2) != crlf)) continue;
        auto end = at + dash_boundary.size();
        const bool last = body.substr(end, 2) == "--";
        if (last) end += 2;
        while (end < body.size() && (body[end] == ' ' || body[end] == '\t')) ++end;
        const bool line_ends = body.substr(end, 2) == crlf;
        if (!line_ends && !(last && end == body.size())) continue;
        return Delimiter{at_start ? 0 : at - 2, line_ends ? end + 2 : end, last};
    }
    return std::nullopt;
}

Status set_once(std::string& member, std::string value, std::string_view name) {
    if (!member.empty()) return bad("a part has the header " + std::string(name) + " twice");
    member = std::move(value);
    return {};
}

Status read_header(std::string_view line, Part& part) {
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0) return bad("a part has a header line without a name");
    const auto name = lower_ascii(trimmed(line.substr(0, colon)));
    const auto value = trimmed(line.substr(colon + 1));
    const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 32 && c != '\t'; };
    if (std::any_of(value.begin(), value.end(), is_control))
        return bad("a part has a control character in a header (line ends must be CRLF)");
    if (name == "content-type") return set_once(part.content_type, std::string(value), name);
    if (name == "content-transfer-encoding") return set_once(part.encoding, lower_ascii(value), name);
    if (name == "x-experience-api-hash") return set_once(part.hash, lower_ascii(value), name);
    return {};  // others have no meaning in xAPI
}

Status read_headers(std::string_view text, Part& part) {
    if (text.size() > most_header_bytes) return bad("a part's headers are longer than 8192 bytes");
    std::string line;
    while (!text.empty()) {
        const auto end = std::min(text.find(crlf), text.size());
        line += text.substr(0, end);
        text = text.substr(std::min(end + 2, text.size()));
        // A line that begins with a blank goes on with the one before (RFC 822, folding).
        if (!text.empty() && (text.front() == ' ' || text.front() == '\t')) continue;
        CAPBRIDGE_TRY(read_header(line, part));
        line.clear();
    }
    return {};
}

// `text` is what stands between two delimiters: headers, an empty line, the bytes.
Result<Part> read_part(std::string_view text) {
    Part part;
    if (text.substr(0, 2) == crlf) {
        part.bytes = text.substr(2);
        return part;
    }
    const auto empty_line = text.substr(0, most_header_bytes + 4).find("\r\n\r\n");
    if (empty_line == std::string_view::npos) {
        // Headers alone are a part without bytes; the line end of the last one is still theirs.
        if (!text.empty() && !text.ends_with(crlf))
            return bad("a part has no empty line after its headers (line ends must be CRLF)");
        CAPBRIDGE_TRY(read_headers(text, part));
        part.bytes = text.substr(text.size());
        return part;
    }
    CAPBRIDGE_TRY(read_headers(text.substr(0, empty_line), part));
    part.bytes = text.substr(empty_line + 4);
    return part;
}

// tincanjs and @xapi/xapi forget the line end between the bytes of one attachment and the delimiter of the
// next, so that these run on. Where the bytes end is certain all the same: there, and nowhere else, their
// hash fits. Adds the part, and those that ran on into it.
Status add_part(std::vector<Part>& parts, std::string_view text, const std::string& dash_boundary) {
    const auto delimiter_line = dash_boundary + std::string(crlf);
    for (;;) {
        if (parts.size() == most_parts) return bad("the body has more than 1000 parts");
        CAPBRIDGE_LET(auto part, read_part(text));
        parts.push_back(part);
        const auto at = part.hash.empty() ? std::string_view::npos : part.bytes.find(delimiter_line);
        if (at == std::string_view::npos) return {};
        const auto bytes = part.bytes.substr(0, at);
        if (sha2_hex(bytes, part.hash.size()) != part.hash) return {};
        parts.back().bytes = bytes;
        text = part.bytes.substr(at + delimiter_line.size());
    }
}

// A media type from a client goes into a header: nothing may begin a line of its own there.
std::string header_value(const std::string& content_type) {
    const bool plain = std::all_of(content_type.begin(), content_type.end(),
                                   [](char c) { return static_cast<unsigned char>(c) >= 32 && c != 127; });
    return plain && !content_type.empty() ? content_type : "application/octet-stream";
}

}  // namespace

Result<std::vector<Part>> read_multipart(std::string_view body, std::string_view content_type) {
    CAPBRIDGE_LET(const auto boundary, boundary_of(content_type));
    const auto dash_boundary = "--" + boundary;
    auto delimiter = find_delimiter(body, dash_boundary, 0);  // what stands before it means nothing
    if (!delimiter) return bad("the body has no line with the boundary (line ends must be CRLF)");
    std::vector<Part> parts;
    while (!delimiter->last) {
        // The line end of this delimiter may at once be the one that begins the next.
        const auto next = find_delimiter(body, dash_boundary, delimiter->ends - 2);
        if (!next) return bad("the body has no final boundary");
        const auto begins = std::min(delimiter->ends, next->begins);
        CAPBRIDGE_TRY(add_part(parts, body.substr(begins, next->begins - begins), dash_boundary));
        delimiter = next;
    }
    if (parts.empty()) return bad("the body has no part");
    if (media_type(parts.front().content_type) != "application/json")
        return bad("the first part must have the statements and the content type application/json");
    return parts;
}

MultipartAnswer write_multipart(std::string_view statements_json,
                                const std::vector<AttachmentBytes>& attachments) {
    // Made from the content, so that the same answer has the same bytes; from another seed if it occurs in
    // it.
    std::string seed(statements_json);
    for (const auto& attachment : attachments) seed += attachment.sha2;
    std::string boundary;
    const auto occurs = [&boundary](std::string_view text) { return text.find(boundary) != text.npos; };
    do {
        seed = sha256_hex(seed);
        boundary = "capbridge-" + seed.substr(0, 40);
    } while (occurs(statements_json) ||
             std::any_of(attachments.begin(), attachments.end(),
                         [&](const AttachmentBytes& attachment) { return occurs(attachment.bytes); }));

    std::string body = "--" + boundary + "\r\nContent-Type: application/json\r\n\r\n";
    body += statements_json;
    std::unordered_set<std::string_view> written;
    for (const auto& attachment : attachments) {
        if (!written.insert(attachment.sha2).second) continue;  // one copy, whoever refers to it
        body += "\r\n--" + boundary + "\r\nContent-Type: " + header_value(attachment.content_type) +
                "\r\nContent-Transfer-Encoding: binary\r\nX-Experience-API-Hash: " + attachment.sha2 +
                "\r\n\r\n";
        body += attachment.bytes;
    }
    body += "\r\n--" + boundary + "--\r\n";
    return {"multipart/mixed; boundary=" + boundary, std::move(body)};
}

}  // namespace capbridge::xapi
