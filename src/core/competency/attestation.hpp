// What people say about single items of somebody: attestations (kinds observed, attested and self), which are
// evidence, and overrides, which take an item out of what is asked. Each is a decision in the journal, so
// that who and when are known and a run can be taken back. An attestation counts when its assessor stands in
// the register on its day, for that person or unit; the register is decisions too. Values; any thread.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.hpp"
#include "core/base/result.hpp"
#include "core/base/time.hpp"
#include "core/competency/policy.hpp"

namespace capbridge::competency {

struct Attestation {
    std::string id;                         // UUID; what evidence names
    std::vector<std::string> requirements;  // ids
    std::string context;                    // "" or a deployment's id
    EvidenceKind kind = EvidenceKind::attested;
    bool met = true;       // false: shown not (yet) to be competent, which contradicts what went before
    std::string method;    // quiz, simulation, supervised_practice, assessment, prior_learning; ""
    std::string assessor;  // id in the register; "" of a self-assessment
    std::string document, reviewer;  // of prior learning: what was seen, and who looked at it
    Day on{};
    std::optional<Day> valid_to;  // inclusive; absent: policy
    bool withdrawn = false;       // by its assessor or an administrator: it takes back what it gave
    std::int64_t seq = 0;         // of the decision
    friend bool operator==(const Attestation&, const Attestation&) = default;
};
json to_json(const Attestation& attestation);  // payload of an "attestation" decision, less the person
Result<Attestation> attestation_from_json(const json& payload);

struct Override {
    enum class Kind { none, waived, not_applicable } kind = Kind::none;
    std::string requirement, context;
    std::optional<Day> from, until;  // inclusive
    std::string who, why, decision;  // who: credential or command; decision: its id
    [[nodiscard]] bool in_force(Day day) const {
        return kind != Kind::none && (!from || *from <= day) && (!until || day <= *until);
    }
    friend bool operator==(const Override&, const Override&) = default;
};
std::string_view text(Override::Kind kind);
json to_json(const Override& override_);
Override override_from_json(const json& payload);

// Who may attest. Not named: `title` is a role ("Lead clinical educator, imaging"); a person's uuid ties it
// to somebody the bridge knows.
struct Assessor {
    std::string id, title, person;
    std::vector<std::string> credentials;  // "credential:<key>", "cli:<user>": who may act as this assessor
    bool lead = false;
    std::vector<std::string> units;                // with all below them; empty: the whole organisation
    std::vector<std::string> factors, archetypes;  // empty: all
    std::optional<Day> from, to;
    [[nodiscard]] bool registered_on(Day day) const { return (!from || *from <= day) && (!to || day <= *to); }
};
Result<Assessor> load_assessor(std::string_view text, const std::string& name);

}  // namespace capbridge::competency
