#include "csv/cursor.hpp"

#include <nlohmann/json.hpp>

#include "bridge/adapter.hpp"
#include "common/whole_number.hpp"

namespace csv_adapter {

using nlohmann::json;

Cursor Cursor::parse(std::string_view text) {
    Cursor cursor;
    if (text.empty()) return cursor;
    try {
        const auto parsed = json::parse(text);
        cursor.files = parsed.at("files").get<std::map<std::string, std::string>>();
        if (const auto it = parsed.find("partial"); it != parsed.end()) {
            cursor.partial_file = it->at("file").get<std::string>();
            cursor.partial_version = it->at("version").get<std::string>();
            cursor.partial_rows = plugins::whole_number(it->at("rows"));
        }
    } catch (const json::exception&) {
        throw bridge::Failure{BRIDGE_BAD_CURSOR, {}, "the cursor is not one of the csv adapter"};
    }
    return cursor;
}

std::string Cursor::text() const {
    json out{{"files", files}};
    if (!partial_file.empty())
        out["partial"] = {{"file", partial_file}, {"version", partial_version}, {"rows", partial_rows}};
    return out.dump();
}

}  // namespace csv_adapter
