// What a set of decisions that are not stored yet does to people: whom they add, change and send away. Used
// by Directory before it lets a run through. Borrows the bridge; one thread.
#pragma once
#include <functional>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/engine/bridge.hpp"

namespace capbridge::engine {

struct DirectoryEffect {
    std::size_t added = 0, changed = 0, left = 0;
};

class DirectoryChanges {
public:
    explicit DirectoryChanges(Bridge& bridge) : store_(bridge.store()), today_(day_of(bridge.now())) {}
    // `before`, `person`: whom the key's decision was about, and is now; "" nobody. Payload "": withdrawn.
    void add(std::string kind, std::string key, std::string before, std::string person, std::string payload);
    // `each` is called after every person; its error ends it.
    [[nodiscard]] Result<DirectoryEffect> effect(const std::function<Status()>& each);
    // The decisions themselves, in order of kind and key; this is empty afterwards.
    [[nodiscard]] std::vector<store::NewDecision> take();
    [[nodiscard]] bool touches(const std::string& person) { return touched_.contains(person); }

private:
    store::Store& store_;
    Day today_;
    std::map<std::pair<std::string, std::string>, people::Said> changes_;  // by kind and key
    std::unordered_map<std::string, std::vector<const people::Said*>> gained_;
    std::set<std::string> touched_;  // after merges
};

}  // namespace capbridge::engine
