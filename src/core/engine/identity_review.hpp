// What is left after all identifiers and automatic rules: actors of statements who are nobody we know, with
// the people they may be and why, and identifiers that several people claim. Read by the identity.*
// operations; nothing is kept. Any thread.
#pragma once
#include <string>
#include <vector>

#include "core/engine/bridge.hpp"

namespace capbridge::engine {

struct IdentityCandidate {
    std::string person;  // uuid
    std::string
        because;       // "rule:ID", "proposal", "other_time", "same_number", "same_local_part", "same_name"
    std::string says;  // a rule's or a proposal's own words, ""
};

struct UnknownActor {
    people::Identifier identifier;
    std::string actor;  // xapi::Agent::key()
    std::size_t statements = 0;
    std::vector<IdentityCandidate> candidates;  // the surest first
};

struct ContestedIdentifier {
    people::Identifier identifier;
    std::vector<std::string> people;  // who claims it
    std::vector<std::string> held_by;
};

struct IdentityReview {
    std::vector<UnknownActor> unknown;  // most statements first; ignored ones are not among them
    std::size_t ignored = 0, ignored_statements = 0;
    std::vector<ContestedIdentifier> contested;  // which somebody lost, wholly or for a time
};

// `pattern` ("" all) is held against the identifier's value and against SCHEME:ISSUER:VALUE. `more`: a rule
// that is not published, looked at as if it proposed.
IdentityReview review_identities(Bridge& bridge, const std::string& pattern,
                                 const std::vector<people::IdentityRule>& more = {});

// The unknown actors alone, those of most statements.
std::vector<UnknownActor> unknown_actors(Bridge& bridge, std::size_t limit);

std::vector<std::string> ignored_patterns(Bridge& bridge);

}  // namespace capbridge::engine
