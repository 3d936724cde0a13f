// The "post" door: statements from HTTP clients, and from files, into the journal. Thread-safe.
#pragma once
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.hpp"
#include "core/base/problem.hpp"
#include "core/engine/bridge.hpp"
#include "core/xapi/version.hpp"

namespace capbridge::engine {

// An attachment's bytes as they came: the first part of a multipart body holds the statements, these are the
// rest.
struct PostedPart {
    std::string content_type, encoding, hash;
    std::string bytes;
};

struct Post {
    std::string body;  // JSON text: a statement or an array of them
    std::vector<PostedPart> parts;
    xapi::Version version = xapi::Version::v1_0_3;
    std::string required_id;       // of PUT: the statement's own id, if any, must be the same
    json authority;                // of who sends
    bool keeps_authority = false;  // an import keeps the authority that a statement brings
    std::string who;               // for the run
    std::string owner;             // store::Batch::owner
    bool only_own = false;         // store::Batch::only_own
    std::int64_t run = 0;          // 0: the day's run of `who`
};

struct Posted {
    std::vector<std::string> ids;  // in the order of the request
    std::size_t stored = 0;        // the others were there already
};

struct PostOutcome {
    Result<Posted> posted;
    Problems problems;  // of "invalid_statement": what is wrong with which statement
};

// Checks, completes and appends, all or nothing; `done` runs after the commit (on the writer's thread) or at
// once with an error: "invalid_statement", "statement_conflict" (an id is stored with another content),
// "duplicate_in_batch", or one of the store's. The same statement again is no error and changes nothing.
void post_statements(Bridge& bridge, Post post, std::function<void(PostOutcome)> done);

}  // namespace capbridge::engine
