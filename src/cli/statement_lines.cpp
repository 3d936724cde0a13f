#include "cli/statement_lines.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/base/files.hpp"
#include "core/base/ids.hpp"
#include "core/xapi/multipart.hpp"

namespace capbridge::cli {
namespace {

// Only such a name is looked for in the folder: a statement must not be able to name another file.
bool is_file_name(const std::string& sha2) {
    return !sha2.empty() && sha2.size() <= 128 && std::all_of(sha2.begin(), sha2.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    });
}

}  // namespace

StatementLines::StatementLines(std::istream& in, std::filesystem::path attachments, Limits limits)
    : in_(in), attachments_(std::move(attachments)), limits_(limits) {}

// False at the end. Of a line that is too long only that is kept.
bool StatementLines::read_line(std::string& line, bool& too_long) {
    line.clear();
    too_long = false;
    auto* buffer = in_.rdbuf();
    int c = buffer->sbumpc();
    if (c == std::char_traits<char>::eof()) return false;
    ++number_;
    for (; c != '\n' && c != std::char_traits<char>::eof(); c = buffer->sbumpc()) {
        if (line.size() < limits_.line_bytes) {
            line.push_back(static_cast<char>(c));
        } else {
            too_long = true;
        }
    }
    if (line.ends_with('\r')) line.pop_back();
    if (number_ == 1 && line.starts_with("\xEF\xBB\xBF")) line.erase(0, 3);
    return true;
}

json StatementLines::attachments_of(const std::string& line, std::size_t& bytes,
                                    std::vector<LineProblem>& unreadable) {
    auto out = json::array();
    if (attachments_.empty() || line.find("\"sha2\"") == std::string::npos) return out;
    const auto statement = parse_json(line);
    if (!statement || !statement->is_object()) return out;  // the import says so
    for (const auto& [sha2, type] : xapi::content_types(*statement)) {
        if (!is_file_name(sha2)) continue;
        const auto file = attachments_ / sha2;
        std::error_code ec;
        if (!std::filesystem::exists(file, ec)) continue;  // it may be kept elsewhere (fileUrl)
        const auto content = read_file(file, limits_.attachment_bytes);
        if (!content) {
            unreadable.push_back({number_, "unreadable_attachment", content.error().text()});
            continue;
        }
        bytes += content->size();
        out.push_back({{"sha2", sha2}, {"content", base64(*content)}});
    }
    return out;
}

json StatementLines::next(std::vector<LineProblem>& unreadable) {
    auto batch = json::array();
    std::size_t bytes = 0;
    std::string line;
    bool too_long = false;
    while (batch.size() < limits_.batch_lines && bytes < limits_.batch_bytes) {
        if (!read_line(line, too_long)) {
            over_ = true;
            break;
        }
        if (line.find_first_not_of(" \t") == std::string::npos) continue;
        if (too_long) {
            unreadable.push_back(
                {number_, "too_large",
                 "the line is longer than " + std::to_string(limits_.line_bytes >> 20) + " MiB"});
            continue;
        }
        bytes += line.size();
        const auto known = unreadable.size();
        auto attachments = attachments_of(line, bytes, unreadable);
        if (unreadable.size() > known) continue;
        json one{{"line", number_}, {"text", std::move(line)}};
        if (!attachments.empty()) one["attachments"] = std::move(attachments);
        batch.push_back(std::move(one));
    }
    return batch;
}

}  // namespace capbridge::cli
