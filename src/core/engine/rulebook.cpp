#include "core/engine/rulebook.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "core/base/embedded.hpp"
#include "core/base/ids.hpp"
#include "core/competency/record.hpp"
#include "core/engine/doubt.hpp"
#include "core/framework/framework.hpp"
#include "core/people/identity_rule.hpp"

namespace capbridge::engine {
namespace {

class Reader {
public:
    Reader(store::Store& store, const RulesFrom& from)
        : store_(store), from_(from), journal_(from.journal == nullptr ? store.journal() : *from.journal) {}

    Result<ReadRulebook> read() {
        auto& book = out_.book;
        std::string text;
        if (const auto frameworks = decisions("framework"); !frameworks.empty()) {
            text = frameworks.back().payload;  // the one published last is the one in use
        } else {
            CAPBRIDGE_LET(const auto shipped, framework::shipped_framework(default_framework));
            text = std::string(shipped);
        }
        CAPBRIDGE_LET(book.framework, framework::load_framework(text, "the published framework"));
        texts_ = text;
        out_.texts["framework"] = sha256_hex(text);
        const auto& f = book.framework;
        CAPBRIDGE_LET(book.policy, competency::default_policy(f));
        last("policy", book.policy,
             [&](const auto& t, const auto& n) { return competency::load_policy(t, n, f); });
        CAPBRIDGE_LET(book.profile, competency::default_profile(f));
        last("profile", book.profile,
             [&](const auto& t, const auto& n) { return competency::load_profile(t, n, f); });
        each("mapping", book.mappings,
             [&](const auto& t, const auto& n) { return competency::load_mapping(t, n, f); });
        each("deployment", book.deployments,
             [](const auto& t, const auto& n) { return competency::load_deployment(t, n); });
        each("product", book.products,
             [](const auto& t, const auto& n) { return competency::load_product(t, n); });
        each("assessor", book.assessors,
             [](const auto& t, const auto& n) { return competency::load_assessor(t, n); });
        each("team", book.teams, [](const auto& t, const auto& n) { return competency::load_team(t, n); });
        for (auto& team : book.teams) {
            for (auto& member : team.members) member.person = resolved(member.person);
        }
        for (auto& assessor : book.assessors) {
            // Identifiers are the person's own also after a merge (Rules::assessor_refused).
            if (is_uuid(assessor.person)) assessor.person = resolved(assessor.person);
        }
        book.units = units();
        book.doubt = doubt_in_force(store_.journal());
        book.digest = sha256_hex(texts_);
        return std::move(out_);
    }

private:
    // As they would be in force: what is proposed was said last.
    std::vector<store::DecisionRow> decisions(const std::string& kind) {
        const bool own = kind == "unit" || kind == "team";
        auto all = (own ? store_.journal() : journal_).decisions_in_force(kind);
        const auto* proposal = from_.proposal;
        if (proposal == nullptr || proposal->kind != kind) return all;
        std::erase_if(all, [&](const store::DecisionRow& d) { return d.key == proposal->key; });
        if (!proposal->payload.empty()) {
            auto& last = all.emplace_back();
            last.kind = kind;
            last.key = proposal->key;
            last.payload = proposal->payload;
        }
        return all;
    }

    // Of these only the one published last is in force, whatever its id.
    template <class Value, class Load>
    void last(const std::string& kind, Value& value, Load load) {
        const auto all = decisions(kind);
        if (all.empty()) return;
        auto loaded = load(all.back().payload, kind + " " + all.back().key);
        if (kind != "profile") {  // it says what is asked, not what is held
            texts_ += all.back().payload;
            out_.texts[kind] = sha256_hex(all.back().payload);
        }
        if (loaded) {
            value = std::move(*loaded);
        } else if (!is_shipped(all.back().payload)) {
            out_.left_out.push_back(loaded.error().text());
        }
    }
    // The shipped policy and profile are about the shipped framework; with another in force what of them fits
    // stands in, and there is nothing to mend.
    static bool is_shipped(std::string_view payload) {
        for (const auto* path : {"policies/default.json", "profiles/default.json"}) {
            const auto* file = find_embedded(embedded_config(), path);
            if (file != nullptr && file->bytes == payload) return true;
        }
        return false;
    }
    template <class Value, class Load>
    void each(const std::string& kind, std::vector<Value>& values, Load load) {
        for (const auto& decision : decisions(kind)) {
            if (decision.payload.empty()) continue;
            auto loaded = load(decision.payload, kind + " " + decision.key);
            if (kind == "mapping") {
                texts_ += decision.payload;
                out_.texts["mapping " + decision.key] = sha256_hex(decision.payload);
            }
            if (loaded) {
                values.push_back(std::move(*loaded));
            } else {
                out_.left_out.push_back(loaded.error().text());
            }
        }
    }

    // People are kept as the file names them, so that a merge or a new number finds them again.
    std::string resolved(const std::string& person) {
        auto& projection = store_.projection();
        if (is_uuid(person)) return projection.survivor(lower_uuid(person));
        const auto named = people::identifier_from_text(person);
        const auto id = named ? projection.person_by_identifier(named->scheme, named->issuer, named->value)
                              : std::nullopt;
        return id ? *id : person;
    }

    competency::Units units() {
        std::vector<competency::Units::Node> nodes;
        for (const auto& decision : decisions("unit")) {
            const auto payload = json::parse(decision.payload, nullptr, false);
            if (!payload.is_object()) continue;
            const auto record = payload.value("record", json::object());
            const auto parent = get_string(record, "parent");
            const auto source = decision.key.substr(0, decision.key.find('|') + 1);
            nodes.push_back({decision.key, get_string(record, "name"), get_string(record, "code"),
                             parent.empty() ? "" : source + parent});
        }
        return competency::Units(std::move(nodes));
    }

    store::Store& store_;
    const RulesFrom& from_;
    store::Journal& journal_;
    ReadRulebook out_;
    std::string texts_;
};

}  // namespace

Result<ReadRulebook> read_rulebook(store::Store& store, const RulesFrom& from) {
    return Reader(store, from).read();
}

std::string fold_text(const competency::Rules& rules) {
    return "fold@" + std::to_string(competency::fold_version) + " " + rules.fold_text();
}

bool is_rule_kind(std::string_view kind) {
    constexpr std::array<std::string_view, 11> kinds{"framework",  "policy",    "profile",  "mapping",
                                                     "deployment", "product",   "assessor", "team",
                                                     "unit",       silent_kind, doubt_kind};
    return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

}  // namespace capbridge::engine
