#include "adapters/kit/rule.hpp"

namespace capbridge::adapters {

std::string told(const Played& played) {
    return played.code.empty() ? "" : played.code + ": " + played.message;
}

bool lacks_answer(const Played& played) {
    return !played.code.empty() && played.message.find("The cassette has no answer for") != std::string::npos;
}

Verdict not_recorded(const Played& played, const std::string& advice) {
    return Verdict::skip(advice + "; " + told(played));
}

std::unique_ptr<Stage> staged(const KitCase& c, std::string& why) {
    auto stage = Stage::open(c.spec, c.adapter, c.cassette);
    if (!stage) {
        why = stage.error().text();
        return nullptr;
    }
    const auto configured =
        (*stage)->configure(c.adapter.id, c.cassette != nullptr ? c.cassette->settings : json::object());
    if (!configured.code.empty()) {
        why = "configure() refuses the cassette's settings: " + told(configured);
        return nullptr;
    }
    return std::move(*stage);
}

Played whole_pull(const KitCase& c, const std::string& cursor) {
    Played played;
    const auto stage = staged(c, played.message);
    if (!stage) {
        played.code = "kit";
        return played;
    }
    Stage::PullOptions options;
    options.cursor = cursor;
    return stage->pull(options);
}

std::string difference(const std::map<std::string, std::string>& expected,
                       const std::map<std::string, std::string>& seen) {
    std::size_t missing = 0, surplus = 0, other = 0;
    std::string first;
    const auto note = [&](const std::string& key) {
        if (first.empty()) first = key;
    };
    for (const auto& [key, record] : expected) {
        const auto it = seen.find(key);
        if (it == seen.end()) {
            ++missing;
            note(key);
        } else if (it->second != record) {
            ++other;
            note(key);
        }
    }
    for (const auto& [key, record] : seen) {
        if (expected.contains(key)) continue;
        ++surplus;
        note(key);
    }
    if (missing + surplus + other == 0) return {};
    return std::to_string(missing) + " records are missing, " + std::to_string(surplus) + " are too many, " +
           std::to_string(other) + " say something else; the first: " + first;
}

}  // namespace capbridge::adapters
