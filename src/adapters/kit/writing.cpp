// Rules about writing back, for adapters with the sink facet. The cassette's push.json says what to push.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "adapters/kit/rule.hpp"

namespace capbridge::adapters {
namespace {

bool is_sink(const KitCase& c) {
    return std::find(c.adapter.facets.begin(), c.adapter.facets.end(), "sink") != c.adapter.facets.end();
}

Verdict reason_to_skip(const KitCase& c) {
    if (!is_sink(c)) return Verdict::skip("the adapter writes nothing back");
    if (c.cassette->push.empty())
        return Verdict::open("the cassette has no push.json: what the adapter writes back was not tried");
    return {};
}

Verdict pushes(const KitCase& c) {
    if (auto skip = reason_to_skip(c); !skip.skipped.empty()) return skip;
    std::string why;
    const auto stage = staged(c, why);
    if (!stage) return Verdict::fail(why);
    for (const auto& item : c.cassette->push) {
        const auto seen =
            stage->push(get_string(item, "kind"), get_string(item, "key"), item.at("record"), nullptr);
        if (!seen.code.empty()) return Verdict::fail(told(seen));
    }
    return Verdict::passed();
}

Verdict pushes_twice(const KitCase& c) {
    if (auto skip = reason_to_skip(c); !skip.skipped.empty()) return skip;
    std::string why;
    const auto stage = staged(c, why);
    if (!stage) return Verdict::fail(why);
    const auto& item = c.cassette->push.front();
    const auto kind = get_string(item, "kind"), key = get_string(item, "key");
    const auto first = stage->push(kind, key, item.at("record"), nullptr);
    if (!first.code.empty()) return Verdict::fail(told(first));
    const auto receipt = first.answer.value("receipt", json());
    const auto again = stage->push(kind, key, item.at("record"), receipt);
    if (!again.code.empty()) return Verdict::fail("the same key again: " + told(again));
    return again.answer.value("receipt", json()) == receipt
               ? Verdict::passed()
               : Verdict::fail("the same key gave another receipt: it was written twice");
}

// The LMS did it, and the answer got lost: the next try must come to the same.
Verdict pushes_after_loss(const KitCase& c) {
    if (auto skip = reason_to_skip(c); !skip.skipped.empty()) return skip;
    const auto& item = c.cassette->push.front();
    const auto kind = get_string(item, "kind"), key = get_string(item, "key");
    std::string why;
    const auto calm = staged(c, why);
    if (!calm) return Verdict::fail(why);
    const auto whole = calm->push(kind, key, item.at("record"), nullptr);
    if (!whole.code.empty()) return Verdict::fail(told(whole));
    if (whole.urls.empty()) return Verdict::skip("a push makes no request");
    for (std::size_t at = 0; at < whole.urls.size(); ++at) {
        const auto stage = staged(c, why);
        if (!stage) return Verdict::fail(why);
        stage->set_fault([&](std::size_t request, const HttpQuestion&) {
            HttpOutcome lost;
            lost.error_class = "retry";
            lost.user = "The connection was lost.";
            return request == at ? std::optional(lost) : std::nullopt;
        });
        const auto struck = stage->push(kind, key, item.at("record"), nullptr);
        const auto place = "request " + std::to_string(at + 1) + " lost: ";
        if (!struck.code.empty() && struck.code != "adapter_retry")
            return Verdict::fail(place + "RETRY is wanted; seen: " + told(struck));
        stage->set_fault(nullptr);
        const auto again = stage->push(kind, key, item.at("record"), nullptr);
        if (!again.code.empty()) return Verdict::fail(place + "the next try failed: " + told(again));
        if (again.answer.value("receipt", json()) != whole.answer.value("receipt", json()))
            return Verdict::fail(place + "the next try gave another receipt");
    }
    return Verdict::passed();
}

Verdict unknown_kind(const KitCase& c) {
    if (!is_sink(c)) return Verdict::skip("the adapter writes nothing back");
    std::string why;
    const auto stage = staged(c, why);
    if (!stage) return Verdict::fail(why);
    const auto seen = stage->push("no_such_kind", "k", json::object(), nullptr);
    return seen.code == "adapter_unsupported" ? Verdict::passed()
                                              : Verdict::fail("UNSUPPORTED is wanted; seen: " +
                                                              (seen.code.empty() ? "success" : told(seen)));
}

Verdict bad_record(const KitCase& c) {
    if (auto skip = reason_to_skip(c); !skip.skipped.empty()) return skip;
    std::string why;
    const auto stage = staged(c, why);
    if (!stage) return Verdict::fail(why);
    const auto seen = stage->push(get_string(c.cassette->push.front(), "kind"), "k", json::object(), nullptr);
    // Both are about this one record: the others are pushed all the same.
    return seen.code == "adapter_rejected" || seen.code == "adapter_not_found"
               ? Verdict::passed()
               : Verdict::fail("REJECTED or NOT_FOUND is wanted; seen: " +
                               (seen.code.empty() ? "success" : told(seen)));
}

}  // namespace

std::vector<KitRule> writing_rules() {
    using enum KitLevel;
    return {
        {writes, "push.works", "what the cassette pushes is taken", true, pushes},
        {writes, "push.once", "the same key twice has the effect of once", true, pushes_twice},
        {writes, "push.lost", "a lost connection is RETRY, and the next try comes to the same", true,
         pushes_after_loss},
        {writes, "push.unknown", "a kind that it does not write is UNSUPPORTED", true, unknown_kind},
        {writes, "push.bad", "a record that cannot be written is REJECTED, or NOT_FOUND", true, bad_record},
    };
}

}  // namespace capbridge::adapters
