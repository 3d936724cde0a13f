// The cassettes of plugins/moodle/cassettes, played as the kit plays them: a request is known by its form,
// equal ones are answered in the order of their recording.
#include <filesystem>
#include <fstream>

#include "bench.hpp"

namespace moodle_test {
namespace {

json read_json(const std::filesystem::path& file) {
    std::ifstream in(file);
    return json::parse(in);
}

class Player {
public:
    explicit Player(const std::string& name)
        : folder_(std::filesystem::path(CAPBRIDGE_REPO) / "plugins/moodle/cassettes" / name) {
        std::set<std::filesystem::path> files;
        for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
            if (entry.path().stem() != "source" && entry.path().stem() != "push") files.insert(entry.path());
        }
        for (const auto& file : files) {
            const auto exchange = read_json(file);
            const auto& request = exchange.at("request");
            answers_[parse_form(request.at("body"))].push_back(exchange.at("answer").at("body_json"));
        }
    }
    bridge::HttpAnswer operator()(const bridge::HttpRequest& request) {
        const auto form = parse_form(request.body);
        bridge::HttpAnswer out;
        const auto it = answers_.find(form);
        if (it == answers_.end()) {
            out.code = BRIDGE_NOT_FOUND;
            out.why = "not in the cassette: " + form.at("wsfunction");
            return out;
        }
        auto& next = next_[form];
        out.status = 200;
        out.body = it->second[std::min(next++, it->second.size() - 1)].dump();
        return out;
    }
    [[nodiscard]] json file(const char* name) const { return read_json(folder_ / name); }
    [[nodiscard]] std::size_t unused() const { return answers_.size() - next_.size(); }

private:
    std::filesystem::path folder_;
    std::map<Form, std::vector<json>> answers_;
    std::map<Form, std::size_t> next_;
};

class CassetteTest : public MoodleTest {
protected:
    void play(const std::string& name) {
        player_ = std::make_unique<Player>(name);
        host.http = [this](const bridge::HttpRequest& request) { return (*player_)(request); };
    }
    // The same key twice: the same receipt.
    void push_twice(const json& settings) {
        const auto push = player_->file("push.json").at(0);
        bridge::testing::Bench bench(host, "moodle");
        ASSERT_EQ(bench.configure(settings.dump()).code, BRIDGE_OK);
        const auto first = bench.push(push["kind"].get<std::string>(), push["key"].get<std::string>(),
                                      push["record"].dump());
        const auto second = bench.push(push["kind"].get<std::string>(), push["key"].get<std::string>(),
                                       push["record"].dump());
        EXPECT_EQ(first.code, BRIDGE_OK) << first.user_message;
        EXPECT_EQ(first.answer, second.answer);
    }
    std::unique_ptr<Player> player_;
};

TEST_F(CassetteTest, TheReportPlaysThroughWhereverItIsCut) {
    play("report");
    const auto settings = player_->file("source.json").at("settings");
    EXPECT_EQ(check(settings).code, BRIDGE_OK);
    const auto whole = pull(settings);
    EXPECT_EQ(whole.records("completion").size(), 23u);
    expect_resumable(settings, "completion");
    EXPECT_EQ(pull(settings, whole.cursor).code, BRIDGE_OK);

    push_twice(settings);
    EXPECT_EQ(player_->unused(), 0u);
}

TEST_F(CassetteTest, BatchesWithScormPlayThroughWhereverTheyAreCut) {
    play("batch-scorm");
    const auto settings = player_->file("source.json").at("settings");
    EXPECT_EQ(check(settings).code, BRIDGE_OK);
    const auto whole = pull(settings);
    EXPECT_EQ(whole.records("completion").size(), 9u);
    EXPECT_EQ(whole.records("scorm_attempt").size(), 3u);
    expect_resumable(settings, "completion");
    expect_resumable(settings, "scorm_attempt");
    EXPECT_EQ(pull(settings, whole.cursor).code, BRIDGE_OK);
    push_twice(settings);
    EXPECT_EQ(player_->unused(), 0u);
}

}  // namespace
}  // namespace moodle_test
