// A cassette (docs/adapters.md) played to an adapter in a unit test: each exchange answers the request of the
// same method and address. Simpler than the kit's player, so that the two check each other.
#pragma once
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "bridge/testing.hpp"

namespace cassette {

using nlohmann::json;

inline json read_json(const std::filesystem::path& file) {
    std::ifstream in(file);
    return json::parse(in);
}

class Player {
public:
    explicit Player(const std::string& folder)
        : folder_(std::filesystem::path(CAPBRIDGE_REPO) / "plugins" / folder) {
        for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
            if (entry.path().extension() != ".json" || entry.path().stem() == "source" ||
                entry.path().stem() == "push")
                continue;
            const auto exchange = read_json(entry.path());
            const auto& request = exchange.at("request");
            answers_[request.at("method").get<std::string>() + " " + request.at("url").get<std::string>()] =
                exchange.at("answer");
        }
    }
    [[nodiscard]] std::string adapter() const { return source().at("adapter"); }
    [[nodiscard]] std::string settings() const { return source().at("settings").dump(); }
    // What it writes back; empty when it writes nothing.
    [[nodiscard]] json pushes() const {
        return std::filesystem::exists(folder_ / "push.json") ? read_json(folder_ / "push.json")
                                                              : json::array();
    }

    bridge::HttpAnswer operator()(const bridge::HttpRequest& request) {
        bridge::HttpAnswer out;
        const auto it = answers_.find(request.method + " " + request.url);
        if (it == answers_.end()) {
            out.code = BRIDGE_NOT_FOUND;
            out.why = "not in the cassette: " + request.method + " " + request.url;
            return out;
        }
        used_.insert(it->first);
        out.status = it->second.at("status");
        for (const auto& [name, value] : it->second.at("headers").items())
            out.headers.emplace_back(name, value);
        out.body = it->second.contains("body_json") ? it->second["body_json"].dump()
                                                    : it->second.at("body").get<std::string>();
        return out;
    }
    // Exchanges that nothing asked for: stale after a change of the adapter.
    [[nodiscard]] std::set<std::string> unused() const {
        std::set<std::string> out;
        for (const auto& [request, answer] : answers_) {
            if (!used_.contains(request)) out.insert(request);
        }
        return out;
    }

private:
    [[nodiscard]] json source() const { return read_json(folder_ / "source.json"); }

    std::filesystem::path folder_;
    std::map<std::string, json> answers_;
    std::set<std::string> used_;
};

// check, a whole pull, what it pushes, and a pull that is killed at each checkpoint and taken up again: the
// same records each time, and no exchange left over.
inline std::set<std::string> plays_through(const std::string& folder, const std::string& kind) {
    Player player(folder);
    bridge::testing::Host host;
    host.http = [&](const bridge::HttpRequest& request) { return player(request); };
    const auto run = [&](const std::string& cursor, int until) {
        bridge::testing::Bench bench(host, player.adapter());
        EXPECT_EQ(bench.configure(player.settings()).code, BRIDGE_OK);
        EXPECT_EQ(bench.check().code, BRIDGE_OK);
        return bench.pull_until(until, cursor);
    };
    const auto set = [](const std::vector<std::string>& records) {
        return std::set<std::string>(records.begin(), records.end());
    };
    const auto whole = run("", -1);
    EXPECT_EQ(whole.code, BRIDGE_OK) << whole.user_message;
    EXPECT_TRUE(whole.rejected().empty());
    for (const auto& item : player.pushes()) {
        bridge::testing::Bench bench(host, player.adapter());
        EXPECT_EQ(bench.configure(player.settings()).code, BRIDGE_OK);
        const auto pushed = bench.push(item["kind"].get<std::string>(), item["key"].get<std::string>(),
                                       item["record"].dump());
        EXPECT_EQ(pushed.code, BRIDGE_OK) << pushed.user_message;
    }
    const auto records = set(whole.records(kind));
    const auto checkpoints = static_cast<int>(whole.checkpoints().size());
    for (int n = 1; n <= checkpoints; ++n) {
        const auto killed = run("", n);
        auto both = set(killed.durable(kind));
        const auto rest = run(killed.cursor, -1);
        EXPECT_EQ(rest.code, BRIDGE_OK) << rest.user_message;
        both.merge(set(rest.records(kind)));
        EXPECT_EQ(both, records) << "killed at checkpoint " << n;
    }
    EXPECT_EQ(player.unused(), std::set<std::string>{});
    return records;
}

}  // namespace cassette
