#include "core/scorm/package_files.hpp"

#include <algorithm>

#include "core/base/text.hpp"
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

PackageFiles PackageFiles::of(const ZipArchive& archive, const Limits& limits, Findings& findings) {
    PackageFiles files;
    std::size_t macos = 0, backslashes = 0, not_utf8 = 0;
    std::string first_backslash, first_not_utf8;
    for (const auto& entry : archive.entries()) {
        const std::string where = shown(entry.name);
        if (!entry.folder) ++files.count_;
        auto problem = check_entry_path(entry.name, limits.path_bytes);
        if (entry.name_has_nul) {
            problem = {"path_nul",
                       "An entry's name holds a NUL byte. Rename the file and write the zip again."};
        }
        if (problem) findings.error(problem->code, problem->message, where);
        if (entry.symlink) {
            findings.error(
                "symlink",
                "An entry is a symbolic link or a device. Put the file itself into the zip instead.", where);
        }
        if (entry.encrypted) {
            findings.error("encrypted_entry", "An entry is encrypted. Write the zip without a password.",
                           where);
        }
        if (entry.name.find('\\') != std::string::npos && backslashes++ == 0) first_backslash = where;
        if (!entry.name_was_utf8 && not_utf8++ == 0) first_not_utf8 = where;
        if (problem || entry.symlink || entry.folder) continue;

        std::string path = plain_path(entry.name);
        if (is_macos_junk(path)) ++macos;
        if (!files.by_path_.emplace(path, &entry).second) {
            findings.error(
                "duplicate_entry",
                "Two entries have this name, and players disagree on which one counts. Write the zip again.",
                where);
            continue;
        }
        const auto [same, added] = files.by_lower_path_.emplace(lower_ascii(path), path);
        if (!added) {
            findings.warning("entries_differ_by_case",
                             "The name differs only by letter case from " + same->second +
                                 "; some systems cannot hold both. Rename one.",
                             where);
        }
        files.files_.push_back(&entry);
    }
    if (macos) {
        findings.info("macosx_entries", std::to_string(macos) + " entries below __MACOSX are ignored.");
    }
    if (backslashes) {
        findings.warning(
            "backslash_in_entry_name",
            std::to_string(backslashes) + " entries are named with backslashes; they are read as slashes.",
            first_backslash);
    }
    if (not_utf8) {
        findings.warning(
            "entry_name_not_utf8",
            std::to_string(not_utf8) + " entry names are not UTF-8; they are read as code page 437.",
            first_not_utf8);
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

PackageFiles::Match PackageFiles::find_path(const std::string& path) const {
    if (by_path_.count(path)) return Match::exact;
    return by_lower_path_.count(lower_ascii(path)) ? Match::other_case : Match::none;
}

PackageFiles::Match PackageFiles::find(std::string_view folder, std::string_view href) const {
    const auto path = href_path(std::string(folder).append(href));
    if (!path) return Match::none;
    if (const auto match = find_path(*path); match != Match::none) return match;
    const auto decoded = url_decode(*path, false);
    if (decoded == *path) return Match::none;
    // An escape must not smuggle in what a plain name may not have.
    if (check_entry_path(decoded, decoded.size() + 1)) return Match::none;
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
                findings.error("inflated_too_large", "The package unpacks to more than " +
                                                         std::to_string(limits.inflated_bytes >> 20) +
                                                         " MiB. Split the course, or shrink its videos.");
                stopped = true;
            } else if ((from_entry > limits.ratio_from_bytes &&
                        from_entry / limits.ratio >= std::max<std::uint64_t>(entry.compressed_bytes, 1)) ||
                       (total > limits.ratio_from_bytes &&
                        total / limits.ratio >= std::max<std::uint64_t>(archive_bytes, 1))) {
                findings.error("compression_ratio",
                               "The data unpacks to more than " + std::to_string(limits.ratio) +
                                   " times its size, as in a zip bomb. Remove that file.",
                               entry.name);
                stopped = true;
            }
            return !stopped;
        });
        if (stopped) return;
        if (!status) findings.error(status.error().code, status.error().message, status.error().where);
    }
}

}  // namespace capbridge::scorm
