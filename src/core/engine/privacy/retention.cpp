#include "core/engine/privacy/retention.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "core/base/embedded.hpp"
#include "core/base/log.hpp"
#include "core/engine/decision_writer.hpp"
#include "core/engine/operation_list.hpp"
#include "core/engine/privacy/clock_doubt.hpp"
#include "core/engine/privacy/erase.hpp"

namespace capbridge::engine {
namespace {

constexpr const char* kind = "retention";
constexpr std::size_t a_batch = 1000;

std::optional<store::Perishable> perishable(const std::string& of) {
    if (of == "quarantine") return store::Perishable::quarantine;
    if (of == "run_details") return store::Perishable::run_details;
    if (of == "documents") return store::Perishable::documents;
    if (of == "sessions") return store::Perishable::sessions;
    return std::nullopt;
}

// The last day that is not kept any more.
Day end_of(Bridge& bridge, const Retention::Rule& rule) {
    const auto& p = rule.period;
    return add(day_of(bridge.now()), {-p.years, -p.months, -p.days, 0});
}

struct Leaver {
    std::string person, unit;
};

// Whose every post has ended on such a day or before. Who never had a post is no leaver.
std::vector<Leaver> leavers(Bridge& bridge, Day last) {
    std::vector<Leaver> out;
    bridge.store().projection().each_person(false, [&](const competency::PersonFacts& facts) {
        const auto& posts = facts.person.employments;
        if (posts.empty()) return;
        const bool left = std::all_of(posts.begin(), posts.end(),
                                      [&](const auto& post) { return post.to && *post.to <= last; });
        if (!left) return;
        const auto latest = std::max_element(posts.begin(), posts.end(),
                                             [](const auto& a, const auto& b) { return *a.to < *b.to; });
        out.push_back({facts.person.id, latest->unit});
    });
    return out;
}

ordered_json preview_of(Bridge& bridge, const Retention& retention) {
    ordered_json out{
        {"version", retention.version}, {"daily", retention.daily}, {"classes", ordered_json::array()}};
    for (const auto& rule : retention.rules) {
        const auto last = end_of(bridge, rule);
        ordered_json one{{"class", rule.of}, {"keep", rule.keep}, {"before", format_day(last)}};
        if (rule.of == "leavers") {
            std::map<std::string, std::size_t> units;
            const auto gone = leavers(bridge, last);
            for (const auto& leaver : gone) ++units[leaver.unit];
            one["rows"] = gone.size();
            one["units"] = ordered_json::array();
            for (const auto& [unit, people] : units)
                one["units"].push_back({{"unit", unit}, {"people", people}});
        } else if (const auto what = perishable(rule.of)) {
            one["rows"] = bridge.store().erasings().count_perished(*what, last);
        }
        out["classes"].push_back(std::move(one));
    }
    return out;
}

Result<Retention> asked(Bridge& bridge, const json& params) {
    if (params.contains("text"))
        return load_retention(get_string(params, "text"), get_string(params, "name", "retention"));
    if (auto retention = retention_in_force(bridge)) return std::move(*retention);
    return fail("not_found",
                "no retention rules are published, so nothing is ever deleted; config/schemas/"
                "retention.schema.json has the shape of a file, docs/privacy.md an example");
}

Result<ordered_json> preview(Bridge& bridge, const json& params, const Caller&) {
    CAPBRIDGE_TRY(bridge.rules());
    CAPBRIDGE_LET(const auto retention, asked(bridge, params));
    return preview_of(bridge, retention);
}

Result<ordered_json> show(Bridge& bridge, const json&, const Caller&) {
    const auto decision = bridge.store().journal().decision_in_force(kind, kind);
    if (!decision || decision->payload.empty()) return ordered_json{{"published", false}};
    return ordered_json{{"published", true},
                        {"who", decision->who},
                        {"recorded", format_instant(decision->recorded)},
                        {"run", decision->run},
                        {"rules", ordered_json::parse(decision->payload)}};
}

Result<ordered_json> publish(Bridge& bridge, const json& params, const Caller& caller) {
    CAPBRIDGE_LET(const auto text, need_text(params, "text"));
    CAPBRIDGE_LET(const auto retention, load_retention(text, get_string(params, "name", "retention")));
    auto out = preview_of(bridge, retention);
    CAPBRIDGE_LET(const auto done,
                  in_run(bridge, run_of(caller, "decision", "publish retention " + retention.version),
                         [&](store::RunRow& run) -> Result<ordered_json> {
                             store::Batch batch;
                             batch.run = run.id;
                             batch.who = caller.who;
                             batch.entries.emplace_back(store::NewDecision{kind, kind, text, {}});
                             CAPBRIDGE_TRY(bridge.store().journal().append(std::move(batch)));
                             return ordered_json{{"counts", {{"published", 1}}}};
                         }));
    out["run"] = done["run"];
    return out;
}

Result<std::size_t> remove(Bridge& bridge, store::Perishable what, Day last, const Caller& caller) {
    std::size_t removed = 0;
    for (;;) {
        if (bridge.stopping) return fail("stopping", "the bridge is stopping");
        CAPBRIDGE_LET(const auto some, bridge.store().erasings().remove_perished(what, last, a_batch));
        removed += some;
        caller.progress("removing what is over its time", removed, 0);
        if (some == 0) return removed;
    }
}

Result<ordered_json> apply(Bridge& bridge, const json& params, const Caller& caller) {
    CAPBRIDGE_TRY(bridge.rules());
    CAPBRIDGE_LET(const auto retention, asked(bridge, json::object()));
    if (!params.value("clock_is_right", false)) CAPBRIDGE_TRY(doubt_clock(bridge));
    return in_run(bridge, run_of(caller, "retention", "retention " + retention.version + " applied"),
                  [&](store::RunRow&) -> Result<ordered_json> {
                      ordered_json counts = ordered_json::object();
                      for (const auto& rule : retention.rules) {
                          const auto last = end_of(bridge, rule);
                          if (const auto what = perishable(rule.of)) {
                              CAPBRIDGE_LET(counts[rule.of], remove(bridge, *what, last, caller));
                          } else if (rule.of == "leavers") {
                              std::vector<std::string> people;
                              for (auto& leaver : leavers(bridge, last))
                                  people.push_back(std::move(leaver.person));
                              CAPBRIDGE_LET(counts[rule.of], erase_people(bridge, people, caller));
                          }
                      }
                      return ordered_json{{"version", retention.version}, {"counts", std::move(counts)}};
                  });
}

}  // namespace

Result<Retention> load_retention(std::string_view text, const std::string& name) {
    auto document = parse_json(text);
    if (!document) {
        auto error = document.error();
        error.where = name;
        return fail(std::move(error));
    }
    const auto* schema = find_embedded(embedded_config(), "schemas/retention.schema.json");
    if (schema == nullptr) return fail("internal", "this build lacks the schema of retention rules");
    auto problems = validate_json(*document, json::parse(schema->bytes), text);
    Retention out;
    if (!has_errors(problems)) {
        out.version = get_string(*document, "version");
        out.daily = document->value("daily", false);
        std::set<std::string> seen;
        std::size_t index = 0;
        for (const auto& each : (*document)["rules"]) {
            Retention::Rule rule{get_string(each, "class"), get_string(each, "keep"), {}};
            const auto at = "/rules/" + std::to_string(index++);
            const auto period = parse_duration(rule.keep);
            if (!period || (period->years == 0 && period->months == 0 && period->days == 0)) {
                problems.push_back({Problem::Severity::error, "bad_period", at + "/keep",
                                    "'keep' must be a duration such as P6Y"});
            } else if (!seen.insert(rule.of).second) {
                problems.push_back({Problem::Severity::error, "duplicate_class", at + "/class",
                                    "'" + rule.of + "' has a rule already"});
            } else {
                rule.period = *period;
                out.rules.push_back(std::move(rule));
            }
        }
        locate(problems, text);
    }
    if (has_errors(problems)) return fail(problems_error(problems, name));
    return out;
}

std::optional<Retention> retention_in_force(Bridge& bridge) {
    const auto decision = bridge.store().journal().decision_in_force(kind, kind);
    if (!decision || decision->payload.empty()) return std::nullopt;
    auto retention = load_retention(decision->payload, kind);
    return retention ? std::optional(std::move(*retention)) : std::nullopt;
}

std::vector<Operation> retention_operations() {
    return {{"retention.publish", true, "admin", publish},
            {"retention.show", false, "admin", show},
            {"retention.preview", false, "admin", preview},
            {"retention.apply", true, "access", apply, false, true}};
}

RetentionTicker::RetentionTicker(Bridge& bridge, std::chrono::milliseconds look)
    : bridge_(bridge), thread_([this, look] {
          std::unique_lock lock(mutex_);
          while (!ending_) {
              wake_.wait_for(lock, look, [this] { return ending_; });
              if (ending_) continue;
              const auto today = day_of(bridge_.now());
              lock.unlock();
              // What the store throws must not end the daemon: the next look tries again.
              try {
                  clean_behind_erasures(bridge_);
                  const auto retention = done_ == today ? std::nullopt : retention_in_force(bridge_);
                  if (retention && retention->daily) {
                      const auto applied =
                          run_operation(bridge_, "retention.apply", json::object(), {.who = "retention"});
                      if (!applied && applied.error().code != "stopping")
                          log::error("retention_failed", {{"code", applied.error().code}});
                      const bool doubted = !applied && applied.error().code == "clock_in_doubt";
                      if (applied || doubted) done_ = today;
                  }
              } catch (const std::exception&) {
                  log::error("retention_failed", {{"code", "store_io"}});
              }
              lock.lock();
          }
      }) {}

RetentionTicker::~RetentionTicker() {
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    wake_.notify_all();
    thread_.join();
}

}  // namespace capbridge::engine
