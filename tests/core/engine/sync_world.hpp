// A bridge with adapters that a test scripts source by source, and a clock that it moves.
#pragma once
#include <atomic>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/base/ids.hpp"
#include "core/engine/operations.hpp"
#include "core/engine/world.hpp"

namespace capbridge::engine {

class MovingClock final : public Clock {
public:
    explicit MovingClock(const std::atomic<std::int64_t>& ms) : ms_(ms) {}
    [[nodiscard]] Instant now() const override { return from_unix_ms(ms_); }

private:
    const std::atomic<std::int64_t>& ms_;
};

// What a source of the test does, by its name.
struct Script {
    std::function<Status(std::string_view cursor, RecordStream& out, const std::atomic<bool>& cancel)> pull =
        [](std::string_view, RecordStream&, const std::atomic<bool>&) { return Status{}; };
    std::function<Result<json>(const PushItem& item)> push = [](const PushItem&) {
        return Result<json>(json{{"ok", true}});
    };
    std::function<Result<json>(const json& identifiers)> find = [](const json&) {
        return Result<json>(json::array());
    };
};

class SyncWorld {
public:
    SyncWorld() : dir(std::filesystem::temp_directory_path() / ("capbridge-sync-" + uuid_v4())) { open(); }
    ~SyncWorld() {
        bridge.reset();
        std::filesystem::remove_all(dir);
    }
    SyncWorld(const SyncWorld&) = delete;
    SyncWorld& operator=(const SyncWorld&) = delete;

    void open() {
        bridge.reset();
        auto store = store::open_store(dir, store::Mode::own, "https://bridge.example");
        bridge = std::make_unique<Bridge>(std::move(*store), std::make_unique<Adapters>(*this),
                                          std::make_unique<MovingClock>(now_ms));
        if (auto taken = bridge->take_over(); !taken) throw std::runtime_error(taken.error().text());
    }

    Result<ordered_json> run(std::string_view operation, const json& params) {
        return run_operation(*bridge, operation, params, {"tests"});
    }
    ordered_json ask(std::string_view operation, const json& params = json::object()) {
        auto answer = run(operation, params);
        if (!answer) throw std::runtime_error(std::string(operation) + ": " + answer.error().text());
        return *answer;
    }
    std::string refused(std::string_view operation, const json& params) {
        auto answer = run(operation, params);
        return answer ? "" : answer.error().code;
    }
    void source(const std::string& name, json more = json::object()) {
        more.update({{"name", name}, {"adapter", "script"}, {"activity_base", "https://lms.example/"}});
        ask("source.put", more);
    }
    ordered_json sync(const std::string& name, json more = json::object()) {
        more["sources"] = {name};
        return ask("sync", more)["syncs"][0];
    }
    ordered_json show(const std::string& name) { return ask("source.show", {{"source", name}}); }
    void pass(std::chrono::milliseconds time) { now_ms += time.count(); }

    // People 1000.. of whom the first `done` have completed AI-1, mapped to t1-ai-literacy-1.
    void people(int count, int done) {
        std::string csv = "employee_number,name,email,unit,staff_group,job_role,from\n";
        for (int i = 0; i < count; ++i) {
            const auto n = std::to_string(1000 + i);
            csv += n + ",River " + n + ",r" + n +
                   "@demo.example,Ward,Medical and Dental,Consultant,2020-01-01\n";
        }
        ask("people.import", {{"csv", csv}, {"issuer", "demo"}});
        const json mapping{{"id", "demo"},
                           {"version", "1"},
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
                              {"claims", {{{"requirement", "t1-ai-literacy-1"}}}},
                              {"needs", "completed"},
                              {"method", "reading"}}}}};
        ask("mapping.publish", {{"text", mapping.dump(2)}, {"name", "mapping.json"}});
        source("learning");
        scripts["learning"].pull = [done](std::string_view, RecordStream& out,
                                          const std::atomic<bool>&) -> Status {
            for (int i = 0; i < done; ++i) CAPBRIDGE_TRY(out.emit("completion", World::completion(i)));
            return Status{};
        };
        sync("learning");
    }

    std::filesystem::path dir;
    std::atomic<std::int64_t> now_ms{unix_ms(*parse_instant("2026-06-01T09:00:00Z"))};
    std::map<std::string, Script> scripts;
    std::vector<SourceSettings> opened;  // what adapters were opened with
    std::mutex opening;
    std::unique_ptr<Bridge> bridge;

private:
    class Scripted final : public Source {
    public:
        explicit Scripted(Script& script) : script_(script) {}
        Status check() override { return {}; }
        Status pull(std::string_view cursor, RecordStream& out, const std::atomic<bool>& cancel) override {
            return script_.pull(cursor, out, cancel);
        }
        Status push(const NextPush& next, const Pushed& done, const std::atomic<bool>&) override {
            while (const auto item = next()) {
                const auto receipt = script_.push(*item);
                CAPBRIDGE_TRY(done(*item, receipt));
                if (!receipt && receipt.error().code != "adapter_rejected" &&
                    receipt.error().code != "adapter_not_found")
                    return fail(receipt.error());
            }
            return {};
        }
        Result<json> find_users(const json& identifiers, const std::atomic<bool>&) override {
            return script_.find(identifiers);
        }

    private:
        Script& script_;
    };
    class Adapters final : public AdapterCatalogue {
    public:
        explicit Adapters(SyncWorld& world) : world_(world) {}
        std::vector<AdapterInfo> list() override { return {info_}; }
        Result<AdapterInfo> find(std::string_view id) override {
            return id == "script" ? Result<AdapterInfo>(info_) : fail("not_found", "no such adapter");
        }
        Result<Problems> check_settings(std::string_view, const json&) override { return Problems{}; }
        Result<std::unique_ptr<Source>> open(const SourceSettings& settings) override {
            const std::lock_guard lock(world_.opening);
            world_.opened.push_back(settings);
            return std::make_unique<Scripted>(world_.scripts[settings.source_name]);
        }
        Problems check_services(const SourceSettings& settings) override {
            if (!settings.http.contains("bad")) return {};
            return {{Problem::Severity::error, "schema", "/http/bad", "unknown member", 0}};
        }

    private:
        SyncWorld& world_;
        AdapterInfo info_{"script", "Scripted", "tests", "1.0", "script.so", "00", json::object()};
    };
};

}  // namespace capbridge::engine
