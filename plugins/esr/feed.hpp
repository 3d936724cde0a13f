// The feed as a chain of files: names, headers, and which file may follow which. Names are
// GO_<VPD>_<destination>_<code>_<yyyymmdd>_<sequence>.DAT; the windows of the headers must join, midnight to
// midnight, and the sequence numbers of daily files count by one. Pure; any thread.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "esr/settings.hpp"

namespace esr_adapter {

struct FeedName {
    std::string name;  // as in the folder
    std::string vpd, destination, code, date;
    std::int64_t sequence = 0;
    std::string version;  // of the file in the folder

    [[nodiscard]] auto order() const { return std::tie(date, sequence); }
};

// nullopt: not a GO file's name.
std::optional<FeedName> read_feed_name(std::string_view name);

struct FeedHeader {
    std::string name;  // of the file, by its own word
    std::string vpd;
    std::string from, to;  // 'yyyymmdd hhmmss'
    [[nodiscard]] bool from_the_beginning() const { return from == "00000000 000000"; }
};

// nullopt: not a header row.
std::optional<FeedHeader> read_feed_header(std::string_view line);

// The last file that was taken in.
struct FeedPlace {
    std::string name, date;
    std::int64_t sequence = 0;
    bool full = false;
    std::string to;  // the end of its window
    [[nodiscard]] bool begun() const { return !name.empty(); }
};

// The files that are still to be read, in order: behind a full file that was not read yet, nothing older than
// it counts. Throws bridge::Failure when the folder holds the feeds of two destinations.
std::vector<FeedName> files_to_read(std::vector<FeedName> files, const FeedPlace& last,
                                    const Settings& settings);

struct FeedGap {
    std::string expected, found;
};

// May this daily file follow? nullopt: yes.
std::optional<FeedGap> gap_before(const FeedName& name, const FeedHeader& header, const FeedPlace& last);
// All that it tells is in the full file that was read last.
bool covered(const FeedHeader& header, const FeedPlace& last);

}  // namespace esr_adapter
