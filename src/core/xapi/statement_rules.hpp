// The rules of data of a statement (xAPI 1.0.3 part 2; IEEE 9274.1.1, 4.2), one function for each object of
// the specification. Internal to validate_statement. One thread.
#pragma once
#include "core/xapi/value_rules.hpp"

namespace capbridge::xapi {

class StatementRules : public ValueRules {
public:
    using ValueRules::ValueRules;
    void statement(const json& value, const Place& at);

private:
    // validate.cpp
    void sub_statement(const Members& members, const Place& at);
    bool shared_member(std::string_view name, const json& value, const Place& at,
                       std::string_view object_type);
    void all_there(const Members& members, const Place& at);
    void verb(const json& value, const Place& at);
    void version_member(const json& value, const Place& at);
    void voiding(const Members& members, const Place& at);

    // result_rules.cpp
    void result(const json& value, const Place& at);
    void score(const json& value, const Place& at);
    void attachments(const json& value, const Place& at);
    void attachment(const json& value, const Place& at);

    // actor_rules.cpp
    enum class Who { agent, group, agent_or_group };
    void actor(const json& value, const Place& at, Who who, const Section& section);
    void account(const json& value, const Place& at);
    void members_of_group(const json& value, const Place& at);
    void authority(const json& value, const Place& at);

    // object_rules.cpp
    void object_of(const json& value, const Place& at, bool inner);
    void activity(const json& value, const Place& at);
    void definition(const json& value, const Place& at);
    void interaction_type(const json& value, const Place& at);
    void correct_responses(const json& value, const Place& at);
    void components(const json& value, const Place& at);
    void statement_ref(const json& value, const Place& at);

    // context_rules.cpp
    void context(const json& value, const Place& at, std::string_view object_type);
    void context_activities(const json& value, const Place& at);
    void context_actors(const json& value, const Place& at, const char* type, const char* member, Who who);
};

}  // namespace capbridge::xapi
