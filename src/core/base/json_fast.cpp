#include "core/base/json_fast.hpp"

#include <simdjson.h>

#include <algorithm>
#include <vector>

namespace capbridge {
namespace {

using Element = simdjson::dom::element;
using Kind = simdjson::dom::element_type;

// `depth`: of containers that may still be opened. False: too few, or a member that stands there twice.
template <class Json>
bool take(const Element& from, Json& to, std::size_t depth) {
    if (depth == 0 && (from.is_object() || from.is_array())) return false;
    switch (from.type()) {
        case Kind::OBJECT: {
            to = Json::object();
            auto& members = to.template get_ref<typename Json::object_t&>();
            for (const auto field : simdjson::dom::object(from)) {
                const auto [member, fresh] = members.emplace(std::string(field.key), nullptr);
                if (!fresh || !take(field.value, member->second, depth - 1)) return false;
            }
            return true;
        }
        case Kind::ARRAY: {
            to = Json::array();
            auto& values = to.template get_ref<typename Json::array_t&>();
            const simdjson::dom::array array(from);
            values.reserve(array.size());
            for (const auto value : array) {
                if (!take(value, values.emplace_back(nullptr), depth - 1)) return false;
            }
            return true;
        }
        case Kind::STRING:
            to = std::string(std::string_view(from));
            return true;
        case Kind::INT64: {
            const auto number = std::int64_t(from);
            if (number < 0) {
                to = number;
            } else {
                to = static_cast<std::uint64_t>(number);  // as nlohmann tells them apart
            }
            return true;
        }
        case Kind::UINT64:
            to = std::uint64_t(from);
            return true;
        case Kind::DOUBLE:
            to = double(from);
            return true;
        case Kind::BOOL:
            to = bool(from);
            return true;
        case Kind::NULL_VALUE:
            to = nullptr;
            return true;
    }
    return false;
}

constexpr std::size_t deepest_part = 64;

bool take_part(const simdjson::dom::object& from, nlohmann::json& to, std::string_view parent,
               WantedMember wanted) {
    to = nlohmann::json::object();
    for (const auto field : from) {
        if (!wanted(parent, field.key)) continue;
        auto& member = to[std::string(field.key)];
        const bool inside = parent.empty() && field.value.is_object();
        if (!(inside ? take_part(simdjson::dom::object(field.value), member, field.key, wanted)
                     : take(field.value, member, deepest_part)))
            return false;
    }
    return true;
}

// What a parser works with. Most texts are records and statements of a few hundred bytes, for which getting
// the room costs as much as reading: each thread keeps one for them.
struct Room {
    static constexpr std::size_t kText = std::size_t{16} << 10;
    static constexpr std::size_t kDepth = 256;

    simdjson::dom::parser parser;
    std::vector<char> text = std::vector<char>(kText + simdjson::SIMDJSON_PADDING);
    bool ready = parser.allocate(kText, kDepth + 1) == simdjson::SUCCESS;
};

// The element lives as long as the parser, and until its next text.
std::optional<Element> parsed(simdjson::dom::parser& own, std::string_view text, std::size_t depth) {
    Element root;
    if (text.size() <= Room::kText && depth <= Room::kDepth) {
        thread_local Room room;
        std::copy(text.begin(), text.end(), room.text.begin());
        if (!room.ready ||
            room.parser.parse(room.text.data(), text.size(), false).get(root) != simdjson::SUCCESS)
            return std::nullopt;
        return root;
    }
    // One level more, for simdjson counts the document itself; and empty containers it does not count.
    if (own.allocate(text.size(), depth + 1) != simdjson::SUCCESS) return std::nullopt;
    if (own.parse(text.data(), text.size()).get(root) != simdjson::SUCCESS) return std::nullopt;
    return root;
}

}  // namespace

template <class Json>
std::optional<Json> read_fast(std::string_view text, std::size_t depth) {
    simdjson::dom::parser own;
    const auto root = parsed(own, text, depth);
    if (!root) return std::nullopt;
    std::optional<Json> out(std::in_place);
    if (!take(*root, *out, depth)) return std::nullopt;
    return out;
}

std::optional<nlohmann::json> read_part(std::string_view text, WantedMember wanted) {
    simdjson::dom::parser own;
    const auto root = parsed(own, text, deepest_part);
    if (!root || !root->is_object()) return std::nullopt;
    std::optional<nlohmann::json> out(std::in_place);
    if (!take_part(simdjson::dom::object(*root), *out, {}, wanted)) return std::nullopt;
    return out;
}

template std::optional<nlohmann::json> read_fast(std::string_view text, std::size_t depth);
template std::optional<nlohmann::ordered_json> read_fast(std::string_view text, std::size_t depth);

}  // namespace capbridge
