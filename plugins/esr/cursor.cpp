#include "esr/cursor.hpp"

#include <nlohmann/json.hpp>

#include "bridge/adapter.hpp"
#include "common/whole_number.hpp"

namespace esr_adapter {

using nlohmann::json;
using plugins::whole_number;

Cursor Cursor::parse(std::string_view text) {
    Cursor cursor;
    if (text.empty()) return cursor;
    try {
        const auto given = json::parse(text);
        if (given.at("v") != 1) throw std::runtime_error("another version");
        const auto& last = given.at("last");
        cursor.last = {last.at("name").get<std::string>(), last.at("date").get<std::string>(),
                       whole_number(last.at("sequence")), last.at("full").get<bool>(),
                       last.at("to").get<std::string>()};
        if (const auto at = given.find("at"); at != given.end())
            cursor.at = {at->at("name").get<std::string>(), at->at("version").get<std::string>(),
                         static_cast<std::uint64_t>(whole_number(at->at("offset"))),
                         whole_number(at->at("line"))};
        cursor.memory = Memory::parse(given.at("memory").dump());
    } catch (const std::exception&) {
        throw bridge::Failure{BRIDGE_BAD_CURSOR, {}, "the cursor is not one of the esr adapter"};
    }
    return cursor;
}

std::string Cursor::text(const std::string& memory_text) const {
    json out{{"v", 1},
             {"last",
              {{"name", last.name},
               {"date", last.date},
               {"sequence", last.sequence},
               {"full", last.full},
               {"to", last.to}}}};
    if (!at.name.empty())
        out["at"] = {{"name", at.name}, {"version", at.version}, {"offset", at.offset}, {"line", at.line}};
    auto text = out.dump();
    text.pop_back();
    return text + ",\"memory\":" + memory_text + "}";
}

}  // namespace esr_adapter
