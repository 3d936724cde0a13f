#include "cli/config_schema.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/base/embedded.hpp"
#include "core/base/text.hpp"

namespace capbridge::cli {
namespace {

ordered_json embedded(const std::string& name) {
    return ordered_json::parse(find_embedded(embedded_config(), "schemas/" + name + ".schema.json")->bytes);
}

// The place keeps what the configuration says of it; the shape is the part's.
void lay_in(ordered_json& place, const ordered_json& part) {
    for (const auto& [name, value] : part.items()) {
        if (name != "$schema" && name != "$id" && name != "title" && !place.contains(name))
            place[name] = value;
    }
}

bool is_index(std::string_view token) {
    return token == "*" ||
           (!token.empty() && token.find_first_not_of("0123456789") == std::string_view::npos);
}

std::vector<std::string> tokens_of(std::string_view place) {
    std::vector<std::string> out;
    if (place.empty() || place == "/") return out;
    const bool is_pointer = place.front() == '/';
    for (auto token : split(is_pointer ? place.substr(1) : place, is_pointer ? '/' : '.')) {
        for (const auto& [escaped, plain] : {std::pair{"~1", "/"}, std::pair{"~0", "~"}}) {
            for (auto at = token.find(escaped); at != std::string::npos; at = token.find(escaped, at + 1))
                token.replace(at, 2, plain);
        }
        out.push_back(std::move(token));
    }
    return out;
}

const ordered_json* object_at(const ordered_json& schema, const char* member) {
    const auto it = schema.find(member);
    return it != schema.end() && it->is_object() ? &*it : nullptr;
}

struct Found {
    const ordered_json* schema = nullptr;
    std::string pointer;  // in general
};

Found find(std::string_view place) {
    Found out{&configuration_schema(), ""};
    for (const auto& token : tokens_of(place)) {
        if (const auto* items = object_at(*out.schema, "items")) {
            out.schema = items;
            out.pointer += "/*";
            if (is_index(token)) continue;
        }
        const auto* members = object_at(*out.schema, "properties");
        if (members != nullptr && members->contains(token)) {
            out.schema = &members->at(token);
            out.pointer = pointer_append(out.pointer, token);
        } else if (const auto* any = object_at(*out.schema, "additionalProperties")) {
            out.schema = any;
            out.pointer += "/*";
        } else {
            return {nullptr, out.pointer};
        }
    }
    return out;
}

void walk(const ordered_json& schema, const std::string& at,
          const std::function<void(const std::string&, const ordered_json&, bool)>& what) {
    const auto required = schema.value("required", std::vector<std::string>{});
    if (const auto* members = object_at(schema, "properties")) {
        for (const auto& [name, member] : members->items()) {
            const auto pointer = pointer_append(at, name);
            what(pointer, member, std::find(required.begin(), required.end(), name) != required.end());
            walk(member, pointer, what);
        }
    }
    for (const auto* below : {"items", "additionalProperties"}) {
        if (const auto* one = object_at(schema, below)) walk(*one, at + "/*", what);
    }
}

std::string text(const ordered_json& schema, const char* member) {
    const auto it = schema.find(member);
    return it == schema.end() ? "" : it->is_string() ? it->get<std::string>() : it->dump();
}

std::string word_of(const std::string& type) {
    return type == "string"    ? "text"
           : type == "integer" ? "whole number"
           : type == "boolean" ? "true or false"
           : type == "array"   ? "list"
                               : type;
}

std::string cell(std::string value) {
    for (auto at = value.find('|'); at != std::string::npos; at = value.find('|', at + 2))
        value.insert(at, "\\");
    std::replace(value.begin(), value.end(), '\n', ' ');
    return value;
}

std::string code(const std::string& value) {
    return value.empty() ? "" : "`" + cell(value) + "`";
}

std::string example_of(const ordered_json& schema) {
    const auto examples = schema.value("examples", ordered_json::array());
    return examples.empty() ? "" : examples.front().dump();
}

std::string members_below(const ordered_json& schema) {
    const auto* items = object_at(schema, "items");
    const auto* any = object_at(schema, "additionalProperties");
    const auto& holder = items != nullptr ? *items : any != nullptr ? *any : schema;
    const auto* members = object_at(holder, "properties");
    std::string out;
    if (members == nullptr) return out;
    for (const auto& [name, member] : members->items()) {
        auto said = text(member, "description");
        said = said.substr(0, std::min(said.find(". "), said.size()));
        out += "  " + name + std::string(name.size() < 22 ? 22 - name.size() : 1, ' ') + said + "\n";
    }
    return out;
}

}  // namespace

const ordered_json& configuration_schema() {
    static const auto whole = [] {
        auto out = embedded("configuration");
        const auto http = embedded("source-http");
        auto& source = out["properties"]["sources"]["items"]["properties"];
        lay_in(source["http"], http["properties"]["http"]);
        lay_in(source["fetch"], http["properties"]["fetch"]);
        auto target = embedded("forward-target");
        target["properties"].erase("$schema");  // of a file of its own only
        lay_in(out["properties"]["forward"]["items"]["properties"]["settings"], target);
        return out;
    }();
    return whole;
}

const ordered_json* schema_at(std::string_view place) {
    return find(place).schema;
}

std::string general_pointer(std::string_view place) {
    return find(place).pointer;
}

std::string reload_of(std::string_view pointer) {
    const auto tokens = tokens_of(pointer);
    if (tokens.empty()) return "live";
    const auto* member = schema_at("/" + tokens.front());
    return member == nullptr ? "live" : member->value("x-reload", "restart");
}

void each_member(
    const std::function<void(const std::string& pointer, const ordered_json& schema, bool required)>& what) {
    walk(configuration_schema(), "", what);
}

std::string type_words(const ordered_json& schema) {
    if (const auto it = schema.find("enum"); it != schema.end()) {
        std::string out;
        for (const auto& one : *it)
            out += (out.empty() ? "one of " : ", ") + (one.is_string() ? one.get<std::string>() : one.dump());
        return out;
    }
    std::string out;
    const auto it = schema.find("type");
    if (it != schema.end() && it->is_array()) {
        for (const auto& one : *it) out += (out.empty() ? "" : " or ") + word_of(one.get<std::string>());
    } else if (it != schema.end()) {
        out = word_of(it->get<std::string>());
    }
    if (const auto* items = object_at(schema, "items"); out == "list" && items != nullptr)
        out += " of " + (items->contains("properties") ? std::string("objects") : type_words(*items));
    const auto bound = [&](const char* member, const char* words) {
        if (schema.contains(member))
            out += (out.empty() ? "" : ", ") + std::string(words) + schema[member].dump();
    };
    bound("minimum", "at least ");
    bound("exclusiveMinimum", "more than ");
    bound("maximum", "at most ");
    return out;
}

std::string reload_words(std::string_view pointer) {
    const auto kind = reload_of(pointer);
    if (kind == "live") return "takes effect with 'capbridge reload' (or SIGHUP)";
    if (kind == "restart") return "needs a restart of the daemon";
    if (kind == "once") return "has no effect: it is used once, when the data directory is made";
    return "has no effect: the daemon does not look at it";
}

Result<std::string> explain_member(std::string_view place) {
    const auto found = find(place);
    if (found.schema == nullptr) {
        const auto* around = schema_at(found.pointer);
        const auto names = around == nullptr ? "" : members_below(*around);
        return fail("no_such_member",
                    "the configuration has no member '" + std::string(place) + "'" +
                        (names.empty() ? ""
                                       : "; " + (found.pointer.empty() ? "at the top" : found.pointer) +
                                             " has:\n" + names),
                    std::string(place));
    }
    const auto& schema = *found.schema;
    std::string out = (found.pointer.empty() ? "the configuration file" : found.pointer) + "\n";
    if (const auto said = text(schema, "description"); !said.empty()) out += "  " + said + "\n";
    if (!found.pointer.empty()) {
        const auto standard = text(schema, "default");
        out += "  type:    " + type_words(schema) + "\n";
        if (schema.contains("pattern")) out += "  pattern: " + text(schema, "pattern") + "\n";
        out += "  default: " + (standard.empty() ? std::string("none") : standard) + "\n";
        if (const auto example = example_of(schema); !example.empty()) out += "  example: " + example + "\n";
        out += "  change:  " + reload_words(found.pointer) + "\n";
    }
    if (const auto members = members_below(schema); !members.empty()) out += "members:\n" + members;
    return out;
}

std::string configuration_reference() {
    std::string out, section;
    each_member([&](const std::string& pointer, const ordered_json& schema, bool required) {
        const auto top = "/" + tokens_of(pointer).front();
        if (top != section) {
            section = top;
            out += (out.empty() ? "" : "\n") + ("### " + top.substr(1)) + "\n\nA change " +
                   reload_words(top) +
                   ".\n\n| member | what | type | default | example |\n|---|---|---|---|---|\n";
        }
        out += "| " + code(pointer) + (required ? " (needed)" : "") + " | " +
               cell(text(schema, "description")) + " | " + cell(type_words(schema)) + " | " +
               code(text(schema, "default")) + " | " + code(example_of(schema)) + " |\n";
    });
    return out;
}

}  // namespace capbridge::cli
