#include "adapters/kit/kit.hpp"

#include <nlohmann/json.hpp>

#include "adapters/descriptor.hpp"
#include "adapters/kit/rule.hpp"
#include "core/base/files.hpp"
#include "core/base/ids.hpp"

namespace capbridge::adapters {
namespace {

using Clock = std::chrono::steady_clock;

std::vector<KitRule> all_rules() {
    std::vector<KitRule> all;
    for (auto rules :
         {loading_rules, reading_rules, resuming_rules, fault_rules, writing_rules, hardening_rules}) {
        for (auto& rule : rules()) all.push_back(std::move(rule));
    }
    return all;
}

KitFinding finding_of(const KitRule& rule, const Cassette* cassette) {
    KitFinding finding;
    finding.rule = rule.id;
    finding.text = rule.text;
    finding.level = rule.level;
    if (cassette != nullptr) finding.cassette = cassette->name;
    return finding;
}

KitFinding run_rule(const KitRule& rule, const KitCase& c) {
    auto finding = finding_of(rule, rule.needs_cassette ? c.cassette : nullptr);
    const auto began = Clock::now();
    Verdict verdict;
    try {
        verdict = rule.run(c);
    } catch (const std::exception& e) {  // a record that is not what its schema says, say
        verdict = Verdict::fail(std::string("the rule could not be carried through: ") + e.what());
    }
    finding.took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - began);
    if (!verdict.failed.empty()) {
        finding.outcome = KitFinding::Outcome::failed;
        finding.why = verdict.failed;
    } else if (!verdict.skipped.empty()) {
        finding.outcome = KitFinding::Outcome::skipped;
        finding.why = verdict.skipped;
    }
    return finding;
}

}  // namespace

std::vector<KitFinding> kit_rules() {
    std::vector<KitFinding> out;
    for (const auto& rule : all_rules()) out.push_back(finding_of(rule, nullptr));
    return out;
}

Result<KitReport> run_kit(const KitOptions& options, const std::function<void(const KitFinding&)>& told) {
    std::error_code ec;
    const auto path = std::filesystem::canonical(options.file, ec);
    if (ec) return fail("adapter_unreadable", "there is no such file", options.file.string());
    CAPBRIDGE_LET(const auto bytes, read_file(path));

    KitReport report;
    report.file = path.string();
    report.partial = !options.only.empty();
    engine::AdapterInfo file;
    file.id = path.stem().string();
    file.path = path;
    file.sha256 = sha256_hex(bytes);
    std::vector<engine::AdapterInfo> adapters;
    if (const auto stage = Stage::open(options.spec, file, nullptr)) {
        for (const auto& descriptor : (*stage)->describe().answer.value("adapters", json::array())) {
            auto info = file;
            if (read_descriptor(descriptor, info).empty()) adapters.push_back(std::move(info));
        }
    }
    for (const auto& a : adapters) report.adapters += (report.adapters.empty() ? "" : ", ") + a.id;
    if (adapters.empty()) adapters.push_back(file);  // the rules of loading will say what is wrong

    std::vector<Cassette> cassettes;
    for (const auto& folder : options.cassettes) {
        CAPBRIDGE_LET(auto cassette, read_cassette(folder));
        cassettes.push_back(std::move(cassette));
    }
    const auto take = [&](KitFinding finding) {
        told(finding);
        report.findings.push_back(std::move(finding));
    };
    for (const auto& rule : all_rules()) {
        if (rule.id.find(options.only) == rule.id.npos) continue;
        bool ran = false;
        for (const auto& adapter : adapters) {
            if (!rule.needs_cassette) {
                take(run_rule(rule, {options.spec, adapter, nullptr}));
                ran = true;
                continue;
            }
            for (const auto& cassette : cassettes) {
                if (cassette.adapter != adapter.id) continue;
                take(run_rule(rule, {options.spec, adapter, &cassette}));
                ran = true;
            }
        }
        if (!ran) {
            auto finding = finding_of(rule, nullptr);
            finding.outcome = KitFinding::Outcome::skipped;
            finding.why = "no cassette of this adapter was given (--cassette DIR)";
            take(std::move(finding));
        }
    }
    return report;
}

}  // namespace capbridge::adapters
