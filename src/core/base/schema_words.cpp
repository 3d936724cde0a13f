#include "core/base/schema_words.hpp"

#include <algorithm>
#include <regex>

#include "core/base/text.hpp"

namespace capbridge {
namespace {

// As json::at, but nullptr for what is not there.
const json* child_of(const json& parent, const std::string& token) {
    if (parent.is_object()) {
        const auto it = parent.find(token);
        return it == parent.end() ? nullptr : &*it;
    }
    const auto index = number_in(token);
    return parent.is_array() && index < parent.size() ? &parent[index] : nullptr;
}

const json* without_ref(const json* schema, const json& root) {
    for (int hops = 0; schema != nullptr && schema->is_object() && hops < 16; ++hops) {
        const auto ref = get_string(*schema, "$ref");
        if (ref.empty()) return schema;
        if (!ref.starts_with("#")) return nullptr;
        schema = node_at(root, tokens_of(std::string_view(ref).substr(1)));
    }
    return nullptr;
}

const json* find_rule(const json* at, const json& root, std::span<const std::string> path, int turns = 0) {
    at = without_ref(at, root);
    if (at == nullptr || path.empty() || turns > 6) return at;
    const auto step = [&](const json* next) {
        return next == nullptr ? nullptr : find_rule(next, root, path.subspan(1), turns);
    };
    if (const auto* named = child_of(*at, "properties")) {
        if (const auto* found = step(child_of(*named, path.front()))) return found;
    }
    if (const auto* items = child_of(*at, "items")) {
        if (const auto* found = step(items->is_array() ? child_of(*items, path.front()) : items))
            return found;
    }
    if (const auto* patterns = child_of(*at, "patternProperties");
        patterns != nullptr && patterns->is_object()) {
        for (const auto& [pattern, rule] : patterns->items()) {
            if (path.front().size() > 256 || !std::regex_search(path.front(), std::regex(pattern))) continue;
            if (const auto* found = step(&rule)) return found;
        }
    }
    for (const char* others : {"additionalProperties", "additionalItems"}) {
        if (const auto* found = step(child_of(*at, others))) return found;
    }
    for (const char* choice : {"allOf", "anyOf", "oneOf"}) {
        const auto* alternatives = child_of(*at, choice);
        if (alternatives == nullptr || !alternatives->is_array()) continue;
        for (const auto& alternative : *alternatives) {
            if (const auto* found = find_rule(&alternative, root, path, turns + 1)) return found;
        }
    }
    return nullptr;
}

// One line, not much longer than `limit`, cut between characters.
std::string shortened(std::string_view text, std::size_t limit) {
    std::string out;
    for (const char c : text) {
        const bool begins = (static_cast<unsigned char>(c) & 0xC0) != 0x80;
        if (out.size() >= limit && begins) return out + "...";
        out += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? ' ' : c;
    }
    return out;
}

// What stands before the host of an address may be a password.
std::string without_user(std::string text) {
    const auto from = text.find("://"), to = text.rfind('@');
    if (from != std::string::npos && to != std::string::npos && to > from)
        text.replace(from + 3, to - from - 3, "...");
    return text;
}

std::string shown(const json& value) {
    if (value.is_string())
        return "'" + shortened(without_user(value.get_ref<const std::string&>()), 40) + "'";
    if (value.is_array()) return "a list";
    if (value.is_object()) return "an object";
    return shortened(value.dump(), 40);
}

std::string kind_words(std::string_view type) {
    if (type == "string") return "text";
    if (type == "integer") return "a whole number";
    if (type == "number") return "a number";
    if (type == "boolean") return "true or false";
    if (type == "array") return "a list";
    if (type == "object") return "an object";
    return std::string(type);
}

std::string counted(const json& number, const char* one, const char* many) {
    return number.dump() + " " + (number == 1 ? one : many);
}

// What a pattern means, for those that our schemas use again and again.
std::string pattern_words(const std::string& pattern) {
    if (pattern == "^[a-z0-9]+(-[a-z0-9]+)*$") return "lower case, digits and single dashes";
    if (pattern == "^[a-z0-9]+([._-][a-z0-9]+)*$")
        return "lower case, digits, and single dots, underscores or dashes";
    if (pattern == "^[0-9]+(\\.[0-9]+)*$") return "numbers with dots between, such as 1.2";
    if (pattern == "^[0-9]+\\.[0-9]+\\.[0-9]+$") return "three numbers, such as 1.0.0";
    if (pattern == "\\S") return "not blank";
    return "pattern " + shortened(pattern, 120);
}

std::string wanted(const json* schema, const std::string& form = {}) {
    auto words = schema == nullptr ? "" : shortened(trim(get_string(*schema, "description")), 160);
    if (words.ends_with('.') && !words.ends_with("...")) words.pop_back();
    if (words.empty()) return form.empty() ? "" : "; wanted: " + form;
    return "; wanted: " + words + (form.empty() ? "" : " (" + form + ")");
}

class Teller {
public:
    Teller(const json& document, const json& schema) : document_(document), schema_(schema) {}

