// The program that runs one adapter: `capbridge adapter-child`, started by ChildProcess with the socket as
// fd 3. It locks itself down (sandbox.hpp) and then loads the library that the host's hello names, and
// speaks docs/wire.md like an adapter in any other language would. With `--program FILE` it becomes that
// file instead, locked down in the same way.
#pragma once

namespace capbridge::adapters {

inline constexpr int kChildFd = 3;

// Answers the host's questions until the host goes; then the process's exit code. Arguments as main() has
// them: [--program FILE] [--threads] [--memory-mb N] [--sandbox-optional], for the program only; a library's
// are in hello. Where the kernel cannot lock it in, an adapter is not loaded unless the host says that the
// sandbox is optional; every question is then answered with why.
// Single-threaded.
int child_main(int argc, char** argv, int fd = kChildFd);

}  // namespace capbridge::adapters
