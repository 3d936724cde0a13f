// The secrets and tokens of one conversation, to be taken out of what the other side sends back (some servers
// echo them in messages) and of what an adapter says, before an adapter, a log, a person or a cassette sees
// it. They are found as they are, with any of their bytes written as a URL, a form or a JSON text may write
// them (%2F, +, \/, \u002f), and within base64 of either alphabet, whatever stands before them there.
// Thread-safe.
#pragma once
#include <array>
#include <cstdint>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

namespace capbridge::adapters {

class Redactor {
public:
    // Below 8 bytes a secret is not looked for: it would be found everywhere.
    void add(std::string_view secret);
    // Puts as many asterisks in their place. True: there was one.
    bool clean(std::string& text) const;

private:
    void add_pattern(std::string pattern);

    mutable std::shared_mutex mutex_;
    std::vector<std::string> patterns_;                     // longest first
    std::array<std::vector<std::uint32_t>, 256> by_first_;  // into patterns_
};

}  // namespace capbridge::adapters
