// bench_load: posts batches of statements over keep-alive connections, each of which waits for its answer
// before it posts again, and tells the rate of acknowledged statements and how long a request took. One
// thread with epoll, so that most of the machine is left to the daemon; what both used is told as well.
#include <sqlite3.h>
#include <sys/epoll.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "connection.hpp"
#include "measure.hpp"
#include "workload.hpp"

namespace {

using namespace bench;

struct Options {
    std::string base, credential, shape = "narrow", data;
    std::size_t batch = 50, connections = 8;
    double seconds = 10, warm_up = 1;
    std::uint64_t count = 0, seed_to = 0, seed = 1;
    pid_t pid = 0;
    bool json = false;
};

// The journal's last sequence number: that of the statements, but for the few decisions among them.
std::uint64_t stored_in(const std::string& data) {
    sqlite3* database = nullptr;
    sqlite3_stmt* query = nullptr;
    std::uint64_t out = 0;
    if (sqlite3_open_v2((data + "/capbridge.db").c_str(), &database, SQLITE_OPEN_READONLY, nullptr) ==
            SQLITE_OK &&
        sqlite3_prepare_v2(database, "select max(seq) from statement", -1, &query, nullptr) == SQLITE_OK &&
        sqlite3_step(query) == SQLITE_ROW)
        out = static_cast<std::uint64_t>(sqlite3_column_int64(query, 0));
    sqlite3_finalize(query);
    sqlite3_close(database);
    return out;
}

struct Client {
    explicit Client(const Address& to) : connection(to) {}
    Connection connection;
    Clock::time_point began;
    std::string body;
    std::uint64_t statements = 0;
    bool waits = false;  // for an answer
};

struct Result {
    std::uint64_t statements = 0, requests = 0, errors = 0, bytes = 0;
    double seconds = 0, own_cpu = 0, daemon_cpu = 0;
    std::vector<double> ms;
    std::string first_error;
};

class Load {
public:
    Load(const Options& options, const Address& address)
        : options_(options),
          workload_(options.shape == "wide" ? Shape::wide : Shape::narrow, options.seed),
          epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
        for (std::size_t i = 0; i < options.connections; ++i) {
            auto& client = *clients_.emplace_back(std::make_unique<Client>(address));
            epoll_event event{EPOLLIN | EPOLLOUT | EPOLLET, {}};
            event.data.u64 = i;
            ::epoll_ctl(epoll_, EPOLL_CTL_ADD, client.connection.fd(), &event);
        }
    }

    Result run() {
        start();
        for (auto& client : clients_) {
            if (more()) post(*client);
        }
        bool warm = options_.count != 0 || options_.warm_up <= 0;
        std::vector<epoll_event> events(clients_.size());
        while (under_way_ > 0) {
            const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 1000);
            if (!warm && seconds_since(began_) >= options_.warm_up) {
                warm = true;
                Result fresh;  // but an error stays one
                fresh.errors = result_.errors;
                fresh.first_error = std::move(result_.first_error);
                result_ = std::move(fresh);
                start();
            }
            for (int i = 0; i < count; ++i) advance(*clients_[events[static_cast<std::size_t>(i)].data.u64]);
        }
        result_.seconds = ended_;
        result_.own_cpu = own_cpu_seconds() - own_cpu_;
        result_.daemon_cpu = cpu_seconds(options_.pid) - daemon_cpu_;
        return std::move(result_);
    }

