// A made-up service that names made-up people in every way we know of; nothing of them may be left in any
// file of the cassette, plain or encoded, and who is one person stays one.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "adapters/cassette.hpp"
#include "adapters/cassette_known.hpp"
#include "adapters/fixture.hpp"
#include "core/base/files.hpp"
#include "core/base/ids.hpp"
#include "core/base/text.hpp"

namespace capbridge::adapters {
namespace {

namespace fs = std::filesystem;

class Memory : public engine::SourceMemory {
public:
    std::optional<std::string> get(const std::string& key) override {
        const auto it = held_.find(key);
        return it == held_.end() ? std::nullopt : std::optional(it->second);
    }
    Status put(const std::string& key, const std::string& value) override {
        held_[key] = value;
        return {};
    }

private:
    std::map<std::string, std::string> held_;
};

struct Said {
    std::string method, url, body, type, answer;
    std::vector<std::pair<std::string, std::string>> headers;
};

class Scripted : public HttpService {
public:
    explicit Scripted(std::vector<Said> all) : all_(std::move(all)) {}
    Status run(const std::vector<HttpQuestion>& questions, const std::atomic<bool>*,
               const Deliver& deliver) override {
        for (std::size_t i = 0; i < questions.size(); ++i) {
            const auto& said = all_.at(next_++);
            HttpOutcome outcome;
            outcome.status = 200;
            outcome.headers = said.headers;
            outcome.headers.emplace_back("content-type", said.type);
            outcome.body = said.answer;
            CAPBRIDGE_TRY(deliver(i, outcome));
        }
        return {};
    }

private:
    std::vector<Said> all_;
    std::size_t next_ = 0;
};

std::string unpadded(std::string text) {
    while (text.ends_with('=')) text.pop_back();
    for (auto& c : text) c = c == '+' ? '-' : c == '/' ? '_' : c;
    return text;
}

class CassetteLeaks : public ::testing::Test {
protected:
    void record(const std::vector<Said>& all, json own = json::object(), json http = json::object()) {
        settings.settings = std::move(own);
        settings.http = std::move(http);
        settings.adapter = "test";
        settings.cassette_folder = files.path / "tape";
        auto recorder = make_recorder(std::make_unique<Scripted>(all), settings, memory);
        ASSERT_TRUE(recorder);
        for (const auto& said : all) {
            HttpQuestion question;
            question.method = said.method;
            question.url = said.url;
            question.body = said.body;
            ASSERT_TRUE((*recorder)->run({question}, nullptr,
                                         [](std::size_t, const HttpOutcome&) { return Status{}; }));
        }
    }
    json exchange(int number) {
        const auto name = std::string(number < 10 ? "000" : "00") + std::to_string(number) + ".json";
        return json::parse(read_file(files.path / "tape" / name).value_or("null"));
    }
    std::string tape() {
        std::string all;
        for (const auto& entry : fs::recursive_directory_iterator(files.path / "tape"))
            all += entry.path().filename().string() + "\n" + read_file(entry.path()).value_or("") + "\n";
        return all;
    }
    // Is it anywhere, in any of the ways in which a machine writes it?
    void expect_nowhere(const std::vector<std::string>& people) {
        const auto all = tape();
        const auto folded = lower_ascii(all);
        for (const auto& person : people) {
            EXPECT_EQ(folded.npos, folded.find(lower_ascii(person))) << person << " in\n" << all;
            EXPECT_EQ(folded.npos, folded.find(lower_ascii(url_encode(person)))) << person;
            for (const auto& form : {person, lower_ascii(person)}) {
                for (const auto* before : {"", " ", "  "}) {  // base64 looks other at each place
                    const auto encoded = unpadded(base64(before + form));
                    const auto begin = std::string(before).size() == 0 ? 0u : std::string(before).size() + 1;
                    if (encoded.size() < begin + 8) continue;
                    const auto core = encoded.substr(begin, encoded.size() - begin - 2);
                    EXPECT_EQ(all.npos, all.find(core)) << person << " as base64 " << core << " in\n" << all;
                }
            }
        }
    }

