#include "cli/configuration.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "core/base/files.hpp"
#include "core/base/ids.hpp"
#include "core/base/text.hpp"

namespace capbridge::cli {
namespace {

namespace fs = std::filesystem;

// Knows one adapter, "lms"; what it wants beyond its schema it says as plugins do, in one text.
class Adapters final : public engine::AdapterCatalogue {
public:
    std::vector<engine::AdapterInfo> list() override { return {}; }
    Result<engine::AdapterInfo> find(std::string_view) override { return fail("not_found", "No adapter."); }
    Result<std::unique_ptr<engine::Source>> open(const engine::SourceSettings&) override {
        return fail("not_found", "No adapter.");
    }
    Result<Problems> check_settings(std::string_view adapter, const json& settings) override {
        if (adapter != "lms") return fail("not_found", "No adapter '" + std::string(adapter) + "'.");
        auto problems = validate_json(settings, json::parse(R"({
            "type": "object", "additionalProperties": false, "required": ["site"],
            "properties": {"site": {"type": "string", "minLength": 1, "description": "Address of the site."},
                           "say": {"type": "string"}, "token": {"type": "object"},
                           "pages": {"type": "integer", "minimum": 1}}})"));
        if (problems.empty() && settings.contains("say")) {
            problems.push_back({Problem::Severity::error, "adapter_config", "",
                                "Adapter lms: " + get_string(settings, "say"), 0});
        }
        return problems;
    }
};

class ConfigurationTest : public ::testing::Test {
protected:
    void SetUp() override {
        dir = fs::temp_directory_path() / ("capbridge-" + random_token(9));
        fs::create_directory(dir);
    }
    void TearDown() override { fs::remove_all(dir); }

    void write(const std::string& name, const std::string& text) {
        ASSERT_TRUE(write_file(dir / name, text, 0600));
    }
    Checked check(const std::string& text) {
        write("c.json", text);
        return check_configuration(dir / "c.json", {},
                                   [](const auto&, bool) { return std::make_unique<Adapters>(); });
    }
    // The problems without the folder's name, a line each.
    std::vector<std::string> problems(const std::string& text) {
        auto found = split(check(text).problems, '\n');
        const auto folder = dir.string() + "/";
        for (auto& line : found) {
            for (auto at = line.find(folder); at != std::string::npos; at = line.find(folder))
                line.erase(at, folder.size());
        }
        return found;
    }
    std::string settings_problem(const std::string& settings) {
        const auto found = problems(
            "{\"sources\": [{\"name\": \"a\", \"adapter\": \"lms\",\n\"settings\": " + settings + "}]}");
        return found.size() == 1 ? found[0] : testing::PrintToString(found);
    }

