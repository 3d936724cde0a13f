#include "cli/configured_sources.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/base/ids.hpp"

namespace capbridge::cli {
namespace {

namespace fs = std::filesystem;

class Adapters final : public engine::AdapterCatalogue {
public:
    std::vector<engine::AdapterInfo> list() override { return {}; }
    Result<engine::AdapterInfo> find(std::string_view) override {
        engine::AdapterInfo out;
        out.id = "x";
        out.sha256 = std::string(64, 'a');
        return out;
    }
    Result<std::unique_ptr<engine::Source>> open(const engine::SourceSettings&) override {
        return fail("not_found", "No adapter.");
    }
    Result<Problems> check_settings(std::string_view, const json&) override { return Problems{}; }
    Problems check_services(const engine::SourceSettings& settings) override {
        seen = settings;
        return {{Problem::Severity::error, "no_secret", "/http/auth/lms/secret_file", "is not there", 7}};
    }
    Result<std::vector<std::string>> egress(const engine::SourceSettings& settings) override {
        return std::vector<std::string>{get_string(settings.settings, "host") + ":443"};
    }
    engine::SourceSettings seen;
};

class ConfiguredSources : public testing::Test {
protected:
    std::vector<json> read(const json& sources, engine::AdapterCatalogue* catalogue) {
        return read_sources(sources, sources, "/etc/bridge", {}, catalogue,
                            [this](Problem found) { found_.push_back(found.pointer + " " + found.code); });
    }
    Adapters adapters_;
    std::vector<std::string> found_;
};

TEST_F(ConfiguredSources, PathsHangOnTheFilesFolder) {
    const auto sources = read(
        {{{"name", "a"},
          {"adapter", "x"},
          {"http",
           {{"ca_file", "ca.pem"}, {"auth", {{"lms", {{"secret_file", "../s/token"}, {"key_file", "/k"}}}}}}},
          {"fetch", {{"known_hosts", "hosts"}, {"url", "sftp://h/in"}}}}},
        &adapters_);
    ASSERT_EQ(sources.size(), 1u);
    EXPECT_EQ(sources[0]["http"]["ca_file"], "/etc/bridge/ca.pem");
    EXPECT_EQ(sources[0]["http"]["auth"]["lms"]["secret_file"], "/etc/s/token");
    EXPECT_EQ(sources[0]["http"]["auth"]["lms"]["key_file"], "/k");
    EXPECT_EQ(sources[0]["fetch"]["known_hosts"], "/etc/bridge/hosts");
    EXPECT_EQ(sources[0]["fetch"]["url"], "sftp://h/in");
    EXPECT_EQ(adapters_.seen.http["ca_file"], "/etc/bridge/ca.pem");
}

TEST_F(ConfiguredSources, ProblemsHaveTheirPlace) {
    read({{{"name", "a"}, {"adapter", "x"}, {"schedule", {{"cron", "0 25 * * *"}}}},
          {{"name", "a"}, {"preset", "no-such"}},
          {{"name", "c"}, {"adapter", "x"}, {"write_back", {{"statements", {{"since", "soon, I hope"}}}}}}},
         &adapters_);
    EXPECT_EQ(found_,
              (std::vector<std::string>{
                  "/sources/0/schedule/cron bad_cron", "/sources/0/http/auth/lms/secret_file no_secret",
                  "/sources/1/name duplicate_source", "/sources/1/preset no_such_preset",
                  "/sources/2/write_back/statements/since bad_date",
                  "/sources/2/http/auth/lms/secret_file no_secret"}));
}

TEST_F(ConfiguredSources, AnotherFileThanTheOneThatIsPinnedIsWarnedOf) {
    const auto found = [&](const std::string& sha256) {
        found_.clear();
        read({{{"name", "a"}, {"adapter", "x"}, {"sha256", sha256}}}, &adapters_);
        return std::find(found_.begin(), found_.end(), "/sources/0/sha256 adapter_pin") != found_.end();
    };
    EXPECT_TRUE(found(std::string(64, 'b')));
    EXPECT_FALSE(found(std::string(64, 'a')));
    EXPECT_FALSE(found(std::string(64, 'A'))) << "hex digits of any case";
    EXPECT_FALSE(found(""));
}

TEST_F(ConfiguredSources, WithoutAdaptersOnlyWhatNeedsNone) {
    read({{{"name", "a"}, {"adapter", "x"}, {"schedule", {{"every", "never"}}}}}, nullptr);
    EXPECT_EQ(found_, (std::vector<std::string>{"/sources/0/schedule/every bad_schedule"}));
}

TEST_F(ConfiguredSources, EgressIsTheCatalogues) {
    const auto hosts =
        egress_of(adapters_, {{"name", "a"}, {"adapter", "x"}, {"settings", {{"host", "lms.example"}}}});
    ASSERT_TRUE(hosts);
    EXPECT_EQ(*hosts, std::vector<std::string>{"lms.example:443"});
    EXPECT_FALSE(egress_of(adapters_, {{"name", "a"}, {"preset", "no-such"}}));
}

}  // namespace
}  // namespace capbridge::cli
