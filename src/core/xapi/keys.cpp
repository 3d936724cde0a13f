// By which keys a statement is found (xAPI 1.0.3 part 3, 2.1.3; IEEE 9274.1.1, 4.1.6.1: the parameters agent,
// related_agents, activity, related_activities, verb, registration). The text of an agent's key is that of
// Agent::key().
#include <algorithm>

#include "core/base/ids.hpp"
#include "core/base/text.hpp"
#include "core/xapi/members.hpp"
#include "core/xapi/statement.hpp"

namespace capbridge::xapi {
namespace {

constexpr std::size_t few = 24;  // up to which looking along the keys costs less than sorting them

class KeyList {
public:
    KeyList() { keys_.reserve(16); }

    void add(Key::Kind kind, std::string_view value) {
        if (value.empty()) return;
        if (keys_.size() <= few) {
            for (const auto& key : keys_) {
                if (key.kind == kind && key.value == value) return;
            }
        }
        keys_.push_back({kind, std::string(value)});
    }

    void add_agent(const json& agent, bool direct) {
        const auto key = agent_key(agent);
        if (direct) add(Key::Kind::actor, key);
        add(Key::Kind::any_agent, key);
    }

    std::vector<Key> take() {
        if (keys_.size() > few) {
            std::sort(keys_.begin(), keys_.end(), [](const Key& a, const Key& b) {
                return a.kind != b.kind ? a.kind < b.kind : a.value < b.value;
            });
            const auto same = [](const Key& a, const Key& b) {
                return a.kind == b.kind && a.value == b.value;
            };
            keys_.erase(std::unique(keys_.begin(), keys_.end(), same), keys_.end());
        }
        return std::move(keys_);
    }

private:
    static std::string agent_key(const json& agent) {
        // Nearly all that come; read_agent() would cost three strings more.
        if (const auto mbox = text_of(agent, "mbox"); !mbox.empty()) return "mbox|" + lower_ascii(mbox);
        return read_agent(agent).key();
    }

    std::vector<Key> keys_;
};

}  // namespace

std::vector<Key> keys_of(const json& statement) {
    KeyList keys;
    if (const auto* verb = member_of(statement, "verb")) keys.add(Key::Kind::verb, text_of(*verb, "id"));
    walk_agents(statement, [&](const json& agent, bool direct) {
        keys.add_agent(agent, direct);
        // A Group is found by each of its members too.
        const auto* members = member_of(agent, "member");
        if (members == nullptr || !members->is_array()) return;
        for (const auto& member : *members) keys.add_agent(member, direct);
    });
    walk_activities(statement, [&](const json& activity, bool direct) {
        const auto id = text_of(activity, "id");
        if (direct) keys.add(Key::Kind::object_activity, id);
        keys.add(Key::Kind::any_activity, id);
    });
    if (const auto* context = member_of(statement, "context"))
        keys.add(Key::Kind::registration, lower_uuid(text_of(*context, "registration")));
    return keys.take();
}

}  // namespace capbridge::xapi
