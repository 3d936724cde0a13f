#include "core/xapi/verbatim.hpp"

#include <nlohmann/json.hpp>

#include "core/base/text.hpp"

namespace capbridge::xapi {

std::vector<std::string_view> statement_slices(std::string_view body) {
    std::vector<std::string_view> out;
    int depth = 0;
    std::size_t begin = 0;
    const auto outer = body.find_first_of("[{");
    const int level =
        outer != std::string_view::npos && body[outer] == '[' ? 1 : 0;  // that statements stand on
    for (std::size_t at = outer; at < body.size(); ++at) {
        const char c = body[at];
        if (c == '"') {
            for (++at; at < body.size() && body[at] != '"'; ++at) {
                if (body[at] == '\\') ++at;
            }
        } else if (c == '{' || c == '[') {
            if (depth++ == level) begin = at;
        } else if (c == '}' || c == ']') {
            if (--depth == level) out.push_back(body.substr(begin, at + 1 - begin));
        }
    }
    return out;
}

std::string stored_body(std::string_view text, const json& completed) {
    const auto given = ordered_json::parse(text);
    if (given.contains("stored") || given.contains("authority")) {
        auto anew = given;
        anew.erase("stored");
        for (const char* member : {"id", "version", "authority"}) anew[member] = completed.at(member);
        return anew.dump();
    }
    std::string out(text.substr(0, text.rfind('}')));
    while (!out.empty() &&
           (out.back() == ' ' || out.back() == '\n' || out.back() == '\r' || out.back() == '\t'))
        out.pop_back();
    for (const char* member : {"id", "version", "authority"}) {
        if (!given.contains(member)) out += std::string(",\"") + member + "\":" + completed.at(member).dump();
    }
    return out + '}';
}

}  // namespace capbridge::xapi
