// bench_competency: how quick competency records are for one large trust, in one process as the daemon runs
// them, each figure beside a floor that is measured in the same run. A data directory that is kept is filled
// once. See README.md.
#include <malloc.h>
#include <simdjson.h>
#include <sqlite3.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <thread>

#include "core/base/ids.hpp"
#include "core/competency/tally.hpp"
#include "core/engine/history.hpp"
#include "core/engine/statements.hpp"
#include "core/store/store.hpp"
#include "measure.hpp"
#include "trust.hpp"

namespace {

using namespace bench;
namespace competency = capbridge::competency;
namespace people = capbridge::people;

struct MachineClock final : engine::Clock {
    [[nodiscard]] capbridge::Instant now() const override {
        return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
    }
};

double memory_mib(const char* field) {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with(field)) return std::stod(line.substr(line.find(':') + 1)) / 1024;
    }
    return 0;
}

// Forgets the most that was resident so far.
void reset_peak() {
    ::malloc_trim(0);
    std::ofstream("/proc/self/clear_refs") << "5";
}

void line(const char* what, double value, const char* unit, const std::string& aim = "-") {
    std::printf("| %s | %.3f %s | %s |\n", what, value, unit, aim.c_str());
    std::fflush(stdout);
}
void line(const char* what, const Latency& ms, const std::string& aim = "-") {
    std::printf("| %s | %.2f, %.2f, %.2f ms (p50, p99, max) | %s |\n", what, ms.p50, ms.p99, ms.max,
                aim.c_str());
    std::fflush(stdout);
}

class Sqlite {
public:
    explicit Sqlite(const std::filesystem::path& file) {
        if (sqlite3_open(file.c_str(), &handle_) != SQLITE_OK) stop(file.string() + " cannot be opened");
    }
    ~Sqlite() { sqlite3_close(handle_); }
    Sqlite(const Sqlite&) = delete;
    Sqlite& operator=(const Sqlite&) = delete;
    void exec(const std::string& sql) {
        if (sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
            stop(sql + ": " + sqlite3_errmsg(handle_));
    }
    template <class Each>
    std::size_t each(const char* sql, Each visit) {
        sqlite3_stmt* rows = nullptr;
        if (sqlite3_prepare_v2(handle_, sql, -1, &rows, nullptr) != SQLITE_OK) stop(sqlite3_errmsg(handle_));
        std::size_t count = 0;
        while (sqlite3_step(rows) == SQLITE_ROW) {
            ++count;
            visit(rows);
        }
        sqlite3_finalize(rows);
        return count;
    }

private:
    sqlite3* handle_ = nullptr;
};

struct Bench {
    std::filesystem::path dir;
    TrustSize size;
    double seconds = 20;
    std::unique_ptr<engine::Bridge> bridge;
    std::unique_ptr<Trust> trust;

