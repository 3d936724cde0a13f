// What an adapter says reaches people whole, bounded and without anything that a terminal would act on; and
// one that only talks is ended. The adapters are programs in Python (docs/wire.md), which may send what they
// like.
#include "adapters/fixture.hpp"
#include "core/base/text.hpp"

namespace capbridge::adapters {
namespace {

using namespace std::chrono_literals;

constexpr const char* kSpeaker = R"(#!/usr/bin/python3
import json, socket, struct, time
host = socket.socket(fileno=3)
def take(n):
    data = b""
    while len(data) < n:
        part = host.recv(n - len(data))
        if not part: raise SystemExit
        data += part
    return data
def receive():
    length, call, kind = struct.unpack("<IIB", take(9))
    return kind, call, json.loads(take(length))
def send(kind, call, body):
    data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    host.sendall(struct.pack("<IIB", len(data), call, kind) + data)
def act(kind, call, body):
@ACT@
while True:
    kind, call, body = receive()
    if kind == 2:
        send(16, call, {"adapters": [{"id": "test.words", "name": "@NAME@", "vendor": "T", "version": "1", "config_schema": {"type": "object"}}]})
    elif kind in (4, 5): act(kind, call, body)
    else: send(16, call, {"wire": "bridge-wire/1"})
)";

std::string replaced(std::string text, const std::string& mark, const std::string& by) {
    return text.replace(text.find(mark), mark.size(), by);
}

bool has_controls(const std::string& text) {
    return std::any_of(text.begin(), text.end(),
                       [](unsigned char c) { return (c < 0x20 && c != '\n') || c == 0x7F; }) ||
           text.find("\xC2\x9B") != text.npos || text.find("\xE2\x80\xAE") != text.npos;
}

class WordsTest : public AdapterTest {
protected:
    WordsTest() { spec.timeouts.pull_idle = 5'000ms; }
    // What it does when it is asked to check or to pull, in Python.
    void program(const std::string& act, const std::string& name = "Words") {
        const auto file = plugins.path / "words.adapter";
        std::ofstream(file) << replaced(replaced(kSpeaker, "@ACT@", "    " + act), "@NAME@", name);
        fs::permissions(file, fs::perms(0755));
    }
    Status pulled() { return pull("test.words", json::object()); }
};

TEST_F(WordsTest, AFailureIsCutBetweenCharactersAndHasNoControls) {
    program(
        R"(send(17, call, {"class": "auth", "user": "\x1b[31m" + "x" + "\u00e9" * 1500 + "\u009b", "log": "\x07"}))");
    const auto failed = pulled();
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, "adapter_auth");
    EXPECT_TRUE(is_utf8(failed.error().message));
    EXPECT_FALSE(has_controls(failed.error().message)) << failed.error().message;
    EXPECT_LT(failed.error().message.size(), 2200u);
    EXPECT_NE(failed.error().message.find("\xC3\xA9 ..."), std::string::npos) << "whole to the last";
    program(R"(send(17, call, {"class": "auth", "user": "\u202eabc \x9b31m \x7f", "log": "line\r\nline"}))");
    EXPECT_FALSE(has_controls(pulled().error().message)) << pulled().error().message;
}

TEST_F(WordsTest, RetryAfterIsAWholeNumberOrNothing) {
    for (const auto& [raw, said] :
         std::vector<std::pair<std::string, std::string>>{{"1500", "Try again after 1500 ms."},
                                                          {"0", "Try again after 0 ms."},
                                                          {"-1", ""},
                                                          {"-7", ""},
                                                          {"1e999", ""},
                                                          {"15.5", ""},
                                                          {"99999999999999999999", ""},
                                                          {"9000000000000000", ""},
                                                          {R"(\"' + 'x' * 900000 + '\")", ""},
                                                          {R"({\"a\":[' + '1,' * 100000 + '1]})", ""}}) {
        program(R"(send(17, call, '{"class":"retry","user":"Busy.","log":"","retry_after_ms":)" + raw +
                "}')");
        const auto failed = pulled();
        ASSERT_FALSE(failed) << raw;
        EXPECT_EQ(failed.error().code, "adapter_retry") << failed.error().text();
        EXPECT_LT(failed.error().message.size(), 200u) << raw;
        if (said.empty()) {
            EXPECT_EQ(failed.error().message.find("Try again"), std::string::npos) << raw;
        } else {
            EXPECT_NE(failed.error().message.find(said), std::string::npos) << failed.error().message;
        }
    }
}

TEST_F(WordsTest, ARejectedRecordSaysNoMoreThanAPersonReads) {
    program(
        R"((send(33, 0, {"kind": "course", "key": "k" + "\u00e9" * 10000, "reason": {"where": "x\x1b]0;" + "\u20ac" * 20000, "column": "\x00\x9b" + "c" * 90000, "reason": "\u202e" + "r" * 90000}}), send(16, call, {})))");
    ASSERT_TRUE(pulled());
    ASSERT_EQ(out.records.size(), 1u);
    EXPECT_LT(out.records[0].second.size(), 6u << 10);
    const auto record = json::parse(out.records[0].second);
    for (const auto* member : {"where", "column", "reason"}) {
        const auto text = record[member].get<std::string>();
        EXPECT_LE(text.size(), 1024u) << member;
        EXPECT_GT(text.size(), 1000u) << member;
        EXPECT_FALSE(has_controls(text)) << member;
    }
    EXPECT_LE(record["key"].get<std::string>().size(), 2048u);
}

TEST_F(WordsTest, AWarningIsCutBetweenCharacters) {
    program(
        R"((send(34, 0, {"level": "warn", "message": "ab" + "\u20ac" * 1000 + "\x1b[2J"}), send(34, 0, {"level": "warn", "message": "\x1b[2Jcl\u009bear"}), send(16, call, {})))");
    std::vector<std::string> noted;
    testing::internal::CaptureStderr();
    const auto checked = source("test.words", json::object())
                             ->inspect([&](const std::string& line) { noted.push_back(line); }, cancel);
    const auto logged = testing::internal::GetCapturedStderr();
    ASSERT_TRUE(checked) << checked.error().text();
    ASSERT_EQ(noted.size(), 2u);
    EXPECT_EQ(noted[0].size(), 1022u) << "the next character would be cut in two";
    EXPECT_EQ(noted[1], " [2Jcl ear");
    EXPECT_TRUE(is_utf8(noted[0]));
    EXPECT_NO_THROW(json(noted).dump());
    EXPECT_TRUE(is_utf8(logged));
    EXPECT_FALSE(has_controls(logged)) << logged;
}

TEST_F(WordsTest, TheDescriptorsTextsHaveNoControls) {
    program("pass", R"(\x1b[31mRed\u009b )" + std::string(5000, 'n'));
    ASSERT_EQ(catalogue().list().size(), 1u);
    const auto name = catalogue().list()[0].name;
    EXPECT_FALSE(has_controls(name));
    EXPECT_EQ(name.size(), 200u);
}

TEST_F(WordsTest, NorHasWhatItsSchemaSaysOfASetting) {
    program("pass");
    const auto file = plugins.path / "words.adapter";
    std::ifstream in(file);
    std::string text((std::istreambuf_iterator<char>(in)), {});
    text = replaced(
        text, R"({"type": "object"})",
        R"({"type": "object", "required": ["\x1b[31mred\u009b"], "properties": {"a": {"title": "\x1b]0;x", "pattern": "^\x07$", "type": "string"}}})");
    std::ofstream(file) << text;
    const auto problems = catalogue().check_settings("test.words", {{"a", "b"}});
    ASSERT_TRUE(problems) << problems.error().text();
    ASSERT_TRUE(has_errors(*problems));
    for (const auto& one : *problems) EXPECT_FALSE(has_controls(one.message)) << one.message;
    const auto opened = catalogue().open({"s", "test.words", {{"a", "b"}}, {}});
    ASSERT_FALSE(opened);
    EXPECT_FALSE(has_controls(opened.error().message)) << opened.error().message;
}

// ---- no end ----

constexpr const char* kLoops = R"(
    i = 0
    while True:
        i += 1
        send(35, 0, {})
        send(50, i, {"key": "k", "value": str(i)})
        receive()
        send(34, 0, {"level": "debug", "message": "still here"})
        time.sleep(0.02))";

TEST_F(WordsTest, WhoOnlyLivesIsEnded) {
    program(kLoops);
    spec.timeouts.pull_progress = 600ms;
    const auto began = std::chrono::steady_clock::now();
    const auto failed = pulled();
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, "adapter_timeout");
    EXPECT_NE(failed.error().message.find("brought and read nothing for 600 ms"), std::string::npos)
        << failed.error().text();
    EXPECT_LT(std::chrono::steady_clock::now() - began, 10s);
}

TEST_F(WordsTest, ASourceMaySayHowLongItMayTake) {
    program(kLoops);
    engine::SourceSettings settings{"s", "test.words", json::object(), {}};
    settings.longest_idle = 400ms;
    auto opened = catalogue().open(settings);
    ASSERT_TRUE(opened);
    EXPECT_NE((*opened)->pull("", out, cancel).error().message.find("nothing for 400 ms"), std::string::npos);

    // It brings a record now and then, and never ends.
    program(R"(
    while True:
        send(32, 0, {"kind": "course", "record": {"id": "1"}})
        time.sleep(0.05))");
    settings.longest_pull = 1500ms;
    opened = catalogue().open(settings);
    ASSERT_TRUE(opened);
    const auto failed = (*opened)->pull("", out, cancel);
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, "adapter_timeout");
    EXPECT_NE(failed.error().message.find("not through after 1500 ms"), std::string::npos)
        << failed.error().text();
    EXPECT_GT(out.records.size(), 5u);
}

TEST(Timeouts, APullEndsSomeDay) {
    EXPECT_EQ(Timeouts{}.pull_progress, 10min);
    EXPECT_EQ(Timeouts{}.pull_total, 12h);
    for (const auto kind : {FrameKind::emit, FrameKind::reject, FrameKind::checkpoint, FrameKind::http_send,
                            FrameKind::file_read})
        EXPECT_TRUE(Watchdog::is_progress(kind));
    for (const auto kind : {FrameKind::log, FrameKind::alive, FrameKind::state_get, FrameKind::state_put,
                            FrameKind::files_list})
        EXPECT_FALSE(Watchdog::is_progress(kind));
}

}  // namespace
}  // namespace capbridge::adapters
