#include "core/engine/sync/options.hpp"

#include <nlohmann/json.hpp>

#include "core/base/time.hpp"

namespace capbridge::engine {
namespace {

using Length = std::optional<std::chrono::milliseconds>;
using Days = std::chrono::duration<std::int64_t, std::ratio<86400>>;

// Without months or years, which are of no fixed length; none: there is no such member.
Result<Length> length(const json& holder, const char* member, std::chrono::milliseconds least, Days most,
                      Error wrong) {
    const auto text = get_string(holder, member);
    if (text.empty()) return Length();
    const auto read = parse_duration(text);
    const bool fixed =
        read && read->years == 0 && read->months == 0 && read->days >= 0 && Days(read->days) <= most;
    const auto out =
        fixed ? std::chrono::milliseconds(read->ms) + Days(read->days) : std::chrono::milliseconds{0};
    if (out >= least && out <= most) return Length(out);
    wrong.message = "'" + text + "' is no duration " + wrong.message;
    wrong.where += "/" + std::string(member);
    return fail(std::move(wrong));
}

Result<Length> limit(const json& limits, const char* member) {
    return length(limits, member, std::chrono::seconds(1), Days(7),
                  {"bad_limit", "from one second to seven days, such as PT2H", "/limits", 0});
}

}  // namespace

Result<SourceOptions> read_options(const json& options) {
    SourceOptions out;
    if (!options.is_object()) return out;
    out.issuer = get_string(options, "issuer");
    out.sha256 = get_string(options, "sha256");
    if (const auto it = options.find("http"); it != options.end() && it->is_object()) out.http = *it;
    if (const auto it = options.find("fetch"); it != options.end() && it->is_object()) out.fetch = *it;
    if (const auto it = options.find("write_back"); it != options.end() && it->is_object())
        out.write_back = *it;
    if (const auto it = options.find("guards"); it != options.end() && it->is_object()) {
        out.guards.fall = it->value("fall", out.guards.fall);
        out.guards.leavers = it->value("leavers", out.guards.leavers);
        out.guards.crashes = it->value("crashes", out.guards.crashes);
    }
    if (const auto it = options.find("limits"); it != options.end() && it->is_object()) {
        CAPBRIDGE_LET(out.limits.longest_pull, limit(*it, "pull"));
        CAPBRIDGE_LET(out.limits.longest_idle, limit(*it, "idle"));
    }
    CAPBRIDGE_LET(out.expect_new,
                  length(options, "expect_new", std::chrono::hours(1), Days(400),
                         {"bad_expect_new", "from one hour to 400 days, such as P3D", "", 0}));
    auto schedule = Schedule::read(options.value("schedule", json()));
    if (!schedule) {
        auto error = schedule.error();
        error.where = "/schedule" + error.where;
        return fail(std::move(error));
    }
    out.schedule = std::move(*schedule);
    return out;
}

Result<SourceOptions> options_of(const store::SourceRow& source) {
    return read_options(json::parse(source.options, nullptr, false));
}

Status check_posts_only(const json& params) {
    for (const auto* member : {"schedule", "settings", "folder", "fetch", "http", "sha256", "limits",
                               "write_back", "expect_new"}) {
        const auto it = params.find(member);
        if (it == params.end() || it->is_null() || it->empty()) continue;
        return fail("bad_parameter", "a source without an adapter is only posted to: it has none of these",
                    "/" + std::string(member));
    }
    return {};
}

json options_json(const json& params) {
    json out = json::object();
    for (const auto* member : {"issuer", "sha256", "http", "fetch", "schedule", "expect_new", "guards",
                               "limits", "write_back", "preset"}) {
        if (const auto it = params.find(member); it != params.end() && !it->is_null()) out[member] = *it;
    }
    return out;
}

SourceSettings settings_of(const store::SourceRow& source, const SourceOptions& options, SourceMemory* memory,
                           const json& more_settings) {
    SourceSettings out;
    out.source_name = source.name;
    out.adapter = source.adapter;
    out.settings = json::parse(source.settings, nullptr, false);
    if (out.settings.is_object()) out.settings.update(more_settings);
    out.folder = source.folder;
    out.file_min_age = source.file_min_age;
    out.sha256 = options.sha256;
    out.http = options.http;
    out.fetch = options.fetch;
    out.memory = memory;
    out.longest_pull = options.limits.longest_pull;
    out.longest_idle = options.limits.longest_idle;
    return out;
}

}  // namespace capbridge::engine
