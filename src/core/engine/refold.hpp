// Folding the records of many people: of everybody, or of those whom a change of the rules concerns. In
// slices, each a short job of the store's writer, so that what is posted meanwhile waits for one slice at
// most; while one is written the next is folded. Used by the projector on its thread; errors are the store's,
// and "stopping".
#pragma once
#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/competency/rules.hpp"
#include "core/store/projection.hpp"

namespace capbridge::engine {

// Rules that records were folded with, the digests of their texts (ReadRulebook::texts), and the activities
// that they know.
struct FoldedWith {
    std::shared_ptr<const competency::Rules> rules;
    std::map<std::string, std::string> texts;
    std::shared_ptr<const store::ActivityFilter> known;
};
std::shared_ptr<const store::ActivityFilter> activities_of(std::shared_ptr<const competency::Rules> rules);

// When nothing but mappings changed: the activities that those know or knew. Else nothing: everybody's
// records may be other ones.
std::optional<std::vector<std::string>> changed_activities(const FoldedWith& before, const FoldedWith& now);

// Folds these people; cursor and folded_by come with the last commit.
Status fold_people(store::Projection& projection, const FoldedWith& with, const std::string& iri_base,
                   const std::set<std::string>& people, std::int64_t cursor, const std::string& folded_by,
                   const std::atomic<bool>& stopping);

}  // namespace capbridge::engine
