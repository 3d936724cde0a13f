#include "core/base/json_fast.hpp"

#include <simdjson.h>

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

}  // namespace

template <class Json>
std::optional<Json> read_fast(std::string_view text, std::size_t depth) {
    simdjson::dom::parser parser;
    // One level more, for simdjson counts the document itself; and empty containers it does not count.
    if (parser.allocate(text.size(), depth + 1) != simdjson::SUCCESS) return std::nullopt;
    Element root;
    if (parser.parse(text.data(), text.size()).get(root) != simdjson::SUCCESS) return std::nullopt;
    std::optional<Json> out(std::in_place);
    if (!take(root, *out, depth)) return std::nullopt;
    return out;
}

template std::optional<nlohmann::json> read_fast(std::string_view text, std::size_t depth);
template std::optional<nlohmann::ordered_json> read_fast(std::string_view text, std::size_t depth);

}  // namespace capbridge
