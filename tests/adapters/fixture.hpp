// A catalogue over copies of some plugins in a folder of its own, sources of it, and a stream that writes
// down what came.
#pragma once
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "adapters/catalogue.hpp"

namespace capbridge::adapters {

namespace fs = std::filesystem;

class TemporaryFolder {
public:
    TemporaryFolder() {
        std::string name = (fs::temp_directory_path() / "capbridge-test-XXXXXX").string();
        path = mkdtemp(name.data());
    }
    ~TemporaryFolder() {
        std::error_code ec;
        fs::remove_all(path, ec);
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    void write(const std::string& name, const std::string& bytes) const {
        std::ofstream(path / name, std::ios::binary) << bytes;
    }

    fs::path path;
};

struct Recorded : engine::RecordStream {
    std::vector<std::pair<std::string, std::string>> records;
    std::vector<std::string> cursors;
    std::vector<std::size_t> counts;  // how many records each checkpoint covers
    std::function<Status()> on_emit, on_checkpoint;

    Status emit(std::string_view kind, std::string_view record) override {
        if (on_emit) CAPBRIDGE_TRY(on_emit());
        records.emplace_back(kind, record);
        return {};
    }
    Status checkpoint(std::string_view cursor) override {
        cursors.emplace_back(cursor);
        counts.push_back(records.size());
        return on_checkpoint ? on_checkpoint() : Status{};
    }
    [[nodiscard]] std::size_t count(std::string_view kind) const {
        return static_cast<std::size_t>(
            std::count_if(records.begin(), records.end(), [&](const auto& r) { return r.first == kind; }));
    }
};

class AdapterTest : public ::testing::Test {
protected:
    AdapterTest() {
        spec.executable = TEST_CHILD;
        spec.timeouts.start = std::chrono::milliseconds(10'000);
        spec.timeouts.pull_idle = std::chrono::milliseconds(500);
        spec.timeouts.cancel_grace = std::chrono::milliseconds(300);
    }
    void use(const fs::path& plugin) {
        const auto copy = plugins.path / plugin.filename();
        fs::copy_file(plugin, copy, fs::copy_options::overwrite_existing);
        fs::permissions(copy, fs::perms(0755));
    }
    void use_sample() { use(fs::path(TEST_PLUGINS) / "adapters/sample_adapter.so"); }
    PluginCatalogue& catalogue() {
        if (!catalogue_)
            catalogue_ = std::make_unique<PluginCatalogue>(std::vector<fs::path>{plugins.path}, spec);
        return *catalogue_;
    }
    std::unique_ptr<engine::Source> source(const std::string& adapter, json settings,
                                           bool with_folder = false) {
        auto opened = catalogue().open(
            {"test-source", adapter, std::move(settings), with_folder ? folder.path : fs::path()});
        if (!opened) {
            ADD_FAILURE() << opened.error().text();
            return nullptr;
        }
        return std::move(*opened);
    }
    Status pull(const std::string& adapter, json settings, const std::string& cursor = "",
                bool with_folder = false) {
        auto s = source(adapter, std::move(settings), with_folder);
        return s ? s->pull(cursor, out, cancel) : fail("test", "");
    }

    TemporaryFolder plugins, folder;
    ChildSpec spec;
    Recorded out;
    std::atomic<bool> cancel = false;
    std::unique_ptr<PluginCatalogue> catalogue_;
};

}  // namespace capbridge::adapters
