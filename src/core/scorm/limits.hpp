// What a package may cost us. A zip's declared sizes may lie, so what counts is what really comes out of it.
// A package over a limit is refused with a finding of its own code; nothing is cut silently.
#pragma once
#include <cstddef>
#include <cstdint>

namespace capbridge::scorm {

struct Limits {
    // The zip.
    std::size_t entries = 20'000;
    std::uint64_t inflated_bytes = std::uint64_t{2} << 30;
    std::uint64_t ratio = 200;  // inflated : compressed, of an entry and of the whole
    std::uint64_t ratio_from_bytes = std::uint64_t{10} << 20;  // below that, a high ratio harms nobody
    std::size_t path_bytes = 512;
    std::size_t path_depth = 64;  // folders of an entry
    // The manifest, and each metadata file that it refers to.
    std::size_t manifest_bytes = std::size_t{16} << 20;
    std::size_t metadata_bytes = std::size_t{1} << 20;
    std::size_t metadata_files = 1'000;
    std::size_t xml_depth = 100;
    std::size_t xml_nodes = 1'000'000;                    // elements, attributes and texts
    std::size_t tag_attributes = 100;                     // namespaces counted
    std::size_t xml_namespaces = 256;                     // in force at one element: each is compared
    std::size_t attribute_bytes = std::size_t{64} << 10;  // with entities undone
    std::size_t name_bytes = 256;  // of an element, an attribute or a prefix: paths repeat them
    std::size_t text_bytes = std::size_t{1} << 20;
    // What is made of it. What a few lines of a manifest can say many times over (a base in front of each
    // href, a collection that each item refers to) is bounded apart from the manifest's size.
    std::size_t items = 20'000;
    std::size_t href_bytes = 4'096;
    std::size_t sequencing_elements = 200'000;
    std::size_t sequencing_bytes = std::size_t{16} << 20;     // texts and attributes, repeated ones counted
    std::size_t metadata_read_bytes = std::size_t{64} << 20;  // of all metadata files together
    std::size_t xpath_bytes = 2'048;                          // a node below a longer path has only its line
    std::size_t metadata_text_bytes = std::size_t{16} << 20;
};

}  // namespace capbridge::scorm
