// The secrets and tokens of one conversation, to be taken out of what the other side sends back (some servers
// echo them in messages) before an adapter, a log or a cassette sees it. Thread-safe.
#pragma once
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace capbridge::adapters {

class Redactor {
public:
    // Also as a form or URL would carry it. Below 8 bytes a secret is not looked for: it would be found
    // everywhere.
    void add(std::string_view secret);
    // Puts as many asterisks in their place. True: there was one.
    bool clean(std::string& text) const;

private:
    mutable std::mutex mutex_;
    std::vector<std::string> secrets_;  // longest first
};

}  // namespace capbridge::adapters
