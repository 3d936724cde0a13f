// A world with one directory source, "hr", whose pulls a test writes down record by record.
#pragma once
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/engine/directory.hpp"
#include "core/engine/posting.hpp"

namespace capbridge::engine {

struct Told {
    std::string kind;
    json record;  // {"key"} alone: withdrawn
};

inline json number(const std::string& value, const char* scheme = "esr-employee") {
    return {{"scheme", scheme}, {"issuer", "demo"}, {"value", value}};
}
inline json address(const std::string& value) {
    return {{"scheme", "email"}, {"value", value}};
}
// `who` is no json: of {x} compilers make a list of one, or x itself.
inline Told person(const std::string& key, const std::vector<json>& who, const json& more = json::object()) {
    json record{{"key", key}, {"who", who}};
    record.update(more);
    return {"person", std::move(record)};
}
inline Told post(const std::string& key, const std::vector<json>& who, const std::string& unit,
                 const std::string& from = "", const std::string& to = "") {
    json record{{"key", key}, {"who", who}, {"unit", unit}};
    if (!from.empty()) record["from"] = from;
    if (!to.empty()) record["to"] = to;
    return {"employment", std::move(record)};
}
inline Told gone(const std::string& kind, const std::string& key) {
    return {kind, {{"key", key}}};
}

class DirectoryWorld : public World {
public:
    DirectoryWorld() { add_source("hr"); }
    void add_source(const std::string& name) {
        ask("source.put", {{"name", name}, {"adapter", "script"}, {"activity_base", "https://lms.example/"}});
    }

    struct Done {
        std::int64_t run = 0;
        DirectoryCounts counts;
        std::size_t decisions = 0;
        std::string error, message;
    };
    // One run. `scope` given: everything of it is one snapshot.
    Done tell(const std::vector<Told>& told, Directory::Options options = {},
              const std::optional<std::string>& scope = {}, const std::string& source = "hr",
              const GiveWay& give_way = {}) {
        Done done;
        auto& store = bridge->store();
        store::RunRow run;
        run.kind = "sync";
        run.source = source;
        run.who = "tests";
        run.began = bridge->now();
        run.counts = "{}";
        run.id = *store.sources().begin_run(run);
        done.run = run.id;
        Directory directory(*bridge, *store.sources().source(source), run.id, options);
        if (scope) {
            EXPECT_TRUE(directory.snapshot_begin(*scope));
        }
        for (const auto& [kind, record] : told) {
            const bool withdrawn = record.size() == 1 && record.contains("key");
            const auto taken = withdrawn ? directory.withdraw(kind, record["key"].get<std::string>())
                                         : directory.take(kind, record.dump());
            EXPECT_TRUE(taken) << (taken ? "" : taken.error().text());
        }
        if (scope) {
            EXPECT_TRUE(directory.snapshot_end(true));
        }
        store::Batch batch;
        batch.run = run.id;
        batch.who = "source:" + source;
        std::vector<store::NewDecision> decisions;
        if (const auto settled = directory.settle(decisions, give_way); !settled) {
            done.error = settled.error().code;
            done.message = settled.error().message;
            EXPECT_EQ(done.error, "leavers") << done.message;
        }
        done.counts = directory.counts();
        for (auto& decision : decisions) batch.entries.emplace_back(std::move(decision));
        done.decisions = batch.entries.size();
        if (done.decisions > 0) {
            const auto appended = store.journal().append(std::move(batch));
            EXPECT_TRUE(appended) << (appended ? "" : appended.error().text());
        }
        run.ended = run.began;
        run.outcome = "ok";
        EXPECT_TRUE(store.sources().end_run(run));
        const auto projected = bridge->project();
        EXPECT_TRUE(projected) << (projected ? "" : projected.error().text());
        return done;
    }

    std::optional<people::Person> find(const std::string& text) {
        const auto identifier = people::identifier_from_text(text);
        auto& projection = bridge->store().projection();
        const auto id =
            projection.person_by_identifier(identifier->scheme, identifier->issuer, identifier->value);
        return id ? projection.person(*id) : std::nullopt;
    }
    std::string id_of(const std::string& text) {
        const auto known = find(text);
        return known ? known->id : "";
    }
    std::size_t people_count() { return bridge->store().projection().all_people().size(); }
    // The journal alone must give the same.
    void expect_rebuild_equal() {
        const auto before = digest();
        EXPECT_EQ(ask("rebuild")["digest"], before);
    }
};

}  // namespace capbridge::engine
