#include "adapters/http/redactor.hpp"

#include <algorithm>

#include "core/base/text.hpp"

namespace capbridge::adapters {
namespace {

constexpr std::size_t kShortest = 8;

}  // namespace

void Redactor::add(std::string_view secret) {
    if (secret.size() < kShortest) return;
    const std::lock_guard lock(mutex_);
    // JSON may write a slash, which base64 has, with a backslash.
    auto escaped = std::string(secret);
    for (std::size_t at = 0; (at = escaped.find('/', at)) != std::string::npos; at += 2)
        escaped.insert(at, "\\");
    for (auto& form : {std::string(secret), url_encode(secret), escaped}) {
        if (std::find(secrets_.begin(), secrets_.end(), form) == secrets_.end()) secrets_.push_back(form);
    }
    std::sort(secrets_.begin(), secrets_.end(),
              [](const auto& a, const auto& b) { return a.size() > b.size(); });
}

bool Redactor::clean(std::string& text) const {
    std::vector<std::string> secrets;
    {
        const std::lock_guard lock(mutex_);
        secrets = secrets_;
    }
    bool found = false;
    for (const auto& secret : secrets) {
        for (std::size_t at = 0; (at = text.find(secret, at)) != std::string::npos; at += secret.size()) {
            text.replace(at, secret.size(), secret.size(), '*');
            found = true;
        }
    }
    return found;
}

}  // namespace capbridge::adapters
