// What a new version does to a package's activities.
#include "core/scorm/activity_diff.hpp"

#include <gtest/gtest.h>

namespace capbridge::scorm {
namespace {

using Kind = PackageActivity::Kind;

PackageActivity activity(const std::string& id, const std::string& title, const std::string& launch = {},
                         Kind kind = Kind::sco) {
    PackageActivity out;
    out.kind = kind;
    out.iri = "https://bridge.example/packages/p/" + id;
    out.parent = "https://bridge.example/packages/p";
    out.identifier = id;
    out.name = {{"", title}};
    out.launch = launch;
    return out;
}

using List = std::vector<PackageActivity>;

TEST(ActivityDiff, OfTheSameIsNothing) {
    const List list{activity("a", "A", "a.html"), activity("b", "B", "b.html")};
    const auto diff = diff_of(list, {list[1], list[0]});
    EXPECT_TRUE(diff.added.empty() && diff.removed.empty() && diff.likely_renamed.empty());
    EXPECT_TRUE(diff.retitled.empty() && diff.moved.empty());
    EXPECT_EQ(diff.unchanged, 2u);
}

TEST(ActivityDiff, TellsWhatCameWentAndIsCalledOtherwise) {
    auto moved = activity("d", "D");
    moved.parent += "/m";
    const auto diff = diff_of({activity("a", "A"), activity("b", "B"), activity("d", "D")},
                              {activity("b", "B, second edition"), activity("c", "C"), moved});
    ASSERT_EQ(diff.removed, std::vector<std::size_t>{0});
    ASSERT_EQ(diff.added, std::vector<std::size_t>{1});
    ASSERT_EQ(diff.retitled.size(), 1u);
    EXPECT_EQ(diff.retitled[0].before, 1u);
    ASSERT_EQ(diff.moved.size(), 1u);
    EXPECT_EQ(diff.moved[0].after, 2u);
    EXPECT_TRUE(diff.likely_renamed.empty());
    EXPECT_EQ(diff.unchanged, 0u);
}

TEST(ActivityDiff, SeesALikelyRenameByLaunchOrTitle) {
    const auto diff = diff_of(
        {activity("a", "Quiz", "q.html"), activity("b", "Reading", "r.html"), activity("c", "End", "e.html")},
        {activity("a2", "Test", "q.html"), activity("b2", "  reading ", "other.html"),
         activity("c2", "End", "e.html")});
    ASSERT_EQ(diff.likely_renamed.size(), 3u);
    std::map<std::size_t, ActivityPair> by_before;
    for (const auto& pair : diff.likely_renamed) by_before[pair.before] = pair;
    EXPECT_EQ(by_before[0].after, 0u);
    EXPECT_EQ(by_before[0].why, "launch");
    EXPECT_EQ(by_before[1].why, "title");
    EXPECT_EQ(by_before[2].why, "title and launch");
    EXPECT_TRUE(diff.added.empty() && diff.removed.empty());
}

TEST(ActivityDiff, DoesNotGuessBetweenTwo) {
    const auto diff = diff_of({activity("a", "Quiz"), activity("b", "Quiz")}, {activity("c", "Quiz")});
    EXPECT_TRUE(diff.likely_renamed.empty());
    EXPECT_EQ(diff.removed.size(), 2u);
    EXPECT_EQ(diff.added.size(), 1u);
}

TEST(ActivityDiff, AnObjectiveIsNoScoOfTheSameTitle) {
    const auto diff = diff_of({activity("a", "Safety")}, {activity("b", "Safety", "", Kind::objective)});
    EXPECT_TRUE(diff.likely_renamed.empty());
    const auto nameless = diff_of({activity("a", "")}, {activity("b", "")});
    EXPECT_TRUE(nameless.likely_renamed.empty());
}

}  // namespace
}  // namespace capbridge::scorm