    TemporaryFolder files;
    Memory memory;
    engine::SourceSettings settings;
};

std::string jwt_of(const json& claims) {
    return unpadded(base64(R"({"alg":"HS256","typ":"JWT"})")) + "." + unpadded(base64(claims.dump())) +
           ".c2lnbmF0dXJlLW9mLW5vYm9keQ";
}

TEST_F(CassetteLeaks, NobodyIsLeftInAnyFile) {
    const auto nested =
        json{{"learner", {{"name", "Thames Hadwin"}, {"email", "thames.hadwin@lms.example"}}}};
    const auto jwt = jwt_of({{"sub", "thames.hadwin@lms.example"}, {"name", "Thames Hadwin"}});
    const std::vector<Said> all{
        // Named in a sentence before any member names her.
        {"GET",
         "https://lms.example/notes?page=1",
         "",
         "application/json",
         R"({"notes":[{"id":1,"text":"Signed for THAMES HADWIN; thames rang back. See hadwin-thames."}]})",
         {}},
        {"GET",
         "https://lms.example/api/registrations",
         "",
         "application/json",
         R"({"registrations":[{"learner":{"id":"24681357","firstName":"Thames","lastName":"Hadwin"},
             "teacher":"Isla Lodden","assessed_by":"Kennet Waverley","verifier":{"name":"Rother Holmby"},
             "course":{"id":"C1","shortname":"FIRE","fullname":"Fire safety"},
             "createdBy":"r.holmby"}]})",
         {}},
        {"GET",
         "https://lms.example/api/users?q=Thames+Hadwin&sort=name",
         "",
         "application/json",
         R"({"fullnames":["Thames Hadwin","Lodden, Isla"],"participants":["Arun Chelmer","Nadder Piddle"],
             "fields":[{"key":"email","value":"arun.chelmer@lms.example"},
                       {"name":"Employee number","shortname":"empno","value":"86420975"},
                       {"key":"colour","value":"green"}],
             "nhs":9434765919,"remark":"NHS 9434765919 and 943 476 5919, ring 01632 960983"})",
         {{"link", R"(<https://lms.example/api/users?q=Thames%20Hadwin&page=2>; rel="next")"},
          {"location", "https://lms.example/users/thames.hadwin?email=thames.hadwin%40lms.example"}}},
        {"GET",
         "https://lms.example/export.csv",
         "",
         "text/csv; charset=utf-8",
         "Full name,Employee number,Assessor,Course,Comments\r\n"
         "Thames Hadwin,24681357,Isla Lodden,Fire safety,\"With \"\"Nadder Piddle\"\", at noon\"\r\n"
         "\"Chelmer, Arun\",86420975,Kennet Waverley,Fire safety,done\r\n",
         {}},
        {"POST",
         "https://lms.example/ws",
         "criteria[0][key]=username&criteria[0][value]=nadder77&n=1",
         "text/html; charset=utf-8",
         R"(<html><body>You are logged in as <a href="/user/profile.php?id=4">Cuckmere Adur</a>
            <span class="username">Teise Beult</span><p>Dear Windrush, no news.</p></body></html>)",
         {}},
        {"GET",
         "https://lms.example/people/evenlode.cherwell@lms.example/progress",
         "",
         "application/json",
         json{{"payload", nested.dump()},
              {"blob", base64("learner=Thames Hadwin;mail=thames.hadwin@lms.example")},
              {"jwt", jwt},
              {"from", "Evenlode Cherwell <evenlode.cherwell@lms.example>"},
              {"actor", {{"mbox", "mailto:Thames.Hadwin@LMS.example"}, {"objectType", "Agent"}}},
              {"sha", sha1_hex("mailto:thames.hadwin@lms.example")},
              {"byMail", {{"arun.chelmer@lms.example", 1}}}}
             .dump(),
         {}},
        {"POST",
         "https://lms.example/form",
         R"({"search":{"user_id":"windrush-9","email":"W@lms.example"}})",
         "application/xml",
         R"(<learners><learner><firstname>Windrush</firstname><surname>Coln</surname></learner>
            <KEY name="employeenumber"><VALUE>97531864</VALUE></KEY></learners>)",
         {}},
        {"GET",
         "https://lms.example/statements",
         "",
         "application/x-ndjson",
         "{\"student\":\"Leach Ray\",\"dob\":\"1980-02-03\"}\n{\"tutor\":\"Glyme Dorn\"}\n",
         {}},
        // Known by now only.
        {"GET",
         "https://lms.example/audit/Thames%20Hadwin/Nadder+Piddle",
         "",
         "text/plain",
         "Windrush and Evenlode (24681357) met Glyme; T\xC3\xA9me by nobody.",
         {}}};
    record(all,
           {{"url", "https://lms.example"},
            {"user", "thames.hadwin"},
            {"client_id", "lodden-client"},
            {"columns", {{"username", "Login"}}}},
           {{"hosts", {"lms.example"}},
            {"auth", {{"lms", {{"type", "basic"}, {"user", "robot-of-lodden"}, {"secret_file", "/s"}}}}}});
    expect_nowhere({"Thames",
                    "Hadwin",
                    "Isla",
                    "Lodden",
                    "Kennet",
                    "Waverley",
                    "Rother",
                    "Holmby",
                    "Arun",
                    "Chelmer",
                    "Nadder",
                    "Piddle",
                    "Cuckmere",
                    "Adur",
                    "Teise",
                    "Beult",
                    "Windrush",
                    "Evenlode",
                    "Cherwell",
                    "Coln",
                    "Leach",
                    "Glyme",
                    "Dorn",
                    "24681357",
                    "86420975",
                    "97531864",
                    "9434765919",
                    "943 476 5919",
                    "960983",
                    "nadder77",
                    "1980-02",
                    "robot-of",
                    "@lms.example",
                    "W@lms",
                    "windrush-9",
                    "lodden-client",
                    sha1_hex("mailto:thames.hadwin@lms.example"),
                    "c2lnbmF0dXJlLW9mLW5vYm9keQ"});

    // One person is one person, and a thing stays the kind of thing that it was.
    const auto learner = exchange(2)["answer"]["body_json"]["registrations"][0]["learner"];
    const auto name = learner["firstName"].get<std::string>() + " " + learner["lastName"].get<std::string>();
    const auto third = exchange(3);
    EXPECT_EQ(name, third["answer"]["body_json"]["fullnames"][0]);
    EXPECT_EQ("https://lms.example/api/users?q=" + url_encode(name) + "&sort=name", third["request"]["url"]);
    EXPECT_EQ(8u, learner["id"].get<std::string>().size());
    EXPECT_EQ('9', learner["id"].get<std::string>()[0]);
    const auto csv = exchange(4)["answer"]["body"].get<std::string>();
    EXPECT_NE(csv.npos, csv.find(name + "," + learner["id"].get<std::string>() + ",")) << csv;
    EXPECT_NE(csv.npos, csv.find("Fire safety"));
    EXPECT_EQ("green", third["answer"]["body_json"]["fields"][2]["value"]);
    EXPECT_EQ("Fire safety", exchange(2)["answer"]["body_json"]["registrations"][0]["course"]["fullname"]);
    const auto sixth = exchange(6)["answer"]["body_json"];
    const auto inner = json::parse(sixth["payload"].get<std::string>());
    EXPECT_EQ(name, inner["learner"]["name"]);
    const auto email = inner["learner"]["email"].get<std::string>();
    EXPECT_TRUE(email.ends_with("@example.org"));
    EXPECT_EQ("mailto:" + email, sixth["actor"]["mbox"]);
    EXPECT_EQ(sha1_hex("mailto:" + email), sixth["sha"]);
    EXPECT_EQ("learner=" + name + ";mail=" + email, from_base64(sixth["blob"].get<std::string>()));
    const auto source = json::parse(read_file(files.path / "tape/source.json").value_or(""));
    EXPECT_EQ("Login", source["settings"]["columns"]["username"]);
    EXPECT_EQ("https://lms.example", source["settings"]["url"]);
    EXPECT_EQ((json{{"type", "basic"}}), source["http"]["auth"]["lms"]);
    const auto summary = json::parse(read_file(files.path / "tape/recording.json").value_or(""));
    EXPECT_EQ(all.size(), summary["exchanges"]);
    EXPECT_GT(summary["replaced"]["names"].get<int>(), 20);
    EXPECT_GT(summary["replaced"]["addresses"].get<int>(), 2);
}