private:
    void start() {
        began_ = Clock::now();
        own_cpu_ = own_cpu_seconds();
        daemon_cpu_ = cpu_seconds(options_.pid);
    }

    [[nodiscard]] bool more() const {
        if (options_.count != 0) return posted_ < options_.count;
        return seconds_since(began_) < options_.seconds;
    }

    void post(Client& client) {
        const auto left = options_.count == 0 ? options_.batch : options_.count - posted_;
        const auto size = std::min<std::uint64_t>(options_.batch, left);
        client.body.clear();
        workload_.append_batch(client.body, size);
        posted_ += size;
        client.statements = size;
        client.waits = true;
        ++under_way_;
        client.began = Clock::now();
        client.connection.begin("POST", "/xapi/statements", client.body);
        if (client.connection.state() == Connection::State::failed) advance(client);
    }

    void advance(Client& client) {
        if (!client.waits) return;
        auto& connection = client.connection;
        connection.on_ready();
        if (connection.state() != Connection::State::done && connection.state() != Connection::State::failed)
            return;
        client.waits = false;
        --under_way_;
        const bool failed = connection.state() == Connection::State::failed;
        ++result_.requests;
        ended_ = seconds_since(began_);
        if (failed || connection.status() != 200) {
            ++result_.errors;
            if (result_.first_error.empty())
                result_.first_error =
                    failed ? "the connection failed" : std::string(connection.body().substr(0, 500));
        } else {
            result_.ms.push_back(
                std::chrono::duration<double, std::milli>(Clock::now() - client.began).count());
            result_.statements += client.statements;
            result_.bytes += client.body.size();
        }
        if (!failed && more()) post(client);
    }

    const Options& options_;
    Workload workload_;
    int epoll_;
    std::vector<std::unique_ptr<Client>> clients_;
    std::uint64_t posted_ = 0;
    std::size_t under_way_ = 0;
    Clock::time_point began_;
    double ended_ = 0, own_cpu_ = 0, daemon_cpu_ = 0;
    Result result_;
};

}  // namespace

int main(int argc, char** argv) {
    Options options;
    CLI::App app("Posts statements and measures");
    app.add_option("--base", options.base, "http://127.0.0.1:PORT")->required();
    app.add_option("--credential", options.credential, "KEY:SECRET")->required();
    app.add_option("--workload", options.shape)->check(CLI::IsMember({"narrow", "wide"}));
    app.add_option("--batch", options.batch)->check(CLI::Range(1, 10000));
    app.add_option("--connections", options.connections)->check(CLI::Range(1, 1000));
    app.add_option("--seconds", options.seconds);
    app.add_option("--warm-up", options.warm_up, "Seconds that are not counted");
    app.add_option("--count", options.count, "Statements to post, instead of --seconds");
    app.add_option("--seed-to", options.seed_to, "Post until so many are stored (needs --data)");
    app.add_option("--data", options.data,
                   "The daemon's data directory: the seed then depends on what is stored there");
    app.add_option("--seed", options.seed,
                   "Another one for each run on the same data: the ids follow from it");
    app.add_option("--pid", options.pid, "The daemon's, for its processor time");
    app.add_flag("--json", options.json);
    CLI11_PARSE(app, argc, argv);

    const auto address = read_address(options.base, options.credential);
    if (address.port == 0) {
        std::fputs("bench_load: --base must be http://A.B.C.D:PORT\n", stderr);
        return 2;
    }
    // Begins where nothing was drawn yet, and in the same place when the same is done again.
    const auto stored = options.data.empty() ? 0 : stored_in(options.data);
    options.seed += stored;
    if (options.seed_to != 0) {
        if (stored >= options.seed_to) return 0;
        options.count = options.seed_to - stored;
    }
    const auto r = Load(options, address).run();
    const auto latency = latency_of(r.ms);
    const auto rate = r.seconds > 0 ? static_cast<double>(r.statements) / r.seconds : 0;
    if (options.json) {
        const nlohmann::ordered_json out{
            {"workload", options.shape},
            {"batch", options.batch},
            {"connections", options.connections},
            {"statements", r.statements},
            {"seconds", r.seconds},
            {"rate", rate},
            {"requests", r.requests},
            {"errors", r.errors},
            {"p50_ms", latency.p50},
            {"p95_ms", latency.p95},
            {"p99_ms", latency.p99},
            {"max_ms", latency.max},
            {"own_cpu_s", r.own_cpu},
            {"daemon_cpu_s", r.daemon_cpu},
            {"mean_bytes",
             r.statements == 0 ? 0.0 : static_cast<double>(r.bytes) / static_cast<double>(r.statements)}};
        std::printf("%s\n", out.dump().c_str());
    } else {
        std::printf(
            "%s %zu x %zu: %.0f statements/s (%llu in %.2f s), request p50 %.2f p95 %.2f p99 %.2f max %.2f "
            "ms, "
            "%llu errors, processor: load %.2f s, daemon %.2f s\n",
            options.shape.c_str(), options.batch, options.connections, rate,
            static_cast<unsigned long long>(r.statements), r.seconds, latency.p50, latency.p95, latency.p99,
            latency.max, static_cast<unsigned long long>(r.errors), r.own_cpu, r.daemon_cpu);
    }
    if (r.errors > 0) std::fprintf(stderr, "bench_load: first error: %s\n", r.first_error.c_str());
    return r.errors == 0 ? 0 : 1;
}
