#include "core/competency/words.hpp"

namespace capbridge::competency {

std::string_view text(EvidenceKind kind) {
    switch (kind) {
        case EvidenceKind::completed:
            return "completed";
        case EvidenceKind::passed:
            return "passed";
        case EvidenceKind::observed:
            return "observed";
        case EvidenceKind::attested:
            return "attested";
        case EvidenceKind::self:
            break;
    }
    return "self";
}

std::string_view text(Attainment attainment) {
    switch (attainment) {
        case Attainment::none:
            return "none";
        case Attainment::in_progress:
            return "in_progress";
        case Attainment::met:
            return "met";
        case Attainment::expiring:
            return "expiring";
        case Attainment::expired:
            return "expired";
        case Attainment::contradicted:
            return "contradicted";
        case Attainment::revoked:
            break;
    }
    return "revoked";
}

std::string_view text(Demand demand) {
    switch (demand) {
        case Demand::required:
            return "required";
        case Demand::optional:
            return "optional";
        case Demand::collective:
            return "collective";
        case Demand::not_demanded:
            break;
    }
    return "not_demanded";
}

std::string_view text(Reason reason) {
    switch (reason) {
        case Reason::no_learning_exists:
            return "no_learning_exists";
        case Reason::not_attempted:
            return "not_attempted";
        case Reason::in_progress:
            return "in_progress";
        case Reason::capped:
            return "capped";
        case Reason::expired:
            return "expired";
        case Reason::contradicted:
            return "contradicted";
        case Reason::revoked:
            return "revoked";
        case Reason::unmapped_only:
            return "unmapped_only";
        case Reason::identity_unresolved:
            return "identity_unresolved";
        case Reason::source_stale:
            return "source_stale";
        case Reason::met_direct:
            return "met_direct";
        case Reason::met_implied:
            return "met_implied";
        case Reason::met_equivalent:
            return "met_equivalent";
        case Reason::met_attested:
            return "met_attested";
        case Reason::held_not_demanded:
            break;
    }
    return "held_not_demanded";
}

std::string level_name(const framework::Framework& framework, std::string_view level) {
    if (level.empty()) return "no known level";
    const auto* found = framework.level(level);
    return found == nullptr ? std::string(level) : found->name;
}

std::string kind_noun(EvidenceKind kind) {
    switch (kind) {
        case EvidenceKind::completed:
            return "a completion";
        case EvidenceKind::passed:
            return "a passed assessment";
        case EvidenceKind::observed:
            return "an observation";
        case EvidenceKind::attested:
            return "an attestation";
        case EvidenceKind::self:
            break;
    }
    return "a self-assessment";
}

std::string cap_words(const Policy& policy, const Claiming& claiming, const framework::Framework& framework) {
    std::string knowledge, skill;
    // The highest level of either kind that such evidence may claim.
    int ranks[2] = {0, 0};
    for (const auto& level : framework.levels) {
        framework::Requirement probe;
        probe.level = level.id;
        const bool is_skill = level.kind == framework::Kind::skill;
        if (level.rank <= ranks[is_skill ? 1 : 0] || !within_cap(policy, claiming, framework, probe))
            continue;
        ranks[is_skill ? 1 : 0] = level.rank;
        (is_skill ? skill : knowledge) = level.name;
    }
    if (knowledge.empty() && skill.empty()) return "nothing";
    const auto of = [](const std::string& name, const char* kind_name) {
        return name.empty() ? std::string("no ") + kind_name : name + " of " + kind_name;
    };
    if (knowledge.empty()) return "no knowledge, and at most " + of(skill, "skill");
    return "at most " + of(knowledge, "knowledge") + " and " + of(skill, "skill");
}

std::string in_quotes(std::string_view words) {
    return "‘" + std::string(words) + "’";
}

std::string count_of(std::size_t count, std::string_view noun) {
    const bool person = noun == "person";
    std::string out = std::to_string(count) + " ";
    if (person) return out + (count == 1 ? "person" : "people");
    return out + std::string(noun) + (count == 1 ? "" : "s");
}

}  // namespace capbridge::competency
