// What a source tells about its courses and competencies: the latest word of each, no history. Values only;
// Sources reads them, Batch writes them.
#pragma once
#include <string>

namespace capbridge::store {

struct CatalogueRow {
    std::string source;  // uuid
    std::string kind;    // "course", "competency_definition"
    std::string id;      // the source's own
    std::string iri;     // as which it stands in statements
    std::string title, type, parent, url, language, revision;
    std::string scope;  // of the snapshot that it came in, "" when it came in none
    friend bool operator==(const CatalogueRow&, const CatalogueRow&) = default;
};

struct CatalogueKey {
    std::string source, kind, id;
};

}  // namespace capbridge::store