    void open() {
        auto opened = store::open_store(dir, store::Mode::own, "https://bridge.example");
        if (!opened) stop(opened.error().text());
        bridge =
            std::make_unique<engine::Bridge>(std::move(*opened), nullptr, std::make_unique<MachineClock>());
        if (auto taken = bridge->take_over(); !taken) stop(taken.error().text());
        trust = std::make_unique<Trust>(*bridge, size);
    }
    void project() {
        if (auto done = bridge->project(); !done) stop(done.error().text());
    }
    void fill();
    void floors();
    void rebuild();
    void matrices();
    void many();
    void under_load(bool change_mapping);
};

void Bench::fill() {
    if (!bridge->store().projection().all_people().empty()) return;
    auto began = Clock::now();
    trust->people();
    project();
    line("people, units, archetypes, deployments", seconds_since(began), "s");
    began = Clock::now();
    trust->statements();
    line("statements appended", seconds_since(began), "s");
    trust->attestations();
    began = Clock::now();
    project();
    line("folded without mappings", seconds_since(began), "s");
    began = Clock::now();
    trust->mapping(0, "1");
    trust->mapping(1, "1");
    line("two mappings published, everybody folded twice", seconds_since(began), "s");
}

void Bench::floors() {
    Sqlite database(dir / "capbridge.db");
    std::size_t bytes = 0;
    auto began = Clock::now();
    const auto count = database.each("select seq, body from statement order by seq", [&](sqlite3_stmt* row) {
        bytes += static_cast<std::size_t>(sqlite3_column_bytes(row, 1));
    });
    const auto scan = seconds_since(began);
    line("floor: bare SQLite reads the same statements", scan, "s");
    simdjson::dom::parser parser;
    std::size_t members = 0;
    const auto each_body = [&](auto parse) {
        return database.each("select seq, body from statement order by seq", [&](sqlite3_stmt* row) {
            parse(std::string_view(reinterpret_cast<const char*>(sqlite3_column_text(row, 1)),
                                   static_cast<std::size_t>(sqlite3_column_bytes(row, 1))));
        });
    };
    began = Clock::now();
    each_body([&](std::string_view text) {
        members += parser.parse(text.data(), text.size()).get_object().size();
    });
    const auto simd = seconds_since(began);
    line("floor: the same, and simdjson parses each", simd, "s");
    began = Clock::now();
    each_body([&](std::string_view text) { members += json::parse(text).size(); });
    line("floor: the same, and nlohmann parses each", seconds_since(began), "s");
    std::printf("| statements | %zu of %.0f bytes | - |\n", count,
                static_cast<double>(bytes) / static_cast<double>(std::max<std::size_t>(count, 1)));

    const auto rules = *bridge->rules();
    auto& projection = bridge->store().projection();
    began = Clock::now();
    const auto all = projection.all_facts(*engine::activities_of(rules));
    if (all == nullptr) stop("too many facts for one pass");
    line("facts of everybody read", seconds_since(began), "s");
    const auto iri_base = bridge->store().installation().iri_base;
    double folding = 0;
    std::size_t records = 0, contributions = 0;
    for (const auto& id : projection.all_people()) {
        const auto person = projection.person(id);
        std::vector<std::string> actors;
        for (const auto& i : person->identifiers)
            actors.push_back(people::agent_of(i.scheme, i.issuer, i.value, iri_base).key());
        const auto history = engine::history_of(projection, *person, actors, all.get());
        const auto start = Clock::now();
        const auto folded = competency::fold(history, *person, *rules);
        folding += seconds_since(start);
        records += folded.size();
        for (const auto& record : folded) contributions += record.evidence.size();
    }
    line("the fold alone, everybody", folding, "s");
    std::printf("| records, contributions | %zu, %zu | - |\n", records, contributions);
    std::printf(
        "| the fold's cost of a statement beside reading and parsing it | %.2f us beside %.2f us: %.2f | - "
        "|\n",
        1e6 * folding / static_cast<double>(count), 1e6 * simd / static_cast<double>(count), folding / simd);

    const auto copy = dir / "floor.db";
    std::filesystem::remove(copy);
    database.exec("attach '" + copy.string() +
                  "' as floor; pragma floor.journal_mode=wal; pragma floor.synchronous=full");
    for (const char* table : {"fact", "record", "evidence"}) {
        database.exec(std::string("create table floor.") + table + " as select * from main." + table +
                      " limit 0");
    }
    began = Clock::now();
    for (const char* table : {"fact", "record", "evidence"})
        database.exec(std::string("insert into floor.") + table + " select * from main." + table);
    line("floor: bare SQLite copies facts, records and evidence without an index", seconds_since(began), "s");
    database.exec("detach floor");
    for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(copy.string() + suffix);
}

void Bench::rebuild() {
    const auto before = trust->ask("digest").at("digest");
    reset_peak();
    const auto cpu = own_cpu_seconds();
    const auto began = Clock::now();
    if (auto done = bridge->rebuild(); !done) stop(done.error().text());
    line("full rebuild from stored statement bytes", seconds_since(began), "s", "20 s");
    line("processor time of it", own_cpu_seconds() - cpu, "s");
    line("memory at its highest meanwhile", memory_mib("VmHWM"), "MiB", "300 MiB");
    if (trust->ask("digest").at("digest") != before) stop("the rebuild gave another projection");
}

void Bench::matrices() {
    const auto ask = [&](const json& params, std::size_t times) {
        std::vector<double> ms;
        std::size_t bytes = 0;
        for (std::size_t i = 0; i < times; ++i) {
            const auto began = Clock::now();
            bytes += trust->ask("matrix", params).dump().size();
            ms.push_back(1000 * seconds_since(began));
        }
        if (bytes == 0) stop("an empty matrix");
        return latency_of(ms);
    };
    line("matrix of the whole trust, without standings", ask(json::object(), 3));
    const auto began = Clock::now();
    bridge->standings.keep();
    project();
    line("standings counted", seconds_since(began), "s");
    line("matrix of the whole trust, as text", ask(json::object(), 2000), "3 ms");
    line("of a division with its wards", ask({{"unit", trust->unit(1)}}, 300));
    line("of a ward", ask({{"unit", trust->unit(20)}}, 300));
    line("of a staff group", ask({{"staff_group", "Medical and Dental"}}, 300));
    line("of a deployment's users", ask({{"deployment", "deployment-0"}}, 300));
    line("memory with standings", memory_mib("VmRSS"), "MiB", "300 MiB");
}

// Everybody ten times over.
void Bench::many() {
    const auto rules = *bridge->rules();
    const auto today = capbridge::day_of(bridge->now());
    competency::Tally tally(rules, today);
    const auto before = memory_mib("RssAnon");
    bridge->store().projection().each_person(false, [&](const competency::PersonFacts& facts) {
        auto person = facts;
        std::vector<competency::Tally::Person> ten;
        for (int n = 0; n < 10; ++n) {
            person.person.id = facts.person.id + std::to_string(n);
            ten.push_back(tally.prepare(person));
        }
        tally.apply(std::move(ten));
    });
    competency::Question question{today, {}, "The trust", 1};
    std::vector<double> ms;
    for (int i = 0; i < 2000; ++i) {
        const auto began = Clock::now();
        if (tally.matrix(tally.count({}), question).dump().empty()) stop("an empty matrix");
        ms.push_back(1000 * seconds_since(began));
    }
    std::printf("| people in a tally | %zu | - |\n", tally.people());
    line("matrix of them, as text", latency_of(ms), "10 ms");
    line("memory that they take", memory_mib("RssAnon") - before, "MiB");
}

// 500 statements a second, one a request; every so often the matrix is read until it shows the last one.
void Bench::under_load(bool change_mapping) {
    bridge->start_projector();
    trust->ask("matrix");
    std::atomic<bool> ended{false};
    std::mutex mutex;
    std::vector<double> posted, shown, read;
    std::size_t failed = 0;
    std::thread poster([&] {
        Random random(
            static_cast<std::uint64_t>(std::chrono::system_clock::now().time_since_epoch().count()));
        auto next = Clock::now();
        while (!ended) {
            std::this_thread::sleep_until(next += std::chrono::milliseconds{2});
            engine::Post post;
            post.body = trust->statement(random, random.below(4) == 0).dump();
            post.authority = {{"mbox", "mailto:bench@trust.example"}};
            post.who = post.owner = "credential:bench";
            const auto began = Clock::now();
            engine::post_statements(*bridge, std::move(post), [&, began](engine::PostOutcome outcome) {
                bridge->wake();
                const std::lock_guard lock(mutex);
                outcome.posted ? posted.push_back(1000 * seconds_since(began)) : void(++failed);
            });
        }
    });
    std::thread reader([&] {
        while (!ended) {
            const auto seq = bridge->store().journal().watermark().seq;
            const auto began = Clock::now();
            for (;;) {
                const auto asked = Clock::now();
                const auto matrix = trust->ask("matrix");
                const std::lock_guard lock(mutex);
                read.push_back(1000 * seconds_since(asked));
                if (matrix.at("watermark").get<std::int64_t>() >= seq || ended) break;
                std::this_thread::sleep_for(std::chrono::milliseconds{1});
            }
            {
                const std::lock_guard lock(mutex);
                shown.push_back(1000 * seconds_since(began));
            }
            std::this_thread::sleep_for(std::chrono::milliseconds{7});
        }
    });
    const auto cpu = own_cpu_seconds();
    const auto began = Clock::now();
    if (change_mapping) {
        std::this_thread::sleep_for(std::chrono::seconds{2});
        const auto start = Clock::now();
        trust->mapping(0, std::to_string(std::chrono::system_clock::now().time_since_epoch().count()));
        line("mapping change applied while 500/s arrive", seconds_since(start), "s", "10 s");
    } else {
        std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
    }
    const auto took = seconds_since(began);
    ended = true;
    poster.join();
    reader.join();
    std::this_thread::sleep_for(std::chrono::milliseconds{200});
    const std::lock_guard lock(mutex);
    line("statements stored", static_cast<double>(posted.size()) / took, "/s");
    line("durable answer to a statement", latency_of(posted), "not blocked");
    line("matrix read meanwhile", latency_of(read), "not blocked");
    line("from stored to shown by the matrix", latency_of(shown), change_mapping ? "-" : "p99 50 ms");
    line("processor", (own_cpu_seconds() - cpu) / took, "cores");
    if (failed > 0) stop(std::to_string(failed) + " statements were refused");
}

}  // namespace

