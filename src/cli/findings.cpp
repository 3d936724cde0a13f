#include "cli/findings.hpp"

#include <iostream>
#include <nlohmann/json.hpp>

#include "cli/output.hpp"

namespace capbridge::cli {

void print_findings(const ordered_json& checked) {
    const bool ok = checked.value("ok", false);
    const bool whole = checked["not_tried"].empty();
    std::cout << "source " << text_of(checked, "source") << " (" << text_of(checked, "adapter") << "): "
              << (!ok     ? "would not work"
                  : whole ? "would work"
                          : "nothing wrong was found, and not everything was tried")
              << "\n";
    for (const auto& one : checked["findings"]) {
        std::cout << "  " << text_of(one, "severity") << " [" << text_of(one, "class") << "] ";
        if (const auto where = text_of(one, "where", ""); !where.empty()) std::cout << where << ": ";
        std::cout << text_of(one, "message") << "\n    what to do: " << text_of(one, "advice") << "\n";
    }
    for (const auto& what : checked["not_tried"])
        std::cout << "  not tried: " << what.get<std::string>() << "\n";
}

}  // namespace capbridge::cli
