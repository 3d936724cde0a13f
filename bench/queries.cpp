// bench_queries: the nine queries of lrsql's benchmark (of which only five find anything), those that do
// find, conjunctions of keys that are hot but never meet, misses, and single writes; each many times over one
// keep-alive connection. A query whose number of rows is not what it should be makes the run fail: a quick
// wrong answer is no result.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "connection.hpp"
#include "core/base/ids.hpp"
#include "core/base/text.hpp"
#include "measure.hpp"
#include "workload.hpp"

namespace {

using namespace bench;
using capbridge::url_encode;
using nlohmann::json;

struct Options {
    std::string base, credential, shape = "narrow";
    std::size_t repeats = 200, page = 50;  // lrsql's pages have 50 statements
    bool json = false, writes = true;
};

enum class Rows { some, none, any };

struct Query {
    std::string name;
    Rows expected;
    std::function<std::string(std::size_t)> parameters;  // of the i-th time
};

struct Measured {
    std::string name;
    std::size_t rows = 0;
    bool as_expected = true;
    Latency latency;
};

std::string agent_parameter(const std::string& mbox) {
    return "agent=" + url_encode(R"({"mbox":")" + mbox + R"("})");
}

class Queries {
public:
    Queries(const Options& options, const Address& address)
        : options_(options), workload_(shape(), 1), connection_(address) {}

    bool learn();  // ids and registrations that are there
    std::vector<Measured> run();
    std::string failure;

private:
    [[nodiscard]] Shape shape() const { return options_.shape == "wide" ? Shape::wide : Shape::narrow; }
    std::vector<Query> list();
    Measured measure(const Query& query);
    Measured measure_more();
    void measure_writes(std::vector<Measured>& out);
    Measured timed(const std::string& name, int expected_status, const std::function<bool(std::size_t)>& ask);
    bool get(const std::string& parameters) {
        return connection_.ask("GET", "/xapi/statements?" + parameters);
    }

