// Everything that a person is known as, now and ever, and what the journal says of them: what an export shows
// and an erasure takes away. Read from the decisions themselves, not from the projection alone, so that a
// former name, a superseded number and a reverted import are found too. Values; any thread.
#pragma once
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/engine/bridge.hpp"
#include "core/store/erasures.hpp"

namespace capbridge::engine {

struct KnownActor {
    std::string key;                              // xapi::Agent::key()
    bool shared = false;                          // somebody else has it too, at another time
    std::vector<people::Identifier> identifiers;  // with the dates on which it stood for them
    [[nodiscard]] bool stood_for_them(Day day) const;
};

struct KnownAs {
    std::string person;               // after merges
    std::vector<std::string> people;  // the person, then all who were merged into them
    std::set<std::string> names;
    std::set<std::string> own_names;  // of these, those that nobody else has, and that no program gave them
    std::vector<std::string>
        of_others;  // names, addresses and numbers of others that one of theirs stands in
    std::vector<people::Identifier> identifiers;
    std::vector<KnownActor> actors;
    // About them and nobody else, of any time; in order of seq. Merges are not among them.
    std::vector<store::DecisionRow> decisions;
    std::vector<store::DecisionRow> merges;
    [[nodiscard]] const KnownActor* actor(std::string_view key) const;
    [[nodiscard]] bool is_one_of_them(std::string_view uuid) const;
};

KnownAs known_as(Bridge& bridge, const std::string& person);
// Of those who are erased together, as if they were one: also those agents that only the ledger's digests
// tell.
KnownAs known_as(Bridge& bridge, const std::vector<store::Erasure>& erasures);

// Statements in which one of their agents is found, each once, voided or not, in order of seq; with bodies.
// `visit` gets whether it is theirs (they are its actor, on a day on which the agent stood for them), or
// somebody else's that names them.
void each_statement_of(Bridge& bridge, const KnownAs& known,
                       const std::function<void(const store::StatementRow& row, bool theirs)>& visit);
// Records in quarantine that are about them: an identifier of theirs stands in it, or a value of one.
std::vector<store::QuarantineRow> quarantined_of(Bridge& bridge, const KnownAs& known);

}  // namespace capbridge::engine
