#include "core/xapi/statement.hpp"

#include <nlohmann/json.hpp>

#include "core/base/ids.hpp"

namespace capbridge::xapi {
namespace {

std::optional<bool> get_bool(const json& object, const char* member) {
    const auto it = object.find(member);
    return it != object.end() && it->is_boolean() ? std::optional(it->get<bool>()) : std::nullopt;
}

std::optional<double> get_number(const json& object, const char* member) {
    const auto it = object.find(member);
    return it != object.end() && it->is_number() ? std::optional(it->get<double>()) : std::nullopt;
}

// Our extension tells the day of a fact whose source knows no more than the day; the timestamp then is only
// the store's.
When occurred_of(const json& statement) {
    if (const auto context = statement.find("context"); context != statement.end()) {
        if (const auto extensions = context->find("extensions"); extensions != context->end()) {
            if (const auto it = extensions->find(std::string(extension::occurred));
                it != extensions->end() && it->is_object()) {
                const auto precision = get_string(*it, "precision");
                const auto value = get_string(*it, "value");
                if (precision == "unknown") return {};
                if (const auto when =
                        precision == "day" ? parse_when(value.substr(0, 10)) : parse_when(value))
                    return *when;
            }
        }
    }
    if (const auto at = parse_instant(get_string(statement, "timestamp")))
        return {When::Precision::instant, *at};
    return {};
}

std::optional<Day> expires_of(const json& statement) {
    const auto context = statement.find("context");
    if (context == statement.end()) return std::nullopt;
    const auto extensions = context->find("extensions");
    if (extensions == context->end()) return std::nullopt;
    return parse_day(get_string(*extensions, extension::expires));
}

}  // namespace

std::optional<double> Score::fraction() const {
    if (scaled) return scaled;
    if (!raw || !max) return std::nullopt;
    const double low = min.value_or(0);
    return *max > low ? std::optional((*raw - low) / (*max - low)) : std::nullopt;
}

Statement read_statement(const json& s) {
    Statement out;
    out.id = lower_uuid(get_string(s, "id"));
    out.actor = read_agent(s.at("actor"));
    out.verb = get_string(s.at("verb"), "id");
    const auto& object = s.at("object");
    out.object_type = get_string(object, "objectType", "Activity");
    out.object_id = get_string(object, "id");
    if (out.object_type == "StatementRef") out.object_id = lower_uuid(out.object_id);
    if (const auto result = s.find("result"); result != s.end()) {
        out.completion = get_bool(*result, "completion");
        out.success = get_bool(*result, "success");
        if (const auto score = result->find("score"); score != result->end()) {
            out.score = {get_number(*score, "scaled"), get_number(*score, "raw"), get_number(*score, "min"),
                         get_number(*score, "max")};
        }
    }
    if (const auto context = s.find("context"); context != s.end())
        out.registration = lower_uuid(get_string(*context, "registration"));
    out.occurred = occurred_of(s);
    out.expires = expires_of(s);
    return out;
}

}  // namespace capbridge::xapi
