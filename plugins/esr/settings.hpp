// The settings of an esr source as the configuration gives them (schema.hpp describes every member for the
// person who writes them), checked and ready to use. Immutable after parse_settings; any thread.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "esr/layout.hpp"

namespace esr_adapter {

struct Settings {
    std::string vpd;
    std::string destination;  // "": the only one in the folder
    std::string files;        // glob
    std::string delta_code, full_code;
    std::string issuer;        // of person, employee and assignment numbers
    std::string organisation;  // code of the trust; "" when not given
    bool assignment_numbers = true;
    std::vector<std::string> assignment_types, ended_statuses, held_types, held_statuses;
    std::string name_format;
    enum class TrailerCount { ignore, rows, lines } trailer_count = TrailerCount::ignore;
    std::string accept_gap;
    Layouts layouts;
};

// Throws bridge::Failure{BRIDGE_CONFIG} with what to change. The text has passed the schema.
Settings parse_settings(std::string_view json_text);

// Without regard to case (ASCII).
bool among(const std::vector<std::string>& list, std::string_view text);

}  // namespace esr_adapter
