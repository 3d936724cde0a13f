#include "core/engine/write_back/plan.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/engine/write_back/ledger.hpp"

namespace capbridge::engine {
namespace {

constexpr std::size_t ledger_page = 500;

// What the digest of a row says.
struct Told {
    std::string digest;
    std::optional<Day> day, key_day;
};

Told told_of(const std::string& text) {
    const auto at = text.find('@'), plus = text.find('+');
    Told out{text.substr(0, at), {}, {}};
    if (at != std::string::npos) out.day = parse_day(text.substr(at + 1, plus - at - 1));
    if (plus != std::string::npos) out.key_day = parse_day(text.substr(plus + 1));
    return out;
}

std::string text_of(const Told& told) {
    return told.digest + "@" + (told.day ? format_day(*told.day) : "") +
           (told.key_day ? "+" + format_day(*told.key_day) : "");
}

}  // namespace

std::string PlannedAward::push_key() const {
    return ledger_key + (key_day ? "@" + format_day(*key_day) : "");
}

std::string PlannedAward::digest() const {
    return text_of({award.digest, award.day, key_day});
}

AwardPlan::AwardPlan(Bridge& bridge, const store::SourceRow& source, const Awards& awards, bool own_evidence,
                     bool retry, Day today)
    : bridge_(bridge), source_(source), awards_(awards) {
    Origins origins(bridge);
    for (auto& award : awards.due(today)) {
        ++wanted;
        wanted_keys_.insert(award.key);
        add(std::move(award), own_evidence, retry, today, origins);
    }
    for (const auto* state : {"pushed", "unmet", "rejected"}) look_for_unmet(state);
}

void AwardPlan::add(Award award, bool own_evidence, bool retry, Day today, Origins& origins) {
    auto& ledger = bridge_.store().sources();
    PlannedAward out{std::move(award), "", {}, nullptr};
    out.ledger_key = out.award.key;
    auto row = ledger.push(source_.uuid, award_kind, out.ledger_key);
    if (!row || !was_given(*row)) {
        for (auto& key : awards_.former_keys(out.award)) {
            auto former = ledger.push(source_.uuid, award_kind, key);
            if (!former || !was_given(*former)) continue;
            row = std::move(former);
            out.ledger_key = std::move(key);
            break;
        }
    }
    auto told = row ? told_of(row->digest) : Told{};
    const bool as_before = row && told.digest == out.award.digest;
    const bool anew = row && row->state == "unmet" && told.day < out.award.day;
    if (as_before && !anew && (row->state == "pushed" || row->state == "unmet")) {
        ++same;
        if (row->state == "pushed" && !(told.day < out.award.day)) return;
        told.day = std::max(told.day, out.award.day);
        row->digest = text_of(told);
        row->state = "pushed";
        to_keep_.push_back(std::move(*row));
        return;
    }
    if (as_before && row->state == "rejected" && !retry && !is_due(*row, bridge_.now())) {
        ++waiting;
        return;
    }
    if (!own_evidence && awards_.only_of(out.award, source_, origins, today)) {
        ++own;
        if (row && row->state == "rejected") to_keep_.push_back(unmet_row(std::move(*row), bridge_.now()));
        return;
    }
    out.key_day = anew ? out.award.day : told.key_day;
    if (row && !anew && !row->receipt.empty()) out.previous = json::parse(row->receipt, nullptr, false);
    to_push.push_back(std::move(out));
}

void AwardPlan::look_for_unmet(const char* state) {
    auto& ledger = bridge_.store().sources();
    std::string after;
    for (;;) {
        auto rows = ledger.pushes_of(source_.uuid, award_kind, state, after, ledger_page);
        const bool last = rows.size() < ledger_page;
        if (!rows.empty()) after = rows.back().key;
        for (auto& row : rows) {
            if (wanted_keys_.contains(row.key)) continue;
            const auto [competency, person] = Awards::parts_of(row.key);
            const bool known = awards_.knows(competency);
            const auto who = bridge_.store().projection().survivor(person);
            if (known && wanted_keys_.contains(Awards::key_of(competency, who))) continue;
            if (!known && row.state != "rejected") continue;  // its rule was taken out of the settings
            if (known && was_given(row)) unmet.push_back({who, competency});
            if (row.state != "unmet") to_keep_.push_back(unmet_row(std::move(row), bridge_.now()));
        }
        if (last) return;
    }
}

Status AwardPlan::settle() {
    for (const auto& row : to_keep_) CAPBRIDGE_TRY(bridge_.store().sources().put_push(source_.uuid, row));
    to_keep_.clear();
    return {};
}

}  // namespace capbridge::engine
