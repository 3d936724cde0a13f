// What is doubtful about that which is missing (competency/doubt.hpp), kept as decisions of the system: so
// every answer is one of the journal alone, also a frozen or a past one. "source.silent": the key is a
// source's uuid, the payload its name and those mapped activities that it tells of. "identity.doubt": the key
// is a person's uuid. Throws what a store throws that cannot be read.
#pragma once
#include <string_view>

#include "core/competency/doubt.hpp"
#include "core/engine/bridge.hpp"

namespace capbridge::engine {

inline constexpr std::string_view silent_kind = "source.silent", doubt_kind = "identity.doubt";

// As the journal has it in force. Any thread.
competency::Doubt doubt_in_force(store::Journal& journal);

// Looks at the sources' states and at the actors whom nobody knows, and writes down what has changed, as one
// run; nothing when nothing has. A source is silent when it is read by a schedule and was not read well for
// a day longer than the schedule says, or waits for a person (stopped, held) for a day. Somebody unknown may
// be a person by a rule, a proposal, an identifier held at another time, a number or the name of an address:
// a name alone is too little. Only statements about mapped learning count. A long look in a large store: for
// a thread that nobody waits for.
Status renew_doubt(Bridge& bridge);

}  // namespace capbridge::engine