TEST_F(CassetteLeaks, TheSettingsAreCleanOfWhoIsNamedLater) {
    record({{"GET",
             "https://lms.example/users",
             "",
             "application/json",
             R"({"users":[{"username":"skell.adl","fullname":"Skell Adlington","idnumber":"24681357"}]})",
             {}}},
           {{"url", "https://lms.example"},
            {"note", "Ask Skell Adlington, or skell.adl"},
            {"only", {"24681357"}},
            {"columns", {{"username", "Login"}}}});
    expect_nowhere({"Adlington", "skell", "24681357"});
    const auto source = json::parse(read_file(files.path / "tape/source.json").value_or(""));
    EXPECT_EQ("https://lms.example", source["settings"]["url"]);
    EXPECT_EQ("Login", source["settings"]["columns"]["username"]);
    const auto user = exchange(1)["answer"]["body_json"]["users"][0];
    EXPECT_EQ(user["idnumber"], source["settings"]["only"][0]) << "the same person still";
}

TEST_F(CassetteLeaks, ExtensionsAndAssignmentsAreKnownByTheirNames) {
    record({{"GET",
             "https://lms.example/xapi/statements",
             "",
             "application/json",
             R"json({"statements":[{"context":{"extensions":{
                 "https://lms.example/xapi/extensions/nhs-number":"943 476 5919x",
                 "https://lms.example/ext#employeeId":"73651942",
                 "https://lms.example/ext/assessed-by/":"Nidd Ripon",
                 "urn:lms.example:date_of_birth":"1971-02-03",
                 "https://lms.example/ext/score":"73651"}},
               "esr_assignment":"20457781-2","ESR Assignment Number":"30457781-13"}]})json",
             {}}});
    expect_nowhere({"943 476 5919", "73651942", "Ripon", "1971-02-03", "20457781", "30457781"});
    const auto statement = exchange(1)["answer"]["body_json"]["statements"][0];
    EXPECT_EQ("73651", statement["context"]["extensions"]["https://lms.example/ext/score"]);
    EXPECT_EQ('-', statement["esr_assignment"].get<std::string>().at(8));
}

