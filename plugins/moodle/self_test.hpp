// Would a pull work? Moodle answers a missing right with an empty list as often as with an error, so the
// check holds the answers to what the site is known to have (settings.expect) and names the right that is
// probably missing.
#pragma once
#include "moodle/service.hpp"
#include "moodle/site.hpp"

namespace moodle {

// Throws what is wrong; a handful of requests.
void self_test(const Settings& settings, const Service& service, const bridge::Host& host);

}  // namespace moodle
