#include "core/base/problem.hpp"

#include <algorithm>

namespace capbridge {

std::string Problem::text(const std::string& file) const {
    std::string out = file;
    if (line > 0) out += ":" + std::to_string(line);
    out += ": ";
    if (severity == Severity::warning) out += "warning: ";
    if (!pointer.empty()) out += pointer + ": ";
    out += message;
    if (!section.empty()) out += " (" + section + ")";
    out += " [" + code + "]";
    return out;
}

bool has_errors(const Problems& problems) {
    return std::any_of(problems.begin(), problems.end(),
                       [](const Problem& p) { return p.severity == Problem::Severity::error; });
}

std::string problems_text(const Problems& problems, const std::string& file) {
    std::string out;
    for (const auto& p : problems) out += p.text(file) + "\n";
    if (!out.empty()) out.pop_back();
    return out;
}

Error problems_error(const Problems& problems, const std::string& file) {
    return Error{"invalid_document", problems_text(problems, file), {}, 0};
}

}  // namespace capbridge
