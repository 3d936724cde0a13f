// A small text made unreadable without a key (AES-256-GCM), for what must be kept and is nobody's business
// who finds a backup. Any thread.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace capbridge {

// `secret`: any text with enough entropy of its own, such as a token; the key is made of it. "" when the
// platform's cipher fails.
std::string seal(std::string_view secret, std::string_view text);
// nullopt: sealed with another secret, or changed since.
std::optional<std::string> unseal(std::string_view secret, std::string_view sealed);

}  // namespace capbridge
