#include "core/engine/forward/filter.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/xapi/statement.hpp"

namespace capbridge::engine {
namespace {

std::set<std::string> texts(const json& filters, const char* member) {
    std::set<std::string> out;
    for (const auto& one : filters.value(member, json::array())) {
        if (one.is_string()) out.insert(one.get<std::string>());
    }
    return out;
}

}  // namespace

Result<ForwardFilter> ForwardFilter::read(const json& filters, std::optional<StatementTemplate> profile) {
    ForwardFilter out;
    out.template_ = std::move(profile);
    out.verbs_ = texts(filters, "verbs");
    out.activities_ = texts(filters, "activities");
    out.related_ = filters.value("related", false);
    const auto sources = texts(filters, "sources");
    out.sources_.assign(sources.begin(), sources.end());
    std::size_t index = 0;
    for (const auto& one : filters.value("agents", json::array())) {
        const auto agent = one.is_string() ? xapi::agent_from_key(one.get_ref<const std::string&>())
                                           : std::optional(xapi::read_agent(one));
        // As the journal has it: a key that a person wrote may have another case.
        const auto key = agent ? xapi::read_agent(agent->to_json()).key() : std::string();
        if (key.empty() || key.ends_with('|'))
            return fail("bad_agent",
                        "an agent is an Agent object with one identifier, or a key such as "
                        "mbox|mailto:a@b.example",
                        "/agents/" + std::to_string(index));
        out.agents_.insert(key);
        ++index;
    }
    if (const auto since = get_string(filters, "since"); !since.empty()) {
        if (const auto day = parse_day(since)) {
            out.since_ = *day;
        } else if (const auto instant = parse_instant(since)) {
            out.since_ = *instant;
        } else {
            return fail("bad_date", "must be a day such as 2026-03-31, or an instant", "/since");
        }
    }
    return out;
}

bool ForwardFilter::passes_all() const {
    return verbs_.empty() && activities_.empty() && agents_.empty() && sources_.empty() && !since_ &&
           !template_;
}

bool ForwardFilter::passes(const json& statement, Instant stored,
                           const std::function<bool(const std::string&)>& is_of) const {
    using Kind = xapi::Key::Kind;
    if (since_ && stored < *since_) return false;
    if (!verbs_.empty() || !activities_.empty() || !agents_.empty()) {
        const auto keys = xapi::keys_of(statement);
        const auto has = [&](const std::set<std::string>& wanted, Kind kind) {
            return wanted.empty() || std::any_of(keys.begin(), keys.end(), [&](const xapi::Key& key) {
                       return key.kind == kind && wanted.contains(key.value);
                   });
        };
        if (!has(verbs_, Kind::verb) ||
            !has(activities_, related_ ? Kind::any_activity : Kind::object_activity) ||
            !has(agents_, related_ ? Kind::any_agent : Kind::actor))
            return false;
    }
    if (template_ && !template_->matches(statement)) return false;
    return sources_.empty() || std::any_of(sources_.begin(), sources_.end(), is_of);
}

}  // namespace capbridge::engine
