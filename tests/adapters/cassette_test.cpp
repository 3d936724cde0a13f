// Recording and replaying HTTP: what of a person stays out of a cassette, that no credential gets in, and how
// a request finds its answer again.
#include "adapters/cassette.hpp"

#include "adapters/cassette_pseudonyms.hpp"
#include "adapters/http_service_fixture.hpp"
#include "core/base/files.hpp"

namespace capbridge::adapters {
namespace {

class CassetteTest : public HttpServiceTest {
protected:
    using Cassette = engine::SourceSettings::Cassette;
    void record() {
        settings.cassette = Cassette::record;
        settings.cassette_folder = files.path / "tape";
        service_.reset();
    }
    void replay() {
        settings.cassette = Cassette::replay;
        settings.cassette_folder = files.path / "tape";
        service_.reset();
    }
    std::string tape() {
        std::string all;
        for (const auto& entry : fs::directory_iterator(files.path / "tape"))
            all += read_file(entry.path()).value_or("") + "\n";
        return all;
    }
    void write_exchange(const std::string& name, const json& exchange) {
        fs::create_directories(files.path / "tape");
        files.write("tape/" + name, exchange.dump());
    }
    std::string fault() {
        const auto opened = open();
        return opened ? "" : opened.error().message;
    }
};

TEST_F(CassetteTest, WhatWasRecordedIsPlayedWithoutNetworkAndSecrets) {
    std::string url;
    {
        LoopbackServer server([](const LoopbackRequest& r) {
            if (r.target == "/users")
                return http_answer("200 OK",
                                   R"([{"id":7,"username":"t.avon","firstname":"Thames","lastname":"Medwin",)"
                                   R"("email":"thames@lms.example.com","fullname":"Thames Medwin",)"
                                   R"("dob":"1980-02-03"}])",
                                   "Set-Cookie: s=1\r\nX-RateLimit-Left: 9\r\nDate: today\r\n");
            return http_answer("200 OK", r.method + " " + r.target);
        });
        name_host(server);
        url = server.url();
        settings.http["auth"]["lms"] = {{"type", "bearer"}, {"secret_file", secret_file("s")}};
        record();
        one(get(server.url("/users"), "lms"));
        one(get(server.url("/progress?email=thames%40lms.example.com&user=7"), "lms"));
        one(post(server.url("/find"), "criteria%5Bvalue%5D=thames%40lms.example.com&n=1", "lms"));
        one(get(server.url("/users"), "lms"));
    }
    const auto all = tape();
    for (const auto* gone : {"Thames", "thames", "Medwin", "t.avon", "1980", "lms.example.com", kSecret,
                             "secret_file", "uthorization", "s=1", "today"})
        EXPECT_EQ(all.npos, all.find(gone)) << gone << " in\n" << all;
    EXPECT_NE(all.npos, all.find("x-ratelimit-left"));

    settings.http["auth"]["lms"]["secret_file"] = "/nonexistent";  // a cassette needs none
    replay();
    const auto users = json::parse(one(get(url + "users", "lms")).body);
    const auto& user = users.at(0);
    EXPECT_EQ(7, user["id"]);
    EXPECT_EQ(user["fullname"].get<std::string>(),
              user["firstname"].get<std::string>() + " " + user["lastname"].get<std::string>());
    const auto email = user["email"].get<std::string>();
    EXPECT_TRUE(email.ends_with("@example.org"));
    // An adapter that asks on with what it was told is answered.
    EXPECT_EQ(200, one(get(url + "progress?user=7&email=" + email, "lms")).status);
    EXPECT_EQ(200, one(post(url + "find", "n=1&criteria%5Bvalue%5D=" + email, "lms")).status);
    const auto unknown = one(post(url + "find", "n=2", "lms"));
    EXPECT_EQ("not_found", unknown.error_class);
    EXPECT_NE(unknown.user.npos, unknown.user.find("POST " + url + "find")) << unknown.user;
    EXPECT_NE(unknown.user.npos, unknown.user.find("with this body"));
    EXPECT_EQ("not_found", one(get(url + "other")).error_class);
}

TEST_F(CassetteTest, EqualRequestsAreAnsweredInTurnAndTheLastAgain) {
    const auto exchange = [](const std::string& method, const std::string& body, const std::string& answer) {
        return json{
            {"request", {{"method", method}, {"url", "https://lms.example.org/a?x=1&y=2"}, {"body", body}}},
            {"answer", {{"status", 200}, {"headers", {{"Content-Type", "text/plain"}}}, {"body", answer}}}};
    };
    write_exchange("0001.json", exchange("POST", R"({"a":1,"b":[2]})", "one"));
    write_exchange("0002.json", exchange("POST", R"({"b": [2], "a": 1})", "two"));
    write_exchange("0010.json", exchange("POST", R"({"b":[2],"a":1})", "three"));
    write_exchange("0003.json", exchange("GET", "", "got"));
    write_exchange("notes.json", {{"not", "an exchange"}});
    replay();
    const auto ask = post("https://LMS.example.org:443/a?y=2&x=1", R"({ "b":[2], "a":1 })");
    EXPECT_EQ("one", one(ask).body);
    EXPECT_EQ("got", one(get("https://lms.example.org/a?x=1&y=2")).body);
    EXPECT_EQ("two", one(ask).body);
    EXPECT_EQ("three", one(ask).body);
    EXPECT_EQ("three", one(ask).body);
    EXPECT_EQ("text/plain", header_of(one(ask), "content-type"));
    std::atomic<bool> cancel{true};
    EXPECT_EQ("cancelled", run({ask}, &cancel).front().error_class);
}

TEST_F(CassetteTest, BrokenCassettesAreSaidByFile) {
    replay();
    EXPECT_NE("", fault());  // no folder
    struct Case {
        const char *text, *says;
    };
    for (const auto& [text, says] :
         {Case{"{", "no JSON"}, Case{"[]", "no request"},
          Case{R"({"request":{"url":"https://a/"}})", "no answer"},
          Case{R"({"request":{"url":"https://a/"},"answer":{"status":"200"}})", "no answer"},
          Case{R"({"request":{"url":"https://a/"},"answer":{"status":200,"body_base64":"!"}})",
               "body_base64"},
          Case{R"({"request":{"url":"https://a/"},"answer":{"status":200,"headers":[]}})", "headers"}}) {
        fs::create_directories(files.path / "tape");
        files.write("tape/0001.json", text);
        const auto said = fault();
        EXPECT_NE(said.npos, said.find(says)) << text << ": " << said;
        EXPECT_NE(said.npos, said.find("0001.json"));
    }
}

TEST(RequestKey, MeansWhatTheRequestMeans) {
    EXPECT_EQ(request_key("POST", "https://a.example/x", "a=1&b=%20"),
              request_key("POST", "https://A.example:443/x", "b=+&a=1"));
    EXPECT_NE(request_key("POST", "https://a.example/x", "a=1"),
              request_key("PUT", "https://a.example/x", "a=1"));
    EXPECT_NE(request_key("POST", "https://a.example/x", "a=1&a=2"),
              request_key("POST", "https://a.example/x", "a=1%26a%3D2"));
    EXPECT_NE(request_key("GET", "https://a.example/x", ""), request_key("GET", "https://a.example/X", ""));
}

TEST(PseudonymsTest, TheSameValueHasTheSamePseudonymEverywhere) {
    Pseudonyms one("key"), same("key"), other("another");
    const json person{{"login", "c.nene"},
                      {"name", "Cam Nene"},
                      {"sortable_name", "Nene, Cam"},
                      {"sis_user_id", "AB-1234"},
                      {"phone1", "01234 567890"}};
    const auto a = one.document(person);
    EXPECT_EQ(a, same.document(person));
    EXPECT_NE(a, other.document(person));
    EXPECT_NE("Cam Nene", a["name"]);
    const auto name = a["name"].get<std::string>();
    const auto space = name.find(' ');
    EXPECT_EQ(name.substr(space + 1) + ", " + name.substr(0, space), a["sortable_name"]);
    const auto number = a["sis_user_id"].get<std::string>();
    EXPECT_NE("AB-1234", number);
    EXPECT_EQ('-', number[2]);
    EXPECT_EQ(7, number.size());
    // Learned once, known in places that no name points to.
    EXPECT_EQ("Completed by " + name + ".", one.text("Completed by Cam Nene."));
    EXPECT_EQ(a["login"], one.document(json{{"values", {"c.nene"}}})["values"][0]);
}

TEST(PseudonymsTest, TablesAndStatementsAndShapes) {
    Pseudonyms p("key");
    const auto table = p.document(json::parse(
        R"({"headers":["Full name with link","Username","Course","ID number","Date of birth"],
            "rows":[{"columns":["<a href=\"https://lms.example.com/user?id=17\">Eden Usk</a>","e.usk","Fire safety","12345678","1990-01-01"]}]})"));
    const auto cells = table["rows"][0]["columns"];
    const auto link = cells[0].get<std::string>();
    EXPECT_NE(link.npos, link.find("user?id=17"));
    EXPECT_EQ(link.npos, link.find("Eden Usk"));
    EXPECT_NE("e.usk", cells[1]);
    EXPECT_EQ("Fire safety", cells[2]);
    EXPECT_NE("12345678", cells[3]);
    EXPECT_EQ("", cells[4]);

    const auto statement = p.document(json::parse(
        R"({"actor":{"name":"Lune Wyre","mbox":"mailto:lune@trust.example.com"},
            "verb":{"id":"http://adlnet.gov/expapi/verbs/completed"},
            "context":{"instructor":{"account":{"homePage":"https://hr.example.com","name":"10000001"}}},
            "object":{"id":"https://x.example.com/c","definition":{"name":{"en":"Fire safety"}}}})"));
    EXPECT_TRUE(statement["actor"]["mbox"].get<std::string>().starts_with("mailto:p"));
    EXPECT_NE("Lune Wyre", statement["actor"]["name"]);
    EXPECT_NE("10000001", statement["context"]["instructor"]["account"]["name"]);
    EXPECT_EQ("https://hr.example.com", statement["context"]["instructor"]["account"]["homePage"]);
    EXPECT_EQ("Fire safety", statement["object"]["definition"]["name"]["en"]);

    const auto course = json::parse(
        R"({"id":5,"fullname":"Fire safety","shortname":"FIRE","idnumber":"CSTF-1","timemodified":1772323200})");
    EXPECT_EQ(course, p.document(course));
    EXPECT_EQ("call 07700 900", p.text("call 01632 123456").substr(0, 14));
    const auto nhs = p.text("NHS 943 476 5919 and QQ 12 34 56 C");
    EXPECT_EQ(nhs.npos, nhs.find("943 476 5919"));
    EXPECT_EQ("2026-03-01T09:30:00Z 1772323200", p.text("2026-03-01T09:30:00Z 1772323200"));
    EXPECT_EQ("https://lms.example.org/a/b/", p.url("https://lms.example.org/a/b/"));
    EXPECT_EQ("a=1&b=%5B%5D&c", p.form("a=1&b=%5B%5D&c"));
}

}  // namespace
}  // namespace capbridge::adapters
