#include "core/engine/sync/young_files.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>

#include "core/base/ids.hpp"

namespace capbridge::engine {
namespace {

namespace fs = std::filesystem;

TEST(YoungFiles, CountsWhatASyncThatBeganThenLeftThere) {
    const auto folder = fs::temp_directory_path() / ("capbridge-" + random_token(9));
    fs::create_directories(folder / "below");
    for (const std::string name : {"a.csv", "b.csv", "\xff.csv"}) std::ofstream(folder / name) << "x";
    store::SourceRow source;
    source.folder = folder;
    const auto now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
    EXPECT_EQ(count_young_files(source, now), 0u) << "it waits for none";
    source.file_min_age = std::chrono::seconds{30};
    EXPECT_EQ(count_young_files(source, now), 2u) << "a name that is no UTF-8 is read by no sync";
    EXPECT_EQ(count_young_files(source, now + std::chrono::seconds{60}), 0u);
    fs::remove_all(folder);
}

}  // namespace
}  // namespace capbridge::engine
