// Progress of long work on standard error: one line that is rewritten on a terminal, a plain line every two
// seconds elsewhere (a log, a pipe). Short work shows nothing. Single-threaded.
#pragma once
#include <chrono>
#include <string>
#include <string_view>

namespace capbridge::cli {

class ProgressLine {
public:
    ProgressLine();
    ~ProgressLine();  // clears the line
    void show(std::string_view what, std::size_t done, std::size_t total);

private:
    bool terminal_;
    bool shown_ = false;
    std::chrono::steady_clock::time_point last_;
};

}  // namespace capbridge::cli
