// The query API: each path is one named operation with typed parameters.
#include "server/fixture.hpp"

namespace capbridge::server::testing {
namespace {

TEST_F(ServerTest, EachPathRunsItsOperation) {
    const std::vector<std::tuple<std::string, std::string, json>> expected{
        {"framework", "framework.export", json::object()},
        {"framework?id=hee", "framework.export", {{"id", "hee"}}},
        {"matrix?unit=Ward+7&staff_group=a%26b&job_role=&archetype=user&as_of=2026-03-31",
         "matrix",
         {{"unit", "Ward 7"}, {"staff_group", "a&b"}, {"archetype", "user"}, {"as_of", "2026-03-31"}}},
        {"people?q=ada&unassigned=true&limit=20&offset=40",
         "people.list",
         {{"text", "ada"}, {"unassigned", true}, {"limit", 20}, {"offset", 40}}},
        {"people/esr%3Ax%2F1", "person", {{"person", "esr:x/1"}}},
        {"people/7/record?as_of=2026-01-01", "record", {{"person", "7"}, {"as_of", "2026-01-01"}}},
        {"people/7/explain?requirement=t1-1&context=d1",
         "explain",
         {{"person", "7"}, {"requirement", "t1-1"}, {"context", "d1"}}},
        {"explain?archetype=user&factor=liability&unit=x",
         "explain",
         {{"archetype", "user"}, {"factor", "liability"}, {"unit", "x"}}},
        {"runs?limit=5", "run.list", {{"limit", 5}}},
        {"runs/12", "run.show", {{"run", 12}}}};
    for (const auto& [path, operation, params] : expected) {
        const auto answer = query("/api/v1/" + path);
        EXPECT_EQ(200, answer.status) << path << answer.body;
        EXPECT_EQ("application/json", answer.header("content-type"));
        ASSERT_FALSE(bridge.asked.empty());
        EXPECT_EQ(operation, bridge.asked.back().first) << path;
        EXPECT_EQ(params, last_params()) << path;
        EXPECT_EQ("credential:query", bridge.who.back());
    }
}

TEST_F(ServerTest, BadQueryParametersAreNamed) {
    const std::vector<std::pair<std::string, std::string>> bad{{"matrix?colour=red", "colour"},
                                                               {"matrix?as_of=today", "as_of"},
                                                               {"matrix?as_of=2026-02-30", "as_of"},
                                                               {"matrix?format=xml", "format"},
                                                               {"people?limit=0", "limit"},
                                                               {"people?limit=1001", "limit"},
                                                               {"people?offset=-1", "offset"},
                                                               {"people?unassigned=yes", "unassigned"},
                                                               {"people/7?x=1", "x"},
                                                               {"people/7/explain", "requirement"},
                                                               {"explain?archetype=user", "factor"},
                                                               {"runs/abc", "id"},
                                                               {"runs/99999999999999999999", "id"},
                                                               {"people?q=%FF", "q"},
                                                               {"people?q=%00", "q"}};
    for (const auto& [path, name] : bad) {
        const auto answer = query("/api/v1/" + path);
        EXPECT_EQ(400, answer.status) << path;
        EXPECT_EQ(name, answer.parsed()["where"]) << path << answer.body;
    }
    EXPECT_TRUE(bridge.asked.empty());
}

TEST_F(ServerTest, ErrorsOfTheOperationGetTheirStatus) {
    const std::vector<std::pair<std::string, int>> expected{{"not_found", 404}, {"bad_parameter", 400},
                                                            {"ambiguous", 400}, {"store_damaged", 503},
                                                            {"no_data", 503},   {"unknown_operation", 501}};
    for (const auto& [code, status] : expected) {
        bridge.answer = fail(code, "Says why.");
        const auto answer = query("/api/v1/people/7");
        EXPECT_EQ(status, answer.status) << code;
        EXPECT_EQ(code, answer.parsed()["code"]);
    }
}

TEST_F(ServerTest, CsvByParameterOrByAccept) {
    for (const auto& [target, header] : std::vector<std::pair<std::string, std::string>>{
             {"/api/v1/matrix?format=csv", ""}, {"/api/v1/matrix", "Accept: text/csv\r\n"}}) {
        const auto answer = query(target, header);
        EXPECT_EQ("text/csv; charset=utf-8", answer.header("content-type"));
        EXPECT_EQ("attachment; filename=\"matrix.csv\"", answer.header("content-disposition"));
        EXPECT_EQ("as_of,status\r\n", answer.body);
    }
    EXPECT_EQ("application/json",
              query("/api/v1/matrix?format=json", "Accept: text/csv\r\n").header("content-type"));
}

TEST_F(ServerTest, PeopleAndRunsAsCsv) {
    bridge.answer = ordered_json::parse(
        R"({"people":[{"id":"1","name":"=Ada, \"A\"","employments":[{"unit":"Ward 7","staff_group":"Nurses","job_role":""},{"unit":"Ward 8","staff_group":"Nurses","job_role":"Sister"}],)"
        R"("archetypes":[{"archetype":"user","state":"confirmed"},{"archetype":"driver","state":"proposed"},{"archetype":"shaper","state":"rejected"}]}]})");
    EXPECT_EQ(
        "id,name,unit,staff_group,job_role,archetypes,proposed_archetypes\r\n"
        "1,\"'=Ada, \"\"A\"\"\",Ward 7; Ward 8,Nurses; Nurses,Sister,user,driver\r\n",
        query("/api/v1/people?format=csv").body);
    bridge.answer = ordered_json::parse(
        R"({"runs":[{"id":3,"kind":"sync","what":"sync esr","source":null,"who":"cli:a","began":"b","ended":null,"counts":{"new":2},"outcome":"running","error":null}]})");
    EXPECT_EQ(
        "run,kind,source,what,who,began,ended,outcome,counts,error\r\n3,sync,,sync "
        "esr,cli:a,b,,running,\"{\"\"new\"\":2}\",\r\n",
        query("/api/v1/runs?format=csv").body);
}

}  // namespace
}  // namespace capbridge::server::testing
