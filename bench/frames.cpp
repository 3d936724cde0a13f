// The ceiling of the frame protocol: an adapter in its locked child pulls into a stream that counts and
// forgets. By default the trivial adapter of frames_adapter.cpp; with --adapter a real one, with its settings
// and folder. What a sync takes longer is the intake's and the store's. The program is its own child
// (`adapter-child`).
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <cstdio>
#include <cstring>
#include <nlohmann/json.hpp>

#include "adapters/catalogue.hpp"
#include "adapters/child.hpp"
#include "core/base/files.hpp"
#include "measure.hpp"

namespace {

class Forgetful final : public capbridge::engine::RecordStream {
public:
    capbridge::Status emit(std::string_view, std::string_view record) override {
        ++records;
        bytes += record.size();
        return {};
    }
    capbridge::Status checkpoint(std::string_view) override {
        ++checkpoints;
        return {};
    }
    std::size_t records = 0, bytes = 0, checkpoints = 0;
};

double cpu_of_children() {
    rusage used{};
    getrusage(RUSAGE_CHILDREN, &used);
    const auto seconds = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
    };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}

int failed(const capbridge::Error& error) {
    std::fprintf(stderr, "%s\n", error.text().c_str());
    return 1;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc > 1 && std::strcmp(argv[1], "adapter-child") == 0)
        return capbridge::adapters::child_main(argc, argv);
    int records = 1'000'000, every = 1000, bytes = 300;
    std::string adapter = "bench.frames", plugins = BENCH_PLUGINS, settings, folder;
    CLI::App app("The ceiling of the frame protocol");
    app.add_option("--records", records, "how many")->check(CLI::PositiveNumber);
    app.add_option("--every", every, "records to a checkpoint")->check(CLI::PositiveNumber);
    app.add_option("--bytes", bytes, "of one record, about")->check(CLI::Range(200, 1'000'000));
    app.add_option("--adapter", adapter, "instead of the trivial one");
    app.add_option("--plugins", plugins, "folder that it is in");
    app.add_option("--settings", settings, "its settings: a JSON file");
    app.add_option("--folder", folder, "its drop folder");
    CLI11_PARSE(app, argc, argv);

    capbridge::engine::SourceSettings source{
        "bench", adapter, {{"records", records}, {"every", every}, {"bytes", bytes}}, folder};
    if (!settings.empty()) {
        const auto text = capbridge::read_file(settings);
        if (!text) return failed(text.error());
        source.settings = nlohmann::json::parse(*text);
    }
    capbridge::adapters::PluginCatalogue catalogue({plugins});
    auto opened = catalogue.open(source);
    if (!opened) {
        for (const auto& refused : catalogue.refused())
            std::fprintf(stderr, "%s\n", refused.error.text().c_str());
        return failed(opened.error());
    }
    Forgetful out;
    const std::atomic<bool> cancel{false};
    const auto began = bench::Clock::now();
    const auto cpu = bench::own_cpu_seconds(), childs = cpu_of_children();
    if (const auto pulled = (*opened)->pull("", out, cancel); !pulled) return failed(pulled.error());
    const auto seconds = bench::seconds_since(began);
    opened->reset();  // the child's time is known once it has ended
    std::printf(
        "%zu records of %zu bytes, %zu checkpoints: %.2f s, %.0f records/s, %.1f MiB/s; processor: host %.2f "
        "s, adapter %.2f s\n",
        out.records, out.records == 0 ? 0 : out.bytes / out.records, out.checkpoints, seconds,
        static_cast<double>(out.records) / seconds, static_cast<double>(out.bytes) / 1048576 / seconds,
        bench::own_cpu_seconds() - cpu, cpu_of_children() - childs);
    return 0;
}
