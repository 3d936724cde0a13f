// The kit for adapters' authors, `capbridge adapter test FILE`: runs the rules of docs/adapters.md against
// one adapter file, each in child processes of its own, in the sandbox of a hospital. Needs no data directory
// and no network. One thread.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "adapters/kit/report.hpp"
#include "adapters/source.hpp"

namespace capbridge::adapters {

struct KitOptions {
    std::filesystem::path file;                    // NAME.so, or a program NAME.adapter
    std::vector<std::filesystem::path> cassettes;  // folders
    std::string only;                              // rules whose id contains it; "" = all
    ChildSpec spec;
};

// Errors: "adapter_unreadable" (no such file), "bad_rule" (no rule has that name), "bad_cassette". That the
// adapter is bad is a finding.
Result<KitReport> run_kit(
    const KitOptions& options, const std::function<void(const KitFinding&)>& told = [](const KitFinding&) {});
// The ids and texts of all rules, for `capbridge adapter rules`.
std::vector<KitFinding> kit_rules();

}  // namespace capbridge::adapters
