// A bridge on a temporary directory with a clock that stands still and an adapter that says what the test
// wants.
#pragma once
#include <filesystem>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/base/ids.hpp"
#include "core/engine/operations.hpp"
#include "core/engine/ports.hpp"

namespace capbridge::engine {

class StillClock final : public Clock {
public:
    [[nodiscard]] Instant now() const override { return *parse_instant("2026-06-01T09:00:00Z"); }
};

using Pull = std::function<Status(std::string_view cursor, RecordStream& out)>;

class ScriptedSource final : public Source {
public:
    explicit ScriptedSource(const Pull& pull) : pull_(pull) {}
    Status check() override { return {}; }
    Status pull(std::string_view cursor, RecordStream& out, const std::atomic<bool>&) override {
        return pull_(cursor, out);
    }

private:
    const Pull& pull_;
};

class ScriptedAdapters final : public AdapterCatalogue {
public:
    explicit ScriptedAdapters(const Pull& pull) : pull_(pull) {}
    std::vector<AdapterInfo> list() override { return {info_}; }
    Result<AdapterInfo> find(std::string_view id) override {
        return id == "script" ? Result<AdapterInfo>(info_) : fail("not_found", "no such adapter");
    }
    Result<Problems> check_settings(std::string_view, const json&) override { return Problems{}; }
    Result<std::unique_ptr<Source>> open(const SourceSettings&) override {
        return std::make_unique<ScriptedSource>(pull_);
    }

private:
    const Pull& pull_;
    AdapterInfo info_{"script", "Scripted", "tests", "1.0", "script.so", "00", json::object()};
};

class World {
public:
    World() : dir(std::filesystem::temp_directory_path() / ("capbridge-engine-" + uuid_v4())) { open(); }
    ~World() {
        bridge.reset();
        std::filesystem::remove_all(dir);
    }
    World(const World&) = delete;
    World& operator=(const World&) = delete;

    void open() {
        bridge.reset();
        auto store = store::open_store(dir, store::Mode::own, "https://bridge.example");
        bridge = std::make_unique<Bridge>(std::move(*store), std::make_unique<ScriptedAdapters>(pull),
                                          std::make_unique<StillClock>());
        if (auto taken = bridge->take_over(); !taken) throw std::runtime_error(taken.error().text());
    }

    // The answer of an operation that must succeed.
    ordered_json ask(std::string_view operation, const json& params = json::object()) {
        auto answer = run_operation(*bridge, operation, params, {"tests"});
        if (!answer) throw std::runtime_error(std::string(operation) + ": " + answer.error().text());
        return *answer;
    }
    Error refused(std::string_view operation, const json& params) {
        auto answer = run_operation(*bridge, operation, params, {"tests"});
        return answer ? Error{} : answer.error();
    }

    void people(int count) {
        std::string csv = "employee_number,name,email,unit,staff_group,job_role,from\n";
        for (int i = 0; i < count; ++i) {
            const auto n = std::to_string(1000 + i);
            csv += n + ",Person " + n + ",p" + n +
                   "@demo.example,Ward,Medical and Dental,Consultant,2020-01-01\n";
        }
        ask("people.import", {{"csv", csv}, {"issuer", "demo"}});
    }
    void mapping(const std::string& version = "1", const std::string& requirement = "t1-ai-literacy-1") {
        const json document{{"id", "demo"},
                            {"version", version},
                            {"title", "Demo"},
                            {"framework", "hee-ai-confidence"},
                            {"learning_items",
                             {{{"id", "basics"},
                               {"title", "Basics"},
                               {"activities", {"https://lms.example/AI-1"}},
                               {"minutes", 30}}}},
                            {"mappings",
                             {{{"id", "m1"},
                               {"learning_item", "basics"},
                               {"claims", {{{"requirement", requirement}}}},
                               {"needs", "completed"},
                               {"method", "reading"}}}}};
        ask("mapping.publish", {{"text", document.dump(2)}, {"name", "mapping.json"}});
    }
    void source() {
        ask("source.put",
            {{"name", "lms"}, {"adapter", "script"}, {"activity_base", "https://lms.example/"}});
    }
    ordered_json sync(const json& more = json::object()) {
        json params{{"sources", {"lms"}}};
        params.update(more);
        return ask("sync", params)["syncs"][0];
    }
    std::string attainment(int person, const std::string& requirement = "t1-ai-literacy-1") {
        const auto record = ask("record", {{"person", "esr-employee:demo:" + std::to_string(1000 + person)}});
        for (const auto& factor : record["factors"]) {
            for (const auto& item : factor["items"]) {
                if (item["requirement"] == requirement) return item["attainment"];
            }
        }
        return "?";
    }
    std::string digest() { return ask("digest")["digest"]; }

    static std::string completion(int person, const std::string& what = "completed",
                                  const std::string& day = "2026-03-01",
                                  const std::string& activity = "AI-1") {
        const auto n = std::to_string(1000 + person);
        return json{{"who", {{{"scheme", "esr-employee"}, {"issuer", "demo"}, {"value", n}}}},
                    {"activity", {{"id", activity}, {"title", "Course"}}},
                    {"key", n + "/" + activity},
                    {"what", what},
                    {"occurred", {{"value", day}, {"precision", "day"}, {"basis", "completed"}}}}
            .dump();
    }

    std::filesystem::path dir;
    Pull pull = [](std::string_view, RecordStream&) -> Status { return {}; };
    std::unique_ptr<Bridge> bridge;
};

}  // namespace capbridge::engine
