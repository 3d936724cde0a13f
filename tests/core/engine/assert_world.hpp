// A bridge whose clock the test moves, with people, a quiz that gives a competency for a year, and statements
// about it.
#pragma once
#include <atomic>

#include "core/competency/assertion.hpp"
#include "core/engine/posting.hpp"
#include "core/framework/xapi_profile.hpp"

namespace capbridge::engine {

class MovedClock final : public Clock {
public:
    explicit MovedClock(const std::atomic<std::int64_t>& ms) : ms_(ms) {}
    [[nodiscard]] Instant now() const override { return from_unix_ms(ms_); }

private:
    const std::atomic<std::int64_t>& ms_;
};

struct AssertWorld {
    explicit AssertWorld(int people = 3) {
        reopen();
        w.people(people);
        publish("1");
    }

    void reopen() {
        w.bridge.reset();
        auto store = store::open_store(w.dir, store::Mode::own, "https://bridge.example");
        w.bridge = std::make_unique<Bridge>(std::move(*store), nullptr, std::make_unique<MovedClock>(ms));
        if (auto taken = w.bridge->take_over(); !taken) throw std::runtime_error(taken.error().text());
    }
    void at(std::string_view instant) { ms = unix_ms(*parse_instant(instant)); }

    // The foundation's items of AI literacy.
    std::vector<std::string> items() {
        std::vector<std::string> out;
        for (const auto& r : (*w.bridge->rules())->framework.requirements) {
            if (r.tier == "foundational" && r.factor == "ai-literacy" && !r.level.empty())
                out.push_back(r.id);
        }
        return out;
    }
    void publish(const std::string& version, const std::string& activity = "https://lms.example/quiz") {
        const json document{{"id", "demo"},
                            {"version", version},
                            {"title", "Demo"},
                            {"framework", "hee-ai-confidence"},
                            {"learning_items", json::array({{{"id", "quiz"},
                                                             {"title", "Quiz"},
                                                             {"activities", json::array({activity})},
                                                             {"minutes", 30}}})},
                            {"mappings", json::array({{{"id", "m"},
                                                       {"learning_item", "quiz"},
                                                       {"claims", json::array({{{"requirements", items()}}})},
                                                       {"needs", "passed"},
                                                       {"method", "quiz"},
                                                       {"valid_for", "P1Y"}}})}};
        w.ask("mapping.publish", {{"text", document.dump(2)}, {"name", "mapping.json"}});
    }

    // The id of the statement that the person passed the quiz.
    std::string pass(int person, const std::string& day, const std::string& verb = "passed") {
        auto s = statement("p" + std::to_string(1000 + person) + "@demo.example", "https://lms.example/quiz");
        s["verb"]["id"] = "http://adlnet.gov/expapi/verbs/" + verb;
        s["timestamp"] = day + "T10:00:00Z";
        const auto posted = post(w, s);
        if (!posted) throw std::runtime_error(posted.error().text());
        if (auto done = w.bridge->project(); !done) throw std::runtime_error(done.error().text());
        return posted->ids.front();
    }
    void void_statement(const std::string& id) {
        const auto posted = post(w, {{"actor", {{"mbox", "mailto:authority@demo.example"}}},
                                     {"verb", {{"id", "http://adlnet.gov/expapi/verbs/voided"}}},
                                     {"object", {{"objectType", "StatementRef"}, {"id", id}}}});
        if (!posted) throw std::runtime_error(posted.error().text());
        if (auto done = w.bridge->project(); !done) throw std::runtime_error(done.error().text());
    }

    void on(const json& more = json::object()) {
        json params{{"on", true}, {"actor", {"esr-employee"}}, {"factors", {"ai-literacy"}}};
        params.update(more);
        w.ask("assertions.set", params);
    }
    ordered_json counts() { return w.ask("assertions.send")["counts"]; }

    // Our statements so far, oldest first.
    std::vector<json> said() {
        std::vector<json> out;
        store::StatementQuery query;
        query.owner = "system:assertions";
        query.ascending = true;
        query.with_voided = true;
        query.limit = 10'000;
        for (const auto& row : w.bridge->store().journal().statements(query))
            out.push_back(json::parse(row.body));
        return out;
    }
    std::string last_verb() {
        const auto all = said();
        if (all.empty()) return "";
        const auto iri = all.back()["verb"]["id"].get<std::string>();
        return iri.substr(iri.rfind('/') + 1);
    }
    std::string refers_to() {
        return said().back()["context"].value("statement", json::object()).value("id", "");
    }

    std::atomic<std::int64_t> ms{unix_ms(*parse_instant("2026-06-01T09:00:00Z"))};
    World w;  // its bridge ends before the clock
};

}  // namespace capbridge::engine
