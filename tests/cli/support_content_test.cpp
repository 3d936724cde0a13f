// What a support bundle may show, with secrets where nobody expects them and lines of any length.
#include "cli/support_content.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <nlohmann/json.hpp>

namespace capbridge::cli {
namespace {

ordered_json shown(const char* document) {
    return configuration_for_support(json::parse(document));
}

ordered_json target(const std::string& kind, const std::string& url) {
    const json forward{{"name", "t"}, {"kind", kind}, {"settings", {{"url", url}}}};
    const auto out = configuration_for_support(json{{"forward", json::array({forward})}});
    return out["forward"][0]["settings"]["url"];
}

TEST(SupportConfiguration, ShowsWhatTheSchemaKnows) {
    const auto out = shown(R"({"listen": "127.0.0.1:8480", "parallel_syncs": 2, "mappings": ["a.json"],
        "organisation": "Trust, ask ada@demo.example", "tls": {"minimum": "1.3", "certificate": "tls/a.pem"},
        "token_issuers": [{"issuer": "https://id.trust.example", "audience": "bridge"}],
        "sources": [{"name": "esr", "adapter": "csv", "schedule": {"every": "PT1H"}, "guards": {"fall": 0.5},
            "http": {"auth": {"lms": {"type": "bearer", "hosts": ["lms.example"]}}}}]})");
    EXPECT_EQ(out["listen"], "127.0.0.1:8480");
    EXPECT_EQ(out["parallel_syncs"], 2);
    EXPECT_EQ(out["mappings"][0], "a.json");
    EXPECT_EQ(out["organisation"], "Trust, ask (e-mail)");
    EXPECT_EQ(out["tls"]["minimum"], "1.3");
    EXPECT_EQ(out["tls"]["certificate"], "tls/a.pem");
    EXPECT_EQ(out["token_issuers"][0]["audience"], "bridge");
    const auto& source = out["sources"][0];
    EXPECT_EQ(source["schedule"]["every"], "PT1H");
    EXPECT_EQ(source["guards"]["fall"], 0.5);
    EXPECT_EQ(source["http"]["auth"]["lms"]["type"], "bearer");
    EXPECT_EQ(source["http"]["auth"]["lms"]["hosts"][0], "lms.example");
}

TEST(SupportConfiguration, LeavesOutWhatStandsInAWrongPlace) {
    for (
        const auto* document :
        {R"({"headers": {"Authorization": "Bearer hush", "X-Api-Key": "hush"}})",
         R"({"sources": [{"name": "a", "headers": {"Authorization": "Bearer hush"}}]})",
         R"({"sources": [{"name": "a", "settings": {"site": "hush", "deep": [{"pin": 4711}, ["hush"]]}}]})",
         R"({"sources": [{"http": {"auth": {"a": {"headers": {"X-Tenant": "hush"}, "bearer": "hush"}}}}]})",
         R"({"sources": [{"http": {"auth": {"a": {"type": "hush", "key_env": "hush", "secret_env": "hush"}}}}]})",
         R"({"sources": {"name": "hush"}, "tls": "hush", "listen": {"x": "hush"}, "organisation": ["hush"]})",
         R"({"forward": [{"name": "a", "kind": "hush", "settings": {"token": "hush", "x": [["hush"]]}}]})",
         R"({"sources": [{"fetch": {"url": "sftp://u:hush@files.example/in?x=hush#hush", "user": "hush"}}]})",
         R"({"sources": [{"fetch": {"url": "sftp://u:a/hush@files.example/in"}}]})",
         R"({"sources": [{"fetch": {"url": "sftp://u:hush?b@files.example/in"}}]})", R"(["hush"])",
         R"("hush")"}) {
        const auto text = shown(document).dump();
        EXPECT_EQ(text.find("hush"), std::string::npos) << text;
        EXPECT_EQ(text.find("4711"), std::string::npos) << text;
    }
}

TEST(SupportConfiguration, OfAWebhookTheHostOnly) {
    EXPECT_EQ(target("webhook", "https://hooks.example/services/T0/B0/hush"), "https://hooks.example");
    EXPECT_EQ(target("webhook", "https://u:hush@hooks.example:8443?hush"), "https://hooks.example:8443");
    EXPECT_EQ(target("other", "https://hooks.example/hush"), "https://hooks.example");
    EXPECT_EQ(target("webhook", "hooks.example/hush"), "(left out)");
    EXPECT_EQ(target("lrs", "https://u:p@lrs.example/xapi?token=hush"), "https://lrs.example/xapi");
    // It ends with the target.
    const auto out =
        shown(R"({"forward": [{"name": "a", "kind": "webhook", "settings": {"url": "https://a/b"}},
        {"name": "b", "kind": "lrs", "settings": {"url": "https://b/xapi"}}],
        "sources": [{"fetch": {"url": "sftp://files.example/in"}}]})");
    EXPECT_EQ(out["forward"][0]["settings"]["url"], "https://a");
    EXPECT_EQ(out["forward"][1]["settings"]["url"], "https://b/xapi");
    EXPECT_EQ(out["sources"][0]["fetch"]["url"], "sftp://files.example/in");
}

TEST(SupportLog, TakesAddressesOutAndNothingElse) {
    EXPECT_EQ(log_for_support("to=ada@demo.example."), "to=(e-mail).");
    EXPECT_EQ(log_for_support("<a.b+c_d%e'f-g@mail.trust.nhs.uk>,x@y.example"), "<(e-mail)>,(e-mail)");
    EXPECT_EQ(log_for_support("mailto:zo\xc3\xab@demo.example ok"), "mailto:(e-mail) ok");
    for (const auto* plain :
         {"", "@", "a@", "@b.example", "a@b", "a@.b", "a@b...", "@@@@", "a @ b.c", "no address"})
        EXPECT_EQ(log_for_support(plain), plain);
    EXPECT_EQ(log_for_support("a@b@c.example"), "a@(e-mail)");
}

TEST(SupportLog, CutsNoCharacterInHalf) {
    std::string word;
    for (int i = 0; i < 400; ++i) word += i % 7 == 0 ? "a" : "\xe2\x82\xac";
    const auto out = log_for_support(word + "@" + word + "." + word + " end");
    EXPECT_NO_THROW(static_cast<void>(json(out).dump()));  // which wants UTF-8
}

TEST(SupportLog, IsQuickWithLinesOfAnyLength) {
    const auto begin = std::chrono::steady_clock::now();
    const std::string letters(400'000, 'a');
    EXPECT_EQ(log_for_support(letters), letters);
    EXPECT_EQ(log_for_support(letters + "@demo.example"), letters.substr(64) + "(e-mail)");
    EXPECT_EQ(log_for_support(letters + "@" + letters), letters + "@" + letters);
    std::string base64;
    for (int line = 0; line < 50; ++line) {
        for (int i = 0; i < 16'384; ++i)
            base64 +=
                "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"[(i * 37 + line) % 64];
        base64 += "\n";
    }
    EXPECT_EQ(log_for_support(base64), base64);
    std::string many;
    for (int i = 0; i < 200'000; ++i) many += "a@b";
    EXPECT_EQ(log_for_support(many), many);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
}

}  // namespace
}  // namespace capbridge::cli
