// Rules about check() and a whole pull of a healthy LMS.
#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>

#include "adapters/kit/rule.hpp"
#include "core/base/embedded.hpp"
#include "core/base/text.hpp"

namespace capbridge::adapters {
namespace {

constexpr std::size_t check_requests_at_most = 12;  // rights can often be told by trying only
constexpr std::size_t records_validated = 2000;

Played checked(const KitCase& c, Fault fault = nullptr) {
    Played played;
    const auto stage = staged(c, played.message);
    if (!stage) {
        played.code = "kit";
        return played;
    }
    if (fault) stage->set_fault(std::move(fault));
    return stage->check();
}

Verdict check_passes(const KitCase& c) {
    const auto seen = checked(c);
    if (lacks_answer(seen))
        return not_recorded(seen, "what check() asks was not recorded: add that exchange by hand");
    if (!seen.code.empty()) return Verdict::fail(told(seen));
    const bool looked = !seen.urls.empty() || seen.file_lists + seen.file_reads > 0;
    if (!looked && (!c.adapter.allowed_hosts.empty() || c.cassette->has_files))
        return Verdict::fail(
            "it passes without a request and without a look at the folder: it cannot know "
            "whether a pull would work");
    return seen.urls.size() <= check_requests_at_most
               ? Verdict::passed()
               : Verdict::fail("it made " + std::to_string(seen.urls.size()) + " requests; " +
                               std::to_string(check_requests_at_most) + " are the most that is cheap");
}

HttpOutcome status(int code, std::string body = {}) {
    HttpOutcome outcome;
    outcome.status = code;
    outcome.headers = {{"content-type", "text/plain"}};
    outcome.body = std::move(body);
    return outcome;
}

HttpOutcome broken(std::string error_class, std::string why) {
    HttpOutcome outcome;
    outcome.error_class = std::move(error_class);
    outcome.user = std::move(why);
    return outcome;
}

Verdict check_meets(const KitCase& c, const HttpOutcome& trouble, const std::set<std::string>& right) {
    const auto seen =
        checked(c, [&](std::size_t, const HttpQuestion&) { return std::optional<HttpOutcome>(trouble); });
    if (seen.urls.empty()) return Verdict::skip("check() makes no request");
    if (right.contains(seen.code)) return Verdict::passed();
    std::string wanted;
    for (const auto& code : right) wanted += (wanted.empty() ? "" : " or ") + code;
    return Verdict::fail("wanted " + wanted + ", seen: " + (seen.code.empty() ? "success" : told(seen)));
}

Verdict check_401(const KitCase& c) {
    return check_meets(c, status(401), {"adapter_auth"});
}
Verdict check_403(const KitCase& c) {
    return check_meets(c, status(403), {"adapter_config", "adapter_auth"});
}
Verdict check_throttled(const KitCase& c) {
    return check_meets(c, status(429), {"adapter_retry"});
}
Verdict check_unreachable(const KitCase& c) {
    return check_meets(c, broken("retry", "There is no connection."), {"adapter_retry"});
}

Verdict pull_reads(const KitCase& c) {
    const auto seen = whole_pull(c);
    if (!seen.code.empty()) return Verdict::fail(told(seen));
    if (seen.durable().empty()) return Verdict::fail("no record is covered by a checkpoint");
    if (seen.events.back().what != Played::Event::What::checkpoint)
        return Verdict::fail("records came after the last checkpoint: they are read again each time");
    return Verdict::passed();
}

Verdict records_are_valid(const KitCase& c) {
    const auto seen = whole_pull(c);
    std::map<std::string, json> schemas;
    std::size_t validated = 0;
    for (const auto& event : seen.events) {
        if (event.what != Played::Event::What::record || validated++ >= records_validated) continue;
        auto& schema = schemas[event.kind];
        if (schema.is_null()) {
            const auto* file =
                find_embedded(embedded_config(), "schemas/records/" + event.kind + ".schema.json");
            if (file == nullptr) return Verdict::fail("there is no kind '" + event.kind + "'");
            schema = json::parse(file->bytes);
        }
        const auto record = json::parse(event.text, nullptr, false);
        const auto problems = validate_json(record, schema, {});
        if (has_errors(problems)) return Verdict::fail(problems_text(problems, event.kind + " " + event.key));
    }
    return seen.code.empty() ? Verdict::passed() : Verdict::fail(told(seen));
}

Verdict kinds_are_declared(const KitCase& c) {
    const auto& declared = c.adapter.kinds;
    const auto seen = whole_pull(c);
    if (!seen.code.empty()) return Verdict::fail(told(seen));
    for (const auto& event : seen.events) {
        if (event.what == Played::Event::What::record &&
            std::find(declared.begin(), declared.end(), event.kind) == declared.end())
            return Verdict::fail("it emits '" + event.kind + "', which its descriptor does not name");
    }
    return Verdict::passed();
}

Verdict replay_is_the_same(const KitCase& c) {
    const auto first = whole_pull(c), second = whole_pull(c);
    if (!first.code.empty()) return Verdict::fail(told(first));
    if (!second.code.empty()) return Verdict::fail("the second time: " + told(second));
    const auto other = difference(first.durable(), second.durable());
    return other.empty() ? Verdict::passed() : Verdict::fail(other);
}

Verdict goes_on_from_the_end(const KitCase& c) {
    const auto first = whole_pull(c);
    if (!first.code.empty()) return Verdict::fail(told(first));
    const auto next = whole_pull(c, first.last_cursor());
    if (lacks_answer(next)) return not_recorded(next, second_recording);
    return next.code.empty() ? Verdict::passed() : Verdict::fail(told(next));
}

Verdict unknown_cursor_is_told(const KitCase& c) {
    for (const auto* cursor : {"no cursor of ours", "{\"\":[[", "-1"}) {
        const auto seen = whole_pull(c, cursor);
        if (seen.code != "adapter_bad_cursor")
            return Verdict::fail(std::string("the cursor ") + cursor + " should be BAD_CURSOR; seen: " +
                                 (seen.code.empty() ? "success" : told(seen)));
    }
    return Verdict::passed();
}

// Identifiers that the records carry must not stand in what a log or an administrator gets to see, nor
// anything that is an e-mail address.
Verdict says_nobody(const KitCase& c) {
    std::string why;
    const auto stage = staged(c, why);
    if (!stage) return Verdict::fail(why);
    const auto checked = stage->check();
    const auto seen = stage->pull({});
    if (!seen.code.empty()) return Verdict::fail(told(seen));
    std::set<std::string> people;
    const auto learn = [&](const std::string& value) {
        if (value.size() >= 4) people.insert(lower_ascii(value));
    };
    for (const auto& event : seen.events) {
        if (event.what != Played::Event::What::record) continue;
        const auto record = json::parse(event.text, nullptr, false);
        for (const auto& who : record.value("who", json::array())) learn(get_string(who, "value"));
        if (event.kind == "person") learn(get_string(record, "name"));
    }
    static const std::regex address(R"([A-Za-z0-9._%+-]+@[A-Za-z0-9-]+\.[A-Za-z0-9.-]+)");
    const auto named = [&](const std::string& text) {
        const auto lower = lower_ascii(text.substr(0, 4000));
        return std::regex_search(lower, address) ||
               std::any_of(people.begin(), people.end(),
                           [&](const auto& person) { return lower.find(person) != lower.npos; });
    };
    for (const auto* call : {&checked, &seen}) {
        for (const auto& line : call->log) {
            if (named(line)) return Verdict::fail("a log line names a person");
        }
        if (named(call->message)) return Verdict::fail("an error message names a person");
    }
    for (const auto& event : seen.events) {
        if (event.what == Played::Event::What::rejected && named(event.text))
            return Verdict::fail("the reason of a rejected record names a person");
    }
    return Verdict::passed();
}

// Of the records of a stretch between two checkpoints those that a snapshot of it should hold and does not.
struct Stretch {
    std::set<std::string> kinds;                 // of the snapshots that were open in it
    std::map<std::string, std::string> outside;  // kind -> a key

