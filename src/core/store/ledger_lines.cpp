#include "core/store/ledger_lines.hpp"

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>
#include <set>

#include "core/base/descriptor.hpp"
#include "core/base/files.hpp"
#include "core/base/ids.hpp"
#include "core/base/json.hpp"

namespace capbridge::store {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t key_digits = 64;

std::optional<Erasure> read_erasure(const json& line) {
    Erasure out;
    out.id = get_string(line, "erasure");
    out.key = get_string(line, "key");
    const auto at = parse_instant(get_string(line, "at"));
    if (!is_uuid(out.id) || !at) return std::nullopt;
    out.at = *at;
    for (const auto& [name, into] : {std::pair{"people", &out.people}, std::pair{"digests", &out.digests}}) {
        const auto list = line.find(name);
        if (list == line.end() || !list->is_array()) return std::nullopt;
        for (const auto& one : *list) {
            if (!one.is_string()) return std::nullopt;
            into->push_back(one.get<std::string>());
        }
    }
    return out;
}

bool is_key_line(std::string_view line) {
    return read_key_line(line).has_value();
}

template <class IsWhole>
void sort_out(std::string_view text, const fs::path& file, LedgerEnd ending, IsWhole is_whole,
              std::vector<std::string>& whole, std::vector<BadLine>& bad) {
    std::set<std::string_view> known;
    std::size_t number = 0;
    for (std::size_t begin = 0; begin < text.size();) {
        const auto end = std::min(text.find('\n', begin), text.size());
        const auto line = text.substr(begin, end - begin);
        const bool ended = end < text.size();
        begin = end + 1;
        ++number;
        if (line.empty()) continue;
        if (!is_whole(line)) {
            if (ended || ending == LedgerEnd::spoilt) bad.push_back({file, number, std::string(line)});
        } else if (known.insert(line).second) {
            whole.emplace_back(line);
        }
    }
}

bool is_ledger_line(std::string_view line) {
    return read_ledger_line(line).has_value();
}

// May `whole` be what `bad` was before it was spoilt? What is alike from both ends is most of either then.
bool replaces(std::string_view whole, std::string_view bad) {
    const auto most = std::max(whole.size(), bad.size()), least = std::min(whole.size(), bad.size());
    std::size_t front = 0, back = 0;
    while (front < least && whole[front] == bad[front]) ++front;
    while (back < least - front && whole[whole.size() - 1 - back] == bad[bad.size() - 1 - back]) ++back;
    return (front + back) * 4 >= most * 3;
}

std::size_t add(std::vector<std::string>& into, const std::vector<std::string>& from) {
    const std::set<std::string> known(into.begin(), into.end());
    const auto before = into.size();
    std::copy_if(from.begin(), from.end(), std::back_inserter(into),
                 [&](const std::string& line) { return !known.contains(line); });
    return into.size() - before;
}

Result<std::string> text_of(const fs::path& file) {
    std::error_code ec;
    const bool is_there = fs::exists(file, ec);
    if (ec) return fail("unreadable", "cannot be read: " + ec.message(), file.string());
    return is_there ? read_file(file) : std::string();
}

// A ledger that a person named is shown under its usual name by a link.
fs::path named(const fs::path& file) {
    std::error_code ec;
    return fs::is_symlink(file, ec) ? fs::read_symlink(file, ec) : file;
}

std::string joined(const std::vector<std::string>& lines) {
    std::string out;
    for (const auto& line : lines) out += line + "\n";
    return out;
}

}  // namespace

std::optional<LedgerLine> read_ledger_line(std::string_view text) {
    const auto line = json::parse(text, nullptr, false);
    if (!line.is_object()) return std::nullopt;
    LedgerLine out;
    if (line.contains("admitted")) {
        out.admitted = get_string(line, "admitted");
        const auto at = parse_instant(get_string(line, "at"));
        if (!is_uuid(out.admitted) || !at) return std::nullopt;
        out.at = *at;
        return out;
    }
    out.erasure = read_erasure(line);
    if (!out.erasure) return std::nullopt;
    return out;
}

