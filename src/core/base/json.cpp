#include "core/base/json.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <unordered_set>

#include "core/base/json_fast.hpp"
#include "core/base/text.hpp"

namespace capbridge {
namespace {

// One pass over a text before nlohmann sees it: depth, and duplicate member names, which that parser would
// silently merge. Text that is not JSON is left for the parser to report.
class Scanner {
public:
    explicit Scanner(std::string_view text) : text_(text) {}

    // Calls on_value(pointer, line) for each value; returns the first duplicate member's pointer, or "".
    // `pointer` is a function: a pointer is as long as the names on its way, so building one for each value
    // of a hostile document would be quadratic.
    template <class OnValue>
    std::string scan(OnValue&& on_value, std::size_t max_depth, bool& too_deep) {
        struct Level {
            bool object;
            std::size_t index = 0;
            std::unordered_set<std::string> names;
            std::string member;
            bool expects_name = true;
        };
        std::vector<Level> levels;
        std::string duplicate;
        const auto pointer_here = [&]() -> std::string {
            std::string pointer;
            for (const auto& level : levels) {
                pointer = level.object ? pointer_append(pointer, level.member)
                                       : pointer_append(pointer, level.index);
            }
            return pointer;
        };
        for (at_ = 0; at_ < text_.size();) {
            const char c = text_[at_];
            if (c == '\n') ++line_;
            if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == ':') {
                ++at_;
            } else if (c == ',') {
                ++at_;
                if (levels.empty()) return duplicate;
                ++levels.back().index;
                levels.back().expects_name = true;
            } else if (c == '}' || c == ']') {
                ++at_;
                if (levels.empty()) return duplicate;
                levels.pop_back();
            } else if (!levels.empty() && levels.back().object && levels.back().expects_name) {
                if (c != '"') return duplicate;
                auto& top = levels.back();
                const int line = line_;
                top.member = string_token();
                top.expects_name = false;
                if (!top.names.insert(top.member).second && duplicate.empty()) {
                    duplicate = pointer_here();
                    duplicate_line = line;
                }
            } else if (c == '{' || c == '[') {
                on_value(pointer_here, line_);
                levels.push_back({c == '{', 0, {}, {}, true});
                if (levels.size() > max_depth) {
                    too_deep = true;
                    return duplicate;
                }
                ++at_;
            } else if (c == '"') {
                on_value(pointer_here, line_);
                string_token();
            } else {
                on_value(pointer_here, line_);
                while (at_ < text_.size() &&
                       std::string_view(",]} \t\r\n").find(text_[at_]) == std::string_view::npos)
                    ++at_;
            }
        }
        return duplicate;
    }

    int duplicate_line = 0;

private:
    std::string string_token() {  // at_ is on the opening quote; leaves it after the closing one
        const std::size_t start = at_++;
        bool escaped = false;
        while (at_ < text_.size() && text_[at_] != '"') {
            if (text_[at_] == '\n') ++line_;
            if (text_[at_] == '\\') {
                escaped = true;
                ++at_;
            }
            ++at_;
        }
        at_ = std::min(at_ + 1, text_.size());
        const auto token = text_.substr(start, at_ - start);
        if (escaped) {
            if (auto value = json::parse(token, nullptr, false); value.is_string())
                return value.get<std::string>();
        }
        return std::string(token.size() >= 2 ? token.substr(1, token.size() - 2) : token);
    }

    std::string_view text_;
    std::size_t at_ = 0;
    int line_ = 1;
};

template <class Json>
Result<Json> parse(std::string_view text, const JsonLimits& limits) {
    if (text.size() > limits.bytes) {
        return fail("too_large", "the document is larger than " + std::to_string(limits.bytes) + " bytes");
    }
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    if (auto value = read_fast<Json>(text, limits.depth)) return std::move(*value);
    // Something is wrong with it, or unusual: look again, for a person who wants to know what and where.
    if (!is_utf8(text)) return fail("invalid_utf8", "the document is not valid UTF-8");
    bool too_deep = false;
    Scanner scanner(text);
    const auto duplicate = scanner.scan([](const auto&, int) {}, limits.depth, too_deep);
    if (too_deep) {
        return fail("too_deep",
                    "the document is nested deeper than " + std::to_string(limits.depth) + " levels");
    }
    try {
        auto value = Json::parse(text.begin(), text.end());
        if (!duplicate.empty()) {
            return fail("duplicate_key", "the member " + duplicate + " appears twice", duplicate,
                        scanner.duplicate_line);
        }
        return value;
    } catch (const nlohmann::json::parse_error& e) {
        const auto upto =
            text.substr(0, std::min(e.byte == 0 ? 0 : e.byte - 1, text.size()));  // e.byte counts from 1
        const int line = 1 + static_cast<int>(std::count(upto.begin(), upto.end(), '\n'));
        std::string what = e.what();
        if (const auto colon = what.find("syntax error"); colon != std::string::npos)
            what = what.substr(colon);
        what = what.substr(0, what.find("; last read"));  // which would repeat the document
        return fail("invalid_json", "not valid JSON: " + what, {}, line);
    } catch (const nlohmann::json::exception&) {
        return fail("invalid_json", "not valid JSON: a number is too large");
    }
}

}  // namespace

Result<json> parse_json(std::string_view text, const JsonLimits& limits) {
    return parse<json>(text, limits);
}

Result<ordered_json> parse_ordered_json(std::string_view text, const JsonLimits& limits) {
    return parse<ordered_json>(text, limits);
}

std::unordered_map<std::string, int> json_lines(std::string_view text) {
    std::unordered_map<std::string, int> lines;
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    bool too_deep = false;
    Scanner(text).scan([&](const auto& pointer, int line) { lines.try_emplace(pointer(), line); }, 256,
                       too_deep);
    return lines;
}

int line_of(const std::unordered_map<std::string, int>& lines, std::string pointer) {
    while (true) {
        if (const auto it = lines.find(pointer); it != lines.end()) return it->second;
        const auto slash = pointer.rfind('/');
        if (slash == std::string::npos) return 0;
        pointer.resize(slash);
    }
}

void locate(Problems& problems, std::string_view text) {
    if (text.empty() || problems.empty()) return;
    const auto lines = json_lines(text);
    for (auto& problem : problems) {
        if (problem.line == 0) problem.line = line_of(lines, problem.pointer);
    }
    std::stable_sort(problems.begin(), problems.end(),
                     [](const Problem& a, const Problem& b) { return a.line < b.line; });
}

std::string pointer_append(std::string_view pointer, std::string_view member) {
    std::string out(pointer);
    out += '/';
    for (const char c : member) {
        if (c == '~') {
            out += "~0";
        } else if (c == '/') {
            out += "~1";
        } else {
            out += c;
        }
    }
    return out;
}

std::string pointer_append(std::string_view pointer, std::size_t index) {
    return std::string(pointer) + "/" + std::to_string(index);
}

std::string get_string(const json& object, std::string_view member, std::string_view otherwise) {
    if (!object.is_object()) return std::string(otherwise);
    const auto it = object.find(member);
    return it != object.end() && it->is_string() ? it->get_ref<const std::string&>() : std::string(otherwise);
}

}  // namespace capbridge
