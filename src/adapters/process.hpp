// A child process of our own for an adapter: exec'ed, never only forked (a fork would inherit the daemon's
// memory with its secrets). It gets one socket as descriptor 3 and nothing else: no other descriptor, no
// environment, no terminal, /dev/null as standard input, output and error, no core file, no new privileges.
//
// Owner: exactly one; destroying it kills the child and reaps it by its pid. It must end on the thread that
// started it: the kernel kills the child when that thread ends (PR_SET_PDEATHSIG), so that nothing survives a
// crash of the daemon.
#pragma once
#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/base/result.hpp"

namespace capbridge::adapters {

class ChildProcess {
public:
    // Runs `executable adapter-child arguments...`. "/proc/self/exe" is the running binary even when an
    // upgrade replaced its file.
    static Result<std::unique_ptr<ChildProcess>> start(const std::filesystem::path& executable,
                                                       std::vector<std::string> arguments = {});
    ~ChildProcess();
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;

    [[nodiscard]] int fd() const { return fd_; }  // our end of the socket; a SOCK_STREAM, non-blocking
    [[nodiscard]] pid_t pid() const { return pid_; }
    void kill();
    // Waits for the end, kills after `patience`; how it ended: "signal SIGSEGV", "exit code 3", "no end
    // (killed)".
    std::string wait(std::chrono::milliseconds patience);
    // After wait(): the executable itself could not be run.
    [[nodiscard]] bool exec_failed() const { return exec_failed_; }

private:
    ChildProcess(pid_t pid, int fd) : pid_(pid), fd_(fd) {}

    pid_t pid_;
    int fd_;
    bool reaped_ = false, exec_failed_ = false;
    std::string ending_;
};

}  // namespace capbridge::adapters
