// The program that runs one adapter library: `capbridge adapter-child`, started by ChildProcess with the
// socket as fd 3. It speaks docs/wire.md like an adapter in any other language would; that its adapter is a
// .so is its own affair.
#pragma once

namespace capbridge::adapters {

inline constexpr int kChildFd = 3;

// Answers the host's questions until the host goes; then the process's exit code. Single-threaded.
int child_main(int fd = kChildFd);

}  // namespace capbridge::adapters
