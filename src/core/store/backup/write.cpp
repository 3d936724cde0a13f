#include "core/store/backup/write.hpp"

#include <algorithm>
#include <set>

#include "core/base/ids.hpp"

namespace capbridge::store {
namespace {

namespace fs = std::filesystem;

bool is_digest(const std::string& name) {
    return name.size() >= 56 && name.find_first_not_of("0123456789abcdef") == std::string::npos;
}

// DIR/attachments/ab/abcd..., in order of the names, so that two lists of the same files are the same bytes.
std::vector<fs::path> files_below(const fs::path& root) {
    std::vector<fs::path> out;
    std::error_code ec;
    for (const auto& folder : fs::directory_iterator(root, ec)) {
        if (folder.path().filename().string().size() != 2) continue;  // unfinished
        std::error_code gone;
        for (const auto& file : fs::directory_iterator(folder.path(), gone)) {
            if (is_digest(file.path().filename().string())) out.push_back(file.path());
        }
    }
    std::sort(out.begin(), out.end());
    return out;
}

// Chunks that whole backups name are known to be on the disk.
void trust_what_is_named(Repository& repository, const std::vector<Manifest>& backups) {
    auto& chunks = repository.chunks();
    for (const auto& backup : backups) {
        for (const auto* tree : {&backup.database, &backup.contents})
            names_of(
                chunks, *tree, [&](const std::string& name) { chunks.trust(name); }, [](const Error&) {});
        // Attachments and packages never change: those of the last backup are nearly all that there are.
        if (&backup != &backups.back()) continue;
        const auto list = read_tree(chunks, backup.contents);
        for (std::size_t begin = 0; list && begin < list->size();) {
            const auto end = std::min(list->find('\n', begin), list->size());
            if (const auto content = Content::read(std::string_view(*list).substr(begin, end - begin)))
                names_of(
                    chunks, content->tree, [&](const std::string& name) { chunks.trust(name); },
                    [](const Error&) {});
            begin = end + 1;
        }
    }
}

}  // namespace

Result<WrittenBackup> write_backup(Repository& repository, const fs::path& data, const StoreCopy& copy,
                                   Manifest manifest, const BackupProgress& progress) {
    auto& chunks = repository.chunks();
    CAPBRIDGE_LET(const auto before, repository.list());
    trust_what_is_named(repository, before.backups);
    WrittenBackup out;
    const auto tell = [&](std::string_view what, std::uint64_t done, std::uint64_t total) {
        return !progress || progress(what, static_cast<std::size_t>(done), static_cast<std::size_t>(total));
    };
    std::uint64_t done = 0;
    CAPBRIDGE_LET(manifest.database,
                  write_tree(chunks, copy.directory() / "capbridge.db", [&](std::uint64_t bytes) {
                      done += bytes;
                      return tell("backing up the database, MiB", done >> 20, copy.facts.bytes >> 20);
                  }));
    out.whole_bytes = manifest.database.bytes;
    // After the copy was taken: what its statements name was there before they were.
    std::set<std::string> kept;
    TreeWriter list(chunks);
    for (const std::string kind : {"attachment", "package"}) {
        const auto folder = kind + "s";
        const auto files = files_below(data / folder);
        for (std::size_t i = 0; i < files.size(); ++i) {
            const auto name = files[i].filename().string();
            if (!tell("backing up " + folder, i, files.size()))
                return fail("stopping", "the bridge is stopping");
            auto tree = write_tree(chunks, files[i], [&](std::uint64_t) {
                return tell("backing up " + folder, i, files.size());
            });
            if (!tree && tree.error().code == "not_found") continue;  // removed since it was listed
            if (!tree) return fail(tree.error());
            out.whole_bytes += tree->bytes;
            manifest.file_bytes += tree->bytes;
            ++manifest.files;
            if (kind == "attachment") kept.insert(name);
            CAPBRIDGE_TRY(list.append(Content{kind, name, std::move(*tree)}.line()));
        }
    }
    CAPBRIDGE_LET(manifest.contents, list.finish());
    for (const auto& name : copy.facts.attachments) {
        if (!kept.contains(name)) out.missing_attachments.push_back(name);
    }
    manifest.new_chunks = chunks.new_chunks;
    manifest.new_bytes = chunks.new_bytes;
    if (!tell("bringing the backup to the disk", 0, 0)) return fail("stopping", "the bridge is stopping");
    CAPBRIDGE_TRY(repository.keep_erasures(data));
    CAPBRIDGE_TRY(repository.write(manifest));
    out.manifest = std::move(manifest);
    return out;
}

}  // namespace capbridge::store
