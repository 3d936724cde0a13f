#include "esr/feed.hpp"

#include <algorithm>
#include <charconv>

#include "bridge/adapter.hpp"
#include "esr/text.hpp"

namespace esr_adapter {
namespace {

std::vector<std::string_view> parts_of(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    for (std::size_t from = 0; from <= text.size();) {
        const auto end = std::min(text.find(separator, from), text.size());
        parts.push_back(text.substr(from, end - from));
        from = end + 1;
    }
    return parts;
}

bool digits(std::string_view text, std::size_t at_least, std::size_t at_most) {
    return text.size() >= at_least && text.size() <= at_most &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string padded(std::int64_t sequence) {
    auto text = std::to_string(sequence);
    return text.size() < 8 ? std::string(8 - text.size(), '0') + text : text;
}

std::string upper(std::string_view text) {
    std::string out(text);
    for (auto& c : out) {
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    }
    return out;
}

}  // namespace

std::optional<FeedName> read_feed_name(std::string_view name) {
    const auto plain = upper(name);
    if (!plain.ends_with(".DAT")) return std::nullopt;
    const auto parts = parts_of(std::string_view(plain).substr(0, plain.size() - 4), '_');
    if (parts.size() != 6 || parts[0] != "GO" || !digits(parts[1], 3, 3) || parts[2].empty() ||
        parts[3].size() != 3 || !read_day(parts[4]) || !digits(parts[5], 1, 12))
        return std::nullopt;
    FeedName out;
    out.name = name;
    out.vpd = parts[1];
    out.destination = parts[2];
    out.code = parts[3];
    out.date = parts[4];
    std::from_chars(parts[5].data(), parts[5].data() + parts[5].size(), out.sequence);
    return out;
}

std::optional<FeedHeader> read_feed_header(std::string_view line) {
    if (line.size() > 1024) return std::nullopt;
    const auto parts = parts_of(line, '~');
    if (parts.size() < 6 || parts[0] != "HDR") return std::nullopt;
    FeedHeader out{std::string(trimmed(parts[1])), std::string(trimmed(parts[3])),
                   read_stamp(trimmed(parts[4])), read_stamp(trimmed(parts[5]))};
    if (out.from.empty() || out.to.empty() || out.to < out.from) return std::nullopt;
    return out;
}

std::vector<FeedName> files_to_read(std::vector<FeedName> files, const FeedPlace& last,
                                    const Settings& settings) {
    std::erase_if(files, [&](const FeedName& f) {
        return f.vpd != settings.vpd || (f.code != settings.delta_code && f.code != settings.full_code) ||
               (!settings.destination.empty() && f.destination != upper(settings.destination));
    });
    const auto other = std::find_if(files.begin(), files.end(), [&](const FeedName& f) {
        return f.destination != files.front().destination;
    });
    if (other != files.end())
        throw bridge::Failure{BRIDGE_CONFIG, "The folder holds files of two destinations (" +
                                                 files.front().destination + " and " + other->destination +
                                                 "): say in the setting destination which are meant."};
    if (last.begun()) {
        std::erase_if(files, [&](const FeedName& f) {
            return f.order() <= std::tie(last.date, last.sequence) || f.name == last.name;
        });
    }
    std::sort(files.begin(), files.end(), [](const FeedName& a, const FeedName& b) {
        return std::tie(a.date, a.sequence, a.name) < std::tie(b.date, b.sequence, b.name);
    });
    const auto newest_full = std::find_if(files.rbegin(), files.rend(),
                                          [&](const FeedName& f) { return f.code == settings.full_code; });
    if (newest_full != files.rend()) files.erase(files.begin(), std::prev(newest_full.base()));
    return files;
}

bool covered(const FeedHeader& header, const FeedPlace& last) {
    return last.begun() && last.full && header.to <= last.to;
}

std::optional<FeedGap> gap_before(const FeedName& name, const FeedHeader& header, const FeedPlace& last) {
    if (!last.begun()) return std::nullopt;
    if (last.full) {  // its sequence may be another one, and a daily file that overlaps it does no harm
        if (header.from <= last.to) return std::nullopt;
        return FeedGap{"a file from " + last.to, name.name + " from " + header.from};
    }
    if (name.sequence != last.sequence + 1)
        return FeedGap{"sequence " + padded(last.sequence + 1), "sequence " + padded(name.sequence)};
    if (header.from != last.to)
        return FeedGap{
            "a window from " + last.to,
            std::string(header.from < last.to ? "an overlap" : "a hole") + ": a window from " + header.from};
    return std::nullopt;
}

}  // namespace esr_adapter
