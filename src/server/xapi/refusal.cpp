#include "server/xapi/refusal.hpp"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>

#include "core/base/text.hpp"

namespace capbridge::server {
namespace {

constexpr std::string_view problem_type = "application/problem+json";

std::string_view title_of(int status) {
    switch (status) {
        case 400:
            return "The request is not acceptable";
        case 404:
            return "Not found";
        case 409:
            return "Conflict with what is stored";
        case 412:
            return "Precondition failed";
        case 413:
            return "Too large";
        default:
            return status < 500 ? "The request was refused" : "The server could not do this";
    }
}

// "/3/actor/mbox" of a batch is statement 3 and "/actor/mbox" within it.
std::size_t take_index(std::string& pointer) {
    if (!pointer.starts_with('/')) return 0;
    const auto end = std::min(pointer.find('/', 1), pointer.size());
    std::size_t index = 0;
    const auto read = std::from_chars(pointer.data() + 1, pointer.data() + end, index);
    if (read.ec != std::errc{} || read.ptr != pointer.data() + end) return 0;
    pointer.erase(0, end);
    return index;
}

ordered_json one_error(const Problem& problem, bool many) {
    auto pointer = problem.pointer;
    const auto index = many ? take_index(pointer) : 0;
    ordered_json out{{"index", index}, {"pointer", std::move(pointer)}, {"rule", problem.code}};
    if (!problem.section.empty()) out["section"] = problem.section;
    out["detail"] = problem.message;
    return out;
}

ordered_json problem_of(int status, const Error& error, const Problems& problems, bool many) {
    ordered_json out{{"type", "https://w3id.org/capbridge/problems/" + error.code},
                     {"title", title_of(status)},
                     {"status", status},
                     {"code", error.code}};
    auto errors = ordered_json::array();
    for (const auto& problem : problems) {
        if (problem.severity == Problem::Severity::error) errors.push_back(one_error(problem, many));
    }
    // With a list of them the whole text would say everything twice.
    out["detail"] = errors.empty()
                        ? error.message
                        : "Nothing was stored. Statements of the request break " +
                              std::to_string(errors.size()) +
                              (errors.size() == 1 ? " rule; see \"errors\"." : " rules; see \"errors\".");
    if (errors.empty() && error.where.starts_with('/')) {
        errors.push_back(one_error(
            {Problem::Severity::error, error.code, error.where, error.message, error.line, {}}, many));
    } else if (errors.empty() && !error.where.empty()) {
        out["where"] = error.where;
    }
    if (error.line > 0) out["line"] = error.line;
    if (!errors.empty()) out["errors"] = std::move(errors);
    return out;
}

// "q=0", "q=0.000": not wanted (RFC 9110, 12.4.2).
bool is_zero_weight(const std::string& parameter) {
    const auto text = trim(parameter);
    return text.starts_with("q=0") && text.find_first_not_of("0.", 2) == std::string::npos;
}

}  // namespace

bool accepts_problem(const Request& request) {
    const auto accept = lower_ascii(request.header("accept"));
    if (accept.find(problem_type) == std::string::npos) return false;  // most requests
    for (const auto& range : split(accept, ',')) {
        const auto parts = split(range, ';');
        if (!parts.empty() && trim(parts.front()) == problem_type)
            return std::none_of(parts.begin() + 1, parts.end(), is_zero_weight);
    }
    return false;
}

Response refusal(bool as_problem, const Error& error, const Problems& problems, bool many) {
    if (!as_problem) return error_response(error);
    const auto status = status_of(error.code);
    auto response = json_response(problem_of(status, error, problems, many), status);
    response.content_type = problem_type;
    return response;
}

}  // namespace capbridge::server
