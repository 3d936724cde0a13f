#include "server/xapi/alternate_syntax.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "core/base/text.hpp"
#include "core/xapi/version.hpp"

namespace capbridge::server {
namespace {

// Form fields that stand for headers; every other one but "content" is a parameter.
constexpr std::array<std::string_view, 6> header_fields{"authorization", "x-experience-api-version",
                                                        "content-type",  "content-length",
                                                        "if-match",      "if-none-match"};
constexpr std::array<std::string_view, 4> methods{"GET", "PUT", "POST", "DELETE"};
constexpr std::string_view version_header = "x-experience-api-version";

tl::unexpected<Error> bad(std::string message, std::string where = {}) {
    return fail("bad_alternate_request", std::move(message), std::move(where));
}

template <class Take>
Status each_field(std::string_view form, Take&& take) {
    while (!form.empty()) {
        const auto end = std::min(form.find('&'), form.size());
        const auto field = form.substr(0, end);
        form.remove_prefix(std::min(end + 1, form.size()));
        if (field.empty()) continue;
        const auto equals = std::min(field.find('='), field.size());
        CAPBRIDGE_TRY(take(url_decode(field.substr(0, equals)),
                           equals < field.size() ? url_decode(field.substr(equals + 1)) : std::string()));
    }
    return {};
}

void set_header(Request& request, std::string name, std::string value) {
    std::erase_if(request.headers, [&](const auto& header) { return header.first == name; });
    request.headers.emplace_back(std::move(name), std::move(value));
}

// A bearer token may be long; it gets into no answer.
bool may_be_header(std::string_view name, std::string_view value) {
    if (name != "authorization") return is_header_value(value);
    return std::all_of(value.begin(), value.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

bool is_of_2_0(std::string_view version) {
    return xapi::version_of(version) == xapi::Version::v2_0;
}

Status read_method(Request& request) {
    std::string method;
    CAPBRIDGE_TRY(each_field(request.query, [&](const std::string& name, std::string value) -> Status {
        if (name != "method" || !method.empty())
            return bad("Beside \"method\" no parameter may stand in the query: put the others in the form.",
                       is_utf8(name) ? name.substr(0, 60) : std::string("?"));
        method = std::move(value);
        return {};
    }));
    if (std::find(methods.begin(), methods.end(), method) == methods.end())
        return bad("The parameter \"method\" needs GET, PUT, POST or DELETE.", "method");
    request.method = std::move(method);
    request.query.clear();
    return {};
}

// Old browsers could not set the type of what they sent, so none and text/plain will do.
bool may_be_form(std::string_view content_type) {
    const auto type = lower_ascii(trim(content_type.substr(0, content_type.find(';'))));
    return type.empty() || type == "application/x-www-form-urlencoded" || type == "text/plain";
}

}  // namespace

bool is_alternate(const Request& request) {
    if (request.method != "POST" || request.query.find("method") == std::string::npos) return false;
    bool found = false;
    (void)each_field(request.query, [&](const std::string& name, const std::string&) -> Status {
        found = found || name == "method";
        return {};
    });
    return found;
}

Status read_alternate(Request& request) {
    if (is_of_2_0(request.header(version_header)))
        return bad("xAPI 2.0 has no alternate request syntax. Use the method itself.", "method");
    if (!may_be_form(request.header("content-type")))
        return bad("The alternate request syntax needs a body of type application/x-www-form-urlencoded.",
                   "Content-Type");
    CAPBRIDGE_TRY(read_method(request));

    const auto form = std::exchange(request.body, {});
    std::optional<std::string> content;
    set_header(request, "content-type", "application/json");
    std::vector<std::string> seen;
    CAPBRIDGE_TRY(each_field(form, [&](const std::string& name, std::string value) -> Status {
        const auto header = lower_ascii(name);
        const bool is_header =
            std::find(header_fields.begin(), header_fields.end(), header) != header_fields.end();
        if (name == "content" || is_header) {
            if (std::find(seen.begin(), seen.end(), header) != seen.end())
                return bad("The form field \"" + header + "\" is given twice.", header);
            seen.push_back(header);
        }
        if (!is_utf8(value)) return bad("The form has bytes that are no UTF-8.");
        if (name == "content") {
            content = std::move(value);
        } else if (is_header) {
            if (!may_be_header(header, value))
                return bad("A header can hold printable ASCII only, 1 KiB at most.", header);
            set_header(request, header, std::move(value));
        } else {
            if (!request.query.empty()) request.query += '&';
            request.query += url_encode(name) + "=" + url_encode(value);
        }
        return {};
    }));
    if (is_of_2_0(request.header(version_header)))
        return bad("xAPI 2.0 has no alternate request syntax. Use the method itself.", "method");
    if (request.method == "PUT" || request.method == "POST") {
        if (!content) return bad("The form lacks the field \"content\".", "content");
        request.body = std::move(*content);
    }
    return {};
}

}  // namespace capbridge::server
