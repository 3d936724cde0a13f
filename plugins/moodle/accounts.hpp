// Accounts of people: which Moodle account do these identifiers mean? Only exactly one is an answer.
#pragma once
#include <optional>
#include <vector>

#include "moodle/site.hpp"

namespace moodle {

struct Wanted {
    std::string scheme, issuer, value;
};

enum class Match { one, none, several, not_ours };  // not_ours: Moodle has no field for that scheme
struct Found {
    Match match = Match::none;
    Person person;
};

// In the order of the question.
std::vector<Found> find_accounts(const Settings& settings, const Service& service,
                                 const std::vector<Wanted>& wanted, const bridge::Call& call);

// bridge_users.find: question and answer as adapter.h has them.
std::string find_json(const Settings& settings, const Service& service, std::string_view identifiers_json,
                      const bridge::Call& call);

}  // namespace moodle
