// A row of the export -> a completion record (schemas/records/completion.schema.json), or why it is none.
// Reasons name columns and rules, never what stands in a field: that may be personal. Not thread-safe.
#pragma once
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "common/competency.hpp"
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
    // Where each column stands in this file; -1: not asked for.
    struct Indexes {
        int activity = -1, iri = -1, title = -1, what = -1, raw = -1, scaled = -1, attempt = -1,
            duration = -1, occurred = -1, expires = -1, sco = -1, objective = -1;
        std::vector<int> who, key;
        std::vector<int> key_who;  // those of `key` that are of `who`
    };
    [[nodiscard]] const std::string& field(const Row& row, int index) const;
    [[nodiscard]] const std::string& readable(const Row& row, int index, const std::string& column) const;
    // The list of identifiers; `any`: there is one.
    std::string who_of(const Row& row, bool& any) const;
    // The same for all spellings of the same; "": the default key, and something of it is missing.
    std::string key_of(const Row& row, const std::string& activity) const;
    std::string key_part(const Row& row, std::size_t index, const std::string& activity) const;
    [[nodiscard]] bool is_skipped(const Row& row) const;
    [[nodiscard]] bool has_swallowed_rows(const Row& row) const;
    void add_activity(std::string& out, const Row& row, const std::string& id,
                      const plugins::Competency* competency) const;
    std::optional<Moment> add_occurred(std::string& out, const Row& row) const;
    void add_score(std::string& out, const Row& row) const;
    void add_expires(std::string& out, const Row& row, const std::optional<Moment>& occurred,
                     const plugins::Competency* competency) const;

    const Settings& settings_;
    Indexes at_;
    std::size_t width_ = 0;
};

}  // namespace csv_adapter
