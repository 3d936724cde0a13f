#include "adapters/catalogue.hpp"

#include <unistd.h>

#include <map>

#include "adapters/elf_note.hpp"
#include "adapters/fixture.hpp"
#include "core/base/files.hpp"

namespace capbridge::adapters {
namespace {

using CatalogueTest = AdapterTest;

TEST_F(CatalogueTest, ListsSeveralAdaptersOfOneFileAndThoseWrittenInC) {
    use_sample();
    use(fs::path(TEST_PLUGINS) / "adapters/minimal_adapter.so");
    const auto list = catalogue().list();
    ASSERT_EQ(list.size(), 3u);
    EXPECT_EQ(list[0].id, "org.example.minimal");
    EXPECT_EQ(list[1].id, "test.sample");
    EXPECT_EQ(list[1].vendor, "Test");
    EXPECT_EQ(list[1].sha256.size(), 64u);
    EXPECT_EQ(list[1].config_schema["type"], "object");
    EXPECT_EQ(list[2].id, "test.no_source");
    EXPECT_TRUE(catalogue().refused().empty());
    EXPECT_TRUE(pull("org.example.minimal", json::object()));
    EXPECT_EQ(out.cursors, std::vector<std::string>{"done"});
}

TEST_F(CatalogueTest, EachBadLibraryIsRefusedByNameAndTheOthersGoOn) {
    use_sample();
    for (const auto& file : fs::directory_iterator(fs::path(TEST_PLUGINS) / "bad_plugins")) use(file.path());
    std::map<std::string, Error> refused;
    for (const auto& r : catalogue().refused()) refused[r.path.stem().string()] = r.error;
    EXPECT_EQ(refused.size(), 6u);
    EXPECT_EQ(refused["no_note"].code, "adapter_unsupported");
    EXPECT_NE(refused["no_note"].message.find("no ABI note"), std::string::npos);
    EXPECT_EQ(refused["no_symbol"].code, "adapter_unsupported");
    EXPECT_NE(refused["no_symbol"].message.find("bridge_adapter_entry"), std::string::npos);
    // Its constructor aborts: had it been loaded, this would be a crash.
    EXPECT_EQ(refused["wrong_major"].code, "adapter_unsupported");
    EXPECT_NE(refused["wrong_major"].message.find("version 99"), std::string::npos);
    EXPECT_EQ(refused["small_entry"].code, "adapter_unsupported");
    EXPECT_EQ(refused["bad_descriptor"].code, "adapter_protocol");
    EXPECT_EQ(refused["crash_in_constructor"].code, "adapter_crashed");
    EXPECT_NE(refused["crash_in_constructor"].message.find("SIGSEGV"), std::string::npos);
    EXPECT_NE(refused["crash_in_constructor"].message.find("crash_in_constructor.so"), std::string::npos);
    EXPECT_TRUE(catalogue().find("test.sample"));
    EXPECT_TRUE(catalogue().find("bad.throws"));
}

TEST_F(CatalogueTest, FindSaysWhyTheFileOfThatNameIsNotUsable) {
    use(fs::path(TEST_PLUGINS) / "bad_plugins/wrong_major.so");
    const auto found = catalogue().find("wrong_major");
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code, "not_found");
    EXPECT_NE(found.error().message.find("Ask its vendor"), std::string::npos);
}

TEST_F(CatalogueTest, RefusesWhatOthersCouldHaveWritten) {
    use_sample();
    const auto file = plugins.path / "sample_adapter.so";
    fs::permissions(file, fs::perms(0775));
    EXPECT_TRUE(catalogue().list().empty());
    ASSERT_EQ(catalogue().refused().size(), 1u);
    EXPECT_EQ(catalogue().refused()[0].error.code, "adapter_unsafe_file");
    EXPECT_NE(catalogue().refused()[0].error.message.find("chmod go-w"), std::string::npos);
    fs::permissions(file, fs::perms(0755));
    EXPECT_EQ(catalogue().list().size(), 2u);

    fs::permissions(plugins.path, fs::perms(0777));
    EXPECT_TRUE(catalogue().list().empty());
    EXPECT_EQ(catalogue().refused()[0].path, plugins.path);
    fs::permissions(plugins.path, fs::perms(0755));

    fs::rename(file, folder.path / "real.so");
    fs::create_symlink(folder.path / "real.so", file);
    EXPECT_TRUE(catalogue().list().empty());
    EXPECT_EQ(catalogue().refused()[0].error.code, "adapter_unsafe_file");
    if (geteuid() == 0) {
        fs::remove(file);
        use_sample();
        ASSERT_EQ(chown(file.c_str(), 12345, 12345), 0);
        EXPECT_TRUE(catalogue().list().empty());
        EXPECT_NE(catalogue().refused()[0].error.message.find("another user"), std::string::npos);
    }
}

TEST_F(CatalogueTest, SeesNewReplacedAndRemovedFilesWithoutARestart) {
    EXPECT_TRUE(catalogue().list().empty());
    use_sample();
    EXPECT_EQ(catalogue().list().size(), 2u);
    const auto opened = source("test.sample", {{"do", "count"}, {"records", 1}, {"every", 1}});
    fs::remove(plugins.path / "sample_adapter.so");
    fs::copy_file(fs::path(TEST_PLUGINS) / "adapters/minimal_adapter.so", plugins.path / "sample_adapter.so");
    ASSERT_EQ(catalogue().list().size(), 1u);
    EXPECT_EQ(catalogue().list()[0].id, "org.example.minimal");
    // A source that was opened with the old file does not run the new one unseen.
    const auto pulled = opened->pull("", out, cancel);
    ASSERT_FALSE(pulled);
    EXPECT_EQ(pulled.error().code, "adapter_config");
    fs::remove(plugins.path / "sample_adapter.so");
    EXPECT_TRUE(catalogue().list().empty());
}

TEST_F(CatalogueTest, OfTwoFilesWithOneIdTheFirstWins) {
    use_sample();
    fs::copy_file(plugins.path / "sample_adapter.so", plugins.path / "zzz.so");
    fs::permissions(plugins.path / "zzz.so", fs::perms(0755));
    EXPECT_EQ(catalogue().list().size(), 2u);
    EXPECT_EQ(catalogue().find("test.sample")->path.filename(), "sample_adapter.so");
    ASSERT_EQ(catalogue().refused().size(), 2u);
    EXPECT_EQ(catalogue().refused()[0].error.code, "adapter_duplicate");
}

TEST_F(CatalogueTest, ChecksSettingsBySchemaAndThenByTheAdapter) {
    use_sample();
    const auto missing = catalogue().check_settings("test.sample", json::object());
    ASSERT_TRUE(missing);
    EXPECT_TRUE(has_errors(*missing));
    const auto odd = catalogue().check_settings("test.sample", {{"do", "bad_settings"}});
    ASSERT_TRUE(odd);
    ASSERT_EQ(odd->size(), 1u);
    EXPECT_NE((*odd)[0].message.find("That will not do."), std::string::npos);
    const auto good = catalogue().check_settings("test.sample", {{"do", "count"}});
    ASSERT_TRUE(good);
    EXPECT_TRUE(good->empty());
    EXPECT_FALSE(catalogue().check_settings("nobody", json::object()));
    EXPECT_EQ(catalogue().open({"s", "test.sample", json::object(), {}}).error().code, "adapter_config");
}

TEST(ElfNote, SurvivesEveryCutOfAFile) {
    const auto file = read_file(fs::path(TEST_PLUGINS) / "adapters/minimal_adapter.so");
    ASSERT_TRUE(file);
    const auto version = read_abi_note(*file);
    ASSERT_TRUE(version);
    EXPECT_EQ(version->major, 1u);
    EXPECT_EQ(version->minor, 0u);
    for (std::size_t size = 0; size < 2000; ++size)
        (void)read_abi_note(std::string_view(*file).substr(0, size));
    auto broken = *file;
    for (std::size_t i = 0; i < 1200; ++i) {
        const char was = broken[i];
        broken[i] = '\xff';
        (void)read_abi_note(broken);
        broken[i] = was;
    }
    EXPECT_FALSE(read_abi_note("#!/bin/sh\n"));
}

}  // namespace
}  // namespace capbridge::adapters
