#include "core/engine/forward/target_row.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/engine/operation_list.hpp"

namespace capbridge::engine {
namespace {

bool is_name(std::string_view name) {
    const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
    return !name.empty() && name.size() <= 64 && plain(name.front()) &&
           std::all_of(name.begin(), name.end(),
                       [&](char c) { return plain(c) || c == '.' || c == '_' || c == '-'; });
}

}  // namespace

Result<AskedTarget> target_row_of(Bridge& bridge, const json& params) {
    AskedTarget out;
    auto& row = out.row;
    CAPBRIDGE_LET(row.name, need_text(params, "name"));
    if (!is_name(row.name))
        return fail("bad_parameter",
                    "a target's name is of lower-case letters, digits, dot, dash and underscore, at most 64",
                    "/name");
    CAPBRIDGE_LET(row.kind, need_text(params, "kind"));
    const auto settings = params.value("settings", json::object());
    CAPBRIDGE_LET(out.settings, read_target(row.kind, settings));
    row.settings = settings.dump();
    const auto from = get_string(params, "from", "now");
    if (from != "start" && from != "now") return fail("bad_parameter", "'from' is start or now", "/from");
    const auto before = bridge.store().outbox().target(row.name);
    out.is_new = !before.has_value();
    if (before) {
        out.is_same = before->kind == row.kind && before->settings == row.settings;
        row.uuid = before->uuid;
        row.paused = before->paused;
        row.cursor = before->cursor;
        row.moved = before->moved;
    } else {
        row.cursor = from == "now" ? bridge.store().journal().watermark().seq : 0;
        row.moved = bridge.now();
    }
    return out;
}

}  // namespace capbridge::engine
