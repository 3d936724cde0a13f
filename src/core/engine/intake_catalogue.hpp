// Courses and competencies as a source tells them, on their way into the catalogue: the last word of each
// counts. One thread.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "core/engine/bridge.hpp"
#include "core/xapi/from_completion.hpp"

namespace capbridge::engine {

class CatalogueIntake {
public:
    CatalogueIntake(Bridge& bridge, const xapi::SourceContext& source);

    static bool takes(std::string_view kind);  // course, competency_definition
    // Errors "rejected_record".
    Result<store::CatalogueRow> read(std::string_view kind, const json& record, std::string scope) const;
    void put(store::CatalogueRow row);
    void remove(std::string_view kind, const std::string& id);
    // Ids of the scope that the catalogue has.
    [[nodiscard]] std::vector<std::string> ids_of(std::string_view kind, std::string_view scope) const;

    struct Settled {
        std::vector<store::CatalogueKey> added, changed, gone;
        std::size_t same = 0;
    };
    Settled settle(store::Batch& batch);
    [[nodiscard]] std::size_t pending() const { return pending_.size(); }

private:
    Bridge& bridge_;
    const xapi::SourceContext& source_;
    std::map<std::pair<std::string, std::string>, std::optional<store::CatalogueRow>> pending_;  // kind, id
};

// {source?, kind?, mapped?: true or false, limit?, offset?} -> {"courses":
// [{"source","kind","id","iri","title", "type","parent","url","language","mapped"}],
// "total","mapped","unmapped": of all, "fitting": of the filter}.
Result<ordered_json> course_list(Bridge& bridge, const json& params);

}  // namespace capbridge::engine