    void tell(const Breach& breach) {
        const auto path = tokens_of(breach.pointer);
        value_ = node_at(document_, path);
        rule_ = subschema(schema_, path);
        if (value_ == nullptr) return add(breach.pointer, "does not fit the schema", true);
        given_ = shown(*value_);
        // What only goes in is a secret: a message may end in a log.
        if (const auto* secret = keyword("writeOnly"); secret != nullptr && *secret == true)
            given_ = "what is there";
        const std::string_view what = breach.what;
        if (what.starts_with("Missing required property")) return missing(breach);
        if (what.starts_with("Object contains a property")) return unknown(breach);
        if (what.starts_with("Elements at indexes")) return twice(breach);
        if (auto size = of_size(what); !size.empty())
            return add(breach.pointer, size + wanted(rule_), value_->is_string());
        add(breach.pointer, of_value(what), breaks_value(what));
    }

    std::vector<Finding> findings;

private:
    void add(const std::string& pointer, std::string message, bool broken) {
        findings.push_back({pointer, std::move(message), broken});
    }

    [[nodiscard]] const json* keyword(const char* name) const {
        if (rule_ == nullptr) return nullptr;
        if (const auto* own = child_of(*rule_, name)) return own;
        const auto* parts = child_of(*rule_, "allOf");
        if (parts == nullptr || !parts->is_array()) return nullptr;
        for (const auto& part : *parts) {
            const auto* rule = without_ref(&part, schema_);
            const auto* found = rule == nullptr ? nullptr : child_of(*rule, name);
            if (found != nullptr) return found;
        }
        return nullptr;
    }

    // What stands in quotes in valijson's words.
    static std::string quoted(std::string_view what) {
        const auto begin =
            what.find(": '") != std::string_view::npos ? what.find(": '") + 2 : what.find('\'');
        const auto end = what.rfind('\'');
        return begin < end && end != std::string_view::npos
                   ? std::string(what.substr(begin + 1, end - begin - 1))
                   : "";
    }

    void missing(const Breach& breach) {
        const auto name = quoted(breach.what);
        const auto* properties = keyword("properties");
        const auto* member = properties == nullptr ? nullptr : child_of(*properties, name);
        add(breach.pointer, "'" + name + "' is missing" + wanted(without_ref(member, schema_)), false);
    }

    // valijson names the first one only.
    void unknown(const Breach& breach) {
        const auto* properties = keyword("properties");
        const auto* patterns = keyword("patternProperties");
        std::vector<std::string> names, known;
        if (rule_ == nullptr || (patterns != nullptr && !patterns->empty())) {
            names.push_back(quoted(breach.what));
        } else {
            for (const auto& [name, value] : value_->items()) {
                if (properties == nullptr || !properties->contains(name)) names.push_back(name);
            }
        }
        if (properties != nullptr && properties->is_object()) {
            for (const auto& [name, value] : properties->items()) {
                if (!name.starts_with('$')) known.push_back(name);
            }
        }
        const auto choice = known.empty() || known.size() > 24 ? "" : "; known are " + join(known, ", ");
        for (const auto& name : names) {
            add(pointer_append(breach.pointer, name), "unknown member '" + shortened(name, 40) + "'" + choice,
                true);
        }
    }

    void twice(const Breach& breach) {
        const auto first = breach.what.find('#'), second = breach.what.rfind('#');
        const auto number = [&](std::size_t at) {
            const auto end = breach.what.find_first_not_of("0123456789", at + 1);
            return number_in(std::string_view(breach.what).substr(at + 1, end - at - 1));
        };
        add(pointer_append(breach.pointer, number(second)),
            "is there twice: entry " + std::to_string(number(first) + 1) + " of the list is the same", false);
    }

    [[nodiscard]] std::string of_size(std::string_view what) const {
        struct Size {
            const char *begin, *keyword, *bound, *one, *many;
        };
        static constexpr Size sizes[] = {
            {"String should be no fewer", "minLength", "at least ", "character", "characters"},
            {"String should be no more", "maxLength", "at most ", "character", "characters"},
            {"Array should contain no fewer", "minItems", "at least ", "entry", "entries"},
            {"Array should contain no more", "maxItems", "at most ", "entry", "entries"},
            {"Object should have no fewer", "minProperties", "at least ", "member", "members"},
            {"Object should have no more", "maxProperties", "at most ", "member", "members"},
        };
        for (const auto& size : sizes) {
            if (!what.starts_with(size.begin)) continue;
            if (value_->empty() || *value_ == "") return "is empty";
            const auto* bound = keyword(size.keyword);
            if (bound == nullptr) return "is too short or too long";
            return std::string("should have ") + size.bound + counted(*bound, size.one, size.many) +
                   (value_->is_string() ? ", not " + given_ : ", and has " + std::to_string(value_->size()));
        }
        return "";
    }

