// The policy: how far each kind and method of evidence goes, how long it holds, when a record turns amber.
// A file (config/schemas/policy.schema.json) that becomes a version in the journal; the one published last is
// in force. Values; immutable once loaded; any thread.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/problem.hpp"
#include "core/base/time.hpp"
#include "core/framework/framework.hpp"

namespace capbridge::competency {

// From least to most: what an xAPI statement, or a person, can show.
enum class EvidenceKind { completed, passed, observed, attested, self };
std::string_view text(EvidenceKind kind);

// The highest level that may be claimed: at most one level id of knowledge and one of skill; absent = nothing
// of that side.
using Cap = std::vector<std::string>;

struct Policy {
    std::string id, version;
    std::map<EvidenceKind, Cap> highest;  // absent kind = nothing
    std::map<EvidenceKind, Cap> by_lead;  // of an assessor with a lead role; absent kind = as of any assessor
    std::map<std::string, Cap, std::less<>> by_method;  // beside the kind's: the lower one holds
    // Of a source's own end and the mapping's: the earlier one, or one of the two where it says an end.
    enum class Expiry { earlier, source, mapping } expiry = Expiry::earlier;
    std::map<std::string, Duration, std::less<>> valid_for;  // by tier, where neither says an end
    int amber_days = 90;  // so many days before its end a record is expiring
    // So long after a new version of a product went live in a unit what was learnt about the former version
    // goes on counting there; absent = not at all.
    std::optional<Duration> product_grace;
};
// The file calls the same thing "caps": {"completed": {"knowledge": "familiarity", "skill": null}, ...}.

// An observation or attestation by an assessor with a lead role has a cap of its own.
struct Claiming {
    EvidenceKind kind = EvidenceKind::completed;
    bool lead = false;
    std::string_view method = {};
};

Result<Policy> load_policy(std::string_view text, const std::string& name,
                           const framework::Framework& framework);
// config/policies/default.json, in the binary. A level that the framework does not have is passed over here
// (a framework of one's own may have other levels, or none), while load_policy refuses it.
Result<Policy> default_policy(const framework::Framework& framework);
// Evidence like this may claim the level of this requirement. A lost level ("") may never be claimed.
bool within_cap(const Policy& policy, const Claiming& claiming, const framework::Framework& framework,
                const framework::Requirement& requirement);

}  // namespace capbridge::competency
