// Mapping packs between organisations: out as a file, in under the activity ids of this one.
#include <nlohmann/json.hpp>

#include "core/base/ids.hpp"
#include "core/competency/pack.hpp"
#include "core/engine/learning_seen.hpp"
#include "core/engine/operation_list.hpp"

namespace capbridge::engine {
namespace {

// {mapping}: {id, version, pack: the document}
Result<ordered_json> mapping_export(Bridge& bridge, const json& params, const Caller&) {
    CAPBRIDGE_LET(const auto id, need_text(params, "mapping"));
    const auto known = bridge.store().journal().decision_in_force("mapping", id);
    if (!known || known->payload.empty())
        return fail("not_found", "there is no mapping '" + id + "' (capbridge mapping list shows them)",
                    "mapping");
    CAPBRIDGE_LET(auto document, parse_ordered_json(known->payload));
    auto pack = competency::make_pack(std::move(document), bridge.store().installation().organisation,
                                      day_of(bridge.now()), sha256_hex(known->payload));
    return ordered_json{{"id", id}, {"version", pack.at("version")}, {"pack", std::move(pack)}};
}

// A pack may follow an earlier one of the same mapping of the same organisation, and nothing else: what a
// trust wrote itself, or got from elsewhere, only happens to have the same id.
Status same_origin(Bridge& bridge, const std::string& id, const ordered_json& origin) {
    const auto known = bridge.store().journal().decision_in_force("mapping", id);
    if (!known || known->payload.empty()) return {};
    CAPBRIDGE_LET(const auto mine, parse_ordered_json(known->payload));
    const auto source = mine.find("origin");
    const auto same = [&](const char* member) {
        return source->value(member, std::string()) == origin.value(member, std::string());
    };
    if (source != mine.end() && source->is_object() && same("organisation") && same("mapping")) return {};
    return fail("conflict",
                "a mapping '" + id + "' is in force here and " +
                    (source == mine.end() ? "is this organisation's own" : "came from elsewhere") +
                    "; give the pack an id of its own (--id), or withdraw that mapping first",
                "id");
}

// {text, name, table? (CSV), match_titles?, id?, dry_run?}
Result<ordered_json> mapping_import(Bridge& bridge, const json& params, const Caller& caller) {
    CAPBRIDGE_LET(const auto text, need_text(params, "text"));
    CAPBRIDGE_LET(const auto rules, bridge.rules());
    const auto name = get_string(params, "name", "pack");
    CAPBRIDGE_TRY(competency::load_mapping(text, name, rules->framework));
    CAPBRIDGE_LET(const auto pack, parse_ordered_json(text));
    std::vector<competency::PackRow> table;
    if (const auto csv = get_string(params, "table"); !csv.empty()) {
        CAPBRIDGE_LET(table, competency::read_pack_table(csv, "the table"));
    }
    const competency::PackOptions options{get_string(params, "id"), params.value("match_titles", false)};
    auto rekeyed = competency::rekey(pack, table, *rules, learning_seen(bridge), options);
    auto& document = rekeyed.at("document");
    ordered_json out = std::move(rekeyed.at("report"));
    const bool dry = params.value("dry_run", false);
    out["dry_run"] = dry;
    const auto mapping = document.dump(2) + "\n";
    // What publishing would refuse is told beforehand too.
    CAPBRIDGE_TRY(competency::load_mapping(mapping, name, rules->framework));
    CAPBRIDGE_TRY(same_origin(bridge, document.at("id").get<std::string>(), document.at("origin")));
    if (dry) return out;
    if (document.at("learning_items").empty())
        return fail("nothing_matches",
                    "no learning item of the pack has an activity here: give a table with the columns "
                    "learning_item and activity, or match by title; a dry run lists the items",
                    name);
    const auto done =
        find_operation("mapping.publish")->run(bridge, {{"text", mapping}, {"name", name}}, caller);
    if (!done) return fail(done.error());
    for (const char* member : {"changed", "run", "warnings"}) {
        if (const auto it = done->find(member); it != done->end()) out[member] = *it;
    }
    return out;
}

}  // namespace

std::vector<Operation> pack_operations() {
    return {
        {"mapping.export", false, "read", mapping_export},
        {"mapping.import", true, "admin", mapping_import},
    };
}

}  // namespace capbridge::engine
