// What the engine writes into the audit (core/store/audit.hpp). run_operation() does it for every operation
// that changes something or is marked as audited; whoever does something else that belongs there calls
// audit_event(). Of the parameters only those that audited_parameters() names are written, as ids; all
// together they have one digest. Thread-safe.
#pragma once
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>  // functions take json by value
#include <string>
#include <string_view>

#include "core/base/json.hpp"
#include "core/base/result.hpp"
#include "core/store/audit.hpp"

namespace capbridge::store {
class Store;
}

namespace capbridge::engine {

class Bridge;
struct Caller;
struct Operation;

// {"subject": {ids}, "details": {"parameters": digest}} of an operation's parameters.
struct AuditedParameters {
    ordered_json subject = ordered_json::object(), details = ordered_json::object();
};
AuditedParameters audited_parameters(store::Audit& audit, std::string_view operation, const json& params);

// Is it worth an entry? All that change but those that post what the journal records anyway.
bool is_audited(const Operation& operation);

// One thing that happened. The subject and details are objects of ids and counts: no person's name, number or
// address.
Status audit_event(Bridge& bridge, const Caller& caller, std::string_view what,
                   const ordered_json& subject = ordered_json::object(),
                   const ordered_json& details = ordered_json::object(), std::string_view outcome = "ok");

// The mark to put into whatever leaves the machine (a backup's manifest, a report): `audit verify --head`
// holds the chain against it.
store::AuditMark audit_head(store::Store& store);

// What an owner does first: says in the chain itself when its end is not the one that DIR/audit.head kept,
// and gives the intents that a dead process left their outcome, "interrupted".
Status resume_audit(Bridge& bridge);

// Refused requests: the first of its kind is written at once, the rest is counted and written when the window
// is over, and of more than so many kinds only the count: nobody fills the disk by knocking. note() waits for
// nothing: it writes on the bridge's errand thread (Bridge::later).
struct Refusal {
    std::string kind;        // "credential", "scope", "login-link", "socket"
    std::string from;        // the client's address
    std::string credential;  // its key, when there is a credential of that key
    std::string route;       // the route's pattern
    std::string request;
    auto operator<=>(const Refusal&) const = default;
};

class Refusals {
public:
    static constexpr std::size_t most_kinds = 16;
    static constexpr std::chrono::minutes window{10};

    void note(Bridge& bridge, Refusal refusal);
    // Writes what a window that is over has counted, on this thread; `all` also of one that is not.
    void flush(Bridge& bridge, bool all = false);

private:
    struct Counted {
        std::map<Refusal, std::int64_t> kinds;
        std::int64_t others = 0;
    };
    Counted begin_window(std::chrono::steady_clock::time_point now);
    static void write(Bridge& bridge, const Counted& counted);

    std::mutex mutex_;
    std::chrono::steady_clock::time_point began_{};
    std::map<Refusal, std::int64_t> counted_;  // beyond the first of each
    std::int64_t others_ = 0;
};

}  // namespace capbridge::engine
