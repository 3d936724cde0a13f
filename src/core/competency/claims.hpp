// Claims by the ids of requirements, as mappings and attestations write them: ids that an earlier version of
// the framework had stand for what replaced them, and then the evidence counts as of an equivalent item.
// Internal to the folder. Pure; any thread.
#pragma once
#include <string>
#include <vector>

#include "core/competency/rules.hpp"

namespace capbridge::competency {

struct Claims {
    std::vector<int> direct;    // sorted
    std::vector<int> replaced;  // claimed by a former id only; sorted
    [[nodiscard]] std::vector<int> all() const;
};
Claims claims_of(const std::vector<std::string>& ids, const framework::Framework& framework);

// As Rules::gives_of(). What is claimed by a former id only has itself as `via`.
std::vector<Rules::Give> gives_of(const Claims& claims, const Rules& rules);
inline bool is_replaced(const Rules::Give& give) {
    return give.via == give.requirement;
}
// Of the ids, the former one by which the requirement is claimed; "" when there is none.
std::string former_id(const std::vector<std::string>& ids, int requirement,
                      const framework::Framework& framework);

// In the order that Rules::Use::gives has, each way once.
void put_in_order(std::vector<Rules::Give>& gives);

}  // namespace capbridge::competency