    const Options& options_;
    Workload workload_;
    Connection connection_;
    std::vector<std::string> ids_, registrations_, stored_, agents_, activities_;
};

bool Queries::learn() {
    for (const char* parameters : {"limit=100", "limit=100&ascending=true"}) {
        if (!get(parameters) || connection_.status() != 200) {
            failure = "no answer from the daemon: " + std::string(connection_.body());
            return false;
        }
        const auto page = json::parse(connection_.body(), nullptr, false);
        for (const auto& statement : page.value("statements", json::array())) {
            ids_.push_back(statement.value("id", ""));
            stored_.push_back(statement.value("stored", ""));
            agents_.push_back(statement.value("actor", json::object()).value("mbox", ""));
            activities_.push_back(statement.value("object", json::object()).value("id", ""));
            const auto context = statement.value("context", json::object());
            if (context.contains("registration")) registrations_.push_back(context.value("registration", ""));
        }
    }
    if (registrations_.empty()) failure = "nothing is stored: load first";
    return !registrations_.empty();
}

std::vector<Query> Queries::list() {
    const auto fixed = [](std::string parameters) {
        return [parameters](std::size_t) { return parameters; };
    };
    const auto of = [](const std::vector<std::string>& from, std::size_t i) {
        return from[i * 7 % from.size()];
    };
    const auto agent = [=, this](std::size_t i) { return agent_parameter(of(agents_, i)); };
    const auto activity = [=, this](std::size_t i) { return "activity=" + url_encode(of(activities_, i)); };
    const auto verb = [](std::size_t n) { return "verb=" + url_encode(Workload::verb(n)); };
    const std::string category = "&related_activities=true&activity=" + url_encode(Workload::category());
    const std::string second = "&related_activities=true&activity=" + url_encode(Workload::second_category());
    const std::string type = "activity=" + url_encode("https://w3id.org/xapi/video/activity-type/video");
    const std::string nobody = agent_parameter("mailto:nobody@example.org");
    // In the wide workload one agent has twenty statements of a million, so two keys seldom meet.
    const auto few = shape() == Shape::wide ? Rows::any : Rows::some;
    std::vector<Query> out{
        {"1 (none)", Rows::some, fixed("")},
        {"2 ascending", Rows::some, fixed("ascending=true")},
        {"3 agent", Rows::some, agent},
        {"4 agent, related", Rows::some, [=](std::size_t i) { return agent(i) + "&related_agents=true"; }},
        {"5 activity (a type: miss)", Rows::none, fixed(type)},
        {"6 activity, related (miss)", Rows::none, fixed(type + "&related_activities=true")},
        {"7 registration (miss)", Rows::none, fixed("registration=00000000-4000-8000-0000-000000000000")},
        {"8 since", Rows::some, fixed("since=2020-02-20T01:01:01Z")},
        {"9 until (miss)", Rows::none, fixed("until=2020-02-20T01:01:01Z")},
        {"activity", Rows::some, activity},
        {"activity, related: the category", Rows::some, fixed(category.substr(1))},
        {"verb, the hottest", Rows::some, fixed(verb(0))},
        {"verb, the rarest", Rows::some, fixed(verb(9))},
        {"registration", Rows::some,
         [=, this](std::size_t i) { return "registration=" + of(registrations_, i); }},
        {"agent + verb", few, [=](std::size_t i) { return agent(i) + "&" + verb(0); }},
        {"agent + verb + activity", few,
         [=](std::size_t i) { return agent(i) + "&" + verb(0) + "&" + activity(i); }},
        {"verb + category", Rows::some, fixed(verb(0) + category)},
        {"since + until, in the middle", Rows::any,
         [=, this](std::size_t i) {
             return "since=" + url_encode(stored_.back()) + "&until=" + url_encode(of(stored_, i));
         }},
        {"agent, ascending", Rows::some, [=](std::size_t i) { return agent(i) + "&ascending=true"; }},
        {"agent (miss)", Rows::none, fixed(nobody)},
        {"agent (miss) + verb", Rows::none, fixed(nobody + "&" + verb(0))},
        {"verb (miss)", Rows::none, fixed("verb=" + url_encode("http://example.org/never"))},
        {"format=ids", Rows::some, fixed("format=ids")},
        {"format=canonical", Rows::some, fixed("format=canonical")},
        {"limit=1", Rows::some, fixed("limit=1")},
        {"limit=500", Rows::some, fixed("limit=500")},
    };
    if (shape() == Shape::narrow) {
        const auto never = agent_parameter(workload_.mbox(0)) + "&" + verb(Workload::disjoint_verb);
        out.push_back({"hot agent + hot verb that never meet", Rows::none, fixed(never)});
        out.push_back({"the same, ascending", Rows::none, fixed(never + "&ascending=true")});
    }
    if (shape() == Shape::wide) {
        const auto never = verb(Workload::disjoint_verb) + second;
        out.push_back({"hot verb + hot category that never meet", Rows::none, fixed(never)});
        out.push_back({"the same, ascending", Rows::none, fixed(never + "&ascending=true")});
    }
    return out;
}

Measured Queries::measure(const Query& query) {
    Measured out{query.name, 0, true, {}};
    std::vector<double> ms;
    for (std::size_t i = 0; i < options_.repeats + 5; ++i) {
        auto parameters = query.parameters(i);
        if (parameters.find("limit=") == std::string::npos)
            parameters += (parameters.empty() ? "limit=" : "&limit=") + std::to_string(options_.page);
        const auto began = Clock::now();
        const bool answered = get(parameters);
        if (i >= 5) ms.push_back(seconds_since(began) * 1000);  // the first few fill caches
        if (!answered || connection_.status() != 200) {
            out.as_expected = false;
            break;
        }
        // Only the first: to parse them all would leave the daemon's caches to others in between.
        if (i > 0) continue;
        const auto page = json::parse(connection_.body(), nullptr, false);
        out.rows = page.value("statements", json::array()).size();
        if (query.expected == Rows::some) out.as_expected = out.rows > 0;
        if (query.expected == Rows::none) out.as_expected = out.rows == 0;
    }
    out.latency = latency_of(std::move(ms));
    return out;
}

// One page after the other, as deep as there are so many.
Measured Queries::measure_more() {
    Measured out{"more, page after page", 0, true, {}};
    std::vector<double> ms;
    std::string next = "/xapi/statements?limit=" + std::to_string(options_.page) +
                       "&related_activities=true&activity=" + url_encode(Workload::category());
    for (std::size_t i = 0; i < options_.repeats && !next.empty(); ++i) {
        const auto began = Clock::now();
        const bool answered = connection_.ask("GET", next);
        ms.push_back(seconds_since(began) * 1000);
        const auto page = json::parse(connection_.body(), nullptr, false);
        if (!answered || connection_.status() != 200 || !page.is_object()) {
            out.as_expected = false;
            break;
        }
        out.rows += page.value("statements", json::array()).size();
        next = page.value("more", "");
    }
    out.as_expected = out.as_expected && out.rows > 0;
    out.latency = latency_of(std::move(ms));
    return out;
}

Measured Queries::timed(const std::string& name, int expected_status,
                        const std::function<bool(std::size_t)>& ask) {
    Measured out{name, 0, true, {}};
    std::vector<double> ms;
    for (std::size_t i = 0; i < options_.repeats && out.as_expected; ++i) {
        const auto began = Clock::now();
        out.as_expected = ask(i) && connection_.status() == expected_status;
        ms.push_back(seconds_since(began) * 1000);
        if (!out.as_expected) failure = name + ": " + std::string(connection_.body().substr(0, 300));
    }
    out.latency = latency_of(std::move(ms));
    return out;
}

void Queries::measure_writes(std::vector<Measured>& out) {
    Workload fresh(shape(), static_cast<std::uint64_t>(Clock::now().time_since_epoch().count()));
    std::string body;
    const auto next = [&]() -> const std::string& {
        body.clear();
        fresh.append(body);
        return body;
    };
    out.push_back(timed("POST of one", 200,
                        [&](std::size_t) { return connection_.ask("POST", "/xapi/statements", next()); }));
    out.push_back(timed("PUT of one", 204, [&](std::size_t) {
        const auto& statement = next();
        return connection_.ask("PUT", "/xapi/statements?statementId=" + statement.substr(7, 36), statement);
    }));
    std::string with_attachment;
    out.push_back(timed("POST of one with an attachment", 200, [&](std::size_t i) {
        const auto bytes = std::string(2000, 'x') + body + std::to_string(i);
        auto statement = json::parse(next());
        statement["attachments"] = {{{"usageType", "http://example.org/usage"},
                                     {"display", {{"en-US", "x"}}},
                                     {"contentType", "text/plain"},
                                     {"length", bytes.size()},
                                     {"sha2", capbridge::sha256_hex(bytes)}}};
        with_attachment = statement.value("id", "");
        const auto parts = "--bench\r\nContent-Type: application/json\r\n\r\n" + statement.dump() +
                           "\r\n--bench\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: binary\r\n"
                           "X-Experience-API-Hash: " +
                           capbridge::sha256_hex(bytes) + "\r\n\r\n" + bytes + "\r\n--bench--\r\n";
        return connection_.ask("POST", "/xapi/statements", parts, "multipart/mixed; boundary=bench");
    }));
    out.push_back(timed("GET of it, attachments=true", 200,
                        [&](std::size_t) { return get("attachments=true&statementId=" + with_attachment); }));
    const auto state = "/xapi/activities/state?stateId=bench&" + agent_parameter(workload_.mbox(1)) +
                       "&activityId=" + url_encode(workload_.activity(1));
    out.push_back(timed("state PUT", 204, [&](std::size_t i) {
        return connection_.ask("PUT", state, R"({"page":)" + std::to_string(i) + "}");
    }));
    out.push_back(timed("state GET", 200, [&](std::size_t) { return connection_.ask("GET", state); }));
}

std::vector<Measured> Queries::run() {
    std::vector<Measured> out;
    for (const auto& query : list()) out.push_back(measure(query));
    out.push_back(timed("statementId", 200,
                        [this](std::size_t i) { return get("statementId=" + ids_[i % ids_.size()]); }));
    out.push_back(timed("statementId (miss)", 404,
                        [this](std::size_t) { return get("statementId=" + capbridge::uuid_v4()); }));
    out.push_back(measure_more());
    if (options_.writes) measure_writes(out);
    return out;
}

}  // namespace

