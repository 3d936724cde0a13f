// Unit tests of the @NAME@ adapter against the in-memory host of bridge/testing.hpp: no bridge, no network.
#include <bridge/testing.hpp>
#include <cstdio>

namespace {

int failures = 0;

void expect(bool holds, const char* what) {
    std::printf("%s  %s\n", holds ? "ok    " : "FAILED", what);
    failures += holds ? 0 : 1;
}

bridge::HttpAnswer page(int status, std::string body) {
    bridge::HttpAnswer answer;
    answer.status = status;
    answer.body = std::move(body);
    return answer;
}

// Two pages of one row each.
bridge::HttpAnswer lms(const bridge::HttpRequest& request) {
    if (request.url.find("after=1&") != std::string::npos)
        return page(
            200,
            R"({"rows":[{"number":2,"email":"b@example.org","course":"AI-1","day":"2026-03-02"}],"more":false})");
    return page(
        200,
        R"({"rows":[{"number":1,"email":"a@example.org","course":"AI-1","day":"2026-03-01"}],"more":true})");
}

}  // namespace

int main() {
    bridge::testing::Host host;
    host.http = lms;
    bridge::testing::Bench bench(host, "@NAME@");

    expect(bench.configure("{}").code == BRIDGE_CONFIG, "settings without a url are refused");
    expect(bench.configure(R"({"url":"https://lms.example.org"})").code == BRIDGE_OK,
           "good settings are taken");

    const auto whole = bench.pull("");
    expect(whole.code == BRIDGE_OK && whole.records("completion").size() == 2, "a pull reads both pages");

    const auto first = bench.pull_until(1, "");
    const auto rest = bench.pull(first.cursor);
    expect(first.durable("completion").size() + rest.durable("completion").size() == 2,
           "a pull that was cut off goes on where it stood");

    expect(bench.pull("nonsense").code == BRIDGE_BAD_CURSOR, "a cursor that is none of ours is told");

    host.http = [](const auto&) { return page(401, ""); };
    expect(bench.check().code == BRIDGE_AUTH, "refused credentials are told as such");
    host.http = [](const auto&) { return page(200, "<html>"); };
    expect(bench.check().code == BRIDGE_RETRY, "an answer that is no JSON is worth another try");

    return failures == 0 ? 0 : 1;
}