    fs::path dir;
};

TEST_F(ConfigurationTest, EveryFaultOfAFileIsListedWithPointerAndLine) {
    write("broken.json", "{\n\"id\": }");
    write(
        "map.json",
        "{\"id\": \"m\", \"version\": \"1\", \"framework\": \"hee-ai-confidence\",\n\"learning_items\": [],\n"
        "\"mappings\": [{\"id\": \"a\",\n\"learning_item\": \"gone\",\n\"claims\": [{\"requirement\": "
        "\"t1-none\"}]}]}");
    write("deployment.json", "{\"id\": \"d\", \"product\": \"P\",\n\"version\": 2, \"unit\": \"U\"}");
    write("rules.json",
          "{\"id\": \"r\", \"version\": \"1\", \"framework\": \"hee-ai-confidence\",\n\"rules\": [{\"id\": "
          "\"x\",\n\"archetype\": \"wizard\", \"when\": {}}]}");
    write("policy.json",
          "{\"id\": \"p\", \"version\": \"1\", \"amber_days\": 1,\n\"caps\": {\"passed\": {\"skill\": "
          "\"mastery\"}}}");
    EXPECT_THAT(
        problems(R"({
"organisation": "",
"colour": "red",
"iri_base": "ftp://x",
"listen": "localhost:70000",
"policy": "policy.json",
"mappings": ["map.json", "missing.json",
5, "broken.json"],
"deployments": ["deployment.json"],
"archetype_rules": ["rules.json",
"rules.json"],
"plugins": "here",
"sources": [
{"name": "A b", "adapter": "teapot"},
{"adapter": "lms", "settings": {"site": "x"}},
{"name": "a", "adapter": "lms", "folder": "nowhere",
"settings": {"pages": 0,
"sight": 1}},
{"name": "a", "adapter": "lms", "settings": [],
"activity_base": "none"},
"lms"]
})"),
        testing::ElementsAre(
            testing::StartsWith(
                "c.json:2: /organisation: is empty; wanted: Name shown on pages and in answers"),
            testing::StartsWith("c.json:3: /colour: unknown member 'colour'; known are archetype_rules, "),
            testing::StartsWith(
                "c.json:4: /iri_base: 'ftp://x' is not written as it should be; wanted: IRIs"),
            "c.json:5: /listen: 'localhost:70000' is not HOST:PORT, such as 127.0.0.1:8480 [bad_address]",
            testing::StartsWith("c.json:7: /mappings/1: 'missing.json' there is no such file"),
            "c.json:8: /mappings/2: should be text, not the number 5 [schema]",
            "c.json:11: /archetype_rules/1: is there twice: entry 1 of the list is the same [schema]",
            testing::StartsWith(
                "c.json:12: /plugins: should be a list, not the text 'here'; wanted: Folders"),
            testing::StartsWith("c.json:14: /sources/0/name: 'A b' is not written as it should be; wanted: "),
            "c.json:14: /sources/0/adapter: No adapter 'teapot'. [not_found]",
            testing::StartsWith("c.json:15: /sources/1: 'name' is missing; wanted: Short name"),
            "c.json:16: /sources/2/folder: there is no folder 'nowhere' [no_folder]",
            "c.json:17: /sources/2/settings/pages: should be at least 1, not 0 [schema]",
            "c.json:17: /sources/2/settings: 'site' is missing; wanted: Address of the site [schema]",
            "c.json:18: /sources/2/settings/sight: unknown member 'sight'; known are pages, say, site, token "
            "[schema]",
            testing::StartsWith("c.json:19: /sources/3/settings: should be an object, not a list; wanted: "),
            "c.json:19: /sources/3/name: the source 'a' is there twice [duplicate_source]",
            testing::StartsWith("c.json:20: /sources/3/activity_base: 'none' is not written as it should be"),
            "c.json:21: /sources/4: should be an object, not the text 'lms' [schema]",
            testing::StartsWith("map.json:1: 'title' is missing"),
            "map.json:4: /mappings/0/learning_item: there is no learning item 'gone' in this file "
            "[unknown_learning_item]",
            testing::StartsWith("map.json:5: /mappings/0/claims/0/requirement: the framework"),
            testing::StartsWith("broken.json:2: not valid JSON"),
            testing::StartsWith("deployment.json:2: /version: should be text, not the number 2"),
            testing::StartsWith("rules.json:3: /rules/0/when: is empty"),
            testing::StartsWith("rules.json:3: /rules/0/archetype: unknown archetype 'wizard'"),
            testing::StartsWith("policy.json:2: /caps/passed/skill: the framework")));
}

TEST_F(ConfigurationTest, AnUnknownFrameworkHidesNoFile) {
    write("broken.json", "{");
    write("policy.json", "{}");
    const auto expected = [](const char* first) {
        return testing::AllOf(
            testing::Contains(testing::StartsWith(first)),
            testing::Contains(
                testing::StartsWith("c.json:2: /mappings/0: 'gone.json' there is no such file")),
            testing::Contains(testing::StartsWith("broken.json:1: not valid JSON")),
            testing::Contains(testing::StartsWith("c.json:3: /deployments/0: 'gone.json'")),
            testing::Contains(testing::StartsWith("c.json:4: /archetype_rules/0: 'gone.json'")),
            testing::Contains(testing::StartsWith("policy.json:1: 'caps' is missing")));
    };
    const std::string rest = R"(,
"mappings": ["gone.json", "broken.json"],
"deployments": ["gone.json"],
"archetype_rules": ["gone.json"],
"policy": "policy.json"})";
    EXPECT_THAT(problems("{\"framework\": \"nonsense\"" + rest),
                expected("c.json:1: /framework: 'nonsense'"));
    EXPECT_THAT(problems("{\"framework\": 5" + rest), expected("c.json:1: /framework: should be text"));
    EXPECT_THAT(problems("{\"framework\": \"broken.json\"" + rest),
                expected("broken.json:1: not valid JSON"));
}

