#include "adapters/catalogue.hpp"

#include <unistd.h>

#include <map>

#include "adapters/descriptor.hpp"
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

TEST_F(CatalogueTest, FindNamesAllThatIsRefusedForAnIdNeedNotBeTheFilesName) {
    use(fs::path(TEST_PLUGINS) / "bad_plugins/wrong_major.so");
    fs::permissions(plugins.path / "wrong_major.so", fs::perms(0757));
    auto message = catalogue().find("vendor.lms").error().message;
    EXPECT_NE(message.find((plugins.path / "wrong_major.so").string() + ": Its group or others"),
              message.npos)
        << message;
    fs::permissions(plugins.path, fs::perms(0777));
    message = catalogue().find("vendor.lms").error().message;
    EXPECT_NE(message.find(plugins.path.string() + ": Its group or others may write"), message.npos)
        << message;
    fs::permissions(plugins.path, fs::perms(0755));
    for (int i = 0; i < 8; ++i) plugins.write("no" + std::to_string(i) + ".so", "none");
    message = catalogue().find("no7").error().message;
    EXPECT_LT(message.find("no7.so"), message.find("no0.so")) << "the likely one first: " << message;
    EXPECT_NE(message.find("more are refused"), message.npos) << message;
    EXPECT_LT(message.size(), 2000u);
}

TEST_F(CatalogueTest, ARefusalIsLoggedOnce) {
    use_sample();
    const auto file = plugins.path / "sample_adapter.so";
    const auto said = [&] {
        testing::internal::CaptureStderr();
        for (int i = 0; i < 3; ++i) (void)catalogue().list();
        const auto text = testing::internal::GetCapturedStderr();
        int times = 0;
        for (auto at = text.find("adapter_refused"); at != text.npos;
             at = text.find("adapter_refused", at + 1))
            ++times;
        return times;
    };
    EXPECT_EQ(said(), 0);
    fs::permissions(file, fs::perms(0775));
    EXPECT_EQ(said(), 1);
    fs::permissions(file, fs::perms(0755));
    EXPECT_EQ(said(), 0);
    fs::permissions(plugins.path, fs::perms(0777));
    EXPECT_EQ(said(), 1) << "a folder, too";
    fs::permissions(plugins.path, fs::perms(0755));
    fs::permissions(file, fs::perms(0775));
    EXPECT_EQ(said(), 1) << "again, after it was well";
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

TEST_F(CatalogueTest, TheDescriptorSaysWhatAnAdapterIsAndNeeds) {
    use_sample();
    use(fs::path(TEST_PLUGINS) / "adapters/minimal_adapter.so");
    const auto sample = *catalogue().find("test.sample");
    EXPECT_EQ(sample.facets, (std::vector<std::string>{"source", "sink", "users"}));
    EXPECT_EQ(sample.kinds, (std::vector<std::string>{"completion", "course"}));
    EXPECT_EQ(sample.allowed_hosts, (std::vector<std::string>{"lms.example.org", "*.api.example.org:8443"}));
    EXPECT_TRUE(sample.threads);
    const auto minimal = *catalogue().find("org.example.minimal");
    EXPECT_EQ(minimal.facets, std::vector<std::string>{"source"}) << "what an adapter is that does not say";
    EXPECT_FALSE(minimal.threads);
    EXPECT_TRUE(catalogue().find("test.no_source")->facets.empty());
}

TEST(Descriptor, WhatDoesNotFitIsNamed) {
    const json good{
        {"id", "a"}, {"name", "A"}, {"vendor", "V"}, {"version", "1"}, {"config_schema", json::object()}};
    engine::AdapterInfo info;
    EXPECT_EQ(read_descriptor(good, info), "");
    EXPECT_NE(read_descriptor("text", info), "");
    for (const auto* member : {"id", "name", "vendor", "version", "config_schema"}) {
        auto bad = good;
        bad.erase(member);
        EXPECT_NE(read_descriptor(bad, info), "") << member;
    }
    const std::vector<std::pair<const char*, json>> wrong{
        {"id", "A"},
        {"id", std::string(65, 'a')},
        {"facets", "source"},
        {"facets", {"sauce"}},
        {"kinds", {"Completion!"}},
        {"kinds", json::array({1})},
        {"allowed_hosts", {"https://lms.example.org"}},
        {"allowed_hosts", {"**"}},
        {"allowed_hosts", {"*."}},
        {"allowed_hosts", {"lms.example.org/path"}},
        {"allowed_hosts", {""}},
        {"threads", 1},
    };
    for (const auto& [member, value] : wrong) {
        auto bad = good;
        bad[member] = value;
        const auto problem = read_descriptor(bad, info);
        EXPECT_NE(problem.find(member), std::string::npos) << value << ": " << problem;
    }
}

TEST_F(CatalogueTest, AChecksumPinsASourceToOneFile) {
    use_sample();
    engine::SourceSettings settings{"s", "test.sample", {{"do", "count"}}, {}};
    const auto digest = catalogue().find("test.sample")->sha256;
    settings.sha256 = digest;
    std::transform(settings.sha256.begin(), settings.sha256.end(), settings.sha256.begin(),
                   [](char c) { return c >= 'a' && c <= 'f' ? static_cast<char>(c - 32) : c; });
    EXPECT_TRUE(catalogue().open(settings));
    settings.sha256.front() = settings.sha256.front() == '0' ? '1' : '0';
    const auto opened = catalogue().open(settings);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, "adapter_config");
    EXPECT_NE(opened.error().message.find(digest), std::string::npos);
}

