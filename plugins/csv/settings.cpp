#include "csv/settings.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "bridge/adapter.hpp"

namespace csv_adapter {
namespace {

// What exports print where there is no expiry date.
constexpr std::array<const char*, 7> kNever{
    "no expiry", "no expiry date", "does not expire", "never", "never expires", "none", "n/a"};

using nlohmann::json;

[[noreturn]] void wrong(const std::string& what) {
    throw bridge::Failure{BRIDGE_CONFIG, what};
}

std::string text_of(const json& object, const char* member, std::string otherwise = {}) {
    const auto it = object.find(member);
    return it == object.end() ? std::move(otherwise) : it->get<std::string>();
}

DateColumn date_column(const json& object, const char* where, bool& needs_zone) {
    DateColumn out;
    out.column = object.at("column").get<std::string>();
    for (const auto& format : object.at("formats")) {
        auto parsed = DateFormat::parse(format.get_ref<const std::string&>());
        if (!parsed) {
            wrong("columns." + std::string(where) + ".formats: '" + format.get<std::string>() +
                  "' is no date format that we can read: it needs day, month and year, and %p beside %I.");
        }
        needs_zone = needs_zone || parsed->needs_zone();
        out.formats.push_back(std::move(*parsed));
    }
    return out;
}

bool is_what(const std::string& what) {
    return what == "completed" || what == "passed" || what == "failed" || what == "in_progress" ||
           what == "withdrawn";
}

void read_what(const json& columns, Settings& out) {
    const auto what = columns.value("what", json::object());
    out.what_column = text_of(what, "column");
    out.otherwise = text_of(what, "otherwise", out.what_column.empty() ? "completed" : "reject");
    if (out.what_column.empty() && !is_what(out.otherwise))
        wrong("columns.what: without a column, 'otherwise' is what every row says.");
    const auto values = what.value("values", json::object());
    for (const auto& [text, meaning] : values.items())
        out.what[lower(trimmed(text))] = meaning.get<std::string>();
    if (!out.what_column.empty() && out.what.empty() && !is_what(out.otherwise)) {
        wrong("columns.what.values: say what the texts of column '" + out.what_column + "' mean.");
    }
}

bool same_columns(const std::vector<std::string>& a, const std::vector<std::string>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](const auto& one, const auto& other) { return lower(one) == lower(other); });
}

// How RowReader reads a column of a key that was chosen (row.cpp, key_part).
std::string part_of_choice(const std::string& column, const Settings& settings) {
    const auto name = lower(column);
    if (name == lower(settings.activity_column))
        return name + (settings.competency_string ? " as competency" : "");
    for (const auto* date : {&settings.occurred, &settings.expires}) {
        if (!*date || name != lower((*date)->column)) continue;
        const auto& formats = (*date)->formats;
        const bool timed =
            std::any_of(formats.begin(), formats.end(), [](const auto& f) { return f.needs_zone(); });
        return name + " as date" + (timed ? " in " + settings.zone.name() : "");
    }
    const bool email = std::any_of(settings.who.begin(), settings.who.end(), [&](const WhoColumn& who) {
        return name == lower(who.column) && who.scheme == "email";
    });
    return name + (email ? " as email" : "");
}

// A key must not change when a row learns more of its person.
void read_key(const json& columns, Settings& out) {
    const auto& who = out.who.front();
    std::vector<std::string> usual{who.column, out.activity_column};
    for (const auto* column : {&out.sco_column, &out.objective_column, &out.attempt_column}) {
        if (!column->empty()) usual.push_back(*column);
    }
    const auto given = columns.find("key");
    if (given != columns.end()) out.key_columns = given->at("columns").get<std::vector<std::string>>();
    if (given == columns.end() && out.who.size() > 1) {
        wrong(
            "columns.key: columns.who has several columns, and a key that is made of what is filled in "
            "changes when more is. Say which columns make two rows the same fact, for example {\"columns\": "
            "[\"" +
            who.column + "\", \"" + out.activity_column +
            "\"]}: one that names the person in every row, and the activity.");
    }
    for (const auto* column : {&out.sco_column, &out.objective_column}) {
        const bool in_key = std::any_of(out.key_columns.begin(), out.key_columns.end(),
                                        [&](const auto& one) { return lower(one) == lower(*column); });
        if (!column->empty() && !out.key_columns.empty() && !in_key)
            wrong("columns.key: '" + *column +
                  "' says which part of a package a row is about, so that it belongs into the key: without "
                  "it the parts would be one fact, and the last one would stand for all.");
    }
    // To write the default down is not to choose another key.
    if (same_columns(out.key_columns, usual)) out.key_columns.clear();
    if (out.key_columns.empty()) {
        out.key_choice = "default: " + lower(who.column) + " as " + who.scheme + ", " +
                         part_of_choice(out.activity_column, out);
        for (const auto* column : {&out.sco_column, &out.objective_column, &out.attempt_column}) {
            if (!column->empty()) out.key_choice += ", " + lower(*column);
        }
    } else {
        for (const auto& column : out.key_columns)
            out.key_choice += (out.key_choice.empty() ? "chosen: " : ", ") + part_of_choice(column, out);
    }
    out.accept_key = trimmed(text_of(columns, "accept_key"));
}

