// Durations as statements tell them (ISO 8601:2004, 4.4.3.2; xAPI 1.0.3 part 2, 4.6; IEEE 9274.1.1, 4.2.7).
// More is allowed than capbridge::Duration can reckon with: a fraction in the last part, and any number of
// digits. Pure; any thread.
#pragma once
#include <string>
#include <string_view>

namespace capbridge::xapi {

// "P3Y1M29DT4H35M59.14S", "P4W", "PT1.5H". Weeks stand alone; no sign; not the form of a time point.
bool is_duration(std::string_view text);
// The text that stands for a duration in a comparison: what is finer than 0.01 s is cut off, and zeros at the
// end of the fraction are. Units are not reckoned into each other: a month has no fixed length.
std::string comparable_duration(std::string_view text);

}  // namespace capbridge::xapi