    [[nodiscard]] std::string complaint() const {
        for (const auto& [kind, key] : outside) {
            if (kinds.contains(kind))
                return "the " + kind + " " + key + " stands beside the snapshot, not in it";
        }
        return {};
    }
};

// A snapshot that is open at the end withdraws nothing; a record beside it is withdrawn by it.
Verdict snapshots_are_whole(const KitCase& c) {
    const auto seen = whole_pull(c);
    if (!seen.code.empty()) return Verdict::fail(told(seen));
    std::map<std::string, std::set<std::string>> open;  // scope -> kinds
    std::set<std::string> promised, inside;             // kinds
    std::map<std::string, std::string> outside;
    Stretch stretch;
    for (const auto& event : seen.events) {
        if (event.what == Played::Event::What::checkpoint) {
            if (const auto wrong = stretch.complaint(); !wrong.empty()) return Verdict::fail(wrong);
            stretch = {};
            for (const auto& [scope, kinds] : open) stretch.kinds.insert(kinds.begin(), kinds.end());
        } else if (event.kind == "snapshot_begin") {
            const auto record = json::parse(event.text, nullptr, false);
            auto& kinds = open[event.key];
            if (!kinds.empty())
                return Verdict::fail("the snapshot '" + event.key + "' begins a second time before its end");
            for (const auto& kind : record.value("kinds", json::array({"completion"})))
                kinds.insert(kind.get<std::string>());
            stretch.kinds.insert(kinds.begin(), kinds.end());
            promised.insert(kinds.begin(), kinds.end());
        } else if (event.kind == "snapshot_end") {
            if (open.erase(event.key) == 0)
                return Verdict::fail("the snapshot '" + event.key + "' ends and did not begin");
        } else if (event.kind != "withdraw" && event.what == Played::Event::What::record) {
            const bool held = std::any_of(open.begin(), open.end(),
                                          [&](const auto& one) { return one.second.contains(event.kind); });
            if (held) inside.insert(event.kind);
            if (!held) stretch.outside.emplace(event.kind, event.key);
            if (!held) outside.emplace(event.kind, event.key);
        }
    }
    if (!open.empty())
        return Verdict::fail("the snapshot '" + open.begin()->first +
                             "' is still open when the pull ends well: nothing is ever withdrawn");
    for (const auto& [kind, key] : outside) {
        if (promised.contains(kind) && !inside.contains(kind))
            return Verdict::fail("the snapshot has no " + kind + " at all, and " + key +
                                 " stands outside of it");
    }
    return Verdict::passed();
}

// A key is one fact: two people or two activities under it are two facts, of which one is lost.
Verdict keys_are_of_one_fact(const KitCase& c) {
    const auto seen = whole_pull(c);
    if (!seen.code.empty()) return Verdict::fail(told(seen));
    std::map<std::string, std::string> subjects;
    for (const auto& event : seen.events) {
        if (event.what != Played::Event::What::record || event.key.empty()) continue;
        const auto record = json::parse(event.text, nullptr, false);
        if (!record.contains("who")) continue;
        const auto activity = record.value("activity", json::object());
        const auto subject = record["who"].dump() + (activity.is_object() ? get_string(activity, "id") : "");
        const auto [it, added] = subjects.try_emplace(event.kind + " " + event.key, subject);
        // An identifier may come to be known, or change, between two pages.
        if (!added && it->second != subject && event.kind == "completion")
            return Verdict::fail("the completion " + event.key + " is told of two people or two activities");
    }
    return Verdict::passed();
}

}  // namespace

std::vector<KitRule> reading_rules() {
    using enum KitLevel;
    return {
        {reads, "check.passes", "check() of a healthy LMS passes, with few requests", true, check_passes},
        {reads, "check.credentials", "refused credentials are AUTH", true, check_401},
        {reads, "check.permission", "a missing right is CONFIG", true, check_403},
        {reads, "check.throttled", "an LMS that is asked too often is RETRY", true, check_throttled},
        {reads, "check.unreachable", "an LMS that cannot be reached is RETRY", true, check_unreachable},
        {reads, "pull.reads", "a pull gives records and ends with a checkpoint", true, pull_reads},
        {reads, "pull.valid", "every record follows the schema of its kind", true, records_are_valid},
        {reads, "pull.keys", "a key stands for one fact", true, keys_are_of_one_fact},
        {reads, "pull.snapshots", "a snapshot that begins ends, with all of its kinds inside", true,
         snapshots_are_whole},
        {reads, "pull.kinds", "the descriptor names every kind that is emitted", true, kinds_are_declared},
        {reads, "pull.replay", "the same LMS gives the same records again", true, replay_is_the_same},
        {reads, "pull.continue", "a pull from the last cursor works", true, goes_on_from_the_end},
        {reads, "pull.cursor", "a cursor that is none of its own is BAD_CURSOR", true,
         unknown_cursor_is_told},
        {reads, "pull.privacy", "no log line, reason or message names a person", true, says_nobody},
    };
}

}  // namespace capbridge::adapters
