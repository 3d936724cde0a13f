// People as the bridge knows them: a uuid, identifiers with dates, employments, archetype assignments.
// Nothing but the uuid is needed to be a person. Names and identifiers never go into a log. Values; any
// thread.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.hpp"
#include "core/base/time.hpp"
#include "core/xapi/statement.hpp"

namespace capbridge::people {

// scheme: esr-person, esr-employee, esr-assignment, email, crs-uuid, registration:GMC, account:<homePage>,
// mbox, mbox_sha1sum, openid. issuer: who gives the numbers out (a trust, for ESR numbers); "" where the
// scheme is world-wide.
struct Identifier {
    std::string scheme, issuer, value;
    std::optional<Day> valid_from, valid_to;  // both inclusive
    [[nodiscard]] bool valid_on(Day day) const {
        return (!valid_from || *valid_from <= day) && (!valid_to || day <= *valid_to);
    }
    friend bool operator==(const Identifier&, const Identifier&) = default;
};

// Identifiers that compare alike have one key; addresses compare in lower case.
std::string identifier_key(const Identifier& identifier);

// The xAPI agent that stands for an identifier, and back. Schemes without an IFI of their own become accounts
// whose homePage hangs on the installation's iri_base (without a slash at its end):
// iri_base/id/SCHEME/ISSUER. E-mail addresses compare in lower case; an mbox comes back as the e-mail address
// that it is. No identifier: an agent without an IFI, and back.
xapi::Agent agent_of(std::string_view scheme, std::string_view issuer, std::string_view value,
                     std::string_view iri_base);
Identifier identifier_of(const xapi::Agent& agent, std::string_view iri_base);

struct Employment {
    std::string unit, staff_group, job_role, position;
    std::optional<Day> from, to;  // both inclusive
    [[nodiscard]] bool current_on(Day day) const { return (!from || *from <= day) && (!to || day <= *to); }
    friend bool operator==(const Employment&, const Employment&) = default;
};

// Somebody who works, or does not, with a product's deployment, whatever its rule says.
struct DeploymentUse {
    std::string deployment;
    bool works_with = true;
    std::optional<Day> from, to;  // both inclusive
    [[nodiscard]] bool valid_on(Day day) const { return (!from || *from <= day) && (!to || day <= *to); }
    friend bool operator==(const DeploymentUse&, const DeploymentUse&) = default;
};

struct Person {
    std::string id;  // uuid
    std::string name;
    std::vector<Identifier> identifiers;
    std::vector<Employment> employments;
    std::vector<DeploymentUse> uses = {};  // one for each deployment, in order
    friend bool operator==(const Person&, const Person&) = default;
};
json to_json(const Person& person);  // the payload of a "person" decision
Person person_from_json(const json& payload);

struct Assignment {
    enum class State { proposed, confirmed, rejected };
    std::string person, archetype;
    State state = State::proposed;
    std::string origin;  // "rule:<rule set>/<rule>@<version>", "import:<run>", "person"
    std::optional<Day> from, to;
    std::string decided_by;  // who confirmed or rejected
    friend bool operator==(const Assignment&, const Assignment&) = default;
    [[nodiscard]] std::string key() const { return person + "|" + archetype; }
};
json to_json(const Assignment& assignment);  // the payload of an "assignment" decision
Assignment assignment_from_json(const json& payload);
std::string_view state_text(Assignment::State state);

}  // namespace capbridge::people
