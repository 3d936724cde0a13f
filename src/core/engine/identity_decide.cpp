#include "core/engine/identity_decide.hpp"

#include <nlohmann/json.hpp>
#include <optional>

#include "core/base/ids.hpp"
#include "core/engine/operation_list.hpp"
#include "core/people/identity_rule.hpp"

namespace capbridge::engine {

Result<ordered_json> decide(Bridge& bridge, const Caller& caller, const char* kind, std::string what,
                            std::vector<store::NewDecision> decisions, ordered_json out) {
    if (decisions.empty()) return out;
    store::RunRow run;
    run.kind = kind;
    run.who = caller.who;
    run.what = std::move(what);
    return in_run(bridge, run, [&](store::RunRow& row) -> Result<ordered_json> {
        store::Batch batch;
        batch.run = row.id;
        batch.who = caller.who;
        for (auto& decision : decisions) batch.entries.emplace_back(std::move(decision));
        CAPBRIDGE_TRY(bridge.store().journal().append(std::move(batch)));
        return out;
    });
}

Result<std::string> known_person(Bridge& bridge, const std::string& text, const char* parameter) {
    auto& projection = bridge.store().projection();
    std::optional<std::string> id;
    if (is_uuid(text)) {
        id = projection.survivor(lower_uuid(text));
    } else if (const auto identifier = people::identifier_from_text(text)) {
        id = projection.person_by_identifier(identifier->scheme, identifier->issuer, identifier->value);
    }
    if (!id || !projection.person(*id))
        return fail("not_found", "there is no such person; give a uuid or SCHEME:ISSUER:VALUE", parameter);
    return *id;
}

}  // namespace capbridge::engine
