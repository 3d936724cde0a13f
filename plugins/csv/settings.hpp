// The settings of a csv source as the configuration gives them (schema.hpp describes every member for the
// person who writes them), checked and ready to use. Immutable after parse_settings; any thread.
#pragma once
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "csv/when.hpp"

namespace csv_adapter {

struct WhoColumn {
    std::string scheme, issuer, column;
};

struct DateColumn {
    std::string column;
    std::vector<DateFormat> formats;
};

struct Settings {
    std::string files;  // glob
    std::string encoding;
    char separator = ',';
    bool snapshot = false;
    std::string scope;

    std::vector<WhoColumn> who;
    std::string activity_column, iri_column, title_column, activity_type;
    std::string sco_column, objective_column;  // of a SCORM package: the part that a row is about
    bool competency_string = false;            // the activity column has texts as ESR names competencies
    // Empty: the first column of who + activity + SCO + objective + attempt.
    std::vector<std::string> key_columns;
    // All that makes a key what it is, for a person to read: while it stays the same, so do the keys.
    std::string key_choice;
    std::string accept_key;  // the choice that a person has said yes to, or ""

    std::string what_column;                  // "": every row is `otherwise`
    std::map<std::string, std::string> what;  // lower case text -> what, "skip" or "reject"
    std::string otherwise;

    std::optional<DateColumn> occurred, expires;
    std::set<std::string> never;  // lower case: texts of the expiry column that are no date
    Zone zone;
    std::string basis;

    std::string score_raw_column, score_scaled_column;
    std::optional<double> score_min, score_max;
    std::string attempt_column;
    std::string duration_column, duration_unit;
};

// Throws bridge::Failure{BRIDGE_CONFIG} with what to change. The text has passed the schema.
Settings parse_settings(std::string_view json_text);

std::string lower(std::string_view text);  // ASCII
std::string trimmed(std::string_view text);

}  // namespace csv_adapter
