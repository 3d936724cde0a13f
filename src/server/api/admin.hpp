// The admin API: what changes the installation, below /api/v1, for credentials with the scope admin; and
// GET /metrics for monitoring, with the scope read.
#pragma once
#include "server/backend.hpp"
#include "server/router.hpp"

namespace capbridge::server {

// The backend outlives the router.
void add_admin_routes(Router& router, const Backend& backend);

}  // namespace capbridge::server
