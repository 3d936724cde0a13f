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

// "0,8" and "85,5" are decimals; "1,000" may be one or a thousand, and is no number.
std::optional<double> number(std::string text) {
    if (text.ends_with('%')) text = trimmed(text.substr(0, text.size() - 1));
    if (const auto comma = text.find(',');
        comma != std::string::npos && text.find('.') == std::string::npos) {
        const bool group = text.size() - comma == 4 && comma <= 3 && text.front() != '0';
        if (!group) text[comma] = '.';
    }
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
    const bool serial =
        (text.size() == 5 && text.find_first_not_of("0123456789") == std::string::npos) ||
        (text.size() > 6 && text[5] == '.' && text.find_first_not_of("0123456789.") == std::string::npos);
    throw Unreadable{column.column, serial ? "the date is a spreadsheet's number of days; export it as a date"
                                           : "the date fits none of the formats"};
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

    for (const auto& name : names) {
        if (name.find('\0') != std::string::npos || name.find(kUnreadable) != std::string::npos)
            return Rejected{"", "",
                            "the header is not " + settings_.encoding +
                                "; is another encoding meant (utf-16 for instance)?"};
    }
    std::optional<Rejected> wrong;
    const auto find = [&](const std::string& name) {
        if (name.empty()) return kNoColumn;
        const auto count = std::count(names.begin(), names.end(), lower(name));
        if (count == 1)
            return static_cast<int>(std::find(names.begin(), names.end(), lower(name)) - names.begin());
        if (!wrong)
            wrong = Rejected{"", name,
                             count > 0     ? "the file has this column more than once"
                             : width_ == 1 ? "the file has one column only; is the separator right?"
                                           : "the file has no such column"};
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
           find(settings_.sco_column),
           find(settings_.objective_column),
           {},
           {},
           {}};
    for (const auto& who : settings_.who) at_.who.push_back(find(who.column));
    for (const auto& column : settings_.key_columns) {
        at_.key.push_back(find(column));
        if (std::find(at_.who.begin(), at_.who.end(), at_.key.back()) != at_.who.end())
            at_.key_who.push_back(at_.key.back());
    }
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
    if (text.find('\0') != std::string::npos) throw Unreadable{column, "the text has NUL bytes"};
    return text;
}

std::string RowReader::who_of(const Row& row, bool& any) const {
    std::string who = "[";
    for (std::size_t i = 0; i < settings_.who.size(); ++i) {
        const auto& w = settings_.who[i];
        const auto& value = readable(row, at_.who[i], w.column);
        if (value.empty()) continue;
        any = true;
        add_raw(who, "", "{");
        add_text(who, "scheme", w.scheme);
        if (!w.issuer.empty()) add_text(who, "issuer", w.issuer);
        add_text(who, "value", value);
        who += '}';
    }
    return who + "]";
}

std::string RowReader::key_part(const Row& row, std::size_t index, const std::string& activity) const {
    const int at = at_.key[index];
    const auto& text = readable(row, at, settings_.key_columns[index]);
    if (at == at_.activity) return activity;
    if (at == at_.occurred && settings_.occurred)
        return is_none(text) ? "" : date_of(text, *settings_.occurred, settings_.zone).value;
    if (at == at_.expires && settings_.expires)
        return is_none(text) || settings_.never.contains(lower(text))
                   ? ""
                   : date_of(text, *settings_.expires, settings_.zone).value;
    for (std::size_t i = 0; i < at_.who.size(); ++i) {
        if (at == at_.who[i] && settings_.who[i].scheme == "email") return lower(text);
    }
    return text;
}

std::string RowReader::key_of(const Row& row, const std::string& activity) const {
    std::string key;
    if (settings_.key_columns.empty()) {
        const auto& who = settings_.who.front();
        const auto& value = readable(row, at_.who.front(), who.column);
        if (value.empty() && settings_.who.size() > 1)
            throw Unreadable{who.column, "the key names nobody: the column is empty"};
        if (value.empty() || activity.empty()) return {};
        append_key(key, who.scheme);
        append_key(key, who.scheme == "email" ? lower(value) : value);
        append_key(key, activity);
        if (at_.sco >= 0) append_key(key, readable(row, at_.sco, settings_.sco_column));
        if (at_.objective >= 0) append_key(key, readable(row, at_.objective, settings_.objective_column));
        if (const auto& attempt = readable(row, at_.attempt, settings_.attempt_column); !attempt.empty())
            append_key(key, attempt);
        return key;
    }
    bool any = false;
    for (std::size_t i = 0; i < at_.key.size(); ++i) {
        const auto part = key_part(row, i, activity);
        any = any || !part.empty();
        append_key(key, part);
    }
    if (!any) throw Unreadable{settings_.key_columns.front(), "the key is empty"};
    // Everybody who is not named would be one and the same.
    if (!at_.key_who.empty() && std::all_of(at_.key_who.begin(), at_.key_who.end(),
                                            [&](int index) { return field(row, index).empty(); })) {
        const auto first = std::find(at_.key.begin(), at_.key.end(), at_.key_who.front()) - at_.key.begin();
        throw Unreadable{settings_.key_columns[static_cast<std::size_t>(first)],
                         "the key names nobody: the column is empty"};
    }
    return key;
}

// A quotation mark that is left open takes in what follows up to the next one, and what is left can look like
// one good row: somebody's name with somebody else's result.
bool RowReader::has_swallowed_rows(const Row& row) const {
    return width_ > 2 && std::any_of(row.fields.begin(), row.fields.end(), [&](const std::string& text) {
               return text.find('\n') != std::string::npos &&
                      static_cast<std::size_t>(std::count(text.begin(), text.end(), settings_.separator)) >=
                          width_ - 1;
           });
}

bool RowReader::is_skipped(const Row& row) const {
    const auto& text = field(row, at_.what);
    if (settings_.what_column.empty() || text.find(kUnreadable) != std::string::npos) return false;
    const auto it = settings_.what.find(lower(text));
    return (it == settings_.what.end() ? settings_.otherwise : it->second) == "skip";
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
    if (const auto& sco = readable(row, at_.sco, settings_.sco_column); !is_none(sco))
        add_text(out, "sco", sco);
    if (const auto& objective = readable(row, at_.objective, settings_.objective_column); !is_none(objective))
        add_text(out, "objective", objective);
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
        if (has_swallowed_rows(row))
            throw Unreadable{"",
                             "a field has line breaks and a row's worth of separators: is a quotation mark "
                             "left open?"};
        if (is_skipped(row)) return Skipped{};
        std::optional<plugins::Competency> competency;
        if (settings_.competency_string)
            competency = plugins::read_competency(readable(row, at_.activity, settings_.activity_column));
        const auto& activity =
            competency ? competency->id : readable(row, at_.activity, settings_.activity_column);
        const auto& attempt = readable(row, at_.attempt, settings_.attempt_column);
        key = key_of(row, activity);
        bool anybody = false;
        const auto who = who_of(row, anybody);

        std::string_view what = settings_.otherwise;
        if (!settings_.what_column.empty()) {
            const auto it = settings_.what.find(lower(readable(row, at_.what, settings_.what_column)));
            if (it != settings_.what.end()) what = it->second;
        }
        if (what == "reject")
            throw Unreadable{settings_.what_column, "the status is not one of the configured values"};
        if (!anybody) throw Unreadable{settings_.who.front().column, "nobody is named"};
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
