// The files of a package by name, as a manifest refers to them. Names are taken literally first; then with
// percent escapes decoded; then ignoring case, because packages made on Windows get it wrong (reference of
// oddities, section 4). Values; any thread once built. Borrows the archive's entries.
#pragma once
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/scorm/findings.hpp"
#include "core/scorm/zip.hpp"

namespace capbridge::scorm {

class PackageFiles {
public:
    enum class Match { none, exact, other_case };
    struct Found {
        Match match = Match::none;
        const ZipEntry* entry = nullptr;  // nullptr: none
    };

    // Checks every name and attribute of the directory; what is wrong goes to `findings`.
    static PackageFiles of(const ZipArchive& archive, const Limits& limits, Findings& findings);

    // The shallowest entry of that base name (ignoring case), the archive's order deciding between equals;
    // nullptr: none. Folders of macOS resource forks do not count.
    [[nodiscard]] const ZipEntry* shallowest(std::string_view base_name) const;
    [[nodiscard]] const ZipEntry* at(std::string_view path) const;  // exact, after plain_path

    // The file that an href written in a manifest in `folder` ("" or with its slash) leads to.
    [[nodiscard]] Found find(std::string_view folder, std::string_view href) const;

    [[nodiscard]] std::size_t count() const { return count_; }  // files, macOS's included
    // The files that can be served, macOS's left out, in the archive's order.
    [[nodiscard]] const std::vector<const ZipEntry*>& list() const { return files_; }

private:
    void add(const ZipEntry& entry, const std::string& where, Findings& findings);
    [[nodiscard]] Found find_path(const std::string& path) const;
    std::vector<const ZipEntry*> files_;
    std::unordered_map<std::string, const ZipEntry*> by_path_;
    std::unordered_map<std::string, const ZipEntry*> by_folded_path_;
    std::size_t count_ = 0;
};

// Inflates every entry and throws the bytes away, counting: zip bombs are found by what really comes out.
// Findings: "inflated_too_large", "compression_ratio", "entry_damaged", "entry_method_unsupported".
void check_inflated_sizes(const ZipArchive& archive, std::uint64_t archive_bytes, const Limits& limits,
                          Findings& findings);

}  // namespace capbridge::scorm