void read_numbers(const json& columns, Settings& out) {
    if (const auto it = columns.find("score"); it != columns.end()) {
        out.score_raw_column = text_of(*it, "raw_column");
        out.score_scaled_column = text_of(*it, "scaled_column");
        if (it->contains("min")) out.score_min = it->at("min").get<double>();
        if (it->contains("max")) out.score_max = it->at("max").get<double>();
        if (out.score_min && out.score_max && *out.score_min >= *out.score_max)
            wrong("columns.score: min must be less than max.");
    }
    if (const auto it = columns.find("attempt"); it != columns.end())
        out.attempt_column = text_of(*it, "column");
    if (const auto it = columns.find("duration"); it != columns.end()) {
        out.duration_column = text_of(*it, "column");
        out.duration_unit = text_of(*it, "unit", "iso8601");
    }
}

}  // namespace

std::string lower(std::string_view text) {
    std::string out(text);
    for (auto& c : out) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return out;
}

std::string trimmed(std::string_view text) {
    const auto from = text.find_first_not_of(" \t\r\n");
    return from == std::string_view::npos
               ? ""
               : std::string(text.substr(from, text.find_last_not_of(" \t\r\n") - from + 1));
}

Settings parse_settings(std::string_view json_text) {
    const auto settings = json::parse(json_text);
    Settings out;
    out.files = text_of(settings, "files", "*.csv");
    out.encoding = text_of(settings, "encoding", "utf-8");
    const auto separator = text_of(settings, "separator", ",");
    out.separator = separator == "tab" ? '\t' : separator.at(0);
    out.snapshot = settings.value("snapshot", false);
    out.scope = text_of(settings, "scope", out.files);

    const auto& columns = settings.at("columns");
    for (const auto& who : columns.at("who")) {
        out.who.push_back({who.at("scheme").get<std::string>(), text_of(who, "issuer"),
                           who.at("column").get<std::string>()});
    }
    const auto& activity = columns.at("activity");
    out.activity_column = activity.at("column").get<std::string>();
    out.iri_column = text_of(activity, "iri_column");
    out.title_column = text_of(activity, "title_column");
    out.sco_column = text_of(activity, "sco_column");
    out.objective_column = text_of(activity, "objective_column");
    out.activity_type = text_of(activity, "type");
    out.competency_string = activity.value("competency_string", false);
    read_what(columns, out);

    bool needs_zone = false;
    if (const auto it = columns.find("occurred"); it != columns.end()) {
        out.occurred = date_column(*it, "occurred", needs_zone);
        out.basis = text_of(*it, "basis", "completed");
        const auto name = text_of(*it, "zone");
        if (name.empty() && needs_zone)
            wrong(
                "columns.occurred.zone: a format has a time of day; say in which time zone, e.g. "
                "Europe/London.");
        if (!name.empty()) {
            auto zone = Zone::find(name);
            if (!zone) wrong("columns.occurred.zone: this system knows no time zone '" + name + "'.");
            out.zone = std::move(*zone);
        }
    }
    if (const auto it = columns.find("expires"); it != columns.end()) {
        bool timed = false;
        out.expires = date_column(*it, "expires", timed);
        for (const auto& word : it->value("never", std::vector<std::string>(kNever.begin(), kNever.end())))
            out.never.insert(lower(trimmed(word)));
        if (timed && !out.occurred)
            wrong("columns.expires: a format with a time of day needs columns.occurred.zone.");
        if (timed && out.zone.name() == "UTC" &&
            text_of(columns.value("occurred", json::object()), "zone").empty()) {
            wrong(
                "columns.occurred.zone: a format of columns.expires has a time of day; say in which time "
                "zone.");
        }
    }
    read_numbers(columns, out);
    read_key(columns, out);
    return out;
}

}  // namespace csv_adapter