int main(int argc, char** argv) {
    Options options;
    CLI::App app("Asks and measures");
    app.add_option("--base", options.base, "http://127.0.0.1:PORT")->required();
    app.add_option("--credential", options.credential, "KEY:SECRET")->required();
    app.add_option("--workload", options.shape)->check(CLI::IsMember({"narrow", "wide"}));
    app.add_option("--repeats", options.repeats)->check(CLI::Range(1, 1000000));
    app.add_option("--page", options.page, "Statements of a page, where a query does not say")
        ->check(CLI::Range(1, 500));
    app.add_flag("--json", options.json);
    app.add_flag("!--no-writes", options.writes);
    CLI11_PARSE(app, argc, argv);

    Queries queries(options, read_address(options.base, options.credential));
    if (!queries.learn()) {
        std::fprintf(stderr, "bench_queries: %s\n", queries.failure.c_str());
        return 1;
    }
    bool good = true;
    for (const auto& m : queries.run()) {
        good = good && m.as_expected;
        if (options.json) {
            const nlohmann::ordered_json line{
                {"query", m.name},         {"rows", m.rows},          {"as_expected", m.as_expected},
                {"p50_ms", m.latency.p50}, {"p95_ms", m.latency.p95}, {"p99_ms", m.latency.p99},
                {"max_ms", m.latency.max}};
            std::printf("%s\n", line.dump().c_str());
        } else {
            std::printf("%-42s %5zu rows  p50 %7.2f  p95 %7.2f  p99 %7.2f  max %7.2f ms%s\n", m.name.c_str(),
                        m.rows, m.latency.p50, m.latency.p95, m.latency.p99, m.latency.max,
                        m.as_expected ? "" : "  WRONG");
        }
    }
    if (!queries.failure.empty()) std::fprintf(stderr, "bench_queries: %s\n", queries.failure.c_str());
    return good ? 0 : 1;
}
