// A World into which a test puts the records of a pull one by one.
#pragma once
#include "core/engine/intake.hpp"
#include "core/engine/world.hpp"

namespace capbridge::engine {

class IntakeWorld : public World {
public:
    using Records = std::vector<std::pair<std::string, json>>;

    IntakeWorld() {
        people(30);
        mapping();
        source();
    }

    struct Done {
        Status status;
        IntakeCounts counts;
        ordered_json examples;
        std::optional<FeedGap> gap;
        std::int64_t run = 0;
    };
    // A run of the source with these records; a record of kind "checkpoint" is one.
    Done intake(const Records& records, const IntakeOptions& options = {}) {
        Done out;
        store::RunRow run;
        run.kind = "sync";
        run.source = "lms";
        run.began = bridge->now();
        if (!options.dry_run) out.run = *bridge->store().sources().begin_run(run);
        const Progress progress = [](std::string_view, std::size_t, std::size_t) {};
        {
            Intake intake(*bridge, row(), out.run, progress, options);
            for (const auto& [kind, record] : records) {
                out.status = kind == "checkpoint" ? intake.checkpoint(record.get<std::string>())
                                                  : intake.emit(kind, record.dump());
                if (!out.status) break;
            }
            if (out.status) out.status = intake.finish();
            out.counts = intake.counts();
            out.examples = intake.examples();
            out.gap = intake.gap();
        }
        if (!options.dry_run) {
            run.id = out.run;
            run.ended = bridge->now();
            run.outcome = out.status ? "ok" : "failed";
            run.counts = out.counts.to_json().dump();
            (void)bridge->store().sources().end_run(run);
        }
        if (auto folded = bridge->project(); !folded) throw std::runtime_error(folded.error().text());
        return out;
    }

    store::SourceRow row() { return *bridge->store().sources().source("lms"); }
    // What stands: id -> statement, voided ones and voiding ones left out.
    std::map<std::string, json> standing() {
        store::StatementQuery query;
        query.limit = 10'000;
        std::map<std::string, json> out;
        for (const auto& found : bridge->store().journal().statements(query)) {
            if (found.voids.empty()) out[found.id] = json::parse(found.body);
        }
        return out;
    }
    std::size_t entries() { return bridge->store().journal().entries(0, 100'000).size(); }

    static std::pair<std::string, json> completion(int person, const std::string& what = "completed",
                                                   const std::string& day = "2026-03-01") {
        return {"completion", json::parse(World::completion(person, what, day))};
    }
};

}  // namespace capbridge::engine
