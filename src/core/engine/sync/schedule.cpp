#include "core/engine/sync/schedule.hpp"

#include <nlohmann/json.hpp>

#include "core/base/ids.hpp"

namespace capbridge::engine {
namespace {

// Where hospitals of the NHS are; another one is said with "zone".
constexpr std::string_view usual_zone = "Europe/London";
constexpr std::chrono::seconds shortest{1};

Result<std::optional<Duration>> duration(const json& schedule, const char* member) {
    const auto text = get_string(schedule, member);
    if (text.empty()) return std::optional<Duration>{};
    const auto read = parse_duration(text);
    if (!read || later(Instant{}, *read) < Instant{} + shortest)
        return fail("bad_schedule", "'" + text + "' is no duration of a second or more, such as PT15M or P7D",
                    "/" + std::string(member));
    return read;
}

// 0 to 1, evenly, from the first four bytes of a digest.
double share_of(std::string_view source_uuid, Instant at) {
    const auto digest = sha256(std::string(source_uuid) + std::to_string(unix_ms(at)));
    std::uint32_t number = 0;
    for (std::size_t i = 0; i < 4; ++i) number = number << 8 | static_cast<unsigned char>(digest[i]);
    return static_cast<double>(number) / 4294967296.0;
}

}  // namespace

Instant later(Instant at, const Duration& duration) {
    const auto day = day_of(at);
    const Duration calendar{duration.years, duration.months, duration.days, 0};
    return add(day, calendar) + (at - day) + std::chrono::milliseconds{duration.ms};
}

Result<Schedule> Schedule::read(const json& schedule) {
    Schedule out;
    if (!schedule.is_object()) return out;
    CAPBRIDGE_LET(out.every_, duration(schedule, "every"));
    CAPBRIDGE_LET(out.full_, duration(schedule, "full"));
    CAPBRIDGE_LET(const auto jitter, duration(schedule, "jitter"));
    if (jitter) out.jitter_ = later(Instant{}, *jitter) - Instant{};
    if (const auto text = get_string(schedule, "cron"); !text.empty()) {
        if (out.every_) return fail("bad_schedule", "give 'every' or 'cron', not both", "/cron");
        auto cron = Cron::parse(text, get_string(schedule, "zone", usual_zone));
        if (!cron) {
            auto error = cron.error();
            error.where = error.code == "bad_zone" ? "/zone" : "/cron";
            return fail(std::move(error));
        }
        out.cron_ = *cron;
    }
    return out;
}

std::optional<Instant> Schedule::next(Instant from, std::string_view source_uuid) const {
    std::optional<Instant> at;
    if (every_) at = later(from, *every_);
    if (cron_) at = cron_->next(from);
    if (!at) return std::nullopt;
    return *at + std::chrono::round<std::chrono::milliseconds>(jitter_ * share_of(source_uuid, *at));
}

std::optional<Instant> Schedule::first(Instant now, std::string_view source_uuid) const {
    return every_ ? std::optional(now) : next(now, source_uuid);
}

bool Schedule::full_due(const std::optional<Instant>& last_full, Instant now) const {
    return full_ && (!last_full || later(*last_full, *full_) <= now);
}

}  // namespace capbridge::engine
