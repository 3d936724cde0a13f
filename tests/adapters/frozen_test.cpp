// What vendors have shipped keeps working: adapters that were built once against version 1.0 of
// bridge/adapter.h, by two compilers (tests/adapters/frozen).
#include "adapters/fixture.hpp"

namespace capbridge::adapters {
namespace {

class Frozen : public AdapterTest, public ::testing::WithParamInterface<const char*> {
protected:
    Frozen() {
        // With a bridge's extension, for only that is looked at.
        const auto copy = plugins.path / "frozen.so";
        fs::copy_file(fs::path(CAPBRIDGE_REPO) / "tests/adapters/frozen" /
                          (std::string("adapter_1_0.so.") + GetParam()),
                      copy);
        fs::permissions(copy, fs::perms(0755));
        folder.write("a.txt", "x");
    }
    const std::string id = std::string("frozen.") + GetParam();
};

TEST_P(Frozen, LoadsPullsPushesAndFinds) {
    ASSERT_EQ(catalogue().list().size(), 1u) << catalogue().refused()[0].error.text();
    EXPECT_EQ(catalogue().list()[0].id, id);
    ASSERT_TRUE(pull(id, {{"a", 1}}, "", true));
    ASSERT_EQ(out.records.size(), 2u);
    // Log, clock, cancel, state, files and HTTP: each answered as its 1.0 says.
    EXPECT_EQ(out.records[0].second, R"({"id":"6"})");
    EXPECT_EQ(out.records[1].first, "rejected");
    EXPECT_EQ(out.cursors, std::vector<std::string>{"one"});
    EXPECT_TRUE(pull(id, {{"a", 1}}, "one", true));
    EXPECT_EQ(pull(id, {{"a", 1}}, "two").error().code, "adapter_bad_cursor");

    const auto opened = source(id, {{"a", 1}});
    const auto checked = opened->check();
    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().code, "adapter_auth");
    EXPECT_NE(checked.error().message.find("A frozen no. (frozen)"), std::string::npos);

    bool given = false;
    json receipt;
    const auto pushed = opened->push(
        [&]() -> std::optional<engine::PushItem> {
            if (std::exchange(given, true)) return std::nullopt;
            return engine::PushItem{"competency_held", "k", {{"n", 1}}, nullptr};
        },
        [&](const engine::PushItem&, const Result<json>& r) {
            if (r) receipt = *r;
            return Status{};
        },
        cancel);
    EXPECT_TRUE(pushed);
    EXPECT_EQ(receipt, (json{{"n", 1}}));
    const auto found = opened->find_users(json::array({{{"scheme", "email"}, {"value", "x"}}}), cancel);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->size(), 1u);
}
INSTANTIATE_TEST_SUITE_P(Both, Frozen, ::testing::Values("gcc", "clang"),
                         [](const auto& p) { return std::string(p.param); });

}  // namespace
}  // namespace capbridge::adapters
