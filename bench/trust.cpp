#include "trust.hpp"

#include <cstdio>
#include <cstdlib>

#include "core/base/ids.hpp"
#include "core/engine/new_statement.hpp"

namespace bench {
namespace {

constexpr std::size_t a_batch = 1000;
const char* const groups[] = {"Medical and Dental", "Nursing and Midwifery Registered",
                              "Allied Health Professionals", "Administrative and Clerical",
                              "Healthcare Scientists"};
const char* const roles[] = {"Consultant", "Staff Nurse",          "Radiographer",
                             "Manager",    "Biomedical Scientist", "Specialist Nurse"};

std::string day_text(std::int64_t days_ago) {
    return capbridge::format_day(*capbridge::parse_day("2026-11-01") - std::chrono::days{days_ago});
}

std::string activity_of(std::size_t n) {
    return "https://lms.trust.example/course/view.php?id=" + std::to_string(1000 + n);
}

}  // namespace

void stop(const std::string& why) {
    std::fprintf(stderr, "bench_competency: %s\n", why.c_str());
    std::exit(1);
}

Trust::Trust(engine::Bridge& bridge, TrustSize size) : bridge_(bridge), size_(size), random_(size.seed) {}

ordered_json Trust::ask(const std::string& operation, const json& params) {
    auto answer = engine::run_operation(bridge_, operation, params, {"bench"});
    if (!answer) stop(operation + ": " + answer.error().text());
    return *answer;
}

std::string Trust::unit(std::size_t index) const {
    return index == 0 ? "The trust" : (index <= 12 ? "Division " : "Ward ") + std::to_string(index);
}

std::int64_t Trust::run(const std::string& what) {
    store::RunRow row;
    row.kind = "import";
    row.who = "bench";
    row.what = what;
    row.began = row.ended.emplace(bridge_.now());
    row.outcome = "ok";
    row.counts = "{}";
    auto id = bridge_.store().sources().begin_run(row);
    if (!id) stop(id.error().text());
    row.id = *id;
    if (auto ended = bridge_.store().sources().end_run(row); !ended) stop(ended.error().text());
    return *id;
}

void Trust::append(std::vector<store::NewDecision> decisions) {
    const auto id = run("decisions");
    store::Batch batch;
    const auto write = [&] {
        batch.run = id;
        batch.who = "bench";
        if (auto done = bridge_.store().journal().append(std::exchange(batch, {})); !done)
            stop(done.error().text());
    };
    for (auto& decision : decisions) {
        batch.entries.emplace_back(std::move(decision));
        if (batch.entries.size() == a_batch) write();
    }
    if (!batch.entries.empty()) write();
}

void Trust::people() {
    std::vector<store::NewDecision> decisions;
    for (std::size_t u = 0; u < size_.units; ++u) {
        const auto parent = u == 0 ? "" : u <= 12 ? "0" : std::to_string(1 + u % 12);
        const json record{{"id", std::to_string(u)}, {"name", unit(u)}, {"parent", parent}};
        decisions.push_back(
            {"unit", "hr|" + std::to_string(u), json{{"source", "hr"}, {"record", record}}.dump(), {}});
    }
    append(std::exchange(decisions, {}));

    std::string csv = "employee_number,name,email,unit,staff_group,job_role,from\n";
    for (std::size_t p = 0; p < size_.people; ++p) {
        const auto n = std::to_string(p);
        csv += std::to_string(21'000'000 + p) + ",Invented " + n + ",p" + n + "@trust.example," +
               unit(13 + random_.below(size_.units - 13)) + "," + groups[random_.below(5)] + "," +
               roles[random_.below(6)] + ",2015-04-01\n";
    }
    ask("people.import", {{"csv", csv}, {"issuer", "trust"}});

    const char* const archetypes[] = {"shaper", "driver", "creator", "embedder"};
    for (const auto& id : bridge_.store().projection().all_people()) {
        const auto dice = random_.below(100);  // most are users, some are more, some nobody has looked at
        const auto put = [&](const char* archetype, capbridge::people::Assignment::State state) {
            const capbridge::people::Assignment a{id, archetype, state, "import:bench", {}, {}, "bench"};
            decisions.push_back({"assignment", a.key(), capbridge::people::to_json(a).dump(), {}});
        };
        using State = capbridge::people::Assignment::State;
        if (dice < 70) put("user", State::confirmed);
        if (dice < 12) put(archetypes[dice % 4], State::confirmed);
        if (dice >= 70 && dice < 90) put("user", State::proposed);
    }
    append(std::exchange(decisions, {}));
    for (std::size_t d = 0; d < size_.deployments; ++d) {
        const json document{{"id", "deployment-" + std::to_string(d)},
                            {"product", "Product " + std::to_string(d / 2)},
                            {"version", "1"},
                            {"unit", unit(1 + d)},
                            {"go_live", "2026-01-01"}};
        ask("deployment.publish", {{"text", document.dump()}, {"name", "deployment.json"}});
    }
    const json assessor{{"id", "lead"}, {"title", "Lead clinical educator"}, {"lead", true}};
    ask("assessor.publish", {{"text", assessor.dump()}, {"name", "assessor.json"}});
}

void Trust::mapping(std::size_t part, const std::string& version) {
    const auto rules = bridge_.rules();
    if (!rules) stop(rules.error().text());
    std::vector<std::string> known, skills, product;
    for (const auto& r : (*rules)->framework.requirements) {
        auto& list = r.tier == "product-specific"                  ? product
                     : r.kind == capbridge::framework::Kind::skill ? skills
                                                                   : known;
        if (!r.level.empty()) list.push_back(r.id);
    }
    Random random(size_.seed + part);
    json document{{"id", "part-" + std::to_string(part)},    {"version", version},
                  {"title", "Part " + std::to_string(part)}, {"framework", "hee-ai-confidence"},
                  {"learning_items", json::array()},         {"mappings", json::array()}};
    for (std::size_t n = part; n < size_.mapped; n += 2) {
        const auto id = "item-" + std::to_string(n);
        const bool of_product = n % 10 == 7;
        document["learning_items"].push_back({{"id", id},
                                              {"title", "Course " + std::to_string(n)},
                                              {"activities", {activity_of(n)}},
                                              {"minutes", 15 + 5 * (n % 12)}});
        auto claims = json::array();
        const auto count = 1 + random.below(4);
        const auto& list = of_product ? product : known;
        for (std::size_t c = 0; c < count; ++c)
            claims.push_back({{"requirement", list[random.below(list.size())]}});
        json mapping{{"id", "m-" + std::to_string(n)},
                     {"learning_item", id},
                     {"claims", std::move(claims)},
                     {"needs", n % 3 == 0 ? "passed" : "completed"},
                     {"method", n % 3 == 0 ? "quiz" : "reading"}};
        if (n % 4 == 0) mapping["valid_for"] = "P2Y";
        if (of_product) mapping["product"] = {{"name", "Product " + std::to_string(n % 4)}};
        document["mappings"].push_back(std::move(mapping));
    }
    ask("mapping.publish", {{"text", document.dump()}, {"name", "mapping.json"}});
}

json Trust::statement(Random& random, bool mapped) const {
    const auto person = std::to_string(random.below(size_.people));
    const auto activity =
        mapped ? random.below(size_.mapped) : size_.mapped + random.below(size_.activities - size_.mapped);
    const auto dice = random.below(20);
    const char* const verb = dice < 11   ? "completed"
                             : dice < 17 ? "passed"
                             : dice < 18 ? "failed"
                                         : "progressed";
    json out{{"id", capbridge::uuid_v4()},
             {"actor", {{"objectType", "Agent"}, {"mbox", "mailto:p" + person + "@trust.example"}}},
             {"verb",
              {{"id", std::string("http://adlnet.gov/expapi/verbs/") + verb}, {"display", {{"en", verb}}}}},
             {"object",
              {{"objectType", "Activity"},
               {"id", activity_of(activity)},
               {"definition",
                {{"type", "http://adlnet.gov/expapi/activities/course"},
                 {"name", {{"en-GB", "Course " + std::to_string(activity)}}}}}}},
             {"context",
              {{"platform", "Moodle"},
               {"contextActivities",
                {{"category", {{{"id", "https://lms.trust.example/moodle"}, {"objectType", "Activity"}}}}}}}},
             {"authority",
              {{"objectType", "Agent"},
               {"account", {{"homePage", "https://lms.trust.example"}, {"name", "learning-record-source"}}}}},
             {"version", "1.0.3"},
             {"timestamp", day_text(static_cast<std::int64_t>(random.below(1095))) +
                               "T09:" + std::to_string(10 + random.below(50)) + ":00.000Z"}};
    if (dice < 18) {
        const auto scaled = static_cast<double>(random.below(101)) / 100;
        out["result"] = {{"completion", dice < 17},
                         {"duration", "PT20M"},
                         {"score", {{"scaled", scaled}, {"raw", scaled * 100}, {"min", 0}, {"max", 100}}}};
    }
    return out;
}

void Trust::statements() {
    const auto id = run("statements");
    std::string last;
    store::Batch batch;
    for (std::size_t n = 0; n < size_.statements; ++n) {
        const bool mapped = random_.below(10'000) < static_cast<std::uint64_t>(size_.to_mapped * 10'000);
        auto document = statement(random_, mapped);
        if (n % 1000 == 999) {  // one in a thousand is taken back
            document["verb"] = {{"id", "http://adlnet.gov/expapi/verbs/voided"}};
            document["object"] = {{"objectType", "StatementRef"}, {"id", last}};
            document.erase("result");
        }
        last = document["id"];
        auto row = engine::new_statement(document);
        row.id_is_new = true;
        batch.entries.emplace_back(std::move(row));
        if (batch.entries.size() < a_batch && n + 1 < size_.statements) continue;
        batch.run = id;
        batch.who = "bench";
        if (auto done = bridge_.store().journal().append(std::exchange(batch, {})); !done)
            stop(done.error().text());
    }
}

void Trust::attestations() {
    const auto rules = bridge_.rules();
    if (!rules) stop(rules.error().text());
    const auto people = bridge_.store().projection().all_people();
    std::vector<store::NewDecision> decisions;
    for (std::size_t n = 0; n < size_.attested; ++n) {
        capbridge::competency::Attestation said;
        said.id = capbridge::uuid_v4();
        for (std::size_t r = 0; r < 3; ++r) {
            const auto& all = (*rules)->framework.requirements;
            said.requirements.push_back(all[random_.below(all.size())].id);
        }
        said.method = "supervised_practice";
        said.assessor = "lead";
        said.on = *capbridge::parse_day("2026-06-01");
        auto payload = capbridge::competency::to_json(said);
        payload["person"] = people[random_.below(people.size())];
        decisions.push_back({"item.attestation", said.id, payload.dump(), {}});
    }
    append(std::move(decisions));
}

}  // namespace bench