// ---- adapters that are programs ----

class ProgramTest : public AdapterTest {
protected:
    ProgramTest() { spec.timeouts.pull_idle = std::chrono::milliseconds(10'000); }
    fs::path write_program(const std::string& name, const std::string& text) {
        const auto file = plugins.path / name;
        std::ofstream(file) << text;
        fs::permissions(file, fs::perms(0755));
        return file;
    }
};

TEST_F(ProgramTest, ThePythonAdapterOfTheDocumentsWorks) {
    use(fs::path(CAPBRIDGE_REPO) / "docs/examples/demo.adapter");
    ASSERT_EQ(catalogue().list().size(), 1u)
        << (catalogue().refused().empty() ? "" : catalogue().refused()[0].error.text());
    EXPECT_EQ(catalogue().list()[0].id, "org.example.demo");
    EXPECT_TRUE(source("org.example.demo", json::object())->check());
    ASSERT_TRUE(pull("org.example.demo", {{"learners", 250}}));
    EXPECT_EQ(out.records.size(), 250u);
    EXPECT_EQ(out.cursors, (std::vector<std::string>{"100", "200", "250"}));
    const auto schema =
        json::parse(*read_file(fs::path(CAPBRIDGE_REPO) / "config/schemas/records/completion.schema.json"));
    EXPECT_TRUE(validate_json(json::parse(out.records[249].second), schema).empty());

    out = {};
    ASSERT_TRUE(pull("org.example.demo", {{"learners", 250}}, "200"));
    EXPECT_EQ(out.records.size(), 50u);
    EXPECT_EQ(pull("org.example.demo", json::object(), "nonsense").error().code, "adapter_bad_cursor");
    EXPECT_FALSE(catalogue().open({"s", "org.example.demo", {{"learners", "many"}}, {}}));
    out = {};
    out.on_checkpoint = [&]() -> Status {
        cancel = true;
        return {};
    };
    const auto cancelled = pull("org.example.demo", {{"learners", 100'000}});
    ASSERT_FALSE(cancelled);
    EXPECT_EQ(cancelled.error().code, "adapter_cancelled");
}

TEST_F(ProgramTest, TheDocumentsShowItAsItIs) {
    const auto page = *read_file(fs::path(CAPBRIDGE_REPO) / "docs/wire.md");
    const auto program = *read_file(fs::path(CAPBRIDGE_REPO) / "docs/examples/demo.adapter");
    EXPECT_NE(page.find("```python\n" + program + "```"), std::string::npos)
        << "copy docs/examples/demo.adapter into docs/wire.md";
}

TEST_F(ProgramTest, MustBeExecutableAndStartable) {
    const auto file = write_program("plain.adapter", "#!/usr/bin/python3\n");
    fs::permissions(file, fs::perms(0644));
    ASSERT_EQ(catalogue().refused().size(), 1u);
    EXPECT_NE(catalogue().refused()[0].error.message.find("chmod +x"), std::string::npos);
    fs::permissions(file, fs::perms(0755));
    EXPECT_EQ(catalogue().refused()[0].error.code, "adapter_crashed") << "it ends without a word";
    write_program("plain.adapter", "#!/nonexistent/interpreter\n");
    EXPECT_NE(catalogue().refused()[0].error.message.find("could not be started"), std::string::npos)
        << catalogue().refused()[0].error.text();
}

TEST_F(ProgramTest, LivesInTheSameSandbox) {
    const auto sandbox = catalogue().sandbox();
    if (!sandbox["seccomp"].get<bool>() || sandbox["landlock"].get<int>() < 1)
        GTEST_SKIP() << "not here: " << sandbox.dump();
    plugins.write("secret.txt", "x");
    write_program("tries.adapter", R"(#!/usr/bin/python3
import json, os, socket, struct, subprocess, threading
host = socket.socket(fileno=3)
def attempt(what):
    try:
        what()
        return "done"
    except BaseException as e:
        return type(e).__name__
tried = [attempt(lambda: socket.socket()), attempt(lambda: open("/etc/passwd")), attempt(os.fork),
         attempt(lambda: subprocess.run(["/bin/true"])), attempt(lambda: open("/tmp/capbridge-bad", "w")),
         attempt(lambda: open(")" + (plugins.path / "secret.txt").string() +
                                       R"(")),
         attempt(lambda: threading.Thread(target=print).start()), attempt(lambda: os.kill(os.getppid(), 0)),
         attempt(lambda: __import__("zoneinfo").ZoneInfo("Europe/London"))]
while True:
    head = host.recv(9)
    if len(head) < 9: raise SystemExit
    length, call, kind = struct.unpack("<IIB", head)
    host.recv(length)
    body = {"wire": "bridge-wire/1", "adapters": [{"id": "t.tries", "name": " ".join(tried), "vendor": "T", "version": "1", "config_schema": {}}]}
    data = json.dumps(body).encode()
    host.sendall(struct.pack("<IIB", len(data), call, 16) + data)
)");
    const auto list = catalogue().list();
    ASSERT_EQ(list.size(), 1u) << catalogue().refused()[0].error.text();
    EXPECT_EQ(
        list[0].name,
        "PermissionError PermissionError PermissionError PermissionError PermissionError PermissionError "
        "RuntimeError PermissionError done");
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
