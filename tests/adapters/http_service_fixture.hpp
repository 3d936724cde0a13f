// An HTTP service of a source whose settings name a loopback server, with short waits.
#pragma once
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <nlohmann/json.hpp>

#include "adapters/fixture.hpp"
#include "adapters/http_service.hpp"
#include "adapters/loopback_server.hpp"

namespace capbridge::adapters {

inline constexpr const char* kSecret = "invented-secret-of-the-tests";

class HttpServiceTest : public ::testing::Test {
protected:
    HttpServiceTest() {
        adapter.id = "test.http";
        adapter.allowed_hosts = {"*"};
        settings.source_name = "tees";
        settings.adapter = adapter.id;
        settings.settings = json::object();
        tuning.retry.first_wait = std::chrono::milliseconds(10);
        tuning.retry.longest_retry_after = std::chrono::seconds(3);
    }
    // A file that only its owner may read.
    std::string secret_file(const std::string& name, const std::string& text = kSecret) {
        files.write(name, text + "\n");
        ::chmod((files.path / name).c_str(), 0600);
        return (files.path / name).string();
    }
    void name_host(const LoopbackServer& server) { settings.settings["url"] = server.url(); }
    Result<std::unique_ptr<HttpService>> open() {
        return open_http_service(settings, adapter, share, tuning);
    }
    HttpService& service() {
        if (!service_) {
            auto opened = open();
            if (!opened) {
                ADD_FAILURE() << opened.error().text();
                std::abort();
            }
            service_ = std::move(*opened);
        }
        return *service_;
    }
    std::vector<HttpOutcome> run(const std::vector<HttpQuestion>& questions,
                                 const std::atomic<bool>* cancel = nullptr) {
        std::vector<HttpOutcome> out(questions.size());
        std::vector<int> times(questions.size());
        const auto done =
            service().run(questions, cancel, [&](std::size_t index, const HttpOutcome& outcome) {
                ++times.at(index);
                out.at(index) = outcome;
                return Status{};
            });
        EXPECT_TRUE(done);
        for (const auto n : times) EXPECT_EQ(1, n);
        return out;
    }
    static HttpQuestion get(const std::string& url, const std::string& auth = "") {
        HttpQuestion out;
        out.method = "GET";
        out.url = url;
        out.auth = auth;
        return out;
    }
    static HttpQuestion post(const std::string& url, const std::string& body, const std::string& auth = "") {
        auto out = get(url, auth);
        out.method = "POST";
        out.body = body;
        return out;
    }
    HttpOutcome one(const HttpQuestion& question) { return run({question}).front(); }

    engine::AdapterInfo adapter;
    engine::SourceSettings settings;
    HttpTuning tuning;
    std::shared_ptr<SourceShare> share = std::make_shared<SourceShare>();
    TemporaryFolder files;
    std::unique_ptr<HttpService> service_;
};

inline std::string header_of(const HttpOutcome& outcome, const std::string& name) {
    for (const auto& [n, value] : outcome.headers) {
        if (n == name) return value;
    }
    return {};
}

}  // namespace capbridge::adapters
