// Where the two editions state the rules that are checked here: a part 2 section of xAPI 1.0.3 and the clause
// of IEEE 9274.1.1. Constants.
#pragma once
#include "core/xapi/version.hpp"

namespace capbridge::xapi::section {

inline constexpr Section format{"2.2", "4.2.1"};
inline constexpr Section voiding{"2.3.2", "4.2.5"};
inline constexpr Section statement{"2.4", "4.2.2"};
inline constexpr Section id{"2.4.1", "4.2.4.2"};
inline constexpr Section actor{"2.4.2", "4.2.2.1"};
inline constexpr Section group{"2.4.2.2", "4.2.2.1"};
inline constexpr Section identifier{"2.4.2.3", "4.2.2.1"};
inline constexpr Section account{"2.4.2.4", "4.2.2.1"};
inline constexpr Section verb{"2.4.3", "4.2.2.2"};
inline constexpr Section object{"2.4.4", "4.2.2.3"};
inline constexpr Section activity{"2.4.4.1", "4.2.2.3"};
inline constexpr Section agent_object{"2.4.4.2", "4.2.2.3"};
inline constexpr Section inner_statement{"2.4.4.3", "4.2.2.3"};
inline constexpr Section result{"2.4.5", "4.2.2.4"};
inline constexpr Section score{"2.4.5.1", "4.2.2.4"};
inline constexpr Section context{"2.4.6", "4.2.2.5"};
inline constexpr Section context_activities{"2.4.6.2", "4.2.2.5"};
inline constexpr Section timestamp{"2.4.7", "4.2.4.2"};
inline constexpr Section stored{"2.4.8", "4.2.4.2"};
inline constexpr Section authority{"2.4.9", "4.2.4.2"};
inline constexpr Section version{"2.4.10", "4.2.4.3"};
inline constexpr Section attachment{"2.4.11", "4.2.2.6"};
inline constexpr Section extensions{"4.1", "4.2.7"};
inline constexpr Section language_map{"4.2", "4.2.7"};
inline constexpr Section time{"4.5", "4.2.7"};
inline constexpr Section duration{"4.6", "4.2.7"};

}  // namespace capbridge::xapi::section
