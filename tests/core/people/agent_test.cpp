#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/people/people.hpp"

namespace capbridge::people {
namespace {

using Ifi = xapi::Agent::Ifi;
constexpr std::string_view base = "https://bridge.example/x";

xapi::Agent agent(std::string_view scheme, std::string_view issuer, std::string_view value) {
    return agent_of(scheme, issuer, value, base);
}

TEST(AgentOf, EmailIsAnMboxInLowerCase) {
    EXPECT_EQ(agent("email", "", "Ann@Trust.Example"),
              (xapi::Agent{Ifi::mbox, "mailto:ann@trust.example", ""}));
    EXPECT_EQ(agent("mbox", "", "mailto:Ann@Trust.Example"), agent("email", "", "ann@trust.example"));
}

TEST(AgentOf, SchemesWithAnIfiOfTheirOwn) {
    EXPECT_EQ(agent("mbox_sha1sum", "", "EBD3"), (xapi::Agent{Ifi::mbox_sha1sum, "ebd3", ""}));
    EXPECT_EQ(agent("openid", "", "https://id.example/A"),
              (xapi::Agent{Ifi::openid, "https://id.example/A", ""}));
    EXPECT_EQ(agent("account:https://lms.example/", "", "17"),
              (xapi::Agent{Ifi::account, "17", "https://lms.example/"}));
}

TEST(AgentOf, OthersAreAccountsBelowTheIriBase) {
    EXPECT_EQ(agent("esr-employee", "nymouth", "109"),
              (xapi::Agent{Ifi::account, "109", "https://bridge.example/x/id/esr-employee/nymouth"}));
    EXPECT_EQ(agent("registration:GMC", "", "7"),
              (xapi::Agent{Ifi::account, "7", "https://bridge.example/x/id/registration:GMC"}));
    EXPECT_EQ(agent("local", "a/b c", "7").home_page, "https://bridge.example/x/id/local/a%2Fb%20c");
}

TEST(IdentifierOf, IsTheInverse) {
    const Identifier all[] = {
        {"email", "", "ann@trust.example", {}, {}},
        {"mbox_sha1sum", "", "ebd3", {}, {}},
        {"openid", "", "https://id.example/A", {}, {}},
        {"account:https://lms.example/", "", "17", {}, {}},
        {"esr-employee", "nymouth", "109", {}, {}},
        {"esr-assignment", "a/b+c d%", "109-2", {}, {}},
        {"registration:GMC", "", "7", {}, {}},
        {"crs-uuid", "", "555", {}, {}},
        {"", "", "", {}, {}},
    };
    for (const auto& identifier : all) {
        EXPECT_EQ(identifier_of(agent(identifier.scheme, identifier.issuer, identifier.value), base),
                  identifier)
            << identifier.scheme;
    }
}

TEST(IdentifierOf, AHomePageThatOnlyLooksLikeOursIsForeign) {
    for (const char* page : {"https://bridge.example/x/id/", "https://bridge.example/x/id/a/",
                             "https://bridge.example/x/id/a/b/c", "https://bridge.example/x/id/a/%2f",
                             "https://bridge.example/x/id/email", "https://bridge.example/xx/id/a"}) {
        const xapi::Agent foreign{Ifi::account, "v", page};
        const auto identifier = identifier_of(foreign, base);
        EXPECT_EQ(identifier.scheme, std::string("account:") + page);
        EXPECT_EQ(agent_of(identifier.scheme, identifier.issuer, identifier.value, base), foreign);
    }
}

TEST(Payload, PersonAndAssignmentComeBack) {
    const auto day = [](const char* text) { return parse_day(text); };
    const Person person{"6f0c",
                        "Zoë Example",
                        {{"esr-employee", "nymouth", "1", {}, {}},
                         {"email", "", "a@b.example", day("2025-01-01"), day("2025-12-31")}},
                        {{"Radiology", "Medical and Dental", "Consultant", "", day("2024-02-29"), {}}, {}}};
    EXPECT_EQ(person_from_json(to_json(person)), person);
    EXPECT_EQ(person_from_json(json::object()), Person{});
    for (const auto state :
         {Assignment::State::proposed, Assignment::State::confirmed, Assignment::State::rejected}) {
        const Assignment assignment{"6f0c", "user", state, "rule:r@1", day("2025-01-01"), {}, "somebody"};
        EXPECT_EQ(assignment_from_json(to_json(assignment)), assignment);
    }
}

TEST(Payload, SaysOnlyWhatIsKnown) {
    EXPECT_EQ(to_json(Person{"6f0c", "", {}, {}}).dump(),
              R"({"employments":[],"id":"6f0c","identifiers":[]})");
}

}  // namespace
}  // namespace capbridge::people
