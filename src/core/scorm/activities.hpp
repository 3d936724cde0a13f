// The activities of a package: each course, block, module, SCO, AU, objective and interaction with an IRI
// that stays the same when the package is replaced by a new version of itself (ADL SCORM Profile 2017, IRIs;
// cmi5 section 9.4). IRIs hang on the identifiers of the manifest, never on the bytes, the order or the
// titles:
//
//   course       <iri_base>/packages/<identifier of the package>
//   module, SCO  <course>/<item identifier>
//   objective    <SCO or course>/objectives/<objective id>;  interaction <SCO>/interactions/<id>
//   cmi5         the publisher's ids are IRIs already and are kept
//
// as statements of an LMS have them (xapi/from_scorm.hpp: <course of the LMS>/<SCO>[/objectives/<id>]), so
// that `below()` gives the ids under which an LMS reports the same package. Pure; any thread.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/scorm/structure.hpp"

namespace capbridge::scorm {

struct PackageActivity {
    enum class Kind { course, block, module, sco, asset, au, objective, interaction };
    Kind kind = Kind::course;
    std::string iri, parent;  // parent: IRI of what it is part of; "" for the course
    std::string type;         // activity type IRI
    std::string identifier;   // in the manifest
    std::string below;  // what follows the course's IRI, e.g. "/SCO1/objectives/o1"; "" where ids are kept
    Texts name, description;
    std::string launch;  // Node::launch of what launches something
};

std::string_view kind_name(PackageActivity::Kind kind);
std::optional<PackageActivity::Kind> kind_of_name(std::string_view name);

// The default organization (or the course) first, then what other organizations add; each IRI once.
std::vector<PackageActivity> activities_of(const Structure& structure, std::string_view course_iri);

// <iri_base>/packages/<key>; `key` is the identifier under which the package was added (the manifest's,
// unless somebody chose another).
std::string course_iri(std::string_view iri_base, std::string_view key);

}  // namespace capbridge::scorm
