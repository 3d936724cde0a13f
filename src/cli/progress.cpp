#include "cli/progress.hpp"

#include <unistd.h>

#include <cstdio>

#include "cli/output.hpp"

namespace capbridge::cli {

using std::chrono::steady_clock;

ProgressLine::ProgressLine() : terminal_(::isatty(STDERR_FILENO) == 1), last_(steady_clock::now()) {}

ProgressLine::~ProgressLine() {
    if (terminal_ && shown_) std::fputs("\r\x1b[K", stderr);
}

void ProgressLine::show(std::string_view what, std::size_t done, std::size_t total) {
    const auto now = steady_clock::now();
    if (now - last_ < (terminal_ ? std::chrono::milliseconds{100} : std::chrono::milliseconds{2000})) return;
    last_ = now;
    shown_ = true;
    std::string line(what);
    if (done > 0) line += ": " + with_thousands(done);
    if (total > 0) line += " of " + with_thousands(total);
    std::fprintf(stderr, terminal_ ? "\r\x1b[K%s" : "%s\n", line.c_str());
    std::fflush(stderr);
}

}  // namespace capbridge::cli
