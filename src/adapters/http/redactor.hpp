// The secrets and tokens of one conversation, to be taken out of what the other side sends back (some servers
// echo them in messages) and of what an adapter says, before an adapter, a log, a person or a cassette sees
// it. They are found as they are; with any of their bytes written as a URL, a form, JSON or HTML may write
// them
// (%2F, +, \/, \u002f, &#47;, &quot;), up to three layers deep (%252F, JSON within JSON, &amp;quot;); and
// within base64 of either alphabet, whatever stands before them there, also when line ends break it up. In
// hex, UTF-16, turned round, compressed or in parts they are not found (docs/adapters.md). Thread-safe.
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
    // A shorter one is not looked for: it would be found everywhere. Whoever takes secrets refuses those.
    static constexpr std::size_t kShortest = 8;

    void add(std::string_view secret);
    // Puts as many asterisks in their place. True: there was one.
    bool clean(std::string& text) const;

private:
    void add_pattern(std::string pattern);

    mutable std::shared_mutex mutex_;
    std::vector<std::string> patterns_;                     // longest first
    std::array<std::vector<std::uint32_t>, 256> by_first_;  // into patterns_
    std::array<bool, 256> begins_{};                        // a byte that one may begin with, however written
};

}  // namespace capbridge::adapters
