// The query parameters of a request: each known to the handler, given once, and of the right shape; anything
// else is an error that names the parameter (codes "unknown_parameter", "duplicate_parameter",
// "bad_parameter"). Values; any thread.
#pragma once
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/result.hpp"
#include "core/base/time.hpp"

namespace capbridge::server {

class Parameters {
public:
    static Result<Parameters> parse(std::string_view query, std::initializer_list<std::string_view> known);

    [[nodiscard]] bool has(std::string_view name) const { return find(name) != nullptr; }
    [[nodiscard]] std::string text(std::string_view name) const;  // "" when it is not there
    // Absent when the parameter is.
    [[nodiscard]] Result<std::optional<bool>> flag(std::string_view name) const;  // true, false
    [[nodiscard]] Result<std::optional<std::int64_t>> integer(std::string_view name, std::int64_t least,
                                                              std::int64_t most) const;
    [[nodiscard]] Result<std::optional<Day>> day(std::string_view name) const;
    [[nodiscard]] Result<std::optional<Instant>> instant(std::string_view name) const;

    [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& all() const { return values_; }

private:
    [[nodiscard]] const std::string* find(std::string_view name) const;
    std::vector<std::pair<std::string, std::string>> values_;
};

}  // namespace capbridge::server
