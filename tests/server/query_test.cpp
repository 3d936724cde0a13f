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
        {"explain?context=scan-2&group=governance&staff_group=x",
         "explain",
         {{"context", "scan-2"}, {"group", "governance"}, {"staff_group", "x"}}},
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
    const std::vector<std::pair<std::string, std::string>> bad{
        {"matrix?colour=red", "colour"},
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
        {"explain?context=d1", "group"},
        {"explain?group=g", "context"},
        {"explain?context=d&group=g&factor=f", "factor"},
        {"explain?context=d&group=g&archetype=a", "archetype"},
        {"framework?format=xml", "format"},
        {"people/7/record?format=xml", "format"},
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

TEST_F(ServerTest, PeopleAsCsvAreAllOfThem) {
    const auto page = [](int first, int count, int total) {
        ordered_json out{{"total", total}, {"offset", first}, {"people", ordered_json::array()}};
        for (int i = first; i < first + count; ++i) out["people"].push_back({{"id", std::to_string(i)}});
        return out;
    };
    bridge.answers = {page(0, 1000, 2001), page(1000, 1000, 2001), page(2000, 1, 2001)};
    const auto all = query("/api/v1/people?format=csv&unit=Ward+7");
    EXPECT_EQ(2003U, split(all.body, '\n').size()) << "a heading, 2001 people, the end";
    ASSERT_EQ(3U, bridge.asked.size());
    EXPECT_EQ((json{{"unit", "Ward 7"}, {"limit", 1000}, {"offset", 2000}}), last_params());

    // Somebody left while it was read: no page more, and no asking for ever.
    bridge.answers = {page(0, 1000, 1001), page(1000, 0, 1000)};
    EXPECT_EQ(1002U, split(query("/api/v1/people?format=csv").body, '\n').size());

    // Who asks for one page gets that page.
    bridge.answers = {page(0, 2, 2001)};
    EXPECT_EQ(4U, split(query("/api/v1/people?format=csv&limit=2").body, '\n').size());
    EXPECT_EQ((json{{"limit", 2}}), last_params());
    bridge.answer = fail("not_found", "there is no unit 'x'", "unit");
    EXPECT_EQ(404, query("/api/v1/people?format=csv&unit=x").status);
}

TEST_F(ServerTest, RecordAsCsvIsALineAnItem) {
    bridge.answer = ordered_json::parse(
        R"({"person":"p","as_of":"2026-03-10","archetypes":["user"],"factors":[)"
        R"({"archetype":null,"factor":"f","tier":"foundational","items":[{"requirement":"r1","title":"A, b","level":"awareness","kind":"knowledge","context":null,"attainment":"met","demand":"required","override":"none","reason":"met_direct","valid_to":null,)"
        R"("evidence":[{"statement":"s1","counts":true},{"statement":"s2","counts":false},{"statement":"s3","counts":true}]}]},)"
        R"({"archetype":"user","factor":"g","tier":"advanced","items":[{"requirement":"r2","title":"T","level":null,"kind":"skill","context":null,"attainment":"none","demand":"not_demanded","override":"none","reason":"no_learning_exists","valid_to":null,"evidence":[]}]}],)"
        R"("foundation":null,"products":[{"deployment":"d","groups":[{"group":"h","items":[{"requirement":"r3","title":"T","level":"x","kind":"skill","context":"d","attainment":"met","demand":"required","override":"none","reason":"met_direct","valid_to":"2027-01-01","evidence":[]}]}]}],)"
        R"("held":[{"requirement":"r4","title":"T","level":"x","kind":"skill","context":null,"attainment":"met","demand":"not_demanded","override":"none","reason":"held_not_demanded","valid_to":null,"evidence":[]}]})");
    const auto answer = query("/api/v1/people/p/record?format=csv");
    EXPECT_EQ("attachment; filename=\"record.csv\"", answer.header("content-disposition"));
    EXPECT_EQ(
        "person,as_of,part,archetype,deployment,factor_or_group,requirement,title,level,kind,attainment,"
        "demand,override,reason,valid_to,evidence\r\n"
        "p,2026-03-10,foundation,,,f,r1,\"A, b\",awareness,knowledge,met,required,none,met_direct,,s1; s3\r\n"
        "p,2026-03-10,archetype,user,,g,r2,T,,skill,none,not_demanded,none,no_learning_exists,,\r\n"
        "p,2026-03-10,product,,d,h,r3,T,x,skill,met,required,none,met_direct,2027-01-01,\r\n"
        "p,2026-03-10,held,,,,r4,T,x,skill,met,not_demanded,none,held_not_demanded,,\r\n",
        answer.body);
}

TEST_F(ServerTest, FrameworkAsCsvIsALineARequirement) {
    bridge.answer = ordered_json::parse(
        R"({"id":"hee","version":"1.0.0","requirements":[{"id":"t1-x-1","table":"1","ordinal":1,"tier":"foundational","archetypes":["shaper","user"],"group":null,"factor":"x","kind":"knowledge","level":"awareness","topic":"t","title":"T","statement":"Knows, in short.","source_line":12,"flags":[]}]})");
    EXPECT_EQ(
        "framework,version,requirement,table,ordinal,tier,archetypes,group,factor,kind,level,topic,title,"
        "statement,source_line,flags\r\n"
        "hee,1.0.0,t1-x-1,1,1,foundational,shaper; user,,x,knowledge,awareness,t,T,\"Knows, in "
        "short.\",12,\r\n",
        query("/api/v1/framework", "Accept: text/csv\r\n").body);
}

TEST_F(ServerTest, EachPageNamesAnIconThatThereIs) {
    EXPECT_NE(std::string::npos, get("/", "").body.find("href=\"/favicon.svg\""));
    const auto icon = get("/favicon.svg", "");
    EXPECT_EQ(200, icon.status);
    EXPECT_EQ("image/svg+xml", icon.header("content-type"));
    EXPECT_TRUE(icon.body.starts_with("<svg "));
    EXPECT_EQ(304, get("/favicon.svg", "If-None-Match: " + icon.header("etag") + "\r\n").status);
}

}  // namespace
}  // namespace capbridge::server::testing
