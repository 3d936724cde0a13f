// Contributions as JSON: how records are kept, and how answers show evidence. A member that has nothing to
// say is left out.
#include <array>
#include <nlohmann/json.hpp>

#include "core/competency/documents.hpp"
#include "core/competency/record.hpp"

namespace capbridge::competency {
namespace {

EvidenceKind kind_from(std::string_view wanted) {
    constexpr std::array kinds{EvidenceKind::completed, EvidenceKind::passed, EvidenceKind::observed,
                               EvidenceKind::attested};
    for (const auto kind : kinds) {
        if (text(kind) == wanted) return kind;
    }
    return EvidenceKind::self;  // the kind that claims least
}

}  // namespace

json to_json(const Contribution& c) {
    json out = {{"statement", c.statement}, {"kind", text(c.kind)}, {"counts", c.counts}};
    put(out, "mapping", c.mapping);
    put(out, "learning_item", c.learning_item);
    put(out, "method", c.method);
    put(out, "assessor", c.assessor);
    put(out, "document", c.document);
    put(out, "reviewer", c.reviewer);
    put(out, "implied_by", c.implied_by);
    if (c.same_level) out["same_level"] = true;
    put(out, "why_not", c.why_not);
    put(out, "from", c.from);
    put(out, "to", c.to);
    put(out, "contradicted_on", c.contradicted_on);
    return out;
}

Contribution contribution_from_json(const json& value) {
    Contribution c;
    c.statement = get_string(value, "statement");
    c.mapping = get_string(value, "mapping");
    c.learning_item = get_string(value, "learning_item");
    c.method = get_string(value, "method");
    c.assessor = get_string(value, "assessor");
    c.document = get_string(value, "document");
    c.reviewer = get_string(value, "reviewer");
    c.kind = kind_from(get_string(value, "kind"));
    c.counts = value.value("counts", false);
    c.implied_by = get_string(value, "implied_by");
    c.same_level = value.value("same_level", false);
    c.why_not = get_string(value, "why_not");
    c.from = day_at(value, "from");
    c.to = day_at(value, "to");
    c.contradicted_on = day_at(value, "contradicted_on");
    return c;
}

}  // namespace capbridge::competency
