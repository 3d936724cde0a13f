#include "core/scorm/central_directory.hpp"

#include <string>

namespace capbridge::scorm {
namespace {

constexpr std::size_t end_record_bytes = 22, locator_bytes = 20, end_record64_bytes = 56, header_bytes = 46;

std::uint64_t little_endian(std::string_view bytes, std::size_t at, std::size_t count) {
    std::uint64_t value = 0;
    for (std::size_t i = count; i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
    return value;
}

std::string read_at(const ByteSource& source, std::uint64_t offset, std::size_t count) {
    std::string bytes(count, '\0');
    const auto got = source.read(offset, std::span(bytes.data(), bytes.size()));
    bytes.resize(got ? *got : 0);
    return bytes;
}

struct Place {
    std::uint64_t offset = 0, size = 0;
};

std::optional<Place> find_directory(const ByteSource& source) {
    const std::uint64_t size = source.size();
    if (size < end_record_bytes) return std::nullopt;
    // The end record is followed by a comment of at most 65,535 bytes.
    const auto tail_size = static_cast<std::size_t>(std::min<std::uint64_t>(size, end_record_bytes + 65'535));
    const std::uint64_t tail_start = size - tail_size;
    const std::string tail = read_at(source, tail_start, tail_size);
    const auto at = tail.rfind("PK\x05\x06", tail.size() - end_record_bytes);
    if (tail.size() != tail_size || at == std::string::npos) return std::nullopt;
    Place place{little_endian(tail, at + 16, 4), little_endian(tail, at + 12, 4)};
    std::uint64_t end = tail_start + at;
    if (end >= locator_bytes) {
        const std::string locator = read_at(source, end - locator_bytes, locator_bytes);
        if (locator.starts_with("PK\x06\x07")) {
            const std::uint64_t end64 = little_endian(locator, 8, 8);
            const std::string record = end64 < size ? read_at(source, end64, end_record64_bytes) : "";
            if (record.size() == end_record64_bytes && record.starts_with("PK\x06\x06")) {
                place = {little_endian(record, 48, 8), little_endian(record, 40, 8)};
                end = end64;
            }
        }
    }
    if (place.size > end || place.offset > end - place.size) return std::nullopt;
    return place;
}

}  // namespace

std::optional<CentralDirectory> look_at_central_directory(const ByteSource& source, std::size_t max_entries) {
    const auto place = find_directory(source);
    if (!place) return std::nullopt;
    CentralDirectory directory;
    std::uint64_t at = place->offset;
    const std::uint64_t end = place->offset + place->size;
    while (at + header_bytes <= end && directory.entries <= max_entries) {
        const std::string header = read_at(source, at, header_bytes);
        if (header.size() != header_bytes || !header.starts_with("PK\x01\x02")) return std::nullopt;
        const auto name_bytes = static_cast<std::size_t>(little_endian(header, 28, 2));
        const std::uint64_t rest = little_endian(header, 30, 2) + little_endian(header, 32, 2);
        if (read_at(source, at + header_bytes, name_bytes).find('\0') != std::string::npos) {
            directory.names_with_nul.insert(directory.entries);
        }
        ++directory.entries;
        at += header_bytes + name_bytes + rest;
    }
    return directory;
}

}  // namespace capbridge::scorm
