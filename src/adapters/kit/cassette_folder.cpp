#include <nlohmann/json.hpp>

#include "adapters/kit/stage.hpp"
#include "core/base/files.hpp"

namespace capbridge::adapters {
namespace {

Result<json> read_document(const std::filesystem::path& path) {
    const auto text = read_file(path);
    if (!text) return fail("bad_cassette", text.error().message, path.string());
    auto document = parse_json(*text);
    if (!document) return fail("bad_cassette", document.error().message, path.string());
    return std::move(*document);
}

}  // namespace

Result<Cassette> read_cassette(const std::filesystem::path& folder) {
    std::error_code ec;
    const auto whole = std::filesystem::canonical(folder, ec);
    if (ec || !std::filesystem::is_directory(whole))
        return fail("bad_cassette", "there is no such folder", folder.string());
    const auto source = whole / "source.json";
    CAPBRIDGE_LET(const auto document, read_document(source));
    if (!document.is_object())
        return fail("bad_cassette", "it is an object with 'adapter' and 'settings'", source.string());
    Cassette cassette;
    cassette.folder = whole;
    cassette.name = whole.filename().string();
    cassette.adapter = get_string(document, "adapter");
    cassette.settings = document.value("settings", json::object());
    cassette.http = document.value("http", json::object());
    cassette.has_files = std::filesystem::is_directory(whole / "files");
    if (cassette.adapter.empty() || !cassette.settings.is_object() || !cassette.http.is_object())
        return fail("bad_cassette", "it needs 'adapter' and, as an object, 'settings'", source.string());
    if (std::filesystem::exists(whole / "push.json")) {
        CAPBRIDGE_LET(cassette.push, read_document(whole / "push.json"));
        const auto is_item = [](const json& item) {
            return !get_string(item, "kind").empty() && !get_string(item, "key").empty() &&
                   item.contains("record") && item["record"].is_object();
        };
        if (!cassette.push.is_array() || !std::all_of(cassette.push.begin(), cassette.push.end(), is_item))
            return fail("bad_cassette", "it is a list of {kind, key, record}",
                        (whole / "push.json").string());
    }
    return cassette;
}

}  // namespace capbridge::adapters
