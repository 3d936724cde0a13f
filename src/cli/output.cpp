#include "cli/output.hpp"

#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>

#include "core/base/text.hpp"

namespace capbridge::cli {

void print_json(const ordered_json& answer) {
    std::cout << answer.dump(2) << '\n';
}

std::string with_thousands(std::size_t number) {
    std::string out = std::to_string(number);
    for (auto at = static_cast<int>(out.size()) - 3; at > 0; at -= 3)
        out.insert(static_cast<std::size_t>(at), ",");
    return out;
}

std::string percent(std::size_t part, std::size_t total) {
    if (total == 0) return "-";
    if (part > 0 && part * 100 < total) return "<1 %";
    if (part < total && part * 100 > total * 99) return "99 %";
    return std::to_string((part * 200 + total) / (total * 2)) + " %";
}

std::string of_total(std::size_t part, std::size_t total) {
    const std::string out = with_thousands(part) + " of " + with_thousands(total);
    return total == 0 ? out : out + " (" + percent(part, total) + ")";
}

std::string text_of(const ordered_json& object, std::string_view member, std::string_view otherwise) {
    const auto it = object.find(std::string(member));
    if (it == object.end() || it->is_null()) return std::string(otherwise);
    return it->is_string() ? it->get<std::string>() : it->dump();
}

std::size_t count_of(const ordered_json& object, std::string_view member) {
    const auto it = object.find(std::string(member));
    return it != object.end() && it->is_number() ? it->get<std::size_t>() : 0;
}

std::size_t display_width(std::string_view utf8) {
    return static_cast<std::size_t>(std::count_if(
        utf8.begin(), utf8.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

void Table::print() const {
    std::vector<std::size_t> width(rows_.front().size(), 0);
    std::vector<bool> numeric(width.size(), rows_.size() > 1);
    for (std::size_t r = 0; r < rows_.size(); ++r) {
        for (std::size_t c = 0; c < rows_[r].size() && c < width.size(); ++c) {
            width[c] = std::max(width[c], display_width(rows_[r][c]));
            if (r > 0 && rows_[r][c].find_first_not_of("0123456789,%-+~!< ") != std::string::npos)
                numeric[c] = false;
        }
    }
    for (std::size_t r = 0; r < rows_.size(); ++r) {
        std::string line;
        for (std::size_t c = 0; c < rows_[r].size() && c < width.size(); ++c) {
            const std::string pad(width[c] - display_width(rows_[r][c]), ' ');
            if (c > 0) line += "  ";
            line += numeric[c] ? pad + rows_[r][c] : rows_[r][c] + pad;
        }
        while (!line.empty() && line.back() == ' ') line.pop_back();
        std::cout << line << '\n';
        if (r == 0) {
            std::string rule;
            for (std::size_t c = 0; c < width.size(); ++c)
                rule += (c > 0 ? "  " : "") + std::string(width[c], '-');
            std::cout << rule << '\n';
        }
    }
}

void print_wrapped(std::string_view text, std::size_t indent, std::size_t width) {
    const std::string margin(indent, ' ');
    std::string line;
    for (const auto& word : split(text, ' ')) {
        if (!line.empty() && indent + display_width(line) + 1 + display_width(word) > width) {
            std::cout << margin << line << '\n';
            line.clear();
        }
        if (!line.empty()) line += ' ';
        line += word;
    }
    std::cout << margin << line << '\n';
}

}  // namespace capbridge::cli
