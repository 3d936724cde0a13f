// Reads a file of statements, one a line, in batches of bounded size, with the bytes of their attachments
// from a folder: as the operation statements.import wants them. Memory does not grow with the file.
// Single-threaded.
#pragma once
#include <cstddef>
#include <filesystem>
#include <istream>
#include <string>
#include <vector>

#include "core/base/json.hpp"

namespace capbridge::cli {

struct LineProblem {
    std::size_t line = 0;
    std::string code, message;
};

class StatementLines {
public:
    struct Limits {
        std::size_t line_bytes = 16u << 20;
        std::size_t batch_bytes = 4u << 20;  // exceeded by at most one line with its attachments
        std::size_t batch_lines = 500;
        std::size_t attachment_bytes = 64u << 20;
    };
    // `attachments` may be empty: none are read.
    StatementLines(std::istream& in, std::filesystem::path attachments, Limits limits);
    StatementLines(std::istream& in, std::filesystem::path attachments)
        : StatementLines(in, std::move(attachments), Limits{}) {}

    // The next batch, [{line, text, attachments?}], empty at the end of the file. Lines that could not even
    // be read go to `unreadable`. Blank lines are passed over.
    json next(std::vector<LineProblem>& unreadable);
    [[nodiscard]] std::size_t lines() const { return number_; }  // read so far
    [[nodiscard]] bool over() const { return over_; }

private:
    bool read_line(std::string& line, bool& too_long);
    // [{sha2, content}]; `bytes` grows by their size.
    json attachments_of(const std::string& line, std::size_t& bytes, std::vector<LineProblem>& unreadable);

    std::istream& in_;
    const std::filesystem::path attachments_;
    const Limits limits_;
    std::size_t number_ = 0;
    bool over_ = false;
};

}  // namespace capbridge::cli
