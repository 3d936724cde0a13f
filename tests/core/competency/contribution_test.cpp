#include "core/competency/contribution.hpp"

#include "world.hpp"

namespace capbridge::competency {
namespace {

TEST(EvidenceText, IsWhatTheJsonSays) {
    const std::vector<std::string> texts{"",
                                         "plain",
                                         "quote \" backslash \\ slash /",
                                         "tab \t line \n return \r back \b feed \f",
                                         std::string("nul \0 one \x01 unit \x1f delete \x7f", 27),
                                         "Überprüfung, 検査, 🩺"};
    std::vector<Contribution> evidence;
    auto array = json::array();
    for (std::size_t i = 0; i < 64; ++i) {
        const auto text_at = [&](std::size_t n) { return texts[(i + n * 7) % texts.size()]; };
        Contribution c;
        c.statement = text_at(0);
        c.mapping = text_at(1);
        c.learning_item = text_at(2);
        c.implied_by = text_at(3);
        c.why_not = text_at(4);
        c.method = text_at(5);
        c.assessor = text_at(6);
        c.document = text_at(7);
        c.reviewer = text_at(8);
        c.kind = static_cast<EvidenceKind>(i % 5);
        c.counts = i % 2 == 0;
        c.same_level = i % 3 == 0;
        if (i % 4 != 0) c.from = test::day("2024-02-29");
        if (i % 4 > 1) c.to = test::day("2030-12-31");
        if (i % 8 == 3) c.contradicted_on = test::day("0001-01-01");
        array.push_back(to_json(c));
        evidence.push_back(std::move(c));
        EXPECT_EQ(evidence_text(evidence), array.dump());
    }
    EXPECT_EQ(evidence_text({}), "[]");
    EXPECT_EQ(contribution_from_json(json::parse(evidence_text(evidence))[5]), evidence[5]);
}

}  // namespace
}  // namespace capbridge::competency
