#include "core/scorm/metadata.hpp"

#include <unordered_set>

#include "core/base/text.hpp"
#include "core/scorm/paths.hpp"

namespace capbridge::scorm {

const ZipEntry* Metadata::find(xml::Element location, const std::string& base) {
    const std::string href = location.plain_text();
    auto found = reading_.files.find(reading_.folder, join_href(base, href));
    // Some tools put no xml:base in front of it.
    if (!found.entry && !base.empty()) found = reading_.files.find(reading_.folder, href);
    if (found.entry) {
        entries_.push_back(found.entry);
        return found.entry;
    }
    reading_.findings.warning(
        "metadata_file_missing", reading_.at(location),
        "The metadata file " + href +
            (is_external(href) ? " lies outside the package; it is not read." : " is not in the package."),
        "Put the file into the package, or remove the reference.");
    return nullptr;
}

std::optional<Lom> Metadata::from_file(xml::Element location, const ZipEntry& entry) {
    auto known = read_.find(&entry);
    if (known == read_.end()) known = read_.emplace(&entry, read_file(location, entry)).first;
    if (!known->second || !may_copy(*known->second, location)) return std::nullopt;
    return known->second;
}

std::optional<Lom> Metadata::read_file(xml::Element location, const ZipEntry& entry) {
    if (reading_.stopped() || copied_ > reading_.limits.metadata_text_bytes) return std::nullopt;
    if (++files_read_ > reading_.limits.metadata_files) {
        if (!reading_.findings.has("too_many_metadata_files")) {
            reading_.findings.warning("too_many_metadata_files", reading_.at(location),
                                      "More than " + std::to_string(reading_.limits.metadata_files) +
                                          " metadata files are named; the others are not read.",
                                      "Put what tells the subject into the manifest itself.");
        }
        return std::nullopt;
    }
    const auto unreadable = [&](const Error& error) {
        reading_.findings.warning("metadata_not_readable",
                                  Place(entry.name, static_cast<std::size_t>(error.line)), error.message,
                                  "Mend the metadata file, or remove the reference to it.");
        return std::nullopt;
    };
    const auto bytes = reading_.archive.read(entry, reading_.limits.metadata_bytes);
    if (!bytes) return unreadable(bytes.error());
    bytes_read_ += bytes->size();
    if (bytes_read_ > reading_.limits.metadata_read_bytes) {
        copied_ = reading_.limits.metadata_text_bytes + 1;  // no more of any kind
        too_large(location);
        return std::nullopt;
    }
    const auto document = xml::parse(*bytes, reading_.limits);
    if (!document) return unreadable(document.error());
    const auto lom = lom_in(document->root);
    if (!lom) {
        return unreadable(
            {"",
             "The root of the metadata file is " + std::string(document->root.name()) + ", not lom.",
             {},
             static_cast<int>(document->root.line())});
    }
    check_lom(lom, entry.name, reading_.strict, reading_.findings);
    return read_lom(lom, entry.name);
}

std::optional<Lom> Metadata::of(xml::Element owner, const std::string& base) {
    std::optional<Lom> out;
    std::unordered_set<const ZipEntry*> taken;
    const auto take = [&](Lom lom) {
        if (says_nothing(lom)) return;
        if (out) {
            merge(*out, lom);
        } else {
            out = std::move(lom);
        }
    };
    for (const auto metadata : owner.children()) {
        if (!metadata.is("metadata")) continue;
        if (const auto lom = lom_in(metadata)) {
            check_lom(lom, reading_.manifest, reading_.strict, reading_.findings);
            take(read_lom(lom, {}));
        }
        for (const auto location : metadata.children()) {
            if (!location.is("location")) continue;
            const auto* entry = find(location, base);
            if (!entry || !taken.insert(entry).second) continue;
            if (auto lom = from_file(location, *entry)) take(std::move(*lom));
        }
    }
    return out;
}

bool Metadata::may_copy(const Lom& lom, xml::Element at) {
    if (copied_ > reading_.limits.metadata_text_bytes) return false;
    copied_ += text_bytes(lom);
    if (copied_ <= reading_.limits.metadata_text_bytes) return true;
    too_large(at);
    return false;
}

void Metadata::too_large(xml::Element at) {
    if (reading_.findings.has("metadata_too_large")) return;
    reading_.findings.warning(
        "metadata_too_large", reading_.at(at),
        "The metadata of files and resources, counted again for each item that uses it, is larger than " +
            std::to_string(reading_.limits.metadata_text_bytes >> 20) + " MiB, or its files than " +
            std::to_string(reading_.limits.metadata_read_bytes >> 20) +
            " MiB; items from here on go without it.",
        "Shorten the metadata, or put it at the level of the course.");
}

}  // namespace capbridge::scorm
