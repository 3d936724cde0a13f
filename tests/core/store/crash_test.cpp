// Acknowledged means durable: a process that is killed in the middle of its appends loses nothing that it
// acknowledged.
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "core/store/store_test_support.hpp"

namespace capbridge::store::test {
namespace {

// Appends from four threads until it is killed; writes the number of each acknowledged statement to the pipe.
[[noreturn]] void append_for_ever(const std::filesystem::path& dir, int pipe) {
    auto store = open_sqlite_store(dir, Mode::own, "", {});
    if (!store) ::_exit(2);
    RunRow row;
    const auto run = (*store)->sources().begin_run(row);
    if (!run) ::_exit(3);
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&, t] {
            for (int i = 0;; ++i) {
                const int n = i * 4 + t;
                Batch batch;
                batch.run = *run;
                batch.entries = {statement(2 * n, {{Kind::verb, "v"}}),
                                 statement(2 * n + 1, {{Kind::verb, "v"}})};
                if (!(*store)->journal().append(std::move(batch))) ::_exit(4);
                if (::write(pipe, &n, sizeof n) != sizeof n) ::_exit(5);
            }
        });
    }
    for (auto& thread : threads) thread.join();
    ::_exit(0);
}

TEST(CrashTest, NothingAcknowledgedIsLost) {
    TemporaryDirectory dir;
    std::vector<int> acknowledged;
    for (int round = 0; round < 3; ++round) {
        std::filesystem::remove_all(dir.data());
        acknowledged.clear();
        int ends[2];
        ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
        const pid_t child = ::fork();
        ASSERT_GE(child, 0);
        if (child == 0) {
            ::close(ends[0]);
            append_for_ever(dir.data(), ends[1]);
        }
        ::close(ends[1]);
        int n = 0;
        while (acknowledged.size() < 40u + 35u * static_cast<std::size_t>(round) &&
               ::read(ends[0], &n, sizeof n) == sizeof n) {
            acknowledged.push_back(n);
        }
        ::kill(child, SIGKILL);
        while (::read(ends[0], &n, sizeof n) == sizeof n) acknowledged.push_back(n);
        ::close(ends[0]);
        int status = 0;
        ::waitpid(child, &status, 0);
        ASSERT_TRUE(WIFSIGNALED(status)) << "the child ended by itself: " << WEXITSTATUS(status);

        auto store = open_store(dir.data(), Mode::own);
        ASSERT_TRUE(store) << store.error().text();
        for (const int one : acknowledged) {
            EXPECT_TRUE((*store)->journal().statement(id(2 * one)));
            EXPECT_TRUE((*store)->journal().statement(id(2 * one + 1)));
        }
        // Both of a batch or neither, and every statement with its posting.
        StatementQuery query;
        query.verb = "v";
        query.limit = 1'000'000;
        const auto found = (*store)->journal().statements(query).size();
        EXPECT_EQ(found % 2, 0u);
        EXPECT_EQ((*store)->journal().entries(0, 1'000'000).size(), found);
        EXPECT_GE(found, 2 * acknowledged.size());
        ASSERT_TRUE((*store)->sources().close_interrupted_runs(from_unix_ms(9000)));
        EXPECT_EQ((*store)->sources().runs(1).at(0).outcome, "interrupted");
    }
}

}  // namespace
}  // namespace capbridge::store::test
