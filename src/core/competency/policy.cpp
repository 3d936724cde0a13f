#include "core/competency/policy.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "core/base/embedded.hpp"
#include "core/competency/documents.hpp"

namespace capbridge::competency {
namespace {

constexpr std::array kinds{EvidenceKind::completed, EvidenceKind::passed, EvidenceKind::observed,
                           EvidenceKind::attested, EvidenceKind::self};

enum class UnknownLevel { refuse, pass_over };

class Reader {
public:
    Reader(const framework::Framework& framework, UnknownLevel unknown)
        : framework_(framework), unknown_(unknown) {}

    Policy read(const json& document) {
        Policy out;
        out.id = get_string(document, "id");
        out.version = get_string(document, "version");
        out.amber_days = document.at("amber_days").get<int>();
        out.highest = caps_by_kind(document, "caps");
        std::erase_if(out.highest, [](const auto& cap) { return cap.second.empty(); });
        out.by_lead = caps_by_kind(document, "lead_caps");
        if (const auto methods = document.find("method_caps"); methods != document.end()) {
            for (const auto& [method, cap] : methods->items())
                out.by_method[method] = read_cap(cap, "/method_caps/" + method);
        }
        const auto expiry = get_string(document, "expiry", "earlier");
        if (expiry == "source") out.expiry = Policy::Expiry::source;
        if (expiry == "mapping") out.expiry = Policy::Expiry::mapping;
        if (const auto tiers = document.find("valid_for"); tiers != document.end()) {
            for (const auto& [tier, length] : tiers->items()) {
                if (const auto parsed = duration(length.get<std::string>(), "/valid_for/" + tier))
                    out.valid_for[tier] = *parsed;
            }
        }
        if (document.contains("product_grace"))
            out.product_grace = duration(get_string(document, "product_grace"), "/product_grace");
        return out;
    }

    Problems problems;

private:
    std::map<EvidenceKind, Cap> caps_by_kind(const json& document, const std::string& member) {
        std::map<EvidenceKind, Cap> out;
        const auto caps = document.find(member);
        if (caps == document.end()) return out;
        for (const auto kind : kinds) {
            const std::string name(competency::text(kind));
            if (const auto cap = caps->find(name); cap != caps->end())
                out[kind] = read_cap(*cap, "/" + member + "/" + name);
        }
        return out;
    }

    Cap read_cap(const json& cap, const std::string& pointer) {
        Cap out;
        for (const auto* side : {"knowledge", "skill"}) {
            const auto id = get_string(cap, side);
            if (id.empty()) continue;
            const auto* level = framework_.level(id);
            const bool skill = std::string_view(side) == "skill";
            if (level == nullptr) {
                if (unknown_ == UnknownLevel::refuse) {
                    refuse("unknown_level", pointer + "/" + side,
                           "the framework " + framework_.id + " has no level '" + id + "'");
                }
            } else if ((level->kind == framework::Kind::skill) != skill) {
                refuse("level_kind", pointer + "/" + side, "'" + id + "' is no level of " + side);
            } else {
                out.push_back(id);
            }
        }
        return out;
    }

    std::optional<Duration> duration(const std::string& text, const std::string& pointer) {
        auto parsed = parse_duration(text);
        if (!parsed)
            refuse("bad_duration", pointer, "'" + text + "' is no duration such as P3Y, P18M or P90D");
        return parsed;
    }

    void refuse(const char* code, const std::string& pointer, std::string message) {
        problems.push_back({Problem::Severity::error, code, pointer, std::move(message), 0});
    }

    const framework::Framework& framework_;
    UnknownLevel unknown_;
};

Result<Policy> read_policy(std::string_view text, const std::string& name,
                           const framework::Framework& framework, UnknownLevel unknown) {
    CAPBRIDGE_LET(const json document, read_shaped(text, name, "schemas/policy.schema.json"));
    Reader reader(framework, unknown);
    auto out = reader.read(document);
    locate(reader.problems, text);
    if (has_errors(reader.problems)) return fail(problems_error(reader.problems, name));
    return out;
}

bool reaches(const Cap& cap, const framework::Framework& framework, const framework::Level& wanted) {
    return std::any_of(cap.begin(), cap.end(), [&](const std::string& id) {
        const auto* highest = framework.level(id);
        return highest != nullptr && highest->kind == wanted.kind && wanted.rank <= highest->rank;
    });
}

}  // namespace

Result<Policy> load_policy(std::string_view text, const std::string& name,
                           const framework::Framework& framework) {
    return read_policy(text, name, framework, UnknownLevel::refuse);
}

Result<Policy> default_policy(const framework::Framework& framework) {
    const auto* file = find_embedded(embedded_config(), "policies/default.json");
    if (file == nullptr) return fail("not_found", "the default policy is missing from this build");
    return read_policy(file->bytes, "policies/default.json", framework, UnknownLevel::pass_over);
}

bool within_cap(const Policy& policy, const Claiming& claiming, const framework::Framework& framework,
                const framework::Requirement& requirement) {
    const auto* wanted = framework.level(requirement.level);
    if (wanted == nullptr) return false;
    const auto lead = claiming.lead ? policy.by_lead.find(claiming.kind) : policy.by_lead.end();
    const auto cap = policy.highest.find(claiming.kind);
    if (lead != policy.by_lead.end()) {
        if (!reaches(lead->second, framework, *wanted)) return false;
    } else if (cap == policy.highest.end() || !reaches(cap->second, framework, *wanted)) {
        return false;
    }
    const auto method = policy.by_method.find(claiming.method);
    return method == policy.by_method.end() || reaches(method->second, framework, *wanted);
}

}  // namespace capbridge::competency
