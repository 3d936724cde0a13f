#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "adapters/cassette.hpp"
#include "adapters/http/sender.hpp"
#include "adapters/http_service.hpp"

namespace capbridge::adapters {
namespace {

using namespace std::chrono_literals;

Error config_error(const engine::SourceSettings& settings, const std::string& what) {
    return {"adapter_config", "Source '" + settings.source_name + "': " + what, {}, 0};
}

struct Ended {
    std::size_t index;
    HttpOutcome outcome;
    std::unique_ptr<BodyLease> lease;
};

// What the threads of one run() share.
struct Round {
    std::mutex mutex;
    std::condition_variable changed;
    std::size_t next = 0, running = 0;
    std::deque<Ended> ended;
    std::atomic<bool> stop{false};
    std::chrono::steady_clock::time_point until = std::chrono::steady_clock::time_point::max();
};

class LiveService : public HttpService {
public:
    // The memory is borrowed.
    LiveService(HttpSettings settings, AllowedHosts hosts, std::shared_ptr<SourceShare> share,
                engine::SourceMemory& memory, HttpTuning tuning)
        : tuning_(tuning),
          sender_(std::move(settings), std::move(hosts), std::move(share), memory, std::move(tuning)) {}

    Status open() { return sender_.open(); }

    Status run(const std::vector<HttpQuestion>& questions, const std::atomic<bool>* cancel,
               const Deliver& deliver) override {
        const auto threads =
            std::min(questions.size(), static_cast<std::size_t>(sender_.settings().parallel));
        while (clients_.size() < threads) clients_.push_back(net::make_http_client());
        // Also for one: this thread has to look around meanwhile.
        return run_parallel(questions, threads, cancel, deliver);
    }

private:
    void work(Round& round, net::HttpClient& client, const std::vector<HttpQuestion>& questions,
              std::size_t most_waiting) {
        std::unique_lock lock(round.mutex);
        while (true) {
            // Whole bodies wait to be delivered: no more of them than threads.
            round.changed.wait(lock, [&] { return round.ended.size() < most_waiting || round.stop; });
            if (round.next >= questions.size()) break;
            const auto index = round.next++;
            lock.unlock();
            auto lease = std::make_unique<BodyLease>(sender_.bodies());
            auto outcome = sender_.send(client, questions[index], &round.stop, round.until, *lease);
            lock.lock();
            round.ended.push_back({index, std::move(outcome), std::move(lease)});
            round.changed.notify_all();
        }
        --round.running;
        round.changed.notify_all();
    }

    Status run_parallel(const std::vector<HttpQuestion>& questions, std::size_t threads,
                        const std::atomic<bool>* cancel, const Deliver& deliver) {
        Round round;
        round.running = threads;
        if (const auto left = tuning_.time_left ? tuning_.time_left() : std::nullopt)
            round.until = std::chrono::steady_clock::now() + *left;
        std::vector<std::jthread> workers;
        workers.reserve(threads);
        for (std::size_t i = 0; i < threads; ++i)
            workers.emplace_back([&, i] { work(round, *clients_[i], questions, threads); });
        Status sound;
        std::unique_lock lock(round.mutex);
        while (round.running > 0 || !round.ended.empty()) {
            if (cancel != nullptr && cancel->load()) round.stop = true;
            if (sound && tuning_.tick) {
                lock.unlock();
                sound = tuning_.tick();
                lock.lock();
            }
            if (!sound) round.stop = true;
            if (round.ended.empty()) {
                round.changed.wait_for(lock, 20ms);
                continue;
            }
            auto ended = std::move(round.ended.front());
            round.ended.pop_front();
            round.changed.notify_all();
            lock.unlock();
            if (sound) sound = deliver(ended.index, ended.outcome);
            ended.lease.reset();
            lock.lock();
        }
        return sound;
    }

    const HttpTuning tuning_;
    HttpSender sender_;
    std::vector<std::unique_ptr<net::HttpClient>> clients_;  // one a thread; they keep their connections
};

}  // namespace

Result<std::unique_ptr<HttpService>> open_http_service(const engine::SourceSettings& settings,
                                                       const engine::AdapterInfo& adapter,
                                                       std::shared_ptr<SourceShare> share,
                                                       HttpTuning tuning) {
    if (!share) share = std::make_shared<SourceShare>();
    if (!tuning.now) {
        tuning.now = [] {
            return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
        };
    }
    using Cassette = engine::SourceSettings::Cassette;
    if (settings.cassette == Cassette::replay) {
        auto player = open_player(settings.cassette_folder);
        if (!player) return fail(config_error(settings, player.error().message));
        return player;
    }
    Problems problems;
    auto http = read_http_settings(settings.http, problems);
    if (has_errors(problems))
        return fail(config_error(settings, problems_error(problems, "its settings").message));
    auto& memory = memory_of(settings, *share);
    AllowedHosts hosts(adapter.allowed_hosts, http.hosts, settings.settings);
    auto service = std::make_unique<LiveService>(std::move(http), std::move(hosts), std::move(share), memory,
                                                 std::move(tuning));
    if (auto opened = service->open(); !opened) return fail(config_error(settings, opened.error().message));
    if (settings.cassette != Cassette::record) return service;
    auto recorder = make_recorder(std::move(service), settings, memory);
    if (!recorder) return fail(config_error(settings, recorder.error().message));
    return recorder;
}

}  // namespace capbridge::adapters
