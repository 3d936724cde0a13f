// Which statements go to a target: every condition that is given must hold, a list holds when one of its
// entries does. Pure; immutable; any thread. Where a statement came from, and what a voiding statement voids,
// the caller knows.
#pragma once
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/base/json.hpp"
#include "core/base/result.hpp"
#include "core/base/time.hpp"
#include "core/engine/forward/template.hpp"

namespace capbridge::engine {

class ForwardFilter {
public:
    // `filters` keeps to the schema. Errors "bad_agent", "bad_date"; `where` is the pointer below the
    // filters.
    static Result<ForwardFilter> read(const json& filters, std::optional<StatementTemplate> profile);

    // `is_of` says whether the statement came from a source of that name; it is asked last, and only when the
    // filter names sources.
    [[nodiscard]] bool passes(const json& statement, Instant stored,
                              const std::function<bool(const std::string& source)>& is_of) const;
    [[nodiscard]] bool passes_all() const;  // there is no condition at all

private:
    std::set<std::string> verbs_, activities_, agents_;
    bool related_ = false;
    std::vector<std::string> sources_;
    std::optional<Instant> since_;
    std::optional<StatementTemplate> template_;
};

}  // namespace capbridge::engine
