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

// '20210402 000000' -> 2021-04-02; another time of day is told too.
std::string days(std::string_view stamp) {
    std::string out;
    append_iso(out, read_day(stamp.substr(0, 8)).value_or(0));
    if (stamp.size() == 15 && stamp.substr(9) != "000000")
        out += " " + std::string(stamp.substr(9, 2)) + ":" + std::string(stamp.substr(11, 2));
    return out;
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

void place_by_header(FeedName& file, FeedHeader header, const Settings& settings) {
    if (const auto own = read_feed_name(header.name)) {
        file.date = own->date;
        file.sequence = own->sequence;
        file.code = own->code;
    }
    file.full = file.code == settings.full_code || header.from_the_beginning();
    file.header = std::move(header);
}

std::vector<FeedName> files_of_feed(std::vector<FeedName> files, const Settings& settings) {
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
    for (auto& file : files) file.full = file.code == settings.full_code;
    return files;
}

FeedFiles files_to_read(std::vector<FeedName> files, const FeedPlace& last) {
    FeedFiles out;
    const auto is_news = [&](const FeedName& f) {
        if (!last.begun()) return true;
        if (!f.header) return f.order() > std::tie(last.date, last.sequence);
        if (f.full) return f.header->to > last.to || (!last.full && f.header->to == last.to);
        return last.full ? f.header->to > last.to : f.order() > std::tie(last.date, last.sequence);
    };
    std::erase_if(files, [&](const FeedName& f) {
        if (is_news(f)) return false;
        const auto named = read_feed_name(f.name);
        if (named && named->order() > std::tie(last.date, last.sequence) && named->order() != f.order())
            out.copies.push_back(f.name);
        return true;
    });
    // Of two with one place the one that has its own name goes first.
    const auto renamed = [](const FeedName& f) {
        return !f.header || upper(f.name) != upper(f.header->name);
    };
    std::sort(files.begin(), files.end(), [&](const FeedName& a, const FeedName& b) {
        return std::tuple(a.order(), renamed(a), std::string_view(a.name)) <
               std::tuple(b.order(), renamed(b), std::string_view(b.name));
    });
    const FeedName* full = nullptr;
    const auto end_of = [](const FeedName& f) {
        return f.header ? std::string_view(f.header->to) : std::string_view(f.date);
    };
    for (const auto& f : files) {
        if (f.full &&
            (!full || end_of(f) > end_of(*full) || (end_of(f) == end_of(*full) && !same_place(f, *full))))
            full = &f;
    }
    if (full) {
        const auto newest = *full;
        std::erase_if(files, [&](const FeedName& f) {
            if (same_place(f, newest)) return false;
            return f.header ? f.header->to <= end_of(newest) : f.order() < newest.order();
        });
        std::stable_partition(files.begin(), files.end(),
                              [&](const FeedName& f) { return same_place(f, newest); });
    }
    out.files = std::move(files);
    return out;
}

bool same_place(const FeedName& a, const FeedName& b) {
    return a.header && b.header && a.order() == b.order() && a.code == b.code;
}

bool covered(const FeedHeader& header, const FeedPlace& last) {
    return last.begun() && last.full && header.to <= last.to;
}

std::optional<FeedGap> gap_before(const FeedName& name, const FeedHeader& header, const FeedPlace& last) {
    if (!last.begun()) return std::nullopt;
    const auto missing =
        header.from > last.to ? "the days " + days(last.to) + " up to " + days(header.from) : std::string();
    if (last.full) {  // its sequence may be another one, and a daily file that overlaps it does no harm
        if (header.from <= last.to) return std::nullopt;
        return FeedGap{missing, name.name + " from " + days(header.from)};
    }
    if (name.sequence != last.sequence + 1) {
        const auto found = "sequence " + padded(name.sequence);
        if (name.sequence <= last.sequence)  // a younger file with a smaller number
            return FeedGap{"sequence " + padded(last.sequence + 1), found + ": the numbers went back"};
        auto expected = "sequence " + padded(last.sequence + 1);
        if (name.sequence > last.sequence + 2)
            expected = "sequences " + padded(last.sequence + 1) + " to " + padded(name.sequence - 1) + " (" +
                       std::to_string(name.sequence - last.sequence - 1) + " files)";
        return FeedGap{expected + (missing.empty() ? "" : " with " + missing), found};
    }
    if (header.from > last.to) return FeedGap{missing, "a hole: a window from " + days(header.from)};
    if (header.from < last.to)
        return FeedGap{"a window from " + days(last.to), "an overlap: a window from " + days(header.from)};
    return std::nullopt;
}

}  // namespace esr_adapter
