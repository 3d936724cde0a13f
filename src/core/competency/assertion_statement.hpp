// The statements by which competencies are said: as the framework's xAPI Profile asks (framework/xapi_profile
// .hpp). No person's name, no result, no score: who, which competency, until when, and what it stands on.
// Pure; any thread.
#pragma once
#include <string>
#include <vector>

#include "core/competency/assertion.hpp"

namespace capbridge::competency {

struct Assertion {
    Said said = Said::achieved;
    std::string id, registration;  // UUIDs
    Instant at{};                  // when it is said
    xapi::Agent agent;             // the person
    xapi::Agent organisation;      // who says it
    std::string organisation_name;
    std::string bridge;             // uuid of the installation
    std::string archetype, factor;  // ids; archetype "": the foundation
    std::string former;             // id of the statement before; "" = none
    std::optional<Day> day;         // of the last learning that counts; of an expired one: its last day
    std::optional<Day> valid_to;    // of an achieved one; absent: for ever
    std::string reason;             // of a revoked one
    std::size_t items = 0;          // how many it stands on
    std::vector<std::string> statements, attestations;  // the evidence of an achieved one; ids
};

// The person's contributions that count on the day for one of the items, once each, in order; at most `most`
// of them all together.
void add_evidence(Assertion& to, const PersonFacts& person, const std::vector<int>& items, Day as_of,
                  std::size_t most = 100);

json assertion_statement(const framework::Framework& framework, const Assertion& assertion);

// Says it of itself by its verb and our extension: a fold leaves it out.
bool is_assertion(const json& statement);

}  // namespace capbridge::competency
