// What people say of somebody's items (attestations, self-assessments, overrides), read from parameters and
// checked before any of it is written: what one person's operation and a cohort's file share. Internal to
// engine; the caller has the turn to change. An error's `where` names the parameter, which is also the column
// of a file.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/competency/attestation.hpp"
#include "core/competency/comparison.hpp"
#include "core/engine/operations.hpp"

namespace capbridge::engine {

struct PersonsAttestation {
    std::string person;  // uuid
    competency::Attestation said;
};
struct PersonsOverrides {
    std::string person;                      // uuid
    std::vector<competency::Override> said;  // one for each requirement
};

// The parameters beside the person and the requirements; all are texts. A file's columns are called the same.
const std::vector<std::string_view>& attestation_texts();  // of attestation.add
const std::vector<std::string_view>& override_texts();     // of override.set

// {person, requirements | requirement, assessor, kind?: attested|observed, outcome?: met|not_met, method?,
// document?, reviewer?, on?, valid_to?, context?}. Refused, with the reason, when it could not count, or when
// the register does not let the caller act as that assessor.
Result<PersonsAttestation> read_attestation(Bridge& bridge, const competency::Rules& rules,
                                            const json& params, const Caller& caller);
// {person, requirements | requirement, on?, context?}
Result<PersonsAttestation> read_self_assessment(Bridge& bridge, const competency::Rules& rules,
                                                const json& params);
// {person, requirements | requirement, why, kind?: waived|not_applicable, from?, until?, context?}
Result<PersonsOverrides> read_overrides(Bridge& bridge, const competency::Rules& rules, const json& params,
                                        const Caller& caller);
// {requirements: [id...] | requirement: id}, sorted, each once: known, and about a product where there is a
// deployment (context) and only there.
Result<std::vector<std::string>> read_items(const competency::Rules& rules, const json& params,
                                            const std::string& context);
// Errors "not_found", "forbidden".
Status may_act_as(const competency::Rules& rules, const std::string& assessor, const Caller& caller);
bool acts_as(const competency::Assessor& assessor, const Caller& caller);

// The same was said of the same person and stands: its id, else "". What another finding of the same day was
// said after does not stand: who says it again corrects that one.
std::string said_already(Bridge& bridge, const competency::Rules& rules,
                         const PersonsAttestation& attestation);
// Leaves out what is in force already, whoever said it.
void leave_out_said(Bridge& bridge, PersonsOverrides& overrides);

store::NewDecision decision_of(const PersonsAttestation& attestation, const Caller& caller);
store::NewDecision decision_of(const std::string& person, const competency::Override& override_);
std::string override_key(const std::string& person, const std::string& requirement,
                         const std::string& context);

// What makes one doubt the register's entry, in words: a person whom nobody is known by (ops_assessor.cpp).
std::vector<std::string> assessor_warnings(Bridge& bridge, const competency::Rules& rules,
                                           std::string_view assessor);

// By person: what would be said of them beside what is.
using NewlySaid = std::map<std::string, competency::History>;
// What it would do to these people today: competency::Comparison::finish().
Result<ordered_json> effect_of(Bridge& bridge, const competency::Rules& rules, const NewlySaid& said,
                               const json& params);

// Beside those of ops_attest.cpp.
std::vector<Operation> cohort_operations();    // attestation.import, override.import
std::vector<Operation> said_operations();      // attestation.list, override.list
std::vector<Operation> assessor_operations();  // assessor.end

}  // namespace capbridge::engine
