#include "csv/row.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "common/competency.hpp"
#include "common/json_text.hpp"

namespace csv_adapter {
namespace {

using plugins::add_name;
using plugins::add_number;
using plugins::add_raw;
using plugins::add_text;

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

// What an empty column is, too.
constexpr int kNoColumn = -1;

}  // namespace

std::optional<Rejected> RowReader::read_header(const Row& row) {
    width_ = row.fields.size();
    std::vector<std::string> names;
    for (const auto& name : row.fields) names.push_back(lower(name));

    std::optional<Rejected> wrong;
    const auto find = [&](const std::string& name) {
        if (name.empty()) return kNoColumn;
        const auto count = std::count(names.begin(), names.end(), lower(name));
        if (count == 1)
            return static_cast<int>(std::find(names.begin(), names.end(), lower(name)) - names.begin());
        if (!wrong)
            wrong = Rejected{
                "", name,
                count == 0 ? "the file has no such column" : "the file has this column more than once"};
        return kNoColumn;
    };
    at_ = {find(settings_.activity_column),
           find(settings_.iri_column),
           find(settings_.title_column),
           find(settings_.what_column),
           find(settings_.score_raw_column),
           find(settings_.score_scaled_column),
           find(settings_.attempt_column),
           find(settings_.duration_column),
           find(settings_.occurred ? settings_.occurred->column : ""),
           find(settings_.expires ? settings_.expires->column : ""),
           {},
           {}};
    for (const auto& who : settings_.who) at_.who.push_back(find(who.column));
    for (const auto& column : settings_.key_columns) at_.key.push_back(find(column));
    return wrong;
}

const std::string& RowReader::field(const Row& row, int index) const {
    static const std::string nothing;
    return index < 0 ? nothing : row.fields[static_cast<std::size_t>(index)];
}

const std::string& RowReader::readable(const Row& row, int index, const std::string& column) const {
    const auto& text = field(row, index);
    if (text.find(kUnreadable) != std::string::npos)
        throw Unreadable{column, "the text is not " + settings_.encoding};
    return text;
}

std::string RowReader::who_of(const Row& row, std::string& first) const {
    std::string who = "[";
    for (std::size_t i = 0; i < settings_.who.size(); ++i) {
        const auto& w = settings_.who[i];
        const auto& value = readable(row, at_.who[i], w.column);
        if (value.empty()) continue;
        if (who.size() == 1) {
            append_key(first, w.scheme);
            append_key(first, value);
        }
        add_raw(who, "", "{");
        add_text(who, "scheme", w.scheme);
        if (!w.issuer.empty()) add_text(who, "issuer", w.issuer);
        add_text(who, "value", value);
        who += '}';
    }
    return who + "]";
}

void RowReader::add_activity(std::string& out, const Row& row, const std::string& id,
                             const plugins::Competency* competency) const {
    add_name(out, "activity");
    out += '{';
    add_text(out, "id", id);
    if (const auto& iri = readable(row, at_.iri, settings_.iri_column); !iri.empty())
        add_text(out, "iri", iri);
    if (const auto& title = readable(row, at_.title, settings_.title_column); !title.empty()) {
        add_text(out, "title", title);
    } else if (competency) {
        add_text(out, "title", competency->title);
    }
    if (!settings_.activity_type.empty()) add_text(out, "type", settings_.activity_type);
    out += '}';
}

std::optional<Moment> RowReader::add_occurred(std::string& out, const Row& row) const {
    std::optional<Moment> moment;
    if (settings_.occurred) {
        const auto& text = readable(row, at_.occurred, settings_.occurred->column);
        if (!is_none(text)) moment = date_of(text, *settings_.occurred, settings_.zone);
    }
    add_name(out, "occurred");
    out += '{';
    if (moment) add_text(out, "value", moment->value);
    add_text(out, "precision", !moment ? "unknown" : moment->instant ? "instant" : "day");
    if (moment) {
        add_text(out, "basis", settings_.basis);
        add_text(out, "zone", settings_.zone.name());
    }
    out += '}';
    return moment;
}

void RowReader::add_score(std::string& out, const Row& row) const {
    std::string score = "{";
    const auto add = [&](int index, const std::string& column, std::string_view member) {
        const auto& text = readable(row, index, column);
        if (is_none(text)) return;
        const auto value = number(text);
        if (!value) throw Unreadable{column, "the score is no number"};
        add_number(score, member, *value);
    };
    add(at_.raw, settings_.score_raw_column, "raw");
    add(at_.scaled, settings_.score_scaled_column, "scaled");
    if (score.size() == 1) return;
    if (settings_.score_min) add_number(score, "min", *settings_.score_min);
    if (settings_.score_max) add_number(score, "max", *settings_.score_max);
    add_raw(out, "score", score + "}");
}

void RowReader::add_expires(std::string& out, const Row& row, const std::optional<Moment>& occurred,
                            const plugins::Competency* competency) const {
    if (settings_.expires) {
        const auto& text = readable(row, at_.expires, settings_.expires->column);
        if (settings_.never.contains(lower(text))) return;
        if (!is_none(text)) {
            add_text(out, "expires", date_of(text, *settings_.expires, settings_.zone).value);
            return;
        }
    }
    if (!competency || !occurred) return;
    if (const auto day = day_after(*occurred, competency->renewal); !day.empty())
        add_text(out, "expires", day);
}

RowResult RowReader::read(const Row& row) const {
    std::string key;
    try {
        if (row.fields.size() != width_) {
            throw Unreadable{"", "the row has " + std::to_string(row.fields.size()) + " fields, the header " +
                                     std::to_string(width_)};
        }
        std::string
            first;  // the first identifier that is there: a second may come later without making another fact
        const auto who = who_of(row, first);
        std::optional<plugins::Competency> competency;
        if (settings_.competency_string)
            competency = plugins::read_competency(readable(row, at_.activity, settings_.activity_column));
        const auto& activity =
            competency ? competency->id : readable(row, at_.activity, settings_.activity_column);
        const auto& attempt = readable(row, at_.attempt, settings_.attempt_column);
        if (!settings_.key_columns.empty()) {
            bool any = false;
            std::string joined;
            for (std::size_t i = 0; i < at_.key.size(); ++i) {
                const auto& part = readable(row, at_.key[i], settings_.key_columns[i]);
                any = any || !part.empty();
                append_key(joined, part);
            }
            if (!any) throw Unreadable{settings_.key_columns.front(), "the key is empty"};
            key = std::move(joined);
        } else if (!first.empty() && !activity.empty()) {
            key = first;
            append_key(key, activity);
            if (!attempt.empty()) append_key(key, attempt);
        }

        std::string_view what = settings_.otherwise;
        if (!settings_.what_column.empty()) {
            const auto it = settings_.what.find(lower(readable(row, at_.what, settings_.what_column)));
            if (it != settings_.what.end()) what = it->second;
        }
        if (what == "skip") return Skipped{};
        if (what == "reject")
            throw Unreadable{settings_.what_column, "the status is not one of the configured values"};
        if (first.empty()) throw Unreadable{settings_.who.front().column, "nobody is named"};
        if (activity.empty()) throw Unreadable{settings_.activity_column, "no activity is named"};

        const auto* named = competency ? &*competency : nullptr;
        std::string record = "{";
        record.reserve(512);
        add_raw(record, "who", who);
        add_activity(record, row, activity, named);
        add_text(record, "key", key);
        add_text(record, "what", what);
        const auto occurred = add_occurred(record, row);
        add_score(record, row);
        if (!attempt.empty()) {
            int n = 0;
            const auto [end, error] = std::from_chars(attempt.data(), attempt.data() + attempt.size(), n);
            if (error != std::errc{} || end != attempt.data() + attempt.size() || n < 1)
                throw Unreadable{settings_.attempt_column, "the attempt is no number from 1"};
            add_raw(record, "attempt", std::to_string(n));
        }
        if (const auto& text = readable(row, at_.duration, settings_.duration_column); !is_none(text)) {
            const auto duration = duration_of(text, settings_.duration_unit);
            if (!duration)
                throw Unreadable{settings_.duration_column,
                                 "the duration is not written as " + settings_.duration_unit};
            add_text(record, "duration", *duration);
        }
        add_expires(record, row, occurred, named);
        return Completion{record + "}"};
    } catch (Unreadable& u) {
        return Rejected{std::move(key), std::move(u.column), std::move(u.reason)};
    }
}

}  // namespace csv_adapter
