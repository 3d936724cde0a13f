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
    finding.adapter = c.adapter.id;
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
        finding.is_open = verdict.is_open;
    }
    return finding;
}

std::vector<KitRule> asked_for(const std::string& only) {
    auto rules = all_rules();
    std::erase_if(rules, [&](const KitRule& rule) { return rule.id.find(only) == rule.id.npos; });
    return rules;
}

std::string rule_names() {
    std::string out;
    for (const auto& rule : all_rules()) out += (out.empty() ? "" : ", ") + rule.id;
    return out;
}

Result<std::filesystem::path> plugin_file(const std::filesystem::path& file) {
    std::error_code ec;
    auto path = std::filesystem::canonical(file, ec);
    if (ec) return fail("adapter_unreadable", "there is no such file", file.string());
    // A pipe would be waited for without end.
    if (!std::filesystem::is_regular_file(path, ec))
        return fail("adapter_unreadable",
                    std::filesystem::is_directory(path, ec)
                        ? "that is a folder; name the file in it: NAME.so or NAME.adapter"
                        : "that is no regular file",
                    file.string());
    if (path.extension() != ".so" && path.extension() != ".adapter")
        return fail("adapter_unreadable",
                    "an adapter's file is called NAME.so, or NAME.adapter for a program", file.string());
    return path;
}

}  // namespace

std::vector<KitFinding> kit_rules() {
    std::vector<KitFinding> out;
    for (const auto& rule : all_rules()) out.push_back(finding_of(rule, nullptr));
    return out;
}

Result<KitReport> run_kit(const KitOptions& options, const std::function<void(const KitFinding&)>& told) {
    CAPBRIDGE_LET(const auto path, plugin_file(options.file));
    CAPBRIDGE_LET(const auto bytes, read_file(path));
    const auto rules = asked_for(options.only);
    if (rules.empty())
        return fail("bad_rule", "no rule has '" + options.only + "' in its name; they are: " + rule_names());

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
    for (const auto& rule : rules) {
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
