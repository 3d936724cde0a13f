#include "core/engine/directory.hpp"

#include <nlohmann/json.hpp>

#include "core/engine/directory_state.hpp"
#include "core/people/directory_record.hpp"

namespace capbridge::engine {

Directory::Directory(Bridge& bridge, store::SourceRow source, std::int64_t, Options options)
    : state_(std::make_unique<State>(bridge, std::move(source), options)) {}
Directory::~Directory() = default;

bool Directory::takes(std::string_view kind) {
    return people::is_directory_kind(kind);
}

const DirectoryCounts& Directory::counts() const {
    return state_->counts;
}

const std::optional<GuardHit>& Directory::held() const {
    return state_->held;
}

Status Directory::take(std::string_view kind, std::string_view record_json) {
    auto& s = *state_;
    const auto record = json::parse(record_json, nullptr, false);
    auto read = people::read_directory_record(kind, record, s.issuer);
    if (read && kind == "archetype_hint") {
        CAPBRIDGE_LET(const auto rules, s.bridge.rules());
        const auto framework = get_string(record, "framework");
        if ((!framework.empty() && framework != rules->framework.id) ||
            rules->framework.archetype_index(get_string(record, "archetype")) < 0)
            read = fail("rejected_record", "the framework in force has no such archetype", "/archetype");
    }
    if (!read) {
        // Silence about a rejected fact is no withdrawal; of one that does not say which it is, none is.
        if (s.snapshot) {
            const auto key = get_string(record, kind == "unit" ? "id" : "key");
            if (key.empty()) s.snapshot->whole = false;
            s.snapshot->seen[std::string(kind)].insert(key);
        }
        return fail(std::move(read).error());
    }
    if (s.snapshot) s.snapshot->seen[std::string(kind)].insert(read->key);
    s.pending[std::string(kind)][std::move(read->key)] = {
        std::move(read->content), s.snapshot ? std::optional(s.snapshot->scope) : std::nullopt, false, false};
    return {};
}

Status Directory::withdraw(std::string_view kind, std::string_view key) {
    if (key.empty()) return fail("rejected_record", "a withdrawal needs a key", "/key");
    state_->pending[std::string(kind)][std::string(key)] = {};
    return {};
}

Status Directory::snapshot_begin(std::string_view scope) {
    state_->snapshot.emplace();
    state_->snapshot->scope = scope;
    return {};
}

// A kind that the snapshot has nothing of is not what it is about.
Status Directory::snapshot_end(bool whole) {
    auto& s = *state_;
    if (!s.snapshot) return {};
    if (whole && s.snapshot->whole) {
        CAPBRIDGE_TRY(s.bridge.project());
        for (const auto& [kind, seen] : s.snapshot->seen) {
            auto& words = s.pending[kind];
            const auto stored = s.bridge.store().projection().said_keys(directory_decision_kind(kind),
                                                                        s.key_of(""), s.snapshot->scope);
            std::vector<std::string> missing;
            for (const auto& each : stored) {
                auto key = each.substr(s.key_of("").size());
                // This pull may have said it in another snapshot.
                if (!seen.contains(key) && !words.contains(key)) missing.push_back(std::move(key));
            }
            const GuardHit hit{"snapshot_fell", kind, s.snapshot->scope, missing.size(), stored.size()};
            const bool of_people = kind == "person" || kind == "employment";
            const bool accepted = s.options.accept_fall || cover(s.options.accepted, hit);
            if (!of_people && !accepted && falls(hit, s.options.fall_at_most)) {
                s.held = hit;
                return fail(fall_error(hit, s.source.name));
            }
            for (auto& key : missing) words.try_emplace(std::move(key));
        }
    }
    s.snapshot.reset();
    return {};
}

}  // namespace capbridge::engine
