// Stands in for the capbridge binary where a test starts adapters: `<this> adapter-child`. Started by a link
// named no_landlock or no_seccomp it hides that part of the kernel from itself first, as an old kernel or a
// container's profile would; the program that is shipped has no such switch.
#include "adapters/child.hpp"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <string_view>

// In a build with sanitizers: a crash of an adapter is to be seen as its signal, as in any other build.
extern "C" const char* __asan_default_options();
extern "C" const char* __asan_default_options() {
    return "handle_segv=0:handle_sigbus=0:handle_abort=0:detect_leaks=0:allocator_may_return_null=1";
}
extern "C" const char* __tsan_default_options();
extern "C" const char* __tsan_default_options() {
    return "handle_segv=0:handle_sigbus=0:handle_abort=0";
}

namespace {

// The call `number` is unknown from now on, and prctl(`option`) is.
void hide(unsigned number, unsigned option) {
    sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 3, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_prctl, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, option, 2, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
    };
    sock_fprog whole{sizeof program / sizeof *program, program};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &whole) != 0)
        std::abort();
}

constexpr unsigned kNoOption = ~0u;

}  // namespace

int main(int argc, char** argv) {
    const auto* name = reinterpret_cast<const char*>(getauxval(AT_EXECFN));
    const std::string_view started = name != nullptr ? name : "";
    if (started.ends_with("/no_landlock")) hide(SYS_landlock_create_ruleset, kNoOption);
    if (started.ends_with("/no_seccomp")) hide(SYS_seccomp, PR_SET_SECCOMP);
    return capbridge::adapters::child_main(argc, argv);
}
