#include "core/engine/source_change.hpp"

#include <nlohmann/json.hpp>

#include "core/base/embedded.hpp"
#include "core/engine/operation_list.hpp"
#include "core/engine/sync/options.hpp"
#include "core/engine/sync/presets.hpp"
#include "core/engine/write_back/settings.hpp"

namespace capbridge::engine {
namespace {

// The members of a source as the configuration's schema has them.
Status check_shape(const json& params) {
    static const json schema = [] {
        const auto* file = find_embedded(embedded_config(), "schemas/configuration.schema.json");
        return json::parse(file->bytes).at("properties").at("sources").at("items");
    }();
    const auto problems = validate_json(params, schema);
    if (!has_errors(problems)) return {};
    const auto& first = problems.front();
    return fail("bad_parameter", first.message, first.pointer);
}

bool differs(const store::SourceRow& a, const store::SourceRow& b, const char* option) {
    const auto of = [&](const store::SourceRow& row) {
        return json::parse(row.options, nullptr, false).value(option, json());
    };
    return of(a) != of(b);
}

}  // namespace

Result<store::SourceRow> source_row_of(Bridge& bridge, const json& params) {
    CAPBRIDGE_TRY(need_text(params, "name"));
    CAPBRIDGE_TRY(check_shape(params));
    CAPBRIDGE_LET(const auto whole, with_preset(params));
    store::SourceRow row;
    row.name = get_string(whole, "name");
    CAPBRIDGE_LET(row.adapter, need_text(whole, "adapter"));
    const auto settings = whole.value("settings", json::object());
    if (row.adapter == no_adapter) {
        CAPBRIDGE_TRY(check_posts_only(whole));
        row.settings = "{}";
        row.activity_base = get_string(whole, "activity_base");
        row.options = options_json(whole).dump();
        return row;
    }
    CAPBRIDGE_TRY(bridge.adapters()->find(row.adapter));
    CAPBRIDGE_LET(auto problems, bridge.adapters()->check_settings(row.adapter, settings));
    const auto what = "source " + row.name;
    if (has_errors(problems)) return fail(problems_error(problems, "the settings of " + what));
    row.settings = settings.dump();
    row.folder = get_string(whole, "folder");
    row.activity_base = get_string(whole, "activity_base");
    row.file_min_age = std::chrono::seconds{whole.value("file_min_age_seconds", 0)};
    row.options = options_json(whole).dump();
    CAPBRIDGE_LET(const auto options, options_of(row));
    CAPBRIDGE_TRY(read_write_back(options.write_back));
    problems = bridge.adapters()->check_services(settings_of(row, options, nullptr));
    if (has_errors(problems)) return fail(problems_error(problems, what));
    return row;
}

std::string activity_base_of(Bridge& bridge, const std::string& uuid) {
    return bridge.store().installation().iri_base + "/sources/" + uuid + "/activities/";
}

bool reads_otherwise(const store::SourceRow& a, const store::SourceRow& b) {
    return a.settings != b.settings || a.folder != b.folder || a.adapter != b.adapter ||
           a.activity_base != b.activity_base || differs(a, b, "issuer");
}

bool is_same_source(const store::SourceRow& a, const store::SourceRow& b) {
    return !reads_otherwise(a, b) && a.options == b.options && a.file_min_age == b.file_min_age;
}

store::SourceStateRow state_after_change(const store::SourceRow& before, const store::SourceRow& now,
                                         store::SourceStateRow state) {
    const bool mended = reads_otherwise(before, now) || differs(before, now, "http") ||
                        differs(before, now, "fetch") || differs(before, now, "sha256");
    if (mended && state.stopped == "configuration") state.stopped.clear();
    if (reads_otherwise(before, now) && !state.details.empty()) {
        auto details = ordered_json::parse(state.details);  // other facts: earlier yeses are none to them
        details.erase("answered");
        state.details = details.empty() ? "" : details.dump();
    }
    if (mended || differs(before, now, "schedule")) state.next_due.reset();  // counted anew from the last try
    return state;
}

bool may_push_again(const store::SourceRow& before, const store::SourceRow& now) {
    return reads_otherwise(before, now) || differs(before, now, "http") || differs(before, now, "fetch") ||
           differs(before, now, "sha256") || differs(before, now, "write_back");
}

}  // namespace capbridge::engine
