// What is to be given to a source, held against the ledger of what was given: what goes out, what stays, and
// what is not true here any more. Read-only until settle(). One thread.
#pragma once
#include <set>
#include <string>
#include <vector>

#include "core/engine/write_back/awards.hpp"

namespace capbridge::engine {

struct PlannedAward {
    Award award;
    std::string ledger_key;      // the award's own, or that of one who was merged into the person
    std::optional<Day> key_day;  // in the push's key: it is given again, on new evidence after a loss
    json previous = nullptr;     // receipt of the same push key

    // A new one for what is given again, so that the adapter does not take it for the former.
    [[nodiscard]] std::string push_key() const;
    // As the ledger keeps it: the digest, the day of the last learning, and the key's.
    [[nodiscard]] std::string digest() const;
};

// The competency stands over there, given by us, and is not met here today. Nothing is taken back: an LMS's
// own rating may rest on more than ours.
struct UnmetAward {
    std::string person, competency;
};

class AwardPlan {
public:
    // `retry`: what was refused goes again now, whenever its next try is due.
    AwardPlan(Bridge& bridge, const store::SourceRow& source, const Awards& awards, bool own_evidence,
              bool retry, Day today);

    std::vector<PlannedAward> to_push;
    std::vector<UnmetAward> unmet;
    // own: not told, for all that counts came from there.
    std::size_t wanted = 0, same = 0, waiting = 0, own = 0;

    // Puts down in the ledger what is unmet, or met again. Durable.
    Status settle();

private:
    void add(Award award, bool own_evidence, bool retry, Day today, Origins& origins);
    void look_for_unmet(const char* state);

    Bridge& bridge_;
    const store::SourceRow& source_;
    const Awards& awards_;
    std::set<std::string> wanted_keys_;
    std::vector<store::PushRow> to_keep_;
};

inline constexpr const char* award_kind = "competency_award";

}  // namespace capbridge::engine
