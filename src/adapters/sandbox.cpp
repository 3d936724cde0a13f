#include "adapters/sandbox.hpp"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>

namespace capbridge::adapters {
namespace {

void limit(__rlimit_resource resource, rlim_t most) {
    rlimit now{};
    if (getrlimit(resource, &now) == 0) most = std::min(most, now.rlim_max);
    const rlimit wanted{most, most};
    setrlimit(resource, &wanted);
}

void limit_resources(const Lockdown& lockdown) {
    // Of this user's processes and threads, the daemon's included: none may be added. (Root is exempt;
    // seccomp holds for root too.)
    if (!lockdown.threads) limit(RLIMIT_NPROC, 0);
    limit(RLIMIT_NOFILE, 64);
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_FSIZE, 0);
    limit(RLIMIT_MEMLOCK, 0);
    limit(RLIMIT_MSGQUEUE, 0);
    limit(RLIMIT_CPU, 4 * 3600);
    // The host's watchdog is the limit. This is for the time in which the host cannot look.
    if (!kSanitized) limit(RLIMIT_DATA, std::max<rlim_t>(lockdown.memory_mb * 4, 1024) << 20);
}

// Root without its rights is somebody who owns many files, no more.
bool drop_capabilities() {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    const __user_cap_data_struct none[2] = {};
    return syscall(SYS_capset, &header, none) == 0;
}

}  // namespace

Sandbox lock_down(const Lockdown& lockdown) {
    Sandbox sandbox;
    const auto lacks = [&](std::string what) {
        sandbox.missing.push_back(what);
        sandbox.lacking.push_back(std::move(what));
    };
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) lacks("no_new_privs");
    // Otherwise other processes of this user could look into it, and it into /proc/self/mem.
    if (!kSanitized) prctl(PR_SET_DUMPABLE, 0);
    limit_resources(lockdown);
    if (const auto why = restrict_files(lockdown, sandbox.landlock, sandbox.missing); !why.empty())
        lacks("landlock: " + why);
    if (!drop_capabilities()) lacks("dropping capabilities");
    if (const auto why = restrict_calls(lockdown); why.empty()) {
        sandbox.seccomp = true;
    } else if (kSanitized) {
        sandbox.missing.push_back("seccomp: " + why);
    } else {
        lacks("seccomp: " + why);
    }
    return sandbox;
}

std::string refusal_text(const std::vector<std::string>& lacking) {
    if (lacking.empty()) return {};
    utsname system{};
    uname(&system);
    std::string list;
    for (const auto& one : lacking) list += (list.empty() ? "" : "; ") + one;
    return "no adapter is loaded, because this machine cannot lock it in. Lacking: " + list +
           ". Kernel: " + system.release +
           ". What to do: run Linux 5.13 or later, built with Landlock and seccomp and with 'landlock' in "
           "the "
           "list of security modules (lsm= of the kernel's command line); in a container let its seccomp "
           "profile allow landlock_create_ruleset, landlock_add_rule, landlock_restrict_self and seccomp. "
           "With \"require_sandbox\": false in the configuration adapters run all the same: their code can "
           "then "
           "read what the bridge's user can read (without landlock), or connect to anything and start "
           "programs (without seccomp).";
}

}  // namespace capbridge::adapters
