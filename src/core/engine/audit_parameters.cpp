// Which parameters of which operation stand in the audit as they are. Ids of things may; what may hold a
// person's name, number or words may not, nor may texts. An operation that is not here has a digest only.
#include <algorithm>
#include <array>

#include "core/base/ids.hpp"
#include "core/engine/audit.hpp"
#include "core/engine/audited_answer.hpp"
#include "core/engine/operations.hpp"

namespace capbridge::engine {
namespace {

constexpr std::size_t most_text = 120, most_of_a_list = 20, most_changes = 50;

struct Allowed {
    std::string_view operation;
    std::vector<std::string_view> names;    // ids of things, numbers, choices
    std::vector<std::string_view> uuids{};  // of people: only when they are UUIDs
};

const std::vector<Allowed>& allow_list() {
    static const std::vector<Allowed> list{
        {"assertions.backfill", {"since", "dry_run"}},
        {"assertions.send", {"dry_run"}},
        {"assertions.set", {"on", "tiers", "archetypes", "factors", "since"}},
        {"assessor.end", {"dry_run"}},
        {"assign.decide",
         {"state", "dry_run", "all", "archetype", "unit", "descendants", "staff_group", "team", "deployment",
          "rule"},
         {"person"}},
        {"assign.import", {"issuer"}},
        {"assign.propose", {"dry_run"}},
        {"assurance.answer", {"deployment", "question", "answer"}},
        {"attestation.add", {"requirements", "level", "context", "dry_run"}, {"person"}},
        {"attestation.import", {"issuer", "dry_run"}},
        {"attestation.self", {"requirements", "level", "dry_run"}, {"person"}},
        {"attestation.withdraw", {}, {"id"}},
        {"backup.run", {"prune"}},
        {"config.apply", {"dry_run"}},
        {"config.reload", {"dry_run"}},
        {"credential.add", {"scopes", "source"}},
        {"credential.revoke", {"key"}},
        {"credential.rotate", {"key"}},
        {"deployment.users.import", {"issuer", "deployment"}},
        {"deployment.users.set", {"deployment", "works_with", "from", "to"}, {"person"}},
        {"forward.drop", {"name", "seq", "all"}},
        {"forward.pause", {"name"}},
        {"forward.put", {"name", "kind", "from"}},
        {"forward.remove", {"name"}},
        {"forward.resume", {"name"}},
        {"forward.retry", {"name", "seq"}},
        {"gap.accept", {"source", "yes"}},
        {"gap.reseed", {"source"}},
        {"identity.accept", {"rule", "because", "dry_run"}},
        {"identity.crosswalk", {"issuer", "dry_run"}},
        {"identity.propose", {"source"}},
        {"identity.rule.remove", {"id"}},
        {"journey.withdraw", {"journey"}},
        {"learning.triage", {"relevance", "dry_run"}},
        {"log.level", {"level", "component", "seconds"}},
        {"mapping.import", {"id", "match_titles", "dry_run"}},
        {"mapping.withdraw", {"id", "dry_run"}},
        {"override.end", {"requirement", "requirements", "context"}, {"person"}},
        {"override.import", {"issuer", "dry_run"}},
        {"override.set", {"requirement", "requirements", "context", "kind", "until"}, {"person"}},
        {"package.add", {"key", "dry_run"}},
        {"package.publish_mapping", {"package"}},
        {"package.remove", {"package", "purge", "dry_run"}},
        {"package.replace", {"package", "dry_run"}},
        {"people.import", {"issuer"}},
        {"people.lookup", {"source", "dry_run"}},
        {"person.erase", {"dry_run"}, {"person"}},
        {"person.export", {"format"}, {"person"}},
        {"person.merge", {}, {"from", "into"}},
        {"person.readmit", {"erasure"}},
        {"person.unmerge", {}, {"person"}},
        {"push", {"source", "dry_run", "retry"}},
        {"quarantine.drop", {"source", "kind", "all", "ids"}},
        {"quarantine.retry", {"source", "kind", "all", "ids"}},
        {"report.publish", {"question"}},
        {"retention.apply", {"dry_run", "clock_is_right"}},
        {"run.revert", {"run", "dry_run"}},
        {"source.accept", {"source", "yes"}},
        {"source.put", {"name", "adapter", "preset"}},
        {"source.resume", {"source"}},
        {"statements.export", {"source", "since", "until", "verb", "activity"}},
        {"statements.import", {"run", "last"}},
        {"sync", {"sources", "all", "full", "dry_run", "accept"}},
        {"team.withdraw", {"team"}},
    };
    return list;
}

// Somebody's number is short, and whoever has the store has the key of digests too: a digest of it would
// outlive the person's erasure and could be guessed.
bool may_be_guessed(const json& params) {
    for (const auto* name :
         {"person", "identifier", "identifiers", "links", "agent", "pattern", "from", "into", "proposals"}) {
        const auto it = params.find(name);
        if (it != params.end() && !(it->is_string() && is_uuid(it->get_ref<const std::string&>())))
            return true;
    }
    return false;
}

// Nothing for a value that is no short text, number or yes.
ordered_json shown(const json& value) {
    if (value.is_number_integer() || value.is_boolean()) return ordered_json(value);
    if (value.is_string() && value.get_ref<const std::string&>().size() <= most_text)
        return ordered_json(value);
    if (!value.is_array() || value.size() > most_of_a_list) return nullptr;
    auto out = ordered_json::array();
    for (const auto& one : value) {
        auto each = one.is_array() ? ordered_json(nullptr) : shown(one);
        if (each.is_null()) return nullptr;
        out.push_back(std::move(each));
    }
    return out;
}

// "/sources/esr/settings" of what is deeper: names below it are the file's own words.
std::string cut(const std::string& text) {
    std::size_t end = 0;
    for (int i = 0; i < 3 && end != std::string::npos; ++i) end = text.find('/', end + 1);
    auto out = text.starts_with('/') ? text.substr(0, end) : text;
    return out.size() <= most_text ? out : text.substr(0, text.find('/', 1));
}

ordered_json only(const ordered_json& list, std::initializer_list<const char*> names) {
    auto out = ordered_json::array();
    for (const auto& one : list) {
        if (out.size() >= most_changes) break;
        ordered_json each = ordered_json::object();
        for (const auto* name : names) {
            const auto it = one.find(name);
            // The id of the organisation is its name, which is a value.
            if (one.value("kind", "") == "organisation" && std::string_view(name) == "id") continue;
            if (it != one.end() && it->is_string()) each[name] = cut(it->get_ref<const std::string&>());
        }
        if (out.empty() || out.back() != each) out.push_back(std::move(each));
    }
    return out;
}

// Where the configuration changed and how, never what it says: values may be secrets.
void add_changes(ordered_json& out, const ordered_json& answer) {
    if (const auto it = answer.find("sha256"); it != answer.end()) out["configuration"] = *it;
    const auto add = [&](const char* name, std::initializer_list<const char*> members) {
        const auto it = answer.find(name);
        if (it == answer.end() || !it->is_array() || it->empty()) return;
        out[name] = only(*it, members);
        if (it->size() > most_changes) out[std::string(name) + "_in_all"] = it->size();
    };
    add("changes", {"pointer", "what", "effect"});
    add("items", {"kind", "id", "change"});
}

}  // namespace

bool is_audited(const Operation& operation) {
    if (operation.audited) return true;
    // What clients post is in the journal, in the run of its day, by the credential that posted it; the
    // others write their own entry, or only need the process that owns the data.
    constexpr std::array others{"completions.post", "audit.note", "backup.status"};
    return operation.changes && std::find(others.begin(), others.end(), operation.name) == others.end();
}

ordered_json audited_answer(std::string_view operation, const ordered_json& answer) {
    constexpr std::array<std::pair<std::string_view, const char*>, 4> ids{{{"credential.add", "key"},
                                                                           {"report.publish", "id"},
                                                                           {"backup.run", "id"},
                                                                           {"person.erase", "erasure"}}};
    auto out = ordered_json::object();
    for (const auto& [name, id] : ids) {
        if (name != operation || !answer.contains(id)) continue;
        if (auto value = shown(json(answer[id])); !value.is_null()) out[id] = std::move(value);
    }
    if (operation == "config.reload") add_changes(out, answer);
    return out;
}

AuditedParameters audited_parameters(store::Audit& audit, std::string_view operation, const json& params) {
    AuditedParameters out;
    if (!params.is_object() || params.empty()) return out;
    const auto& list = allow_list();
    const auto allowed = std::find_if(list.begin(), list.end(),
                                      [&](const Allowed& one) { return one.operation == operation; });
    if (allowed != list.end()) {
        for (const auto name : allowed->names) {
            const auto it = params.find(std::string(name));
            if (it == params.end()) continue;
            if (auto value = shown(*it); !value.is_null()) out.subject[std::string(name)] = std::move(value);
        }
        for (const auto name : allowed->uuids) {
            const auto value = get_string(params, name);
            if (is_uuid(value)) out.subject[std::string(name)] = lower_uuid(value);
        }
    }
    if (may_be_guessed(params)) return out;
    auto rest = params;
    rest.erase("reason");
    out.details["parameters"] = audit.digest(rest.dump(-1, ' ', false, json::error_handler_t::replace));
    return out;
}

}  // namespace capbridge::engine
