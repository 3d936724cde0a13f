// Documents of the State, Activity Profile and Agent Profile resources (xAPI 1.0.3 part 3, 2.2). A change
// looks at what is stored and changes it within one job of the writer, so two clients cannot overwrite each
// other unseen and no merge is lost. Thread-safe.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "core/base/time.hpp"
#include "core/xapi/document.hpp"

namespace capbridge::store {

struct DocumentKey {
    enum class Kind { state = 1, activity_profile = 2, agent_profile = 3 };
    Kind kind = Kind::state;
    std::string activity;      // IRI; "" of an agent profile
    std::string agent;         // xapi::Agent::key(); "" of an activity profile
    std::string registration;  // lower-case UUID of a state, or ""
    std::string id;            // stateId, profileId
    std::string owner;         // of a client that is bound to a source: it has documents of its own; else ""
};

struct DocumentRow {
    std::string id;
    xapi::Document document;
    std::string etag;  // SHA-1 of the body in hex, without quotes
    Instant updated{};
};

// If-Match and If-None-Match (RFC 9110, 13.1; xAPI 1.0.3 part 3, 3.1).
struct Precondition {
    std::vector<std::string> match;       // etags without quotes; "*" is any document
    std::vector<std::string> none_match;  // "*": there must be none yet
    bool needed = false;                  // an existing document is not changed without one of the two
    [[nodiscard]] bool given() const { return !match.empty() || !none_match.empty(); }
};

class Documents {
public:
    virtual ~Documents() = default;
    virtual std::optional<DocumentRow> get(const DocumentKey& key) = 0;
    // Ids of the documents that share everything but the id, updated after `since` when given. Of states
    // without a registration: those of every registration.
    virtual std::vector<std::string> ids(const DocumentKey& key, std::optional<Instant> since) = 0;

    // `done` runs on the writer's thread after the commit, or at once with an error: "precondition_failed",
    // "precondition_needed" (there is a document, and Precondition::needed), "not_mergeable", and those of
    // the store. Removing what is not there is no error.
    using Done = std::function<void(Status)>;
    virtual void put(DocumentKey key, xapi::Document document, Precondition precondition, Instant now,
                     Done done) = 0;
    virtual void merge(DocumentKey key, xapi::Document document, Precondition precondition, Instant now,
                       Done done) = 0;
    virtual void remove(DocumentKey key, Precondition precondition, Done done) = 0;
    // Every state of the agent in the activity (and registration, when given).
    virtual void remove_all(DocumentKey key, Done done) = 0;
};

}  // namespace capbridge::store
