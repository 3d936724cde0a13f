#include "csv/row.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

namespace csv_adapter {
namespace {

using json = nlohmann::ordered_json;

// What ends the reading of one row; caught in RowReader::read.
struct Unreadable {
    std::string column, reason;
};

std::optional<double> number(std::string text) {
    if (text.ends_with('%')) text = trimmed(text.substr(0, text.size() - 1));
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value))
        return std::nullopt;
    return value;
}

bool is_none(const std::string& text) {
    return text.empty() || text == "-";
}

Moment date_of(const std::string& text, const DateColumn& column, const Zone& zone) {
    for (const auto& format : column.formats) {
        if (auto moment = read_date(text, format, zone)) return *moment;
    }
    throw Unreadable{column.column, "the date fits none of the formats"};
}

std::optional<std::string> duration_of(const std::string& text, const std::string& unit) {
    if (unit == "iso8601") {
        const bool plausible = text.size() > 2 && text[0] == 'P' &&
                               text.find_first_not_of("PYMWDTHS.0123456789") == std::string::npos;
        return plausible ? std::optional(text) : std::nullopt;
    }
    double seconds = 0;
    if (unit == "h:mm:ss") {
        int parts = 0;
        for (std::size_t from = 0; from <= text.size(); ++parts) {
            const auto end = std::min(text.find(':', from), text.size());
            const auto part = number(text.substr(from, end - from));
            if (!part || *part < 0) return std::nullopt;
            seconds = seconds * 60 + *part;
            from = end + 1;
        }
        if (parts != 3) return std::nullopt;
    } else {
        const auto value = number(text);
        if (!value || *value < 0) return std::nullopt;
        seconds = *value * (unit == "hours" ? 3600 : unit == "minutes" ? 60 : 1);
    }
    if (seconds > 1e9) return std::nullopt;
    return "PT" + std::to_string(std::llround(seconds)) + "S";
}

// Parts joined so that no two lists of parts give one key.
void append_key(std::string& key, std::string_view part) {
    if (!key.empty()) key += '|';
    for (const char c : part) {
        if (c == '|' || c == '\\') key += '\\';
        key += c;
    }
    if (part.empty()) key += '-';
}

}  // namespace

std::optional<Rejected> RowReader::read_header(const Row& row) {
    width_ = row.fields.size();
    std::vector<std::string> names;
    for (const auto& name : row.fields) names.push_back(lower(name));

    std::vector<std::string> wanted{settings_.activity_column,  settings_.iri_column,
                                    settings_.title_column,     settings_.what_column,
                                    settings_.score_raw_column, settings_.score_scaled_column,
                                    settings_.attempt_column,   settings_.duration_column};
    for (const auto& who : settings_.who) wanted.push_back(who.column);
    wanted.insert(wanted.end(), settings_.key_columns.begin(), settings_.key_columns.end());
    if (settings_.occurred) wanted.push_back(settings_.occurred->column);
    if (settings_.expires) wanted.push_back(settings_.expires->column);

    for (const auto& name : wanted) {
        if (name.empty()) continue;
        const auto count = std::count(names.begin(), names.end(), lower(name));
        if (count != 1)
            return Rejected{
                "", name,
                count == 0 ? "the file has no such column" : "the file has this column more than once"};
        columns_[name] = static_cast<int>(std::find(names.begin(), names.end(), lower(name)) - names.begin());
    }
    return std::nullopt;
}

int RowReader::index(const std::string& column) const {
    const auto it = columns_.find(column);
    return it == columns_.end() ? -1 : it->second;
}

const std::string& RowReader::field(const Row& row, const std::string& column) const {
    static const std::string nothing;
    const int i = index(column);
    if (i < 0) return nothing;
    const auto& text = row.fields[static_cast<std::size_t>(i)];
    if (text.find(kUnreadable) != std::string::npos)
        throw Unreadable{column, "the text is not " + settings_.encoding};
    return text;
}

