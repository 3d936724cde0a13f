// Attestations and overrides as the payloads of decisions; the register's files.
#include "core/competency/attestation.hpp"

#include <nlohmann/json.hpp>

#include "core/competency/documents.hpp"

namespace capbridge::competency {
json to_json(const Attestation& a) {
    json out = {{"id", a.id},
                {"requirements", a.requirements},
                {"kind", text(a.kind)},
                {"outcome", a.met ? "met" : "not_met"},
                {"on", format_day(a.on)}};
    put(out, "context", a.context);
    put(out, "method", a.method);
    put(out, "assessor", a.assessor);
    put(out, "document", a.document);
    put(out, "reviewer", a.reviewer);
    put(out, "valid_to", a.valid_to);
    if (a.withdrawn) out["withdrawn"] = true;
    return out;
}

Result<Attestation> attestation_from_json(const json& payload) {
    Attestation out;
    out.id = get_string(payload, "id");
    if (const auto list = payload.find("requirements"); list != payload.end() && list->is_array()) {
        for (const auto& id : *list) {
            if (id.is_string()) out.requirements.push_back(id.get<std::string>());
        }
    }
    const auto kind = get_string(payload, "kind");
    bool known = false;
    for (const auto each : {EvidenceKind::observed, EvidenceKind::attested, EvidenceKind::self}) {
        if (text(each) != kind) continue;
        out.kind = each;
        known = true;
    }
    const auto on = day_at(payload, "on");
    if (out.id.empty() || out.requirements.empty() || !known || !on)
        return fail("invalid_document", "an attestation has an id, requirements, a kind and a day");
    out.on = *on;
    out.met = get_string(payload, "outcome") != "not_met";
    out.context = get_string(payload, "context");
    out.method = get_string(payload, "method");
    out.assessor = get_string(payload, "assessor");
    out.document = get_string(payload, "document");
    out.reviewer = get_string(payload, "reviewer");
    out.valid_to = day_at(payload, "valid_to");
    out.withdrawn = payload.value("withdrawn", false);
    return out;
}

std::string_view text(Override::Kind kind) {
    switch (kind) {
        case Override::Kind::none:
            return "none";
        case Override::Kind::waived:
            return "waived";
        case Override::Kind::not_applicable:
            break;
    }
    return "not_applicable";
}

json to_json(const Override& o) {
    json out = {{"kind", text(o.kind)}, {"requirement", o.requirement}};
    put(out, "context", o.context);
    put(out, "from", o.from);
    put(out, "until", o.until);
    put(out, "who", o.who);
    put(out, "why", o.why);
    put(out, "decision", o.decision);
    return out;
}

Override override_from_json(const json& payload) {
    Override out;
    const auto kind = get_string(payload, "kind");
    for (const auto each : {Override::Kind::waived, Override::Kind::not_applicable}) {
        if (text(each) == kind) out.kind = each;
    }
    out.requirement = get_string(payload, "requirement");
    out.context = get_string(payload, "context");
    out.from = day_at(payload, "from");
    out.until = day_at(payload, "until");
    out.who = get_string(payload, "who");
    out.why = get_string(payload, "why");
    out.decision = get_string(payload, "decision");
    return out;
}

Result<Assessor> load_assessor(std::string_view text, const std::string& name) {
    CAPBRIDGE_LET(const json document, read_shaped(text, name, "schemas/assessor.schema.json"));
    Problems problems;
    Assessor out;
    out.id = get_string(document, "id");
    out.title = get_string(document, "title");
    out.person = get_string(document, "person");
    out.credentials = strings_of(document, "credentials");
    out.lead = document.value("lead", false);
    out.units = strings_of(document, "units");
    out.factors = strings_of(document, "factors");
    out.archetypes = strings_of(document, "archetypes");
    out.from = day_of_member(document, "from", "", problems);
    out.to = day_of_member(document, "to", "", problems);
    locate(problems, text);
    if (has_errors(problems)) return fail(problems_error(problems, name));
    return out;
}

}  // namespace capbridge::competency