TEST_F(ConfigurationTest, WhatAnAdapterFindsHasThePlaceItNames) {
    EXPECT_EQ(settings_problem(
                  "{\"site\": \"x\", \"token\": {\n\"zone\": 1},\n\"say\": \"token.zone: there is none.\"}"),
              "c.json:3: /sources/0/settings/token/zone: Adapter lms: there is none. [adapter_config]");
    EXPECT_EQ(settings_problem("{\"site\": \"x\",\n\"say\": \"/say: not like that.\"}"),
              "c.json:3: /sources/0/settings/say: Adapter lms: not like that. [adapter_config]");
    EXPECT_EQ(settings_problem("{\"site\": \"x\",\n\"say\": \"/token/zone: it lacks.\"}"),
              "c.json:2: /sources/0/settings/token/zone: Adapter lms: it lacks. [adapter_config]")
        << "the line is that of the nearest value";
    EXPECT_EQ(settings_problem("{\"site\": \"x\", \"say\": \"Sorry: no.\"}"),
              "c.json:2: /sources/0/settings: Adapter lms: Sorry: no. [adapter_config]");
    EXPECT_EQ(problems("{\"sources\": [\n{\"name\": \"a\", \"adapter\": \"lms\"}]}"),
              std::vector<std::string>{
                  "c.json:2: /sources/0/settings: 'site' is missing; wanted: Address of the site [schema]"});
}

TEST_F(ConfigurationTest, OnlyWhatTheServerCanListenOnIsTaken) {
    for (const auto* name :
         {"localhost:9499", "127.1:80", "0:80", "*:80", "bridge.trust.example:80", "[::1:80"})
        EXPECT_THAT(problems("{\"listen\": \"" + std::string(name) + "\"}"),
                    testing::ElementsAre(testing::HasSubstr("is no IP address to listen on")))
            << name;
    for (const auto* address : {"127.0.0.1:9499", "0.0.0.0:80", "[::1]:80", "[::]:0"})
        EXPECT_THAT(problems("{\"listen\": \"" + std::string(address) + "\"}"), testing::IsEmpty())
            << address;
}

TEST_F(ConfigurationTest, AFolderOfAdaptersThatIsNotThereIsWarnedOf) {
    const auto checked = check("{\n\"plugins\": [\"adapters\"]}");
    ASSERT_EQ(checked.findings.size(), 1u);
    EXPECT_EQ(checked.findings[0].problem.code, "no_folder");
    EXPECT_EQ(checked.findings[0].problem.pointer, "/plugins/0");
    EXPECT_TRUE(checked.ok);
    fs::create_directory(dir / "adapters");
    EXPECT_TRUE(check("{\n\"plugins\": [\"adapters\"]}").findings.empty());
}

TEST_F(ConfigurationTest, ARootThatIsNoObjectIsAllThereIsToSay) {
    EXPECT_THAT(problems("\n[]"), testing::ElementsAre(testing::StartsWith(
                                      "c.json:2: should be an object, not a list; wanted: What a daemon")));
}

TEST_F(ConfigurationTest, CommentsMoveNoLineAndNoPointer) {
    EXPECT_THAT(problems("// first\n{ /* two\nlines */ \"listen\": \"x\", // \"colour\": 1\n\"colour\": 2 }"),
                testing::ElementsAre(testing::StartsWith("c.json:3: /listen: "),
                                     testing::StartsWith("c.json:4: /colour: unknown member")));
    EXPECT_THAT(
        problems("{\n\"organisation\": \"O\", // the last\n}"),
        testing::ElementsAre("c.json:2: not valid JSON: nothing follows this comma but the closing '}' of "
                             "line 3; remove the comma [invalid_json]"));
    EXPECT_TRUE(check("{\"organisation\": \"O\" /* all */}").ok);
}

TEST_F(ConfigurationTest, EveryFindingSaysWhatToDoAndNoneShowsASecret) {
    write("broken.json", "{");
    const auto checked = check(R"({"listen": "x", "colour": 1, "mappings": ["broken.json", "gone.json"],
"sources": [{"name": "a", "adapter": "lms", "settings": {"site": "x", "token": "hunter2-hunter2"},
"http": {"secret_env": "hunter2-hunter2"}}], "framework": 5, "secret": "hunter2-hunter2"})");
    EXPECT_GE(checked.findings.size(), 6u);
    for (const auto& one : checked.findings) {
        EXPECT_FALSE(one.remedy.empty()) << one.problem.text(one.file);
        EXPECT_EQ(one.problem.text(one.file).find("hunter2"), std::string::npos)
            << one.problem.text(one.file);
    }
    EXPECT_EQ(checked.problems.find("hunter2"), std::string::npos) << checked.problems;
}

