#include "core/scorm/central_directory.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace capbridge::scorm {
namespace {

constexpr std::size_t end_record_bytes = 22, locator_bytes = 20, end_record64_bytes = 56, header_bytes = 46,
                      local_bytes = 30;
constexpr std::uint64_t max_directory_bytes = std::uint64_t{64} << 20;
constexpr std::uint32_t in_zip64 = 0xFFFFFFFF;

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

// Where the directory is that an end record tells of; nothing when there is none.
std::optional<Place> directory_before(const ByteSource& source, std::uint64_t end, std::string_view record) {
    Place place{little_endian(record, 16, 4), little_endian(record, 12, 4)};
    if (end >= locator_bytes) {
        const std::string locator = read_at(source, end - locator_bytes, locator_bytes);
        if (locator.starts_with("PK\x06\x07")) {
            const std::uint64_t end64 = little_endian(locator, 8, 8);
            const std::string larger = end64 < end ? read_at(source, end64, end_record64_bytes) : "";
            if (larger.size() == end_record64_bytes && larger.starts_with("PK\x06\x06")) {
                place = {little_endian(larger, 48, 8), little_endian(larger, 40, 8)};
                end = end64;
            }
        }
    }
    if (place.size > end || place.offset > end - place.size) return std::nullopt;
    if (place.size > 0 && read_at(source, place.offset, 4) != "PK\x01\x02") return std::nullopt;
    return place;
}

std::optional<Place> find_directory(const ByteSource& source) {
    const std::uint64_t size = source.size();
    if (size < end_record_bytes) return std::nullopt;
    // The end record is followed by a comment of at most 65,535 bytes.
    const auto tail_size = static_cast<std::size_t>(std::min<std::uint64_t>(size, end_record_bytes + 65'535));
    const std::uint64_t tail_start = size - tail_size;
    const std::string tail = read_at(source, tail_start, tail_size);
    if (tail.size() != tail_size) return std::nullopt;
    // The comment may hold the signature too, so what stands there must make sense.
    for (auto at = tail.rfind("PK\x05\x06", tail.size() - end_record_bytes); at != std::string::npos;
         at = at == 0 ? std::string::npos : tail.rfind("PK\x05\x06", at - 1)) {
        if (at + end_record_bytes + little_endian(tail, at + 20, 2) > tail.size()) continue;
        if (const auto place = directory_before(source, tail_start + at, std::string_view(tail).substr(at)))
            return place;
    }
    return std::nullopt;
}

// The directory is read in blocks: its headers are short and many.
class Window {
public:
    Window(const ByteSource& source, std::uint64_t end) : source_(source), end_(end) {}

    // Fewer bytes than asked for only at the end.
    std::string_view at(std::uint64_t offset, std::size_t count) {
        if (offset < start_ || offset + count > start_ + block_.size()) {
            start_ = offset;
            const auto rest = end_ > offset ? end_ - offset : 0;
            block_ = read_at(
                source_, offset,
                static_cast<std::size_t>(std::min<std::uint64_t>(rest, std::max(count, block_bytes))));
        }
        return std::string_view(block_).substr(static_cast<std::size_t>(offset - start_), count);
    }

private:
    static constexpr std::size_t block_bytes = std::size_t{256} << 10;
    const ByteSource& source_;
    std::uint64_t end_, start_ = 0;
    std::string block_;
};

struct Header {
    std::uint64_t flags = 0, method = 0, crc = 0, compressed = 0, size = 0, offset = 0;
    std::string name;
};

// The values that did not fit stand in the extra field 1, in this order (APPNOTE 4.5.3).
void read_zip64(std::string_view extra, Header& header) {
    for (std::size_t at = 0; at + 4 <= extra.size();) {
        const auto id = little_endian(extra, at, 2), size = little_endian(extra, at + 2, 2);
        at += 4;
        if (at + size > extra.size()) return;
        if (id == 1) {
            std::size_t field = at;
            for (auto* value : {&header.size, &header.compressed, &header.offset}) {
                if (*value != in_zip64 || field + 8 > at + size) continue;
                *value = little_endian(extra, field, 8);
                field += 8;
            }
            return;
        }
        at += static_cast<std::size_t>(size);
    }
}

struct Span {
    std::uint64_t begin = 0, end = 0, index = 0;
};

// What the local header says of itself; false when it contradicts the directory.
bool local_agrees(const ByteSource& source, const Header& header, Span& span) {
    span.begin = span.end = header.offset;
    const std::string local = read_at(source, header.offset, local_bytes + header.name.size());
    // Without a header there the entry cannot be read, which libzip says.
    if (local.size() < local_bytes || !local.starts_with("PK\x03\x04")) return true;
    const auto name_bytes = little_endian(local, 26, 2), extra_bytes = little_endian(local, 28, 2);
    span.end = header.offset + local_bytes + name_bytes + extra_bytes + header.compressed;
    if (std::string_view(local).substr(local_bytes) != header.name || name_bytes != header.name.size())
        return false;
    constexpr std::uint64_t encrypted = 1, sizes_follow = 8;
    const auto flags = little_endian(local, 6, 2);
    if (little_endian(local, 8, 2) != header.method || ((flags ^ header.flags) & encrypted)) return false;
    if (flags & sizes_follow) return true;
    const auto compressed = little_endian(local, 18, 4), size = little_endian(local, 22, 4);
    const auto fits = [](std::uint64_t said, std::uint64_t known) {
        return said == 0 || said == in_zip64 || said == known;
    };
    return fits(compressed, header.compressed) && fits(size, header.size);
}

}  // namespace

std::optional<CentralDirectory> look_at_central_directory(const ByteSource& source, std::size_t max_entries) {
    const auto place = find_directory(source);
    if (!place) return std::nullopt;
    CentralDirectory directory;
    directory.too_large = place->size > max_directory_bytes;
    if (directory.too_large) return directory;
    std::uint64_t at = place->offset;
    const std::uint64_t end = place->offset + place->size;
    Window window(source, end);
    std::vector<Span> spans;
    while (at + header_bytes <= end && directory.entries <= max_entries) {
        const auto bytes = window.at(at, header_bytes);
        if (bytes.size() != header_bytes || !bytes.starts_with("PK\x01\x02")) return std::nullopt;
        Header header;
        header.flags = little_endian(bytes, 8, 2);
        header.method = little_endian(bytes, 10, 2);
        header.crc = little_endian(bytes, 16, 4);
        header.compressed = little_endian(bytes, 20, 4);
        header.size = little_endian(bytes, 24, 4);
        header.offset = little_endian(bytes, 42, 4);
        const auto name_bytes = static_cast<std::size_t>(little_endian(bytes, 28, 2));
        const auto extra_bytes = static_cast<std::size_t>(little_endian(bytes, 30, 2));
        const auto comment_bytes = little_endian(bytes, 32, 2);
        const auto rest = window.at(at + header_bytes, name_bytes + extra_bytes);
        header.name = rest.substr(0, name_bytes);
        if (rest.size() > name_bytes) read_zip64(rest.substr(name_bytes), header);
        if (header.name.find('\0') != std::string::npos) directory.names_with_nul.insert(directory.entries);
        Span span;
        if (!local_agrees(source, header, span)) directory.differing.insert(directory.entries);
        span.index = directory.entries;
        directory.data.push_back({header.compressed, header.size, header.crc});
        spans.push_back(span);
        ++directory.entries;
        at += header_bytes + name_bytes + extra_bytes + comment_bytes;
    }
    std::sort(spans.begin(), spans.end(),
              [](const Span& one, const Span& other) { return one.begin < other.begin; });
    std::uint64_t reached = 0;
    for (const auto& span : spans) {
        if (span.begin < reached || (span.end > span.begin && span.end > place->offset)) {
            directory.overlapping.insert(span.index);
        }
        reached = std::max(reached, span.end);
    }
    return directory;
}

}  // namespace capbridge::scorm
