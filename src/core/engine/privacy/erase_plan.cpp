#include "core/engine/privacy/erase_plan.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>

#include "core/base/ids.hpp"
#include "core/engine/forward/settings.hpp"
#include "core/engine/new_statement.hpp"
#include "core/engine/privacy/door.hpp"
#include "core/engine/privacy/redaction.hpp"
#include "core/xapi/erased.hpp"
#include "core/xapi/from_completion.hpp"

namespace capbridge::engine {
namespace {

constexpr std::size_t most_pushes = 100'000;

// A key that is their uuid, or begins with it, says nothing else; a source's own key mostly holds a number.
std::string key_without_them(const store::DecisionRow& row, const KnownAs& known, std::size_t number,
                             const std::string& erasure) {
    if (known.is_one_of_them(row.key.substr(0, row.key.find('|')))) return row.key;
    return "erased|" + erasure + "|" + std::to_string(number);
}

std::vector<store::ErasedDecision> decisions_without_them(const KnownAs& known, const std::string& erasure) {
    std::vector<store::ErasedDecision> out;
    std::map<std::pair<std::string, std::string>, std::string> keys;  // one new key for all of one key
    for (const auto& row : known.decisions) {
        const auto number = keys.size();
        auto& key = keys[{row.kind, row.key}];
        if (key.empty()) key = key_without_them(row, known, number, erasure);
        if (key != row.key || !row.payload.empty()) out.push_back({row.seq, key, ""});
    }
    // That two were one is said by uuids; why, in words.
    for (const auto& row : known.merges) {
        auto payload = json::parse(row.payload, nullptr, false);
        if (!payload.is_object() || get_string(payload, "why").empty()) continue;
        payload["why"] = "";
        out.push_back({row.seq, row.key, payload.dump()});
    }
    return out;
}

bool is_of(Bridge& bridge, const store::StatementRow& row, const std::string& source) {
    const auto run = bridge.store().sources().run(row.run);
    if (run && run->source == source) return true;
    const auto known = bridge.store().sources().source(source);
    return known && bridge.store().journal().statement(row.id, "source:" + known->uuid).has_value();
}

bool passes(Bridge& bridge, const ForwardFilter& filter, const store::StatementRow& row,
            const json& statement) {
    return filter.passes_all() || filter.passes(statement, row.stored, [&](const std::string& source) {
        return is_of(bridge, row, source);
    });
}

struct Target {
    store::TargetRow row;
    std::optional<TargetSettings> settings;  // nothing: they cannot be read (a profile file is gone)
    std::set<std::int64_t> dead;
    Told told;
};

std::vector<Target> targets_of(Bridge& bridge) {
    std::vector<Target> out;
    auto& outbox = bridge.store().outbox();
    for (auto& row : outbox.targets()) {
        Target target{std::move(row), {}, {}, {}};
        target.told = {"target", target.row.name, 0, 0};
        if (auto settings = read_target(target.row.kind, json::parse(target.row.settings, nullptr, false)))
            target.settings = std::move(*settings);
        for (const auto& letter : outbox.dead_letters(target.row.uuid, outbox.count_dead(target.row.uuid)))
            target.dead.insert(letter.seq);
        out.push_back(std::move(target));
    }
    return out;
}

store::NewStatement voiding(const std::string& statement, const std::string& erasure,
                            const std::string& iri_base) {
    const json document{
        {"id", uuid_v5(erasure, "void\n" + statement)},
        {"version", "1.0.0"},
        {"actor",
         {{"objectType", "Agent"}, {"account", {{"homePage", iri_base + "/bridge"}, {"name", "erasure"}}}}},
        {"verb", {{"id", xapi::verb::voided}, {"display", {{"en", "voided"}}}}},
        {"object", {{"objectType", "StatementRef"}, {"id", statement}}}};
    return new_statement(document);
}

std::vector<Told> written_back(Bridge& bridge, const KnownAs& known) {
    std::vector<Told> out;
    auto& sources = bridge.store().sources();
    for (const auto& source : sources.sources()) {
        Told told{"source", source.name, 0, 0};
        for (const auto& row : sources.pushes(source.uuid, "pushed", most_pushes)) {
            told.by_hand += std::any_of(known.people.begin(), known.people.end(), [&](const auto& person) {
                return row.key.find(person) != std::string::npos;
            });
        }
        if (told.by_hand > 0) out.push_back(std::move(told));
    }
    return out;
}

}  // namespace

store::Erasing plan_erasing(Bridge& bridge, const KnownAs& known, const std::vector<std::string>& erasures) {
    const auto& erasure = erasures.front();
    const auto iri_base = bridge.store().installation().iri_base;
    store::Erasing out;
    out.ids = erasures;
    out.at = bridge.now();
    out.people = known.people;
    for (const auto& actor : known.actors) {
        if (!actor.shared) out.actors.push_back(actor.key);
    }
    const auto theirs = [&](const std::string& key) {
        const auto* actor = known.actor(key);
        return actor != nullptr && !actor->shared;
    };
    each_statement_of(bridge, known, [&](const store::StatementRow& row, bool was_theirs) {
        auto statement = json::parse(row.body, nullptr, false);
        if (was_theirs) {
            out.statements.push_back({row.seq, row.id, xapi::tombstone(statement, iri_base).dump(), true});
        } else if (xapi::take_out_agents(statement, theirs, iri_base) > 0) {
            out.statements.push_back({row.seq, row.id, statement.dump(), false});
        }
    });
    out.decisions = decisions_without_them(known, erasure);
    for (const auto& row : quarantined_of(bridge, known)) out.quarantined.push_back(row.id);
    // Of this plan alone: what came in meanwhile, or is erased later, must not become what stands already.
    const auto redaction = std::make_shared<Redaction>(known, uuid_v4().substr(0, 8));
    out.redact = [redaction](std::string_view text) { return (*redaction)(text); };
    return out;
}

std::vector<std::string> digests_of(const KnownAs& known, const store::ErasureKey& key) {
    std::vector<std::string> out;
    for (const auto& actor : known.actors) {
        if (actor.shared) continue;
        out.push_back(store::erased_digest(key, actor.key));
        for (const auto& each : actor.identifiers) {
            if (is_telling(each.value)) out.push_back(store::erased_digest(key, value_text(each.value)));
        }
    }
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
}

Telling who_was_told(Bridge& bridge, const KnownAs& known, const std::string& erasure) {
    Telling out;
    auto targets = targets_of(bridge);
    const auto iri_base = bridge.store().installation().iri_base;
    if (!targets.empty()) {
        each_statement_of(bridge, known, [&](const store::StatementRow& row, bool theirs) {
            if (!theirs || !row.voids.empty()) return;
            const auto statement = json::parse(row.body, nullptr, false);
            const auto left = xapi::tombstone(statement, iri_base);
            bool to_void = false;
            for (auto& target : targets) {
                if (row.seq > target.row.cursor || target.dead.contains(row.seq)) continue;
                if (!target.settings) {
                    ++target.told.by_hand;
                    continue;
                }
                const auto& filter = target.settings->filter;
                if (!passes(bridge, filter, row, statement)) continue;
                // It heard of this one when it was voided, and will of the others if its filter knows the
                // tombstone again: one by the agent does not.
                const bool hears =
                    row.voided_by.empty() && !target.row.paused && passes(bridge, filter, row, left);
                if (!row.voided_by.empty()) continue;
                ++(hears ? target.told.by_forwarding : target.told.by_hand);
                to_void = to_void || hears;
            }
            if (to_void) out.voiding.push_back(voiding(row.id, erasure, iri_base));
        });
    }
    for (auto& target : targets) {
        if (target.told.by_forwarding + target.told.by_hand > 0) out.told.push_back(std::move(target.told));
    }
    for (auto& told : written_back(bridge, known)) out.told.push_back(std::move(told));
    return out;
}

}  // namespace capbridge::engine