TEST_F(ConfigurationTest, NoDocumentMakesItThrow) {
    write("map.json", "{}");
    const auto whole = *parse_json(R"({"organisation": "O", "iri_base": "https://x.example/a", "data": "d",
        "listen": "[::1]:0", "cors_origins": ["*"], "framework": "map.json", "policy": "p", "mappings": ["map.json"],
        "deployments": ["map.json"], "archetype_rules": ["map.json"], "plugins": ["p"],
        "sources": [{"name": "a", "adapter": "lms", "folder": ".", "settings": {"site": "x"}}]})");
    const std::function<void(const json::json_pointer&)> spoil = [&](const json::json_pointer& at) {
        for (const json& wrong :
             {json(nullptr), json(-1e300), json(""), json(std::string(9000, '/')),
              json(std::string("a\0b", 3)), json::array({nullptr, 1}), json{{"~/", nullptr}}}) {
            auto copy = whole;
            copy[at] = wrong;
            EXPECT_NO_THROW(check(copy.dump())) << copy.dump();
        }
        const auto here = whole[at];
        if (here.is_object()) {
            for (const auto& [name, value] : here.items()) spoil(at / name);
        } else if (here.is_array()) {
            spoil(at / std::size_t{0});
        }
    };
    spoil(json::json_pointer());
}

TEST_F(ConfigurationTest, ATlsFileThatIsWrongHasItsOwnRemedy) {
    write("no.pem", "no PEM at all");
    for (const auto* text : {R"({"tls": {"certificate": "none.pem", "key": "none.key"}})",
                             R"({"tls": {"certificate": "no.pem", "key": "no.pem"}})"}) {
        const auto checked = check(text);
        ASSERT_EQ(checked.findings.size(), 1u) << checked.problems;
        const auto& one = checked.findings[0];
        EXPECT_EQ(one.problem.code, "tls_file");
        EXPECT_TRUE(one.problem.pointer.starts_with("/tls/")) << one.problem.pointer;
        EXPECT_NE(one.problem.message.find(".pem"), std::string::npos) << one.problem.message;
        EXPECT_NE(one.remedy.find("docs/tls.md"), std::string::npos) << one.remedy;
        EXPECT_EQ(one.remedy.find("ca_file"), std::string::npos) << one.remedy;
    }
}

TEST_F(ConfigurationTest, WhoeverIsTrustedByMistakeIsWarnedOf) {
    const auto codes = [&](const std::string& text) {
        std::vector<std::string> out;
        const auto checked = check(text);
        EXPECT_TRUE(checked.ok) << checked.problems;
        for (const auto& one : checked.findings) {
            out.push_back(one.problem.pointer + " " + one.problem.code);
            EXPECT_EQ(one.problem.severity, Problem::Severity::warning);
            EXPECT_EQ(one.remedy.find("config explain"), std::string::npos) << one.remedy;
        }
        return out;
    };
    using testing::ElementsAre;
    EXPECT_THAT(codes(R"({"trusted_proxies": ["10.0.0.1", "0.0.0.0/0"]})"),
                ElementsAre("/trusted_proxies/1 wide_network"));
    EXPECT_THAT(codes(R"({"metrics": {"open_to": ["::/0", "8.0.0.0/7"]}})"),
                ElementsAre("/metrics/open_to/0 wide_network", "/metrics/open_to/1 wide_network"));
    EXPECT_THAT(codes(R"({"trusted_proxies": ["127.0.0.1"], "metrics": {"open_to": ["::1", "127.0.0.1"]}})"),
                ElementsAre("/metrics/open_to/1 open_to_proxy"));
    EXPECT_THAT(codes(R"({"trusted_proxies": ["10.0.0.0/8"], "metrics": {"open_to": ["127.0.0.1"]}})"),
                ElementsAre());
}

TEST(ParseListen, ReadsHostAndPort) {
    const auto read = [](const std::string& text) {
        const auto address = parse_listen(text);
        return address ? address->host + " " + std::to_string(address->port) : address.error().code;
    };
    EXPECT_EQ(read("127.0.0.1:8480"), "127.0.0.1 8480");
    EXPECT_EQ(read("[::1]:0"), "::1 0");
    for (const auto* text : {"", "8480", ":1", "h:", "h:x", "h:1x", "h:-1", "h:65536", "h:99999999999"})
        EXPECT_EQ(read(text), "bad_address") << text;
}

}  // namespace
}  // namespace capbridge::cli
