// Stands in for the capbridge binary where a test starts adapters: `<this> adapter-child`.
#include "adapters/child.hpp"

// In a build with sanitizers: a crash of an adapter is to be seen as its signal, as in any other build.
extern "C" const char* __asan_default_options();
extern "C" const char* __asan_default_options() {
    return "handle_segv=0:handle_sigbus=0:handle_abort=0:detect_leaks=0:allocator_may_return_null=1";
}
extern "C" const char* __tsan_default_options();
extern "C" const char* __tsan_default_options() {
    return "handle_segv=0:handle_sigbus=0:handle_abort=0";
}

int main(int argc, char** argv) {
    return capbridge::adapters::child_main(argc, argv);
}
