// Facts of a source: what its records say, each known by (kind, key), and their next revisions as statements.
// Used by the pull (intake.hpp) and the completions that clients post (completions.hpp). One thread.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "core/base/json.hpp"
#include "core/engine/bridge.hpp"
#include "core/xapi/from_completion.hpp"

namespace capbridge::engine {

// A statement as it came, with what a store sets in it.
struct VerbatimStatement {
    std::string body;
};

// What the source says of one fact.
struct Word {
    std::variant<xapi::Completion, VerbatimStatement> says;
    std::string digest, scope;  // scope: of the snapshot that it came in, or ""
};

struct Fact {
    std::string key;
    std::optional<Word> word;  // nothing: withdrawn
};

// Of one record. `key` is the record's own, for what is said about it when it is of no use.
struct ReadFacts {
    std::string key;
    std::vector<Fact> facts;
    std::vector<std::string> unsaid = {};  // of an attempt (from_scorm.hpp): what was told below these stays
    std::vector<Error> left_out = {};      // of what is taken: values that were of no use
};
inline constexpr std::string_view left_out_code = "value_left_out";

bool is_fact_kind(std::string_view kind);  // completion, competency_held, scorm_attempt, statement
// The record of that kind as facts. Errors "rejected_record", "invalid_statement" and those of parse_json();
// `key` then still gives the record's, where it can be told.
Result<ReadFacts> read_facts(std::string_view kind, const json& record, std::string_view text,
                             const xapi::SourceContext& source);
std::string key_of(std::string_view kind, const json& record);

// What reading records of the source needs to know; copies of it outlive nothing but the bridge.
xapi::SourceContext context_of(Bridge& bridge, const store::SourceRow& source);

// What became of a word.
enum class Outcome { same, added, changed, withdrawn };
std::string_view text(Outcome outcome);

class FactWriter {
public:
    FactWriter(Bridge& bridge, const store::SourceRow& source);

    [[nodiscard]] const xapi::SourceContext& context() const { return context_; }
    // What would become of it; nothing is made.
    [[nodiscard]] static Outcome outcome_of(const store::SourceRecordRow& before, const Word* now);
    // Adds the fact's next revision to the batch, and makes `before` what it is then. `now` null: withdrawn.
    Outcome revise(store::Batch& batch, std::string_view kind, store::SourceRecordRow& before,
                   const Word* now);
    // Names for facts about competencies; those of the catalogue are looked up.
    void know_competency(const std::string& id, const std::string& name);

private:
    store::NewStatement statement_of(const xapi::Completion& completion, int revision,
                                     std::string_view digest);
    store::NewStatement statement_of(const VerbatimStatement& statement, std::string_view key, int revision);
    xapi::Agent actor_of(const xapi::Completion& completion);
    bool is_known(const xapi::Identifier& id);
    const std::string& competency_name(const std::string& id);

    Bridge& bridge_;
    xapi::SourceContext context_;
    std::string iri_base_;
    std::unordered_map<std::string, bool> known_;         // identifiers that somebody is known by
    std::unordered_map<std::string, std::string> names_;  // of competencies
};

}  // namespace capbridge::engine
