#include "moodle/record.hpp"

#include <algorithm>
#include <charconv>

#include "bridge/http.hpp"
#include "common/instant.hpp"

namespace moodle {
namespace {

void member(std::string& out, std::string_view name, std::string_view text) {
    if (out.back() != '{') out += ',';
    out += '"';
    out += name;
    out += "\":";
    quote(out, text);
}

}  // namespace

void quote(std::string& out, std::string_view text) {
    const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
        return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\';
    });
    if (plain) {
        out += '"';
        out += text;
        out += '"';
    } else {
        out += bridge::detail::json_text(text);
    }
}

std::string instant(std::int64_t unix_seconds) {
    return plugins::write_instant(unix_seconds * 1'000'000);
}

const std::string& Person::field(PersonField field) const {
    switch (field) {
        case PersonField::idnumber:
            return idnumber;
        case PersonField::email:
            return email;
        case PersonField::id:
            return id;
        default:
            return username;
    }
}

std::string who_json(const Settings& settings, const Person& person) {
    std::string out = "[";
    for (const auto& identifier : settings.identifiers) {
        const auto& value = person.field(identifier.field);
        if (value.empty()) continue;
        if (out.size() > 1) out += ',';
        out += '{';
        member(out, "scheme", identifier.scheme);
        if (!identifier.issuer.empty()) member(out, "issuer", identifier.issuer);
        member(out, "value", value);
        out += '}';
    }
    return out.size() == 1 ? std::string{} : out + "]";
}

std::string key_of(const Settings& settings, const Activity& activity, const Person& person) {
    const auto& who = person.field(settings.person_key);
    return who.empty() ? std::string{} : activity.key + "|" + who;
}

std::string completion_json(std::string_view who, const Activity& activity, std::string_view key,
                            const Fact& fact) {
    std::string out;
    out.reserve(420);
    out += "{\"who\":";
    out += who;
    out += ",\"activity\":{";
    member(out, "id", activity.id);
    if (!activity.title.empty()) member(out, "title", activity.title);
    if (!activity.type.empty()) member(out, "type", activity.type);
    out += '}';
    member(out, "key", key);
    member(out, "what", fact.what);
    out += ",\"occurred\":{";
    if (fact.time.empty()) {
        out += R"("precision":"unknown","basis":"observed"})";
    } else {
        member(out, "value", fact.time);
        member(out, "precision", fact.day ? "day" : "instant");
        member(out, "basis", "completed");
        if (!fact.zone.empty()) member(out, "zone", fact.zone);
        out += '}';
    }
    if (fact.grade) {
        char digits[32];
        const auto end = std::to_chars(digits, digits + sizeof digits, *fact.grade).ptr;
        out += ",\"score\":{\"raw\":";
        out.append(digits, end);
        out += '}';
    }
    if (!fact.revision.empty()) member(out, "revision", fact.revision);
    out += '}';
    return out;
}

std::string withdraw_json(std::string_view key) {
    std::string out = R"({"kind":"completion","reason":"Moodle shows it as not completed",)";
    out += "\"key\":";
    quote(out, key);
    out += '}';
    return out;
}

Activity module_activity(const std::string& cmid, std::string title, std::string modname) {
    return {"cm:" + cmid, "cm-" + cmid, std::move(title), std::move(modname)};
}

}  // namespace moodle
