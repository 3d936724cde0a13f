#include "core/engine/intake_catalogue.hpp"

#include <nlohmann/json.hpp>

#include "core/base/text.hpp"
#include "core/xapi/from_competency.hpp"
#include "core/xapi/iri.hpp"

namespace capbridge::engine {
namespace {

constexpr std::size_t courses_at_most = 10'000;  // of one answer

ordered_json or_null(const std::string& text) {
    return text.empty() ? ordered_json(nullptr) : ordered_json(text);
}

}  // namespace

CatalogueIntake::CatalogueIntake(Bridge& bridge, const xapi::SourceContext& source)
    : bridge_(bridge), source_(source) {}

bool CatalogueIntake::takes(std::string_view kind) {
    return kind == "course" || kind == "competency_definition";
}

Result<store::CatalogueRow> CatalogueIntake::read(std::string_view kind, const json& record,
                                                  std::string scope) const {
    if (!record.is_object()) return fail("rejected_record", "a record is an object");
    store::CatalogueRow row;
    row.source = source_.source_uuid;
    row.kind = kind;
    row.id = get_string(record, "id");
    if (row.id.empty()) return fail("rejected_record", "is missing: the source's own id", "/id");
    if (kind == "course") {
        row.iri = get_string(record, "iri");
        if (row.iri.empty()) row.iri = source_.activity_base + url_encode(row.id);
        if (!xapi::is_iri(row.iri)) return fail("rejected_record", "is not an absolute IRI", "/iri");
        row.title = get_string(record, "title");
        row.type = get_string(record, "type", "course");
    } else {
        row.iri = xapi::competency_iri(row.id, source_);
        row.title = get_string(record, "name");
        if (row.title.empty()) return fail("rejected_record", "is missing", "/name");
        row.type = "competency";
    }
    row.parent = get_string(record, "parent");
    row.url = get_string(record, "url");
    row.language = get_string(record, "language");
    row.revision = get_string(record, "revision");
    row.scope = std::move(scope);
    return row;
}

void CatalogueIntake::put(store::CatalogueRow row) {
    auto& pending = pending_[{row.kind, row.id}];
    pending = std::move(row);
}

void CatalogueIntake::remove(std::string_view kind, const std::string& id) {
    pending_[{std::string(kind), id}] = std::nullopt;
}

std::vector<std::string> CatalogueIntake::ids_of(std::string_view kind, std::string_view scope) const {
    std::vector<std::string> out;
    for (auto& row : bridge_.store().sources().catalogue(source_.source_uuid, kind)) {
        if (row.scope == scope) out.push_back(std::move(row.id));
    }
    return out;
}

CatalogueIntake::Settled CatalogueIntake::settle(store::Batch& batch) {
    Settled out;
    for (auto& [name, row] : pending_) {
        const auto before =
            bridge_.store().sources().catalogue_row(source_.source_uuid, name.first, name.second);
        const store::CatalogueKey key{source_.source_uuid, name.first, name.second};
        if (!row && !before) {
            ++out.same;
        } else if (!row) {
            out.gone.push_back(key);
            batch.catalogue_gone.push_back(key);
        } else if (before && *before == *row) {
            ++out.same;
        } else {
            (before ? out.changed : out.added).push_back(key);
            batch.catalogue.push_back(std::move(*row));
        }
    }
    pending_.clear();
    return out;
}

Result<ordered_json> course_list(Bridge& bridge, const json& params) {
    std::string uuid;
    std::map<std::string, std::string> names;
    for (const auto& source : bridge.store().sources().sources()) names[source.uuid] = source.name;
    if (const auto wanted = get_string(params, "source"); !wanted.empty()) {
        const auto source = bridge.store().sources().source(wanted);
        if (!source)
            return fail("not_found", "there is no source '" + wanted + "' (capbridge source list)",
                        "/source");
        uuid = source->uuid;
    }
    CAPBRIDGE_LET(const auto rules, bridge.rules());
    const auto mapped = params.find("mapped");
    const auto limit = std::min(params.value("limit", std::size_t{1000}), courses_at_most);
    const auto offset = params.value("offset", std::size_t{0});
    ordered_json courses = ordered_json::array();
    std::size_t all = 0, of_them_mapped = 0, fitting = 0;
    for (const auto& row : bridge.store().sources().catalogue(uuid, get_string(params, "kind"))) {
        const bool is_mapped = rules->knows_activity(row.iri);
        ++all;
        of_them_mapped += is_mapped ? 1 : 0;
        if (mapped != params.end() && mapped->get<bool>() != is_mapped) continue;
        if (fitting++ < offset || courses.size() >= limit) continue;
        courses.push_back({{"source", names[row.source]},
                           {"kind", row.kind},
                           {"id", row.id},
                           {"iri", row.iri},
                           {"title", or_null(row.title)},
                           {"type", or_null(row.type)},
                           {"parent", or_null(row.parent)},
                           {"url", or_null(row.url)},
                           {"language", or_null(row.language)},
                           {"mapped", is_mapped}});
    }
    return ordered_json{{"courses", std::move(courses)},
                        {"total", all},
                        {"mapped", of_them_mapped},
                        {"unmapped", all - of_them_mapped},
                        {"fitting", fitting}};
}

}  // namespace capbridge::engine
