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

struct FeedHeader {
    std::string name;  // of the file, by its own word
    std::string vpd;
    std::string from, to;  // 'yyyymmdd hhmmss'
    [[nodiscard]] bool from_the_beginning() const { return from == "00000000 000000"; }
};

// nullopt: not a header row.
std::optional<FeedHeader> read_feed_header(std::string_view line);

struct FeedName {
    std::string name;  // as in the folder
    std::string vpd, destination, code, date;
    std::int64_t sequence = 0;
    std::string version;  // of the file in the folder
    std::optional<FeedHeader>
        header;  // when it can be read and is of this VPD: then the place is the header's
    bool full = false;

    [[nodiscard]] auto order() const { return std::tie(date, sequence); }
};

// nullopt: not a GO file's name.
std::optional<FeedName> read_feed_name(std::string_view name);
// A file is what its header says, whatever it was called on its way here.
void place_by_header(FeedName& file, FeedHeader header, const Settings& settings);

// The last file that was taken in.
struct FeedPlace {
    std::string name, date;
    std::int64_t sequence = 0;
    bool full = false;
    std::string to;  // the end of its window
    [[nodiscard]] bool begun() const { return !name.empty(); }
};

// Those that are named as files of this feed. Throws bridge::Failure when they are of two destinations.
std::vector<FeedName> files_of_feed(std::vector<FeedName> files, const Settings& settings);

struct FeedFiles {
    std::vector<FeedName> files;      // still to be read, in order; several of one place stand together
    std::vector<std::string> copies;  // named as if they were news, and by their headers they are none
};
// Behind a full file that was not read yet, nothing counts whose window ends within it.
FeedFiles files_to_read(std::vector<FeedName> files, const FeedPlace& last);
// Two files that say that they are the same one.
bool same_place(const FeedName& a, const FeedName& b);

struct FeedGap {
    std::string expected, found;
};

// May this daily file follow? nullopt: yes. A gap tells which sequence numbers and days are missing.
std::optional<FeedGap> gap_before(const FeedName& name, const FeedHeader& header, const FeedPlace& last);
// All that it tells is in the full file that was read last.
bool covered(const FeedHeader& header, const FeedPlace& last);

}  // namespace esr_adapter
