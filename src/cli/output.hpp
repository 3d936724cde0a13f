// What commands print: aligned tables, numbers with thousands, wrapped text, JSON. Single-threaded; standard
// output.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.hpp"

namespace capbridge::cli {

void print_json(const ordered_json& answer);
std::string with_thousands(std::size_t number);
// Whole percents as the page shows them: never 100 or 0 for what is not all or nothing.
std::string percent(std::size_t part, std::size_t total);
std::string of_total(std::size_t part, std::size_t total);  // "12 of 40 (30 %)"
std::string text_of(const ordered_json& object, std::string_view member, std::string_view otherwise = "-");
std::size_t count_of(const ordered_json& object, std::string_view member);

// Columns as wide as they need to be; numbers (cells of digits) stand to the right.
class Table {
public:
    explicit Table(std::vector<std::string> header) : rows_{std::move(header)} {}
    void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
    void print() const;
    [[nodiscard]] bool empty() const { return rows_.size() == 1; }

private:
    std::vector<std::vector<std::string>> rows_;
};

std::size_t display_width(std::string_view utf8);  // code points: good enough for names
void print_wrapped(std::string_view text, std::size_t indent, std::size_t width = 100);

}  // namespace capbridge::cli