TEST_F(CassetteLeaks, NamesBeyondLatinOneAreKnownInCapitals) {
    record(
        {{"GET",
          "https://lms.example/users",
          "",
          "application/json",
          R"({"users":[{"firstname":"Łukasz","lastname":"Żółkiewski"},{"firstname":"Ελένη","lastname":"Δούβη"},
                 {"firstname":"Юлия","lastname":"Ручьёва"},{"firstname":"Hạnh","lastname":"Đặng"}],
                 "log":"ŁUKASZ ŻÓŁKIEWSKI; ΔΟΎΒΗ; РУЧЬЁВА; ĐẶNG and łukasz"})",
          {}}});
    const auto all = tape();
    for (const auto* part :
         {"ukasz", "UKASZ", "KIEWSKI", "kiewski", "ΔΟΎΒΗ", "Δούβη", "РУЧЬ", "Ручь", "ĐẶNG", "Đặng"})
        EXPECT_EQ(all.npos, all.find(part)) << part << " in\n" << all;
}

TEST(FoldCase, FollowsTheLettersOfEuropeanNames) {
    for (const auto& [upper, lower] :
         std::vector<std::pair<std::string, std::string>>{{"ÀÖØÞ×ÿ", "àöøþ×ÿ"},
                                                          {"ĀŁŃŐŠŹŽŸ", "āłńőšźžÿ"},
                                                          {"ĹĽŇ", "ĺľň"},
                                                          {"ΑΣΩΆΈΉΊΌΎΏ", "ασωάέήίόύώ"},
                                                          {"АЯЁЂЏІЇҐ", "аяёђџіїґ"},
                                                          {"ẠỸĐƠƯ", "ạỹđơư"},
                                                          {"€🙂ß", "€🙂ß"}}) {
        EXPECT_EQ(fold_case(upper), lower);
        EXPECT_EQ(fold_case(lower), lower);
    }
    for (const std::string cut : {"\xC3", "a\xE1", "\xE1\xBA", "\xD0"}) EXPECT_EQ(fold_case(cut), cut);
}

TEST_F(CassetteLeaks, WhatIsNobodyStays) {
    const auto answer = json::parse(
        R"json({"courses":[{"id":7,"fullname":"Mark and assess","shortname":"MARK-1","displayname":"Mark and assess",
              "timemodified":1772323200,"contacts":[{"id":3,"fullname":"Mark Isis"}]}],
            "status":"mark","next":"https://lms.example/rest/mark?page=2&per_page=50","version":"4.5.1 (Build: 20250414)",
            "more":"Y29udGludWUtZnJvbS1oZXJlLTEyMw","uuid":"6f7e3c2a-1111-4222-8333-444455556666",
            "when":"2026-03-01T09:30:00Z","enrolments":[{"userid":"12","role":"student","courseid":7}]})json");
    record({{"GET",
             "https://lms.example/rest/mark?since=1772323200",
             "",
             "application/json",
             answer.dump(),
             {}}});
    const auto seen = exchange(1);
    EXPECT_EQ("https://lms.example/rest/mark?since=1772323200", seen["request"]["url"]);
    auto expected = answer;
    const auto body = seen["answer"]["body_json"];
    EXPECT_NE("Mark Isis", body["courses"][0]["contacts"][0]["fullname"]);
    expected["courses"][0]["contacts"] = body["courses"][0]["contacts"];
    // A first name with a capital goes wherever it stands; that is the price.
    for (const auto* title : {"fullname", "displayname", "shortname"})
        expected["courses"][0][title] = body["courses"][0][title];
    EXPECT_EQ(expected, body);
    EXPECT_EQ(body["courses"][0]["fullname"], body["courses"][0]["displayname"]);
}

}  // namespace
}  // namespace capbridge::adapters
