// A whole configuration put in force as one: its framework, policy, mappings and deployments become decisions
// of one run, its sources and forwarding targets their settings, in one commit (Store::put_settings). Either
// all of it is in force afterwards or nothing has changed, also after kill -9 and when the disk is full.
// What it does not name stays as it is. See docs/decisions/021-reload.md. One thread.
#pragma once
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/engine/forward/target_row.hpp"
#include "core/engine/operations.hpp"
#include "core/engine/rule_text.hpp"

namespace capbridge::engine {

class ConfigChange {
public:
    // Checks all of {organisation?, framework?, policy?: {text, name}, mappings?, deployments?: [{text,
    // name}], sources?, forward?: [...]}; takes as long as adapters take to look at their settings, and
    // changes nothing. Errors: those of the operations that publish and put each of them, "duplicate_id".
    static Result<ConfigChange> plan(Bridge& bridge, const json& params);

    // What differs from what is in force now: {items: [{kind, id, change: new | changed | same, version?,
    // adapter?, warnings?}], not_named: [{kind, id}]}.
    Result<ordered_json> preview(Bridge& bridge);
    // Waits for changed sources that are being read and for other changes, then commits. The same answer,
    // with `run` when decisions were made, and `warnings`. Errors besides: "store_busy", "stopping", the
    // disk's.
    Result<ordered_json> apply(Bridge& bridge, const Caller& caller);

private:
    struct Source {
        store::SourceRow row;
        bool is_new = false, is_same = false;
        std::optional<store::SourceRow> before;
    };
    Status compare(Bridge& bridge);
    Status compare_rules(Bridge& bridge);
    void compare_sources(Bridge& bridge);
    Status compare_targets(Bridge& bridge);
    [[nodiscard]] ordered_json told(Bridge& bridge) const;
    [[nodiscard]] std::vector<std::string> changed_sources() const;
    [[nodiscard]] store::SettingsChange change(Bridge& bridge) const;
    Result<ordered_json> commit(Bridge& bridge, const Caller& caller, store::SettingsChange change);

    struct Text {
        std::string kind, text, name;
    };
    std::string organisation_;
    std::vector<Text> texts_;
    std::vector<store::SourceRow> rows_;
    std::vector<json> target_params_;

    // As compare() found it.
    bool organisation_changed_ = false;
    std::vector<std::pair<RuleText, bool>> rules_;  // whether it is in force already
    std::vector<Source> sources_;
    std::vector<AskedTarget> targets_;
};

}  // namespace capbridge::engine
