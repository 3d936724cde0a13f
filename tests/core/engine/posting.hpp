// Posting statements to a World and waiting for the outcome.
#pragma once
#include <condition_variable>
#include <mutex>

#include "core/engine/statements.hpp"
#include "core/engine/world.hpp"

namespace capbridge::engine {

inline json statement(const std::string& mbox, const std::string& activity = "https://lms.example/AI-1") {
    return {{"actor", {{"mbox", "mailto:" + mbox}}},
            {"verb", {{"id", "http://adlnet.gov/expapi/verbs/completed"}}},
            {"object", {{"id", activity}}},
            {"timestamp", "2026-03-01T10:00:00Z"}};
}

inline PostOutcome outcome_of(World& w, Post post) {
    PostOutcome out{fail("not_called", ""), {}};
    std::mutex mutex;
    std::condition_variable called;
    bool done = false;
    post_statements(*w.bridge, std::move(post), [&](PostOutcome outcome) {
        const std::lock_guard lock(mutex);
        out = std::move(outcome);
        done = true;
        called.notify_one();
    });
    std::unique_lock lock(mutex);
    called.wait(lock, [&] { return done; });
    return out;
}

inline Post post_of(const json& statements, std::string_view id = {}) {
    Post post;
    post.body = statements.dump();
    post.required_id = id;
    post.authority = {{"mbox", "mailto:authority@demo.example"}};
    post.who = "credential:k";
    post.owner = "credential:k";
    return post;
}

inline Result<Posted> post(World& w, const json& statements, std::string_view id = {}) {
    return outcome_of(w, post_of(statements, id)).posted;
}

}  // namespace capbridge::engine
