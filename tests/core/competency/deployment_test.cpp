// Product and deployment files: what is refused, with its place, and what a product's file does not tell yet.
#include "core/competency/deployment.hpp"

#include "core/competency/product_gaps.hpp"
#include "world.hpp"

namespace capbridge::competency::test {
namespace {

json product(json more = json::object()) {
    json out = {{"id", "scan"},
                {"version", "1"},
                {"name", "Scan"},
                {"versions", {{{"version", "2.0"}}, {{"version", "2.1"}}}}};
    out.update(more);
    return out;
}
std::string refusal(const json& document) {
    const auto loaded = load_product(document.dump(2), "p.json");
    return loaded ? "" : loaded.error().message;
}
std::string refused_deployment(const std::string& go_live) {
    const json document = {
        {"id", "d"}, {"product", "Scan"}, {"version", "1"}, {"unit", "Ward"}, {"go_live", go_live}};
    const auto loaded = load_deployment(document.dump(2), "d.json");
    return loaded ? "" : loaded.error().message;
}

void expect_in(const std::string& part, const std::string& whole) {
    EXPECT_NE(whole.find(part), std::string::npos) << part << " is not in: " << whole;
}

TEST(Product, HoldsWhatItsDeveloperTells) {
    const auto loaded =
        load_product(product({{"developer",
                               {{"intended_purpose", "Sorts."},
                                {"datasets", {{{"use", "training"}, {"name", "t"}, {"size", 10}}}},
                                {"performance",
                                 {{{"metric", "AUROC"},
                                   {"value", 0.9},
                                   {"lower", 0.8},
                                   {"upper", 0.95},
                                   {"subgroup", "under 45"},
                                   {"version", "2.1"},
                                   {"dataset", "t"}}}}}}})
                         .dump(),
                     "p.json");
    ASSERT_TRUE(loaded) << loaded.error().text();
    EXPECT_EQ(loaded->versions, (std::vector<std::string>{"2.0", "2.1"}));
}

TEST(Product, MembersThatNobodyNamedAreRefused) {
    expect_in("/developer", refusal(product({{"developer", {{"anything", "goes"}}}})));
    expect_in("/evaluations/0", refusal(product({{"evaluations", {{{"title", "x"}, {"kind", "rumour"}}}}})));
    expect_in("/training/ways/0", refusal(product({{"training", {{"ways", {{{"title", "x"}}}}}}})));
}

TEST(Product, FiguresMustAgreeWithEachOther) {
    const auto developer = [](json more) { return product({{"developer", std::move(more)}}); };
    expect_in(
        "bad_interval",
        refusal(developer({{"performance", {{{"metric", "AUROC"}, {"value", 0.9}, {"lower", 0.91}}}}})));
    expect_in("unknown_version",
              refusal(developer({{"performance", {{{"metric", "AUROC"}, {"value", 1}, {"version", "9"}}}}})));
    expect_in("unknown_dataset",
              refusal(developer({{"performance", {{{"metric", "AUROC"}, {"value", 1}, {"dataset", "x"}}}}})));
    expect_in("bad_share",
              refusal(developer({{"datasets",
                                  {{{"use", "training"},
                                    {"demographics",
                                     {{{"group", "sex"}, {"value", "f"}, {"share", 0.6}},
                                      {{"group", "sex"}, {"value", "m"}, {"share", 0.6}}}}}}}})));
    expect_in("bad_count",
              refusal(product(
                  {{"evaluations", {{{"title", "x"}, {"kind", "survey"}, {"asked", 3}, {"answered", 4}}}}})));
    expect_in("bad_period",
              refusal(product(
                  {{"evaluations",
                    {{{"title", "x"}, {"kind", "survey"}, {"from", "2026-02-01"}, {"to", "2026-01-01"}}}}})));
    expect_in("duplicate_version",
              refusal(product({{"versions", {{{"version", "2"}}, {{"version", "2"}}}}})));
}

TEST(Product, GapsAreWhatIsNotToldYet) {
    const auto bare = product_gaps(product());
    const auto has = [](const std::vector<ProductGap>& gaps, const std::string& pointer) {
        return std::any_of(gaps.begin(), gaps.end(), [&](const auto& g) { return g.pointer == pointer; });
    };
    EXPECT_TRUE(has(bare, "/developer/intended_purpose"));
    EXPECT_TRUE(has(bare, "/developer/incidents"));
    EXPECT_TRUE(has(bare, "/evaluations"));
    EXPECT_FALSE(has(bare, "/versions"));
    const auto more = product_gaps(
        product({{"developer", {{"intended_purpose", "x"}, {"datasets", {{{"use", "training"}}}}}}}));
    EXPECT_FALSE(has(more, "/developer/intended_purpose"));
    EXPECT_TRUE(has(more, "/developer/datasets")) << "validation is missing";
    EXPECT_TRUE(has(more, "/developer/datasets/0/demographics"));
    EXPECT_TRUE(product_gaps(json::array()).empty());
}

TEST(Deployment, AGoLiveThatIsNoPlanIsRefused) {
    EXPECT_EQ(refused_deployment("2026-12-01"), "");
    expect_in("/go_live", refused_deployment("3026-12-01"));
    expect_in("/go_live", refused_deployment("0226-12-01"));
    expect_in("bad_day", refused_deployment("2026-13-01"));
}

}  // namespace
}  // namespace capbridge::competency::test
