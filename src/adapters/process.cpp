#include "adapters/process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <thread>

namespace capbridge::adapters {
namespace {

constexpr int kExecFailed = 127;

void close_from(int first) {
#ifdef SYS_close_range
    if (syscall(SYS_close_range, static_cast<unsigned>(first), ~0u, 0u) == 0) return;
#endif
    rlimit limit{};
    const int end = getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < 65536
                        ? static_cast<int>(limit.rlim_cur)
                        : 65536;
    for (int fd = first; fd < end; ++fd) ::close(fd);
}

// Between fork and exec of a program with threads: async-signal-safe calls only, no allocation.
[[noreturn]] void become_child(const char* executable, char* const* arguments, int socket, int null,
                               pid_t parent) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(kExecFailed);  // the parent died before the line above
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    const rlimit none{0, 0};
    setrlimit(RLIMIT_CORE, &none);
    setsid();
    if (chdir("/") != 0) _exit(kExecFailed);
    umask(077);

    // Both descriptors are above 9 by now, so that none of these overwrites the other.
    if (dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(null, 2) < 0 || dup2(socket, 3) < 0)
        _exit(kExecFailed);
    close_from(4);

    struct sigaction usual {};
    usual.sa_handler = SIG_DFL;
    for (int s = 1; s < 32; ++s) sigaction(s, &usual, nullptr);
    sigset_t all;
    sigemptyset(&all);
    sigprocmask(SIG_SETMASK, &all, nullptr);

    char* const environment[] = {nullptr};
    execve(executable, arguments, environment);
    _exit(kExecFailed);
}

std::string system_error(const char* what) {
    return std::string(what) + ": " + std::strerror(errno);
}

}  // namespace

Result<std::unique_ptr<ChildProcess>> ChildProcess::start(const std::filesystem::path& executable,
                                                          std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"capbridge", "adapter-child"});
    std::vector<char*> words;  // before the fork: nothing may be allocated after it
    words.reserve(arguments.size() + 1);
    for (auto& argument : arguments) words.push_back(argument.data());
    words.push_back(nullptr);
    std::array<int, 2> pair{-1, -1};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()) != 0) {
        return fail("adapter_retry", system_error("No socket for an adapter's process"));
    }
    const int theirs = fcntl(pair[1], F_DUPFD_CLOEXEC, 10);
    ::close(pair[1]);
    const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    const int high_null = null < 0 ? -1 : fcntl(null, F_DUPFD_CLOEXEC, 10);
    if (null >= 0) ::close(null);
    const std::string path = executable.string();
    const pid_t parent = getpid();
    const pid_t pid = theirs < 0 || high_null < 0 ? -1 : fork();
    if (pid == 0) become_child(path.c_str(), words.data(), theirs, high_null, parent);

    const std::string problem = pid < 0 ? system_error("No process for an adapter") : "";
    if (theirs >= 0) ::close(theirs);
    if (high_null >= 0) ::close(high_null);
    if (pid < 0) {
        ::close(pair[0]);
        return fail("adapter_retry", problem);
    }
    fcntl(pair[0], F_SETFL, O_NONBLOCK);
    return std::unique_ptr<ChildProcess>(new ChildProcess(pid, pair[0]));
}

ChildProcess::~ChildProcess() {
    ::close(fd_);
    kill();
    wait(std::chrono::seconds(10));
}

void ChildProcess::kill() {
    if (reaped_) return;
    // The session first: whatever it started goes with it.
    if (::kill(-pid_, SIGKILL) != 0) ::kill(pid_, SIGKILL);
}

std::string ChildProcess::wait(std::chrono::milliseconds patience) {
    if (reaped_) return ending_;
    const auto until = std::chrono::steady_clock::now() + patience;
    siginfo_t info{};
    // WNOWAIT leaves it a zombie, so that its process group can still be named and whatever it started goes
    // with it.
    while (waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           info.si_pid == 0) {
        if (std::chrono::steady_clock::now() >= until) {
            kill();
            ending_ = "no end (killed)";
            break;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    ::kill(-pid_, SIGKILL);
    int status = 0;
    pid_t got = 0;
    while ((got = waitpid(pid_, &status, 0)) < 0 && errno == EINTR) {
    }
    reaped_ = true;
    if (!ending_.empty()) return ending_;
    if (got < 0) {
        ending_ = "an unknown end";
    } else if (WIFSIGNALED(status)) {
        const char* name = sigabbrev_np(WTERMSIG(status));
        ending_ = name ? std::string("signal SIG") + name : "signal " + std::to_string(WTERMSIG(status));
    } else {
        exec_failed_ = WEXITSTATUS(status) == kExecFailed;
        ending_ = "exit code " + std::to_string(WEXITSTATUS(status));
    }
    return ending_;
}

}  // namespace capbridge::adapters
