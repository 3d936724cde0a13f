// Rules about what an LMS does on a bad day. Each fault strikes one request of a pull; the pull may then fail
// with RETRY (or end well, when the adapter got over it), never crash, and the next pull must end with
// exactly the records of an undisturbed one.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "adapters/kit/rule.hpp"

namespace capbridge::adapters {
namespace {

constexpr std::size_t requests_struck = 12;

using Spoil = HttpOutcome (*)(const KitCase& c);

HttpOutcome answered(int status, std::string body, std::string type = "application/json") {
    HttpOutcome outcome;
    outcome.status = status;
    outcome.headers = {{"content-type", std::move(type)}};
    outcome.body = std::move(body);
    return outcome;
}

// After a fault the records must be complete all the same; `right` are the classes that the struck pull may
// end with.
Verdict strikes(const KitCase& c, const std::function<HttpOutcome()>& spoiled,
                const std::vector<std::string>& right) {
    const auto whole = whole_pull(c);
    if (!whole.code.empty()) return Verdict::fail(told(whole));
    if (whole.urls.empty()) return Verdict::skip("a pull makes no request");
    const auto step = std::max<std::size_t>(1, whole.urls.size() / requests_struck);
    for (std::size_t at = 0; at < whole.urls.size(); at += step) {
        std::string why;
        const auto stage = staged(c, why);
        if (!stage) return Verdict::fail(why);
        stage->set_fault([&, at](std::size_t request, const HttpQuestion&) {
            return request == at ? std::optional(spoiled()) : std::nullopt;
        });
        const auto struck = stage->pull({});
        const auto place =
            "request " + std::to_string(at + 1) + " of " + std::to_string(whole.urls.size()) + ": ";
        if (!struck.code.empty() && std::find(right.begin(), right.end(), struck.code) == right.end())
            return Verdict::fail(place + "seen: " + told(struck));
        auto all = struck.durable();
        const auto rest = whole_pull(c, struck.last_cursor());
        if (!rest.code.empty()) return Verdict::fail(place + "the next pull failed: " + told(rest));
        for (const auto& [key, record] : rest.durable()) all[key] = record;
        // A closed snapshot withdraws what is not in it.
        const auto before = whole.snapshots();
        for (const auto& [scope, keys] : struck.snapshots()) {
            const auto it = before.find(scope);
            if (it == before.end()) continue;
            for (const auto& key : it->second) {
                if (!keys.contains(key))
                    return Verdict::fail(place + "it closed the snapshot '" + scope +
                                         "' although it had not read all: " + key +
                                         " and perhaps others would be withdrawn");
            }
        }
        // An incremental pull does not read again what a checkpoint covered: then nothing may be missing.
        if (const auto other = difference(whole.durable(), all); !other.empty())
            return Verdict::fail(place + "after the next pull " + other);
    }
    return Verdict::passed();
}

const std::vector<std::string> transient{"adapter_retry"};

Verdict throttled(const KitCase& c) {
    return strikes(
        c, [] { return answered(429, "too many requests", "text/plain"); }, transient);
}
Verdict throttled_until(const KitCase& c) {
    return strikes(
        c,
        [] {
            auto outcome = answered(429, "too many requests", "text/plain");
            outcome.headers.emplace_back("retry-after", "7");
            return outcome;
        },
        transient);
}
Verdict failed_once(const KitCase& c) {
    return strikes(
        c, [] { return answered(500, "internal error", "text/plain"); }, transient);
}
Verdict lost(const KitCase& c) {
    return strikes(
        c,
        [] {
            HttpOutcome outcome;
            outcome.error_class = "retry";
            outcome.user = "The connection was lost.";
            return outcome;
        },
        transient);
}
Verdict expired(const KitCase& c) {
    return strikes(c, [] { return answered(401, "{}"); }, {"adapter_auth"});
}
Verdict cut_body(const KitCase& c) {
    return strikes(c, [] { return answered(200, R"({"rows":[{"a":"b)"); }, {"adapter_retry"});
}
Verdict empty_body(const KitCase& c) {
    return strikes(c, [] { return answered(200, ""); }, {"adapter_retry"});
}
Verdict web_page(const KitCase& c) {
    return strikes(c, [] { return answered(200, "<html><body>Maintenance</body></html>", "text/html"); },
                   {"adapter_retry", "adapter_config"});
}
Verdict maintenance(const KitCase& c) {
    return strikes(
        c, [] { return answered(503, "<html>", "text/html"); }, transient);
}

bool is_harm(const std::string& code) {
    for (const auto* bad :
         {"adapter_internal", "adapter_crashed", "adapter_timeout", "adapter_memory", "adapter_protocol"}) {
        if (code == bad) return true;
    }
    return false;
}

// Nothing is promised about the records here, only that it stays an ordinary failure.
Verdict survives(const KitCase& c, const std::function<HttpOutcome()>& spoiled) {
    std::string why;
    const auto stage = staged(c, why);
    if (!stage) return Verdict::fail(why);
    stage->set_fault([&](std::size_t, const HttpQuestion&) { return std::optional(spoiled()); });
    const auto seen = stage->pull({});
    if (seen.urls.empty()) return Verdict::skip("a pull makes no request");
    return is_harm(seen.code) ? Verdict::fail(told(seen)) : Verdict::passed();
}

Verdict deep_json(const KitCase& c) {
    return survives(c, [] { return answered(200, std::string(200'000, '[')); });
}
Verdict deep_object(const KitCase& c) {
    return survives(c, [] {
        std::string deep;
        for (int i = 0; i < 50'000; ++i) deep += "{\"a\":";
        return answered(200, deep + "1" + std::string(50'000, '}'));
    });
}
Verdict other_types(const KitCase& c) {
    for (const auto* body : {"null", "[]", "{}", "[null]", "[[]]", "\"text\"", "1e999", "[{}]", "true",
                             R"([{"id":null,"name":[],"items":{}}])"}) {
        const auto verdict = survives(c, [&] { return answered(200, body); });
        if (!verdict.failed.empty()) return Verdict::fail(std::string(body) + ": " + verdict.failed);
        if (!verdict.skipped.empty()) return verdict;
    }
    return Verdict::passed();
}
Verdict no_utf8(const KitCase& c) {
    return survives(c, [] { return answered(200, std::string("{\"a\":\"\xff\xfe\x00\"}", 12)); });
}
Verdict large_body(const KitCase& c) {
    return survives(c, [] { return answered(200, "[" + std::string(24u << 20, ' ') + "]"); });
}

// The files of a folder adapter on a bad day: empty, torn, of bytes that are no text, one line without end.
Verdict bad_files(const KitCase& c) {
    if (!c.cassette->has_files) return Verdict::skip("the cassette has no files");
    constexpr std::uint64_t endless = 24u << 20;
    const std::vector<std::pair<const char*, FileFault>> trials{
        {"empty", [](std::uint64_t, const std::string&) { return std::string(); }},
        {"torn",
         [](std::uint64_t offset, const std::string& bytes) {
             return offset == 0 ? bytes.substr(0, bytes.size() / 2) : std::string();
         }},
        {"no text",
         [](std::uint64_t offset, const std::string& bytes) {
             auto out = offset == 0 ? bytes : std::string();
             for (std::size_t i = out.size() / 3; i < out.size(); i += 7) out[i] = i % 2 == 0 ? '\0' : '\xff';
             return out;
         }},
        {"one line without end", [](std::uint64_t offset, const std::string&) {
             return offset < endless ? std::string(256u << 10, 'a') : std::string();
         }}};
    for (const auto& [name, fault] : trials) {
        std::string why;
        const auto stage = staged(c, why);
        if (!stage) return Verdict::fail(why);
        stage->set_file_fault(fault);
        const auto seen = stage->pull({});
        if (seen.file_reads == 0) return Verdict::skip("a pull reads no file");
        if (is_harm(seen.code)) return Verdict::fail(std::string(name) + ": " + told(seen));
    }
    return Verdict::passed();
}

}  // namespace

std::vector<KitRule> fault_rules() {
    using enum KitLevel;
    return {
        {resumes, "fault.429", "429 is RETRY, and nothing is lost", true, throttled},
        {resumes, "fault.429-until", "429 with Retry-After is RETRY, and nothing is lost", true,
         throttled_until},
        {resumes, "fault.500", "500 is RETRY, and nothing is lost", true, failed_once},
        {resumes, "fault.503", "a maintenance page is RETRY, and nothing is lost", true, maintenance},
        {resumes, "fault.lost", "a lost connection is RETRY, and nothing is lost", true, lost},
        {resumes, "fault.401", "credentials that expire half way are AUTH, and nothing is lost", true,
         expired},
        {resumes, "fault.cut", "a body that was cut off is RETRY, and nothing is lost", true, cut_body},
        {resumes, "fault.empty", "an empty answer is RETRY, and nothing is lost", true, empty_body},
        {resumes, "fault.page", "a web page instead of data is no data", true, web_page},
        {hardened, "hostile.deep-list", "a list nested without end does no harm", true, deep_json},
        {hardened, "hostile.deep-object", "an object nested without end does no harm", true, deep_object},
        {hardened, "hostile.types", "JSON of other types is no crash and no internal error", true,
         other_types},
        {hardened, "hostile.bytes", "bytes that are no UTF-8 do no harm", true, no_utf8},
        {hardened, "hostile.files", "files that are empty, torn or no text do no harm", true, bad_files},
        {hardened, "hostile.large", "24 MiB of nothing do no harm", true, large_body},
    };
}

}  // namespace capbridge::adapters