    [[nodiscard]] static bool breaks_value(std::string_view what) {
        return !what.empty() && !what.starts_with("Missing dependency") &&
               !what.starts_with("Failed to any values");
    }

    [[nodiscard]] std::string of_value(std::string_view what) const {
        if (what.starts_with("Value type not permitted")) {
            return "should be " + types() + ", not " + (value_->is_string() ? "the text " : "") +
                   (value_->is_number() ? "the number " : "") + given_ + wanted(rule_);
        }
        if (what.starts_with("Failed to match against any enum") ||
            what.starts_with("Failed to match expected value"))
            return "should be " + choices() + ", not " + given_;
        if (what.starts_with("Failed to match regex")) {
            const auto pattern = rule_ == nullptr ? "" : get_string(*rule_, "pattern");
            return given_ + " is not written as it should be" +
                   wanted(rule_, pattern.empty() ? "" : pattern_words(pattern));
        }
        if (what.starts_with("Expected number")) return bound(what.find("less") != std::string_view::npos);
        if (what.starts_with("String should be a valid "))
            return given_ + " is no valid " +
                   get_string(rule_ == nullptr ? json() : *rule_, "format", "text");
        if (what.starts_with("Missing dependency"))
            return "'" + quoted(what) + "' is missing, which another member here needs";
        if (what.starts_with("Failed to validate against exactly one"))
            return "fits more than one of the forms that are allowed here" + wanted(rule_);
        if (fits_none(what)) return "has none of the forms that are allowed here" + wanted(rule_);
        if (what.starts_with("Value should be a multiple") && keyword("multipleOf") != nullptr)
            return "should be a multiple of " + keyword("multipleOf")->dump() + ", not " + given_;
        if (keyword("propertyNames") != nullptr) return "a member has a name that is not allowed";
        return (value_->is_structured() ? "is not what is wanted here" : given_ + " is not allowed here") +
               wanted(rule_);
    }

    [[nodiscard]] std::string types() const {
        const auto* type = keyword("type");
        if (type == nullptr) return "something else";
        if (type->is_string()) return kind_words(type->get<std::string>());
        std::vector<std::string> words;
        for (const auto& one : *type) {
            if (one.is_string()) words.push_back(kind_words(one.get<std::string>()));
        }
        return join(words, " or ");
    }

    [[nodiscard]] std::string choices() const {
        if (const auto* only = keyword("const")) return shown(*only);
        const auto* values = keyword("enum");
        if (values == nullptr || !values->is_array()) return "something else";
        std::vector<std::string> words;
        for (const auto& value : *values) words.push_back(words.size() < 12 ? shown(value) : "...");
        if (words.size() > 13) words.resize(13);
        return (words.size() > 1 ? "one of " : "") + join(words, ", ");
    }

    [[nodiscard]] std::string bound(bool upper) const {
        const auto* limit = keyword(upper ? "maximum" : "minimum");
        const auto* open = keyword(upper ? "exclusiveMaximum" : "exclusiveMinimum");
        std::string words = upper ? "is too large" : "is too small";
        if (open != nullptr && open->is_number()) {
            words = std::string("should be ") + (upper ? "less" : "more") + " than " + open->dump();
        } else if (limit != nullptr) {
            words = std::string("should be at ") + (upper ? "most " : "least ") + limit->dump();
        }
        return words + ", not " + given_ + wanted(rule_);
    }

    const json& document_;
    const json& schema_;
    const json* value_ = nullptr;  // of the breach that is told
    const json* rule_ = nullptr;
    std::string given_;
};

}  // namespace

bool fits_none(std::string_view what) {
    return what.starts_with("Failed to validate against any");
}

std::vector<Finding> findings_of(const Breach& breach, const json& document, const json& schema) {
    Teller teller(document, schema);
    teller.tell(breach);
    return std::move(teller.findings);
}

Path tokens_of(std::string_view pointer) {
    Path tokens;
    while (!pointer.empty()) {
        pointer.remove_prefix(1);
        const auto end = std::min(pointer.find('/'), pointer.size());
        std::string token;
        for (std::size_t i = 0; i < end; ++i) {
            const bool escaped = pointer[i] == '~' && i + 1 < end;
            token += escaped ? (pointer[++i] == '1' ? '/' : '~') : pointer[i];
        }
        tokens.push_back(std::move(token));
        pointer.remove_prefix(end);
    }
    return tokens;
}

std::size_t number_in(std::string_view token) {
    if (token.empty() || token.size() > 9 || token.find_first_not_of("0123456789") != std::string_view::npos)
        return std::string_view::npos;
    return std::stoul(std::string(token));
}

const json* node_at(const json& document, std::span<const std::string> path) {
    const json* at = &document;
    for (const auto& token : path) {
        if (at = child_of(*at, token); at == nullptr) return nullptr;
    }
    return at;
}

const json* subschema(const json& schema, std::span<const std::string> path) {
    return find_rule(&schema, schema, path);
}

}  // namespace capbridge
