// A request as the rest of the program hears of it: who asks, from where, under which id.
#pragma once
#include "core/engine/operations.hpp"
#include "server/router.hpp"

namespace capbridge::server {

engine::Caller caller_of(const Call& call);

// Gives the request its id and its trace, once: those that it brought (X-Request-Id, traceparent) when they
// are sane.
void identify(Request& request);

}  // namespace capbridge::server
