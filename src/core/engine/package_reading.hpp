// Reading a package for an operation: what is staged is inspected, with progress, and becomes what a decision
// would say of it; what is kept is read again. Internal to engine; any thread.
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "core/engine/operations.hpp"
#include "core/engine/packages.hpp"
#include "core/scorm/byte_source.hpp"
#include "core/scorm/inspection.hpp"

namespace capbridge::engine {

// What is kept of a package, as far as its bytes and its key say it.
struct IncomingPackage {
    scorm::Inspection inspection;
    ordered_json report;    // inspection_json()
    StoredPackage package;  // version 1, without earlier ones; key and course by complete()
    scorm::Structure structure;
};

// Errors: those of the store, "stopping". A package that is refused is no error: Inspection::accepted says.
Result<IncomingPackage> read_incoming(Bridge& bridge, const scorm::ByteSource& source, const Caller& caller);

// Gives it the key `wanted`, or else the manifest's identifier, and its activities by that. Errors
// "package_key_needed", "bad_parameter" (a key that is too long, or has control characters).
Status complete(Bridge& bridge, IncomingPackage& incoming, const std::string& wanted);

// {package, version?}: the package and the version that is meant. Errors "not_found".
struct AskedVersion {
    StoredPackage package;  // of that version, where it is asked for
    bool current = true;
};
Result<AskedVersion> asked_version(Bridge& bridge, const json& params);

}  // namespace capbridge::engine
