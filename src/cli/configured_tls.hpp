// The configuration's "tls": certificate, key and client certificates of the daemon's own port, tried out
// while it is checked. Applied while the daemon runs by CertificateWatch::renew (certificate_watch.hpp);
// switching TLS on or off needs a restart. Single-threaded.
#pragma once
#include <filesystem>
#include <functional>
#include <optional>

#include "core/base/json.hpp"
#include "core/base/problem.hpp"
#include "core/base/time.hpp"
#include "server/tls.hpp"

namespace capbridge::cli {

// Nothing when there is no section, or it is not well enough. Paths hang on `folder`. An expired certificate
// is a warning: the daemon serves on, and says so.
std::optional<server::TlsSettings> read_tls(const json& section, const std::filesystem::path& folder,
                                            Instant now, const std::function<void(Problem)>& report);

}  // namespace capbridge::cli
