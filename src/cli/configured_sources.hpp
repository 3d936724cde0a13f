// The configuration's "sources": presets filled in, paths made whole, settings, services, schedules and
// write-back checked. Single-threaded.
#pragma once
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "core/base/json.hpp"
#include "core/engine/ports.hpp"

namespace capbridge::cli {

// Parameters of the operation source.put. `whole` is the list as it was written, `sound` what of it keeps to
// the schema. Relative paths hang on `folder`; `folders` replaces the drop folder of named sources;
// `adapters` may be null: settings and services are then not checked.
std::vector<json> read_sources(const json& whole, const json& sound, const std::filesystem::path& folder,
                               const std::map<std::string, std::string>& folders,
                               engine::AdapterCatalogue* adapters,
                               const std::function<void(Problem found)>& report);

// Paths of secrets, keys and authorities in a source's "http" and "fetch".
void resolve_service_paths(json& source, const std::filesystem::path& folder);

// Would a source that read_sources() gave work? As the operation source.check answers.
Result<ordered_json> check_online(engine::AdapterCatalogue& adapters, const json& source);

// What a source that read_sources() gave may connect to.
Result<std::vector<std::string>> egress_of(engine::AdapterCatalogue& adapters, const json& source);

}  // namespace capbridge::cli
