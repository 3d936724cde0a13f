// How an export of one person says what others did, without saying who they are: by their role. And what is
// dropped at the door, so that it cannot be exported. Any thread.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/engine/privacy/known_as.hpp"

namespace capbridge::engine {

class ExportWords {
public:
    ExportWords(Bridge& bridge, const KnownAs& known);
    // "cli:..." and "credential:..." stay, for they are of the machine; anything else may be a name.
    [[nodiscard]] std::string role(const std::string& who) const;
    [[nodiscard]] std::string source_name(std::string_view uuid) const;
    [[nodiscard]] std::string where_from(const store::DecisionRow& row) const;
    [[nodiscard]] bool names_them(const std::string& reference) const;  // a uuid or SCHEME:ISSUER:VALUE
    [[nodiscard]] std::string evidence(const competency::Contribution& one) const;
    [[nodiscard]] std::string part_in(const store::StatementRow& row) const;
    [[nodiscard]] ordered_json decision(const store::DecisionRow& row) const;
    // Agents that are not theirs become {"role": "somebody else"}.
    [[nodiscard]] json without_others(json value) const;
    // The same of a record that could not be used: one that cannot be read is withheld.
    [[nodiscard]] std::string quarantined(const std::string& record) const;

private:
    [[nodiscard]] bool is_somebody_else(const json& value) const;

    Bridge& bridge_;
    const KnownAs& known_;
    std::vector<store::SourceRow> sources_;
};

// What sources have and we do not keep: what, and why. docs/privacy.md has the same list (a test holds them
// together).
const std::vector<std::pair<std::string, std::string>>& dropped_at_the_door();

}  // namespace capbridge::engine
