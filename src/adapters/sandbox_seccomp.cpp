// The system calls that an adapter's process can still make (seccomp(2), by libseccomp): what computing,
// reading files and talking on the one socket need. Everything else fails with EPERM, as if a right were
// missing: socket, connect, fork, execve, ptrace, kill, mount, io_uring, ...
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "adapters/sandbox.hpp"

namespace capbridge::adapters {
namespace {

constexpr const char* kAllowed[] = {
    // memory
    "brk", "munmap", "mremap", "mprotect", "madvise", "membarrier",
    // files, as far as Landlock opens them (open and openat are below)
    "read", "readv", "pread64", "preadv", "write", "writev", "close", "close_range", "lseek", "_llseek",
    "fstat", "fstat64", "stat", "stat64", "lstat", "lstat64", "newfstatat", "fstatat64", "statx", "access",
    "faccessat", "faccessat2", "readlink", "readlinkat", "getdents", "getdents64", "getcwd", "dup", "dup2",
    "dup3", "fadvise64", "statfs", "fstatfs",
    // the socket and waiting
    "recvfrom", "recvmsg", "sendto", "sendmsg", "getsockopt", "setsockopt", "getsockname", "getpeername",
    "shutdown", "poll", "ppoll", "select", "_newselect", "pselect6", "epoll_create1", "epoll_ctl",
    "epoll_wait", "epoll_pwait", "eventfd2", "pipe", "pipe2",
    // time
    "clock_gettime", "clock_getres", "clock_nanosleep", "nanosleep", "gettimeofday", "time", "times",
    "getrusage", "timerfd_create", "timerfd_settime",
    // threads (clone is below) and signals within the process
    "futex", "set_robust_list", "get_robust_list", "rseq", "set_tid_address", "sched_yield",
    "sched_getaffinity", "sched_getparam", "sched_getscheduler", "rt_sigaction", "rt_sigprocmask",
    "rt_sigreturn", "rt_sigtimedwait", "sigaltstack", "restart_syscall", "pause", "exit", "exit_group",
    // who and where am I
    "getpid", "gettid", "getppid", "getpgrp", "getuid", "geteuid", "getgid", "getegid", "getresuid",
    "getresgid", "getgroups", "uname", "sysinfo", "getrlimit", "ugetrlimit", "getrandom", "capget"};

class Filter {
public:
    Filter() : context_(seccomp_init(SCMP_ACT_ERRNO(EPERM)), seccomp_release) {}

    void allow(const char* name) { add(SCMP_ACT_ALLOW, name, {}); }
    void allow(const char* name, std::initializer_list<scmp_arg_cmp> when) {
        add(SCMP_ACT_ALLOW, name, when);
    }
    void absent(const char* name) { add(SCMP_ACT_ERRNO(ENOSYS), name, {}); }

    std::string load() {
        if (!context_) return "libseccomp failed";
        if (problem_ != 0) return std::strerror(-problem_);
        seccomp_attr_set(context_.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2);  // a tree, not a list
        const int loaded = seccomp_load(context_.get());
        return loaded == 0 ? "" : std::strerror(-loaded);
    }

private:
    void add(std::uint32_t action, const char* name, std::initializer_list<scmp_arg_cmp> when) {
        const int number = seccomp_syscall_resolve_name(name);
        if (number == __NR_SCMP_ERROR || !context_) return;  // not on this machine
        const int added = seccomp_rule_add_array(context_.get(), action, number,
                                                 static_cast<unsigned>(when.size()), when.begin());
        if (added != 0 && problem_ == 0) problem_ = added;
    }

    std::unique_ptr<void, void (*)(scmp_filter_ctx)> context_;
    int problem_ = 0;
};

scmp_arg_cmp equals(unsigned argument, std::uint64_t value) {
    return {argument, SCMP_CMP_EQ, value, 0};
}
scmp_arg_cmp masked(unsigned argument, std::uint64_t mask, std::uint64_t value) {
    return {argument, SCMP_CMP_MASKED_EQ, mask, value};
}

}  // namespace

std::string restrict_calls(const Lockdown& lockdown) {
    if (kSanitized) return "off in a build with sanitizers";
    Filter filter;
    for (const auto* name : kAllowed) filter.allow(name);

    // Never for writing, with or without Landlock.
    constexpr std::uint64_t writing = O_ACCMODE | O_CREAT | O_TRUNC;
    filter.allow("open", {masked(1, writing, O_RDONLY)});
    filter.allow("openat", {masked(2, writing, O_RDONLY)});
    // Memory that is shared stays when its process gives it back (MADV_DONTNEED), where the watchdog does not
    // see it. A library has no use for it; some programs map their own files so, which cost nothing.
    filter.allow("mmap", {masked(3, MAP_SHARED, 0)});
    if (lockdown.program) filter.allow("mmap", {masked(3, MAP_SHARED | MAP_ANONYMOUS, MAP_SHARED)});
    for (const int command : {F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL, F_SETFL}) {
        filter.allow("fcntl", {equals(1, static_cast<std::uint64_t>(command))});
        filter.allow("fcntl64", {equals(1, static_cast<std::uint64_t>(command))});
    }
    for (const std::uint64_t command : {FIONREAD, FIONBIO, FIOCLEX, FIONCLEX, TCGETS})
        filter.allow("ioctl", {equals(1, command)});
    for (const std::uint64_t option : {PR_SET_NAME, PR_GET_NAME, PR_SET_VMA})
        filter.allow("prctl", {equals(0, option)});
    // Asking for its own limits, not setting them.
    filter.allow("prlimit64", {equals(0, 0), equals(2, 0)});
    // abort() and raise().
    filter.allow("tgkill", {equals(0, static_cast<std::uint64_t>(getpid()))});

    if (lockdown.threads) {
        constexpr std::uint64_t thread = CLONE_THREAD | CLONE_VM | CLONE_SIGHAND;
        filter.allow("clone", {masked(0, thread, thread)});
    }
    // The C library asks again without them: a filter cannot look into their structs.
    filter.absent("clone3");
    filter.absent("openat2");

    if (lockdown.program) {
        // The way into the program. It may go on to another one; nothing is gained by that, for all of this
        // stays.
        filter.allow("execve");
        filter.allow("arch_prctl");
    }
    return filter.load();
}

}  // namespace capbridge::adapters