RowResult RowReader::read(const Row& row) const {
    std::string key;
    try {
        if (row.fields.size() != width_) {
            throw Unreadable{"", "the row has " + std::to_string(row.fields.size()) + " fields, the header " +
                                     std::to_string(width_)};
        }
        json record;
        auto& who = record["who"] = json::array();
        for (const auto& w : settings_.who) {
            const auto& value = field(row, w.column);
            if (value.empty()) continue;
            json identifier{{"scheme", w.scheme}};
            if (!w.issuer.empty()) identifier["issuer"] = w.issuer;
            identifier["value"] = value;
            who.push_back(std::move(identifier));
        }
        const auto& activity_id = field(row, settings_.activity_column);
        const auto& attempt = field(row, settings_.attempt_column);
        if (!settings_.key_columns.empty()) {
            bool any = false;
            std::string joined;
            for (const auto& column : settings_.key_columns) {
                const auto& part = field(row, column);
                any = any || !part.empty();
                append_key(joined, part);
            }
            if (!any) throw Unreadable{settings_.key_columns.front(), "the key is empty"};
            key = std::move(joined);
        } else if (!who.empty() && !activity_id.empty()) {
            // The first identifier that is there: a second one may come later without making another fact of
            // it.
            append_key(key, who[0]["scheme"].get_ref<const std::string&>());
            append_key(key, who[0]["value"].get_ref<const std::string&>());
            append_key(key, activity_id);
            if (!attempt.empty()) append_key(key, attempt);
        }

        std::string what = settings_.otherwise;
        if (!settings_.what_column.empty()) {
            const auto it = settings_.what.find(lower(field(row, settings_.what_column)));
            if (it != settings_.what.end()) what = it->second;
        }
        if (what == "skip") return Skipped{};
        if (what == "reject")
            throw Unreadable{settings_.what_column, "the status is not one of the configured values"};
        if (who.empty()) throw Unreadable{settings_.who.front().column, "nobody is named"};
        if (activity_id.empty()) throw Unreadable{settings_.activity_column, "no activity is named"};

        auto& activity = record["activity"] = json{{"id", activity_id}};
        if (const auto& iri = field(row, settings_.iri_column); !iri.empty()) activity["iri"] = iri;
        if (const auto& title = field(row, settings_.title_column); !title.empty()) activity["title"] = title;
        if (!settings_.activity_type.empty()) activity["type"] = settings_.activity_type;
        record["key"] = key;
        record["what"] = what;

        auto& occurred = record["occurred"] = json{{"precision", "unknown"}};
        if (settings_.occurred) {
            if (const auto& text = field(row, settings_.occurred->column); !is_none(text)) {
                const auto moment = date_of(text, *settings_.occurred, settings_.zone);
                occurred = json{{"value", moment.value},
                                {"precision", moment.instant ? "instant" : "day"},
                                {"basis", settings_.basis},
                                {"zone", settings_.zone.name()}};
            }
        }

        json score = json::object();
        for (const auto& [column, member] : {std::pair{&settings_.score_raw_column, "raw"},
                                             std::pair{&settings_.score_scaled_column, "scaled"}}) {
            const auto& text = field(row, *column);
            if (is_none(text)) continue;
            const auto value = number(text);
            if (!value) throw Unreadable{*column, "the score is no number"};
            score[member] = *value;
        }
        if (!score.empty()) {
            if (settings_.score_min) score["min"] = *settings_.score_min;
            if (settings_.score_max) score["max"] = *settings_.score_max;
            record["score"] = std::move(score);
        }
        if (!attempt.empty()) {
            int n = 0;
            const auto [end, error] = std::from_chars(attempt.data(), attempt.data() + attempt.size(), n);
            if (error != std::errc{} || end != attempt.data() + attempt.size() || n < 1)
                throw Unreadable{settings_.attempt_column, "the attempt is no number from 1"};
            record["attempt"] = n;
        }
        if (const auto& text = field(row, settings_.duration_column); !is_none(text)) {
            const auto duration = duration_of(text, settings_.duration_unit);
            if (!duration)
                throw Unreadable{settings_.duration_column,
                                 "the duration is not written as " + settings_.duration_unit};
            record["duration"] = *duration;
        }
        if (settings_.expires) {
            if (const auto& text = field(row, settings_.expires->column); !is_none(text)) {
                record["expires"] = date_of(text, *settings_.expires, settings_.zone).value;
            }
        }
        return Completion{record.dump()};
    } catch (Unreadable& u) {
        return Rejected{std::move(key), std::move(u.column), std::move(u.reason)};
    }
}

}  // namespace csv_adapter
