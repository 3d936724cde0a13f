// A row of the export -> a completion record (schemas/records/completion.schema.json), or why it is none.
// Reasons name columns and rules, never what stands in a field: that may be personal. Not thread-safe.
#pragma once
#include <optional>
#include <string>
#include <variant>

#include "csv/settings.hpp"
#include "csv/table.hpp"

namespace csv_adapter {

struct Completion {
    std::string json;
};
struct Rejected {
    std::string key;     // "" when it cannot be told
    std::string column;  // "" when it is the whole row
    std::string reason;
};
struct Skipped {};
using RowResult = std::variant<Completion, Rejected, Skipped>;

class RowReader {
public:
    // The settings outlive this.
    explicit RowReader(const Settings& settings) : settings_(settings) {}

    // Finds the columns in the header row; what is missing or there twice, or nullopt. Before the first
    // read().
    std::optional<Rejected> read_header(const Row& row);
    RowResult read(const Row& row) const;

private:
    [[nodiscard]] int index(const std::string& column) const;
    [[nodiscard]] const std::string& field(const Row& row, const std::string& column) const;

    const Settings& settings_;
    std::map<std::string, int, std::less<>> columns_;  // the setting's own spelling -> index
    std::size_t width_ = 0;
};

}  // namespace csv_adapter
