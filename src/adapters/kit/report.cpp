#include "adapters/kit/report.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

namespace capbridge::adapters {
namespace {

constexpr std::array levels{KitLevel::loads, KitLevel::reads, KitLevel::resumes, KitLevel::writes,
                            KitLevel::hardened};

std::string_view outcome_text(KitFinding::Outcome outcome) {
    switch (outcome) {
        case KitFinding::Outcome::passed:
            return "passed";
        case KitFinding::Outcome::failed:
            return "failed";
        case KitFinding::Outcome::skipped:
            return "skipped";
    }
    return "";
}

}  // namespace

std::string_view level_text(KitLevel level) {
    switch (level) {
        case KitLevel::loads:
            return "loads";
        case KitLevel::reads:
            return "reads";
        case KitLevel::resumes:
            return "resumes";
        case KitLevel::writes:
            return "writes";
        case KitLevel::hardened:
            return "hardened";
    }
    return "";
}

std::size_t KitReport::count(KitFinding::Outcome outcome) const {
    return static_cast<std::size_t>(
        std::count_if(findings.begin(), findings.end(), [&](const auto& f) { return f.outcome == outcome; }));
}

bool KitReport::is_open(const KitFinding& finding) const {
    return finding.is_open && std::none_of(findings.begin(), findings.end(), [&](const KitFinding& other) {
               return other.rule == finding.rule && other.adapter == finding.adapter &&
                      other.outcome == KitFinding::Outcome::passed;
           });
}

std::string KitReport::badge() const {
    std::string badge;
    if (partial) return badge;
    for (const auto level : levels) {
        bool passed = false;
        for (const auto& f : findings) {
            if (f.level != level) continue;
            if (f.outcome == KitFinding::Outcome::failed || is_open(f)) return badge;
            passed = passed || f.outcome == KitFinding::Outcome::passed;
        }
        // An adapter that writes nothing back is none the worse for it.
        if (passed) badge = level_text(level);
        if (!passed && level != KitLevel::writes) return badge;
    }
    return badge;
}

ordered_json KitReport::to_json() const {
    ordered_json out{{"file", file},
                     {"adapters", adapters},
                     {"badge", badge()},
                     {"passed", count(KitFinding::Outcome::passed)},
                     {"failed", count(KitFinding::Outcome::failed)},
                     {"skipped", count(KitFinding::Outcome::skipped)},
                     {"findings", ordered_json::array()}};
    if (partial) out["partial"] = true;
    for (const auto& f : findings) {
        ordered_json one{{"rule", f.rule},
                         {"text", f.text},
                         {"level", level_text(f.level)},
                         {"outcome", outcome_text(f.outcome)},
                         {"ms", f.took.count()}};
        if (is_open(f)) one["open"] = true;
        if (!f.cassette.empty()) one["cassette"] = f.cassette;
        if (!f.why.empty()) one["why"] = f.why;
        out["findings"].push_back(std::move(one));
    }
    return out;
}

std::string KitReport::to_text() const {
    std::string out;
    for (const auto level : levels) {
        bool headed = false;
        for (const auto& f : findings) {
            if (f.level != level) continue;
            if (!headed) out += std::string(level_text(level)) + "\n";
            headed = true;
            const auto mark = f.outcome == KitFinding::Outcome::passed   ? "  passed   "
                              : f.outcome == KitFinding::Outcome::failed ? "  FAILED   "
                                                                         : "  skipped  ";
            out += mark + f.rule + (f.cassette.empty() ? "" : " [" + f.cassette + "]") + ": " + f.text + "\n";
            if (!f.why.empty()) out += "           " + f.why + "\n";
        }
    }
    const auto reached = badge();
    out += std::to_string(count(KitFinding::Outcome::passed)) + " passed, " +
           std::to_string(count(KitFinding::Outcome::failed)) + " failed, " +
           std::to_string(count(KitFinding::Outcome::skipped)) + " skipped; " +
           (partial ? "not all rules were run, so no level is told"
                    : "level reached: " + (reached.empty() ? "none" : reached)) +
           "\n";
    return out;
}

}  // namespace capbridge::adapters
