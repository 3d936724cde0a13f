// The attachments of a statement and of the SubStatement in it, with their places. Internal to what checks
// them; any thread.
#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/base/json.hpp"
#include "core/base/text.hpp"

namespace capbridge::xapi {

struct AttachmentAt {
    const json* attachment;
    const json* owner;    // the statement or SubStatement that has it
    std::string pointer;  // "/2/attachments/0"
    std::string sha2;     // lower case
};

inline void list_attachments(const json& owner, const std::string& at, std::vector<AttachmentAt>& out) {
    const auto list = owner.find("attachments");
    if (list == owner.end() || !list->is_array()) return;
    for (std::size_t i = 0; i < list->size(); ++i) {
        const auto& attachment = (*list)[i];
        if (!attachment.is_object()) continue;
        out.push_back({&attachment, &owner, at + "/attachments/" + std::to_string(i),
                       lower_ascii(get_string(attachment, "sha2"))});
    }
}

// `statements` is one statement or an array of them.
inline std::vector<AttachmentAt> list_attachments(const json& statements) {
    std::vector<AttachmentAt> out;
    const auto of_statement = [&out](const json& statement, const std::string& at) {
        if (!statement.is_object()) return;
        list_attachments(statement, at, out);
        const auto object = statement.find("object");
        if (object != statement.end() && object->is_object()) list_attachments(*object, at + "/object", out);
    };
    if (!statements.is_array()) {
        of_statement(statements, "");
    } else {
        for (std::size_t i = 0; i < statements.size(); ++i)
            of_statement(statements[i], "/" + std::to_string(i));
    }
    return out;
}

}  // namespace capbridge::xapi
