#include "core/engine/facts.hpp"

#include <nlohmann/json.hpp>

#include "core/base/ids.hpp"
#include "core/engine/new_statement.hpp"

namespace capbridge::engine {
namespace {

constexpr std::size_t most_remembered = 65536;

competency::Fact::What what_of(xapi::Completion::What what) {
    using From = xapi::Completion::What;
    using What = competency::Fact::What;
    switch (what) {
        case From::passed:
            return What::passed;
        case From::failed:
            return What::failed;
        case From::in_progress:
            return What::progressed;
        case From::responded:
            return What::other;
        case From::completed:
        case From::withdrawn:
            break;
    }
    return What::completed;
}

// Of the id of a requirement, as packages of SCORM 1.2 have it, or of its IRI, as those of 2004 do; also of
// one that a later version of the framework replaced.
std::string requirement_iri(const framework::Framework& f, std::string_view name) {
    const auto base = f.iri + "/requirements/";
    const auto id = name.starts_with(base) ? name.substr(base.size()) : name;
    const bool known = f.requirement_index(id) >= 0 || f.former_requirement(id) != nullptr;
    return known ? base + std::string(id) : std::string();
}

}  // namespace

xapi::SourceContext context_of(Bridge& bridge, const store::SourceRow& source) {
    xapi::SourceContext out{source.uuid, source.name, source.activity_base};
    const auto settings = json::parse(source.settings, nullptr, false);
    const auto asked = settings.is_object() ? settings.find("interactions") : settings.end();
    out.interactions = settings.is_object() && asked != settings.end() && *asked == true;
    // The framework in force when the first objective comes, for all that is read in one go.
    const auto rules = std::make_shared<std::optional<std::shared_ptr<const competency::Rules>>>();
    out.requirement = [&bridge, rules](std::string_view name) {
        if (!*rules) *rules = bridge.rules().value_or(nullptr);
        return **rules == nullptr ? std::string() : requirement_iri((**rules)->framework, name);
    };
    return out;
}

std::string_view text(Outcome outcome) {
    switch (outcome) {
        case Outcome::added:
            return "added";
        case Outcome::changed:
            return "changed";
        case Outcome::withdrawn:
            return "withdrawn";
        case Outcome::same:
            break;
    }
    return "same";
}

FactWriter::FactWriter(Bridge& bridge, const store::SourceRow& source)
    : bridge_(bridge),
      context_(context_of(bridge, source)),
      iri_base_(bridge.store().installation().iri_base) {}

Outcome FactWriter::outcome_of(const store::SourceRecordRow& before, const Word* now) {
    if (now == nullptr) return before.statement.empty() ? Outcome::same : Outcome::withdrawn;
    if (now->digest == before.digest) return Outcome::same;
    return before.statement.empty() ? Outcome::added : Outcome::changed;
}

Outcome FactWriter::revise(store::Batch& batch, std::string_view kind, store::SourceRecordRow& before,
                           const Word* now) {
    const auto outcome = outcome_of(before, now);
    if (outcome == Outcome::same) return outcome;
    const int revision = before.revision + 1;
    if (!before.statement.empty()) {
        batch.entries.emplace_back(new_statement(
            xapi::voiding_statement(before.statement, context_, now != nullptr ? "revised" : "withdrawn")));
    }
    store::SourceRecordRow after{before.key, revision, {}, {}, batch.run, {}};
    if (now != nullptr) {
        const auto* completion = std::get_if<xapi::Completion>(&now->says);
        auto statement = completion != nullptr
                             ? statement_of(*completion, revision, now->digest)
                             : statement_of(std::get<VerbatimStatement>(now->says), before.key, revision);
        after.digest = now->digest;
        after.statement = statement.id;
        // Told outside a snapshot it stays in the one that it came in: a later whole one may lack it.
        after.scope = now->scope.empty() ? before.scope : now->scope;
        batch.entries.emplace_back(std::move(statement));
    }
    batch.source_records.push_back({context_.source_uuid, std::string(kind), after.key, revision,
                                    after.digest, after.statement, after.scope});
    before = std::move(after);
    return outcome;
}

store::NewStatement FactWriter::statement_of(const xapi::Completion& completion, int revision,
                                             std::string_view digest) {
    using Kind = xapi::Key::Kind;
    const auto* told = &completion;
    xapi::Completion named;
    if (completion.activity_type == xapi::competency_type && completion.activity_title.empty()) {
        named = completion;
        named.activity_title = competency_name(completion.activity_id);
        told = &named;
    }
    auto made = xapi::statement_text(*told, actor_of(*told), context_, revision, digest);
    if (told->of_attempt) {  // it names more activities than its own
        const auto document = json::parse(made.body, nullptr, false);
        auto row = read_new_statement(document);
        row.body = std::move(made.body);
        return row;
    }
    store::NewStatement row;
    row.id = std::move(made.id);
    row.body = std::move(made.body);
    row.timestamp_given = told->occurred.precision == When::Precision::instant;
    row.keys = {{Kind::verb, std::move(made.verb)},
                {Kind::actor, made.actor},
                {Kind::any_agent, made.actor},
                {Kind::object_activity, made.activity},
                {Kind::any_activity, made.activity}};
    row.fact.emplace();
    row.fact->actor = std::move(made.actor);
    row.fact->fact.activity = made.activity;
    row.fact->fact.what = what_of(told->what);
    row.fact->fact.score = made.score;
    row.fact->fact.occurred = told->occurred;
    row.fact->fact.expires = told->expires;
    row.activities.push_back({std::move(made.activity), std::move(made.definition)});
    return row;
}

// A statement that was voided by us cannot come back under its own id (xAPI 1.0.3 part 2, 2.3.2): it comes
// under one of ours.
store::NewStatement FactWriter::statement_of(const VerbatimStatement& statement, std::string_view key,
                                             int revision) {
    auto document = json::parse(statement.body, nullptr, false);
    if (revision == 1) {
        auto row = read_new_statement(document);
        row.body = statement.body;
        return row;
    }
    document["id"] =
        uuid_v5(context_.source_uuid, "again\n" + std::string(key) + "\n" + std::to_string(revision));
    return new_statement(document);
}

xapi::Agent FactWriter::actor_of(const xapi::Completion& completion) {
    const auto* chosen = &completion.who.front();
    if (completion.who.size() > 1) {  // the first that somebody is known by
        for (const auto& id : completion.who) {
            if (is_known(id)) {
                chosen = &id;
                break;
            }
        }
    }
    return people::agent_of(chosen->scheme, chosen->issuer, chosen->value, iri_base_);
}

bool FactWriter::is_known(const xapi::Identifier& id) {
    auto name = id.scheme + '\n' + id.issuer + '\n' + id.value;
    if (const auto it = known_.find(name); it != known_.end()) return it->second;
    const bool known =
        bridge_.store().projection().person_by_identifier(id.scheme, id.issuer, id.value).has_value();
    if (known_.size() >= most_remembered) known_.clear();
    known_.emplace(std::move(name), known);
    return known;
}

void FactWriter::know_competency(const std::string& id, const std::string& name) {
    if (names_.size() < most_remembered) names_.insert_or_assign(id, name);
}

const std::string& FactWriter::competency_name(const std::string& id) {
    if (const auto it = names_.find(id); it != names_.end()) return it->second;
    if (names_.size() >= most_remembered) names_.clear();
    const auto row =
        bridge_.store().sources().catalogue_row(context_.source_uuid, "competency_definition", id);
    return names_.emplace(id, row ? row->title : std::string()).first->second;
}

}  // namespace capbridge::engine
