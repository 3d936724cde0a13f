// xAPI statements (xAPI 1.0.3 part 2; IEEE 9274.1.1): the typed view that the bridge works with, checks, and
// the keys by which a statement is found. The statement's own bytes stay the truth; nothing here rewrites
// what a client sent but for the members that a store must set (id, timestamp, stored, authority, version).
// Values and pure functions; any thread. Units: scores as given, times UTC milliseconds.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.hpp"
#include "core/base/problem.hpp"
#include "core/base/time.hpp"
#include "core/xapi/version.hpp"

namespace capbridge::xapi {

namespace verb {
inline constexpr std::string_view completed = "http://adlnet.gov/expapi/verbs/completed";
inline constexpr std::string_view passed = "http://adlnet.gov/expapi/verbs/passed";
inline constexpr std::string_view failed = "http://adlnet.gov/expapi/verbs/failed";
inline constexpr std::string_view progressed = "http://adlnet.gov/expapi/verbs/progressed";
inline constexpr std::string_view voided = "http://adlnet.gov/expapi/verbs/voided";
}  // namespace verb

// Our context extensions.
namespace extension {
inline constexpr std::string_view occurred =
    "https://w3id.org/capbridge/extensions/occurred";  // {value, precision, basis, zone}
inline constexpr std::string_view expires = "https://w3id.org/capbridge/extensions/expires";  // "YYYY-MM-DD"
inline constexpr std::string_view source =
    "https://w3id.org/capbridge/extensions/source";  // {id, key, revision}
}  // namespace extension

// An Agent or Group by its inverse functional identifier (xAPI 1.0.3 part 2, 2.4.2.3). Names are not kept.
struct Agent {
    enum class Ifi { none, mbox, mbox_sha1sum, openid, account };
    Ifi ifi = Ifi::none;
    std::string value;      // mailto:…, sha1 hex, URI, or the account's name
    std::string home_page;  // of an account
    // One text for one agent: "mbox|mailto:a@b", "account|https://lms|17"; "" without an identifier
    // (anonymous group).
    [[nodiscard]] std::string key() const;
    [[nodiscard]] json to_json() const;  // {"objectType":"Agent", ...}
    friend bool operator==(const Agent&, const Agent&) = default;
};
Agent read_agent(const json& agent);
std::optional<Agent> agent_from_key(std::string_view key);

struct Score {
    std::optional<double> scaled, raw, min, max;
    [[nodiscard]] std::optional<double> fraction()
        const;  // scaled, or (raw - min) / (max - min) with min 0 by default
};

struct Statement {
    std::string id;  // lower case
    Agent actor;
    std::string verb;
    std::string object_type;  // Activity, Agent, Group, StatementRef, SubStatement
    std::string object_id;    // activity IRI, or the id of a StatementRef
    std::optional<bool> completion, success;
    Score score;
    std::string registration;
    When occurred;               // our extension when there, else timestamp
    std::optional<Day> expires;  // our extension
    [[nodiscard]] bool voids() const { return verb == verb::voided && object_type == "StatementRef"; }
};
// Of a statement that passed validate_statement.
Statement read_statement(const json& statement);

// Every breach of the edition's rules of data in the statement; pointers begin with `at` ("/3" for the fourth
// of a batch), the code names the rule, and `section` the place in the specification.
Problems validate_statement(const json& statement, const std::string& at = {},
                            Version version = Version::v1_0_3);

// Fills in what a store must set and a client left out: id, version ("1.0.0" or "2.0.0"), authority.
// `stored`, and a timestamp that is missing, are added when the statement is read (with_stored): they are
// known only at the commit.
void complete_statement(json& statement, const json& authority, Version version = Version::v1_0_3);
// The statement as a reader gets it. `body` is a JSON object's text without "stored".
std::string with_stored(std::string_view body, Instant stored, bool timestamp_given);
// Same statement as far as immutability goes (1.0.3 part 2, 2.3.1 and 2.4.1; IEEE 9274.1.1, 4.2.3): what a
// store may set or change does not count, nor does a timestamp that one side lacks, nor how a time or a
// duration is written.
bool equivalent(const json& a, const json& b);

// By which keys a statement is found (the posting kinds of the journal).
struct Key {
    enum class Kind {
        actor = 1,
        any_agent = 2,
        object_activity = 3,
        any_activity = 4,
        verb = 5,
        registration = 6
    };
    Kind kind;
    std::string value;
};
std::vector<Key> keys_of(const json& statement);

}  // namespace capbridge::xapi
