#include "core/store/backup/manifest.hpp"

#include <nlohmann/json.hpp>

namespace capbridge::store {

ordered_json Manifest::json() const {
    return {{"id", id},
            {"taken", format_instant(taken)},
            {"who", who},
            {"made_by", made_by},
            {"format", format},
            {"installation", installation},
            {"organisation", organisation},
            {"seq", seq},
            {"stored", format_instant(stored)},
            {"folded", folded},
            {"folded_by", folded_by},
            {"digest", digest},
            {"audit_head", audit_head},
            {"counts", counts},
            {"database", database.json()},
            {"contents", contents.json()},
            {"files", files},
            {"file_bytes", file_bytes},
            {"new_chunks", new_chunks},
            {"new_bytes", new_bytes},
            {"took_ms", took_ms}};
}

Result<Manifest> Manifest::read(const capbridge::json& value) {
    try {
        Manifest out;
        value.at("id").get_to(out.id);
        const auto taken = parse_instant(value.at("taken").get<std::string>());
        const auto stored = parse_instant(value.at("stored").get<std::string>());
        if (!taken || !stored) return fail("repository_damaged", "a manifest has no time");
        out.taken = *taken;
        out.stored = *stored;
        value.at("who").get_to(out.who);
        value.at("made_by").get_to(out.made_by);
        value.at("format").get_to(out.format);
        value.at("installation").get_to(out.installation);
        value.at("organisation").get_to(out.organisation);
        value.at("seq").get_to(out.seq);
        value.at("folded").get_to(out.folded);
        value.at("folded_by").get_to(out.folded_by);
        value.at("digest").get_to(out.digest);
        value.at("audit_head").get_to(out.audit_head);
        value.at("counts").get_to(out.counts);
        CAPBRIDGE_LET(out.database, Tree::read(value.at("database")));
        CAPBRIDGE_LET(out.contents, Tree::read(value.at("contents")));
        value.at("files").get_to(out.files);
        value.at("file_bytes").get_to(out.file_bytes);
        value.at("new_chunks").get_to(out.new_chunks);
        value.at("new_bytes").get_to(out.new_bytes);
        value.at("took_ms").get_to(out.took_ms);
        return out;
    } catch (const capbridge::json::exception&) {
        return fail("repository_damaged", "a manifest lacks what every manifest has");
    }
}

std::string Content::line() const {
    const ordered_json out = {{"kind", kind}, {"name", name}, {"tree", tree.json()}};
    return out.dump() + "\n";
}

Result<Content> Content::read(std::string_view line) {
    const auto value = json::parse(line, nullptr, false);
    if (!value.is_object()) return fail("repository_damaged", "the list of files of a backup cannot be read");
    Content out{get_string(value, "kind"), get_string(value, "name"), {}};
    // It becomes a file name at a restore: nothing but a plain one.
    if (out.name.empty() || out.name.front() == '.' || out.name.find('/') != std::string::npos)
        return fail("repository_damaged", "the list of files of a backup names an impossible file");
    CAPBRIDGE_LET(out.tree, Tree::read(value.value("tree", json())));
    return out;
}

}  // namespace capbridge::store
