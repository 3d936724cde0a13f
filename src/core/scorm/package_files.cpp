#include "core/scorm/package_files.hpp"

#include <algorithm>

#include "core/base/text.hpp"
#include "core/scorm/path_key.hpp"
#include "core/scorm/paths.hpp"

namespace capbridge::scorm {
namespace {

bool is_macos_junk(std::string_view path) {
    return path.starts_with("__MACOSX/");
}

// How a name is shown in a finding: control characters would spoil a terminal.
std::string shown(std::string_view name) {
    std::string out;
    for (const char c : name.substr(0, 200)) out += static_cast<unsigned char>(c) < 0x20 ? '?' : c;
    return out;
}

}  // namespace

void PackageFiles::add(const ZipEntry& entry, const std::string& where, Findings& findings) {
    std::string path = plain_path(entry.name);
    if (!by_path_.emplace(path, &entry).second) {
        return findings.error("duplicate_entry", Place(where),
                              "Two entries have this name, and players disagree on which one counts.",
                              "Write the zip again.");
    }
    const auto [same, added] = by_folded_path_.emplace(path_key(path), &entry);
    if (!added) {
        findings.warning("entries_differ_by_case", Place(where),
                         "The name differs only by letter case, or by how accents are written, from " +
                             shown(same->second->name) + "; some systems cannot hold both.",
                         "Rename one.");
    }
    if (!is_macos_junk(path)) files_.push_back(&entry);
}

PackageFiles PackageFiles::of(const ZipArchive& archive, const Limits& limits, Findings& findings) {
    PackageFiles files;
    std::size_t macos = 0, backslashes = 0, not_utf8 = 0, not_portable = 0;
    std::string first_backslash, first_not_utf8, first_not_portable;
    for (const auto& entry : archive.entries()) {
        const std::string where = shown(entry.name);
        if (!entry.folder) ++files.count_;
        auto problem = check_entry_path(entry.name, limits.path_bytes, limits.path_depth);
        if (entry.name_has_nul) {
            problem = {"path_nul", "An entry's name holds a NUL byte.",
                       "Rename the file and write the zip again."};
        }
        if (problem) findings.error(problem->code, Place(where), problem->message, problem->remedy);
        if (entry.symlink) {
            findings.error("symlink", Place(where), "An entry is a symbolic link or a device.",
                           "Put the file itself into the zip instead.");
        }
        if (entry.encrypted) {
            findings.error("encrypted_entry", Place(where), "An entry is encrypted.",
                           "Write the zip without a password.");
        }
        if (entry.overlaps) {
            findings.error("entries_overlap", Place(where),
                           "An entry's data is, in part, that of another entry.",
                           "Write the zip again: archives made so are bombs or damaged.");
        }
        if (entry.header_differs) {
            findings.error(
                "local_header_differs", Place(where),
                "The header in front of an entry's data contradicts the zip's directory, so that programs "
                "would see different files.",
                "Write the zip again.");
        }
        if (entry.name.find('\\') != std::string::npos && backslashes++ == 0) first_backslash = where;
        if (!entry.name_was_utf8 && not_utf8++ == 0) first_not_utf8 = where;
        if (!problem && !is_portable(entry.name) && not_portable++ == 0) first_not_portable = where;
        if (problem || entry.symlink || entry.folder) continue;

        if (is_macos_junk(plain_path(entry.name))) ++macos;
        files.add(entry, where, findings);
    }
    if (macos) {
        findings.info("macosx_entries", Place(),
                      std::to_string(macos) + " entries below __MACOSX are ignored.",
                      "Nothing; a zip made without them is smaller.");
    }
    if (backslashes) {
        findings.warning(
            "backslash_in_entry_name", Place(first_backslash),
            std::to_string(backslashes) + " entries are named with backslashes; they are read as slashes.",
            "Write the zip with slashes, as its specification demands.");
    }
    if (not_portable) {
        findings.warning(
            "path_not_portable", Place(first_not_portable),
            std::to_string(not_portable) + " entries have names that Windows cannot keep.",
            "Rename them: no colon or other sign that Windows reserves, no dot or space at the end.");
    }
    if (not_utf8) {
        findings.warning(
            "entry_name_not_utf8", Place(first_not_utf8),
            std::to_string(not_utf8) + " entry names are not UTF-8; they are read as code page 437.",
            "Write the zip with names in UTF-8, or use names of plain letters.");
    }
    return files;
}

const ZipEntry* PackageFiles::shallowest(std::string_view base_name) const {
    const ZipEntry* best = nullptr;
    std::ptrdiff_t best_depth = 0;
    for (const auto* entry : files_) {
        const std::string path = plain_path(entry->name);
        if (is_macos_junk(path)) continue;
        if (lower_ascii(path.substr(folder_of(path).size())) != base_name) continue;
        const auto depth = std::count(path.begin(), path.end(), '/');
        if (!best || depth < best_depth) {
            best = entry;
            best_depth = depth;
        }
    }
    return best;
}

const ZipEntry* PackageFiles::at(std::string_view path) const {
    const auto it = by_path_.find(std::string(path));
    return it == by_path_.end() ? nullptr : it->second;
}

PackageFiles::Found PackageFiles::find_path(const std::string& path) const {
    if (const auto at = by_path_.find(path); at != by_path_.end()) return {Match::exact, at->second};
    const auto at = by_folded_path_.find(path_key(path));
    return at == by_folded_path_.end() ? Found{} : Found{Match::other_case, at->second};
}

PackageFiles::Found PackageFiles::find(std::string_view folder, std::string_view href) const {
    const auto path = href_path(folder.empty() ? href : std::string(folder).append(href));
    if (!path) return {};
    if (const auto found = find_path(*path); found.entry) return found;
    if (path->find('%') == std::string::npos) return {};
    const auto decoded = url_decode(*path, false);
    // An escape must not smuggle in what a plain name may not have.
    if (check_entry_path(decoded, decoded.size() + 1)) return {};
    return find_path(plain_path(decoded));
}

void check_inflated_sizes(const ZipArchive& archive, std::uint64_t archive_bytes, const Limits& limits,
                          Findings& findings) {
    std::uint64_t total = 0;
    bool stopped = false;
    for (const auto& entry : archive.entries()) {
        if (entry.folder || entry.symlink || entry.encrypted) continue;
        std::uint64_t from_entry = 0;
        const auto status = archive.inflate(entry, [&](std::string_view block) {
            total += block.size();
            from_entry += block.size();
            if (total > limits.inflated_bytes) {
                findings.error("inflated_too_large", Place(),
                               "The package unpacks to more than " +
                                   std::to_string(limits.inflated_bytes >> 20) + " MiB.",
                               "Split the course, or shrink its videos.");
                stopped = true;
            } else if ((from_entry > limits.ratio_from_bytes &&
                        from_entry / limits.ratio >= std::max<std::uint64_t>(entry.compressed_bytes, 1)) ||
                       (total > limits.ratio_from_bytes &&
                        total / limits.ratio >= std::max<std::uint64_t>(archive_bytes, 1))) {
                findings.error("compression_ratio", Place(shown(entry.name)),
                               "The data unpacks to more than " + std::to_string(limits.ratio) +
                                   " times its size, as in a zip bomb.",
                               "Remove that file.");
                stopped = true;
            }
            return !stopped;
        });
        if (stopped) return;
        if (!status) add_error(findings, status.error());
    }
}

}  // namespace capbridge::scorm
