// Text: UTF-8 checks, trimming, case, joining, CSV fields, URL escapes. Pure functions; any thread.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace capbridge {

bool is_utf8(std::string_view text);
std::string trim(std::string_view text);  // ASCII white space
std::string lower_ascii(std::string_view text);
std::string collapse_spaces(std::string_view text);                     // trims, and one space between words
std::vector<std::string> split(std::string_view text, char separator);  // keeps empty parts; "" gives none
std::string join(const std::vector<std::string>& parts, std::string_view separator);
bool contains_ignoring_case(std::string_view text, std::string_view part);
std::string url_encode(std::string_view text);  // RFC 3986 unreserved stay
std::string url_decode(std::string_view text, bool plus_is_space = true);
// One CSV field (RFC 4180); a leading = + - @ TAB CR gets an apostrophe, so that a spreadsheet does not run
// it.
std::string csv_field(std::string_view text);

}  // namespace capbridge
