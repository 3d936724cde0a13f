#include "server/parameters.hpp"

#include <algorithm>
#include <charconv>

#include "core/base/text.hpp"

namespace capbridge::server {
namespace {

constexpr std::size_t most_value_bytes = 4096;

tl::unexpected<Error> bad(std::string_view name, const std::string& needs) {
    return fail("bad_parameter", "The parameter \"" + std::string(name) + "\" needs " + needs + ".",
                std::string(name));
}

}  // namespace

Result<Parameters> Parameters::parse(std::string_view query, std::initializer_list<std::string_view> known) {
    Parameters out;
    for (const auto& part : split(query, '&')) {
        if (part.empty()) continue;
        const auto equals = std::min(part.find('='), part.size());
        const auto name = url_decode(std::string_view(part).substr(0, equals));
        auto value =
            equals < part.size() ? url_decode(std::string_view(part).substr(equals + 1)) : std::string();
        if (std::find(known.begin(), known.end(), name) == known.end()) {
            const auto shown = is_utf8(name) ? name.substr(0, 60) : std::string("?");
            if (known.size() == 0)
                return fail("unknown_parameter", "This takes no parameters, and there is \"" + shown + "\".",
                            shown);
            return fail("unknown_parameter",
                        "There is no parameter \"" + shown +
                            "\" here. Those there are: " + join({known.begin(), known.end()}, ", ") + ".",
                        shown);
        }
        if (out.has(name))
            return fail("duplicate_parameter", "The parameter \"" + name + "\" is given twice.", name);
        if (value.find('\0') != std::string::npos) return bad(name, "text without the character NUL");
        if (value.size() > most_value_bytes || !is_utf8(value)) {
            return bad(name, "text in UTF-8 of at most " + std::to_string(most_value_bytes) + " bytes");
        }
        out.values_.emplace_back(name, std::move(value));
    }
    return out;
}

const std::string* Parameters::find(std::string_view name) const {
    for (const auto& [known, value] : values_) {
        if (known == name) return &value;
    }
    return nullptr;
}

std::string Parameters::text(std::string_view name) const {
    const auto* value = find(name);
    return value ? *value : std::string();
}

Result<std::optional<bool>> Parameters::flag(std::string_view name) const {
    const auto* value = find(name);
    if (!value) return std::nullopt;
    if (*value == "true") return true;
    if (*value == "false") return false;
    return bad(name, "the value true or false");
}

Result<std::optional<std::int64_t>> Parameters::integer(std::string_view name, std::int64_t least,
                                                        std::int64_t most) const {
    const auto* value = find(name);
    if (!value) return std::nullopt;
    std::int64_t number = 0;
    const auto* end = value->data() + value->size();
    const auto read = std::from_chars(value->data(), end, number);
    if (read.ec != std::errc{} || read.ptr != end || number < least || number > most) {
        return bad(name, "a whole number from " + std::to_string(least) + " to " + std::to_string(most));
    }
    return number;
}

Result<std::optional<Day>> Parameters::day(std::string_view name) const {
    const auto* value = find(name);
    if (!value) return std::nullopt;
    if (const auto read = parse_day(*value)) return read;
    return bad(name, "a day such as 2026-03-31");
}

Result<std::optional<Instant>> Parameters::instant(std::string_view name) const {
    const auto* value = find(name);
    if (!value) return std::nullopt;
    if (const auto read = parse_instant(*value)) return read;
    return bad(name, "a time such as 2026-03-31T09:30:00Z (a + in it is written %2B)");
}

}  // namespace capbridge::server
