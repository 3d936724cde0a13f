#include "cli/support_content.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>

#include "cli/config_schema.hpp"
#include "cli/file_findings.hpp"
#include "core/base/text.hpp"

namespace capbridge::cli {
namespace {

constexpr const char* left_out = "(left out)";

// Members whose values may be about people, whatever their names elsewhere.
bool may_be_about_people(std::string_view member) {
    for (const auto* name :
         {"agents", "actors", "who", "user", "username", "account", "mbox", "email", "from", "note"}) {
        if (member == name) return true;
    }
    return false;
}

bool is_part_of_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           static_cast<unsigned char>(c) >= 0x80;
}

bool is_within_character(char c) {  // of UTF-8: a cut before it would leave half of one
    return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

// By hand, from each '@' to both sides: the log may have lines of any length, and this is linear. The lengths
// are those of RFC 5321, 4.5.3.1.
std::string without_email(std::string_view text) {
    constexpr std::size_t most_local = 64, most_domain = 255;
    constexpr std::string_view also_local = "._%+'";
    std::string out;
    std::size_t done = 0;
    for (auto at = text.find('@'); at != text.npos; at = text.find('@', at + 1)) {
        auto begin = at, end = at + 1;
        while (begin > done &&
               (at - begin < most_local || (begin < at && is_within_character(text[begin]))) &&
               (is_part_of_word(text[begin - 1]) || also_local.find(text[begin - 1]) != text.npos))
            --begin;
        while (end < text.size() && (end - at <= most_domain || is_within_character(text[end])) &&
               (is_part_of_word(text[end]) || text[end] == '.'))
            ++end;
        while (text[end - 1] == '.') --end;  // a sentence's
        const auto domain = text.substr(at + 1, end - at - 1);
        if (begin == at || domain.starts_with('.') || domain.find('.') == domain.npos) continue;
        out.append(text.substr(done, begin - done)).append("(e-mail)");
        done = end;
    }
    return out.append(text.substr(done));
}

// "https://user:secret@host/path?token=..." -> "https://host/path"; without the path where the path is what
// lets somebody in.
std::string plain_address(const std::string& text, bool host_only) {
    const auto scheme = text.find("://");
    if (scheme == std::string::npos) return host_only ? left_out : text;
    const auto host = scheme + 3;
    const auto end = std::min(text.find_first_of("/?#", host), text.size());
    const auto at = text.rfind('@');
    // A user's password with a slash in it would look like a path.
    if (at != std::string::npos && at >= end) return left_out;
    const auto path = host_only ? std::string() : text.substr(end, text.find_first_of("?#", end) - end);
    const auto name = at == std::string::npos || at < host ? host : at + 1;
    return text.substr(0, host) + text.substr(name, end - name) + path;
}

// A value of another kind than the schema wants is not what the member's name promises.
bool is_of_its_kind(const json& value, const ordered_json& schema) {
    if (const auto one_of = schema.find("enum"); one_of != schema.end())
        return value.is_primitive() &&
               std::find(one_of->begin(), one_of->end(), ordered_json(value)) != one_of->end();
    const auto type = schema.find("type");
    if (type == schema.end()) return false;
    const auto is = [&](const ordered_json& name) {
        return name == (value.is_string()           ? "string"
                        : value.is_array()          ? "array"
                        : value.is_object()         ? "object"
                        : value.is_boolean()        ? "boolean"
                        : value.is_number_integer() ? "integer"
                                                    : "none") ||
               (name == "number" && value.is_number());
    };
    return type->is_array() ? std::any_of(type->begin(), type->end(), is) : is(*type);
}

// Shows what the schema knows, and of anything else only that it is there. `place` is in general
// ("/sources/*/name"), `name` the member's or that of the list it stands in.
ordered_json cleared(const json& value, const std::string& place, const std::string& name, bool host_only) {
    const auto* schema = schema_at(place);
    if (schema == nullptr || !is_of_its_kind(value, *schema) || may_be_about_people(name)) return left_out;
    if (value.is_array()) {
        auto out = ordered_json::array();
        for (const auto& one : value) {
            // The address of a webhook is often all that it takes to write there; what is no LRS may be one.
            const bool hook = place == "/forward" && get_string(one, "kind") != "lrs";
            out.push_back(cleared(one, place + "/*", name, host_only || hook));
        }
        return out;
    }
    if (value.is_object()) {
        // Headers that a source sends with each request: what they are called is all that we know.
        const bool only_names = name == "headers";
        auto out = ordered_json::object();
        for (const auto& [member, below] : value.items())
            out[without_email(member)] =
                only_names ? ordered_json(left_out)
                           : cleared(below, pointer_append(place, member), member, host_only);
        return out;
    }
    if (may_be_secret(name)) return left_out;
    if (!value.is_string()) return ordered_json(value);
    return without_email(plain_address(value.get<std::string>(), host_only && name == "url"));
}

void take(const ordered_json& from, ordered_json& into, std::initializer_list<const char*> members) {
    for (const auto* member : members) {
        if (from.contains(member)) into[member] = from[member];
    }
}

// Of an error its code: its message may quote a record.
ordered_json code_of(const ordered_json& holder, const char* member) {
    const auto error = holder.value(member, ordered_json());
    return error.is_object() ? error.value("code", ordered_json()) : ordered_json(nullptr);
}

}  // namespace

ordered_json configuration_for_support(const json& document) {
    return cleared(document, "", "", false);
}

ordered_json status_for_support(const ordered_json& status) {
    ordered_json out;
    take(status, out,
         {"framework", "journal", "folded", "people", "unmapped_statements", "unresolved_actors",
          "unresolved_statements", "sandbox", "store"});
    out["unmapped_activities"] = status.value("unmapped_activities", ordered_json::array()).size();
    out["out_of_force"] = status.value("out_of_force", ordered_json::array()).size();
    out["forward"] = ordered_json::array();
    for (const auto& target : status.value("forward", ordered_json::array())) {
        ordered_json one;
        take(target, one, {"name", "paused", "behind", "lag_seconds", "dead_letters", "failures", "error"});
        out["forward"].push_back(std::move(one));
    }
    const auto backup = status.value("backup", ordered_json::object());
    ordered_json kept;
    take(backup, kept,
         {"configured", "encrypted", "schedule", "running", "last", "failures_in_a_row", "next_due"});
    kept["last_failure"] = code_of(backup, "last_failure");
    out["backup"] = std::move(kept);
    return out;
}

ordered_json source_for_support(const ordered_json& source) {
    ordered_json out;
    take(source, out,
         {"name", "adapter", "state", "last_try", "last_ok", "last_full", "last_new", "without_new",
          "next_due", "failures", "stopped", "synced_before", "sandbox", "written_back"});
    out["error"] = code_of(source, "error");
    out["held"] = code_of(source, "held");
    out["runs"] = ordered_json::array();
    for (const auto& run : source.value("runs", ordered_json::array())) {
        ordered_json one;
        take(run, one, {"id", "kind", "began", "outcome", "counts", "rejected"});
        out["runs"].push_back(std::move(one));
    }
    return out;
}

std::string log_for_support(const std::string& text) {
    return without_email(text);
}

}  // namespace capbridge::cli