int main(int argc, char** argv) {
    ::mallopt(M_ARENA_MAX, 2);  // as the daemon does
    ::mallopt(M_MMAP_THRESHOLD, 256 << 10);
    ::mallopt(M_TRIM_THRESHOLD, 16 << 20);
    Bench bench;
    std::string only;
    CLI::App app{"How quick competency records of one large trust are, with floors"};
    app.add_option("--data", bench.dir, "data directory, for benchmarks only; filled once")->required();
    app.add_option("--people", bench.size.people);
    app.add_option("--statements", bench.size.statements);
    app.add_option("--seconds", bench.seconds, "of 500 statements a second");
    app.add_option("--only", only, "letters of floors, rebuild, matrices, load, change, tenfold: frmlct");
    CLI11_PARSE(app, argc, argv);
    const auto wanted = [&](char letter) { return only.empty() || only.find(letter) != std::string::npos; };
    std::printf("| what | measured | aim |\n|---|---|---|\n");
    bench.open();
    bench.fill();
    if (wanted('f')) bench.floors();
    if (wanted('r')) bench.rebuild();
    if (wanted('m')) bench.matrices();
    if (wanted('t')) bench.many();
    if (wanted('l')) bench.under_load(false);
    if (wanted('c')) bench.under_load(true);
    line("memory at its highest, of everything since the rebuild", memory_mib("VmHWM"), "MiB");
    return 0;
}
