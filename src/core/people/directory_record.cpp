#include "core/people/directory_record.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "core/base/ids.hpp"
#include "core/base/text.hpp"
#include "core/people/identity_rule.hpp"

namespace capbridge::people {
namespace {

constexpr std::size_t longest_key = 1024, longest_text = 1000, most_identifiers = 32;

auto rejected(std::string message, std::string pointer) {
    return fail("rejected_record", std::move(message), std::move(pointer));
}

class Reader {
public:
    Reader(const json& record, std::string_view issuer) : record_(record), issuer_(issuer) {}

    Status who() {
        const auto it = record_.find("who");
        if (it == record_.end() || !it->is_array() || it->empty())
            return rejected("a record of a person needs 'who'", "/who");
        if (it->size() > most_identifiers) return rejected("these are too many identifiers", "/who");
        auto kept = json::array();
        for (std::size_t i = 0; i < it->size(); ++i) {
            auto identifier = identifier_from_json((*it)[i], "/who/" + std::to_string(i));
            if (!identifier) return rejected(identifier.error().message, identifier.error().where);
            identifier->valid_from.reset();
            identifier->valid_to.reset();
            if (identifier->issuer.empty() && !is_world_wide(identifier->scheme))
                identifier->issuer = issuer_;
            if (std::find(out.who.begin(), out.who.end(), *identifier) != out.who.end()) continue;
            kept.push_back(to_json(*identifier));
            out.who.push_back(std::move(*identifier));
        }
        content["who"] = std::move(kept);
        return {};
    }

    Status text(const char* member, bool needed = false) {
        const auto it = record_.find(member);
        if (it == record_.end() || it->is_null()) {
            if (needed) return rejected(std::string("'") + member + "' is needed", std::string("/") + member);
            return {};
        }
        if (!it->is_string()) return rejected("this must be a text", std::string("/") + member);
        auto value = collapse_spaces(it->get_ref<const std::string&>());
        if (value.size() > longest_text)
            return rejected("this text is longer than 1,000 bytes", std::string("/") + member);
        if (value.empty() && needed)
            return rejected(std::string("'") + member + "' is needed", std::string("/") + member);
        if (!value.empty()) content[member] = std::move(value);
        return {};
    }

    Status key(bool needed) {
        const auto it = record_.find("key");
        if (it != record_.end() && it->is_string()) out.key = it->get<std::string>();
        if (out.key.size() > longest_key) return rejected("the key is longer than 1,024 bytes", "/key");
        if (out.key.empty() && needed) return rejected("a record of this kind needs a key", "/key");
        return {};
    }

    Status days(const char* from, const char* to) {
        for (const auto& [name, day] : {std::pair{from, &out.from}, std::pair{to, &out.to}}) {
            const auto it = record_.find(name);
            if (it == record_.end() || it->is_null()) continue;
            *day = it->is_string() ? parse_day(it->get_ref<const std::string&>()) : std::nullopt;
            if (!*day) return rejected("this is not a day as YYYY-MM-DD", std::string("/") + name);
            content[name] = format_day(**day);
        }
        if (out.from && out.to && *out.to < *out.from)
            return rejected("the last day is before the first", std::string("/") + to);
        return {};
    }

    void keep(const char* member) {
        const auto it = record_.find(member);
        if (it != record_.end() && (it->is_number() || it->is_boolean())) content[member] = *it;
    }

    DirectoryRecord out;
    json content = json::object();

private:
    const json& record_;
    std::string_view issuer_;
};

Status read_person(Reader& reader) {
    CAPBRIDGE_TRY(reader.who());
    CAPBRIDGE_TRY(reader.key(false));
    CAPBRIDGE_TRY(reader.text("name"));
    CAPBRIDGE_TRY(reader.days("valid_from", "valid_to"));
    if (!reader.out.key.empty()) return {};
    const auto& who = reader.out.who;
    const auto best = std::min_element(who.begin(), who.end(), [](const Identifier& a, const Identifier& b) {
        return trust_of(a.scheme) < trust_of(b.scheme);
    });
    reader.out.key = best->scheme + "|" + best->issuer + "|" + best->value;
    return {};
}

Status read_employment(Reader& reader) {
    CAPBRIDGE_TRY(reader.who());
    CAPBRIDGE_TRY(reader.key(true));
    for (const auto* member : {"organisation", "unit", "staff_group", "job_role", "position"})
        CAPBRIDGE_TRY(reader.text(member));
    reader.keep("fte");
    reader.keep("primary");
    return reader.days("from", "to");
}

Status read_unit(Reader& reader) {
    CAPBRIDGE_TRY(reader.text("id", true));
    CAPBRIDGE_TRY(reader.text("name", true));
    for (const auto* member : {"parent", "type", "code", "organisation"}) CAPBRIDGE_TRY(reader.text(member));
    reader.out.key = reader.content.at("id").get<std::string>();
    return reader.days("from", "to");
}

Status read_hint(Reader& reader) {
    CAPBRIDGE_TRY(reader.who());
    CAPBRIDGE_TRY(reader.key(true));
    CAPBRIDGE_TRY(reader.text("archetype", true));
    CAPBRIDGE_TRY(reader.text("framework"));
    CAPBRIDGE_TRY(reader.text("because"));
    return reader.days("from", "to");
}

}  // namespace

bool is_directory_kind(std::string_view kind) {
    return kind == "person" || kind == "employment" || kind == "unit" || kind == "archetype_hint";
}

Result<DirectoryRecord> read_directory_record(std::string_view kind, const json& record,
                                              std::string_view issuer) {
    if (!record.is_object()) return rejected("a record is a JSON object", "");
    Reader reader(record, issuer);
    Status read;
    if (kind == "person") {
        read = read_person(reader);
    } else if (kind == "employment") {
        read = read_employment(reader);
    } else if (kind == "unit") {
        read = read_unit(reader);
    } else {
        read = read_hint(reader);
    }
    if (!read) return fail(std::move(read).error());
    reader.out.content = reader.content.dump();
    return std::move(reader.out);
}

int trust_of(std::string_view scheme) {
    static constexpr std::array<std::string_view, 8> order{
        "esr-employee", "esr-person", "crs-uuid", "registration:", "openid", "account:", "email", "mbox"};
    for (std::size_t i = 0; i < order.size(); ++i) {
        const bool fits = order[i].ends_with(':') ? scheme.starts_with(order[i]) : scheme == order[i];
        if (fits) return static_cast<int>(i);
    }
    return static_cast<int>(order.size());
}

std::string person_uuid(const Identifier& identifier, std::string_view namespace_uuid) {
    return uuid_v5(namespace_uuid, identifier.scheme + "|" + identifier.issuer + "|" + identifier.value);
}

}  // namespace capbridge::people