std::size_t LedgerLines::count() const {
    return static_cast<std::size_t>(std::count_if(erasures.begin(), erasures.end(), [](const auto& line) {
        return read_ledger_line(line)->erasure.has_value();
    }));
}

std::optional<ErasureKey> read_key_line(std::string_view line) {
    const auto space = line.find(' ');
    if (space == std::string_view::npos || !is_uuid(std::string(line.substr(0, space)))) return std::nullopt;
    const auto secret = line.substr(space + 1);
    if (secret.size() != key_digits || secret.find_first_not_of("0123456789abcdef") != std::string_view::npos)
        return std::nullopt;
    return ErasureKey{std::string(line.substr(0, space)), std::string(secret)};
}

LedgerLines ledger_lines_in(std::string_view erasures, std::string_view keys, const fs::path& file) {
    LedgerLines out;
    sort_out(erasures, file, LedgerEnd::spoilt, is_ledger_line, out.erasures, out.bad);
    sort_out(keys, file, LedgerEnd::spoilt, is_key_line, out.keys, out.bad);
    return out;
}

Result<LedgerLines> read_ledger_lines(const fs::path& dir, LedgerEnd ending) {
    LedgerLines out;
    CAPBRIDGE_LET(const auto erasures, text_of(dir / erasures_name));
    CAPBRIDGE_LET(const auto keys, text_of(dir / erasure_keys_name));
    sort_out(erasures, named(dir / erasures_name), ending, is_ledger_line, out.erasures, out.bad);
    sort_out(keys, named(dir / erasure_keys_name), ending, is_key_line, out.keys, out.bad);
    std::error_code ec;
    if (ending == LedgerEnd::spoilt && erasures.empty() && fs::exists(dir / erasures_name, ec))
        out.bad.push_back({named(dir / erasures_name), 1, ""});
    return out;
}

void drop_replaced(std::vector<BadLine>& bad, const LedgerLines& own, const LedgerLines& other) {
    std::vector<std::string> fresh;
    const auto lacking = [&](const std::vector<std::string>& theirs, const std::vector<std::string>& ours) {
        const std::set<std::string> known(ours.begin(), ours.end());
        std::copy_if(theirs.begin(), theirs.end(), std::back_inserter(fresh),
                     [&](const auto& line) { return !known.contains(line); });
    };
    lacking(other.erasures, own.erasures);
    lacking(other.keys, own.keys);
    std::erase_if(bad, [&](const BadLine& one) {
        // Of an empty file any line may be what was there.
        if (one.text.empty()) return !fresh.empty();
        const auto found = std::find_if(fresh.begin(), fresh.end(),
                                        [&](const std::string& whole) { return replaces(whole, one.text); });
        if (found == fresh.end()) return false;
        fresh.erase(found);
        return true;
    });
}

std::size_t unite(LedgerLines& into, const LedgerLines& from) {
    auto theirs = from.bad;
    drop_replaced(theirs, from, into);
    drop_replaced(into.bad, into, from);
    add(into.keys, from.keys);
    const auto added = add(into.erasures, from.erasures);
    into.bad.insert(into.bad.end(), theirs.begin(), theirs.end());
    return added;
}

Status write_ledger_lines(const fs::path& dir, const LedgerLines& lines) {
    const auto write = [](const fs::path& file, const std::vector<std::string>& all) -> Status {
        if (!all.empty()) return write_file(file, joined(all), 0600);
        std::error_code ec;
        fs::remove(file, ec);  // an empty one would look like a lost one
        if (ec) return fail("unwritable", "cannot be removed: " + ec.message(), file.string());
        return {};
    };
    // Keys first: a line whose key is missing would recognise nobody.
    CAPBRIDGE_TRY(write(dir / erasure_keys_name, lines.keys));
    CAPBRIDGE_TRY(write(dir / erasures_name, lines.erasures));
    if (const int number = sync_folder(dir); number != 0)
        return fail("unwritable", std::string("cannot be written: ") + std::strerror(number), dir.string());
    return {};
}

Error bad_line(const BadLine& line, std::string_view advice) {
    return {"bad_erasures",
            "line " + std::to_string(line.number) +
                " of the ledger of erasures cannot be read: " + std::string(advice),
            line.file.string(), 0};
}

}  // namespace capbridge::store
