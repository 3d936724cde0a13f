// Requirements that an earlier version of a framework had: what replaced them is found through any number of
// versions, and a file that names what is not there is refused.
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/framework/framework.hpp"

namespace capbridge::framework {
namespace {

json shipped() {
    return json::parse(*shipped_framework("hee-ai-confidence"));
}
Framework load(const json& document) {
    auto loaded = load_framework(document.dump(1), "edited");
    EXPECT_TRUE(loaded) << loaded.error().text();
    return loaded ? *loaded : Framework();
}
std::vector<std::string> successors(const Framework& f, const std::string& id) {
    std::vector<std::string> out;
    for (const int i : f.requirements_for(id)) out.push_back(f.requirements[static_cast<std::size_t>(i)].id);
    return out;
}
bool has(const Problems& problems, const std::string& code, const std::string& pointer) {
    return std::any_of(problems.begin(), problems.end(),
                       [&](const Problem& p) { return p.code == code && p.pointer == pointer; });
}

TEST(FormerRequirements, LeadToWhatReplacedThem) {
    auto document = shipped();
    document["former"] = {
        {{"id", "oldest"}, {"replaced_by", {"older"}}},
        {{"id", "older"}, {"replaced_by", {"t1-ai-literacy-2", "t1-ai-literacy-1"}}, {"why", "split"}},
        {{"id", "gone"}, {"replaced_by", json::array()}},
        {{"id", "ring-a"}, {"replaced_by", {"ring-b"}}},
        {{"id", "ring-b"}, {"replaced_by", {"ring-a", "t1-ai-literacy-3"}}}};
    const auto f = load(document);
    EXPECT_EQ(successors(f, "t1-ai-literacy-1"), std::vector<std::string>{"t1-ai-literacy-1"});
    EXPECT_EQ(successors(f, "oldest"), (std::vector<std::string>{"t1-ai-literacy-1", "t1-ai-literacy-2"}));
    EXPECT_TRUE(successors(f, "gone").empty());
    EXPECT_TRUE(successors(f, "never-was").empty());
    EXPECT_EQ(successors(f, "ring-a"), std::vector<std::string>{"t1-ai-literacy-3"});
    EXPECT_EQ(f.former_requirement("older")->why, "split");
    EXPECT_EQ(f.former_requirement("t1-ai-literacy-1"), nullptr);
    EXPECT_EQ(f.requirement_index("older"), -1);
    const auto exported = export_framework(f);
    EXPECT_EQ(exported["former"].size(), 5u);
    EXPECT_EQ(exported["former"][1]["why"], "split");
}

TEST(FormerRequirements, AreCheckedAgainstThoseThatAreThere) {
    auto document = shipped();
    document["former"] = {{{"id", "t1-ai-literacy-1"}, {"replaced_by", json::array()}},
                          {{"id", "a"}, {"replaced_by", {"nowhere"}}},
                          {{"id", "b"}, {"replaced_by", {"b"}}},
                          {{"id", "a"}, {"replaced_by", json::array()}}};
    document["requirements"][0]["equivalent_to"] = {"nowhere"};
    document["requirements"][1]["equivalent_to"] = json::array({document["requirements"][1]["id"]});
    const auto problems = check_framework(document);
    EXPECT_TRUE(has(problems, "former_is_there", "/former/0/id"));
    EXPECT_TRUE(has(problems, "unknown_requirement", "/former/1/replaced_by/0"));
    EXPECT_TRUE(has(problems, "replaced_by_itself", "/former/2/replaced_by/0"));
    EXPECT_TRUE(has(problems, "duplicate_id", "/former/3/id"));
    EXPECT_TRUE(has(problems, "unknown_requirement", "/requirements/0/equivalent_to/0"));
    EXPECT_TRUE(has(problems, "unknown_requirement", "/requirements/1/equivalent_to/0"));
    document = shipped();
    document["former"] = {{{"id", "No Id"}}, 7};
    EXPECT_FALSE(load_framework(document.dump(), "edited"));
}

}  // namespace
}  // namespace capbridge::framework
