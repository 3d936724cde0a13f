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

constexpr std::size_t key_digits = 64, uuid_size = 36, most_added = 16;

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

struct Place {
    std::size_t begin, size;
};
// Where a line says which one it is; a key's is all of it.
Place id_in(std::string_view whole) {
    for (const std::string_view before : {R"({"erasure":")", R"({"admitted":")"}) {
        if (whole.starts_with(before)) return {before.size(), uuid_size};
    }
    return {0, whole.size()};
}

// Is `whole` what `bad` was before it was spoilt? Then most of its id is in what is alike from both ends.
// What is longer may be two lines.
bool replaces(std::string_view whole, std::string_view bad) {
    if (bad.size() > whole.size() + most_added) return false;
    const auto least = std::min(whole.size(), bad.size());
    std::size_t front = 0, back = 0;
    while (front < least && whole[front] == bad[front]) ++front;
    while (back < least - front && whole[whole.size() - 1 - back] == bad[bad.size() - 1 - back]) ++back;
    const auto id = id_in(whole);
    const auto end = id.begin + id.size, behind = whole.size() - end;
    const auto alike = std::min(front, end) - std::min(front, id.begin) +
                       std::min(back, whole.size() - id.begin) - std::min(back, behind);
    return alike * 4 >= id.size * 3;
}

using Lines = std::vector<std::string>;

// Two lines that became one, for what stood between them was spoilt.
bool take_both(Lines& fresh, std::string_view bad) {
    const auto first =
        std::find_if(fresh.begin(), fresh.end(), [&](const auto& line) { return bad.starts_with(line); });
    if (first == fresh.end()) return false;
    const auto second = std::find_if(fresh.begin(), fresh.end(), [&](const auto& line) {
        return bad.ends_with(line) && first->size() + 1 + line.size() == bad.size();
    });
    if (second == fresh.end() || second == first) return false;
    fresh.erase(std::max(first, second));
    fresh.erase(std::min(first, second));
    return true;
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
        const auto read = read_ledger_line(line);
        return read->erasure && !is_given_up(*read->erasure);
    }));
}

std::set<std::string> LedgerLines::ids() const {
    std::set<std::string> out;
    for (const auto& line : erasures) {
        if (const auto read = read_ledger_line(line); read->erasure) out.insert(read->erasure->id);
    }
    return out;
}

std::set<std::string> LedgerLines::keys_lacking() const {
    std::set<std::string> out;
    for (const auto& line : erasures) {
        const auto read = read_ledger_line(line);
        if (read->erasure && !read->erasure->digests.empty()) out.insert(read->erasure->key);
    }
    for (const auto& line : keys) out.erase(read_key_line(line)->id);
    return out;
}

void LedgerLines::give_up_erasure(const std::string& id, Instant at) {
    Erasure nobody;
    nobody.id = id;
    nobody.at = at;
    erasures.push_back(ledger_line(nobody));
}

void LedgerLines::give_up_key(const std::string& id) {
    keys.push_back(id + " " + std::string(key_digits, '0'));
}

bool is_given_up(const Erasure& erasure) {
    return erasure.people.empty();
}

bool is_given_up(const ErasureKey& key) {
    return key.secret == std::string(key_digits, '0');
}

std::string ledger_line(const Erasure& erasure) {
    ordered_json line = {{"erasure", erasure.id},
                         {"at", format_instant(erasure.at)},
                         {"people", erasure.people},
                         {"key", erasure.key},
                         {"digests", erasure.digests}};
    return line.dump();
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

std::optional<fs::path> database_beside(const fs::path& dir) {
    std::error_code ec;
    auto beside = named(dir / erasures_name).parent_path() / "capbridge.db";
    if (!fs::exists(beside, ec)) return std::nullopt;
    return beside;
}

LedgerEnd ledger_end_of(const fs::path& dir) {
    return database_beside(dir) ? LedgerEnd::torn : LedgerEnd::spoilt;
}

Result<LedgerLines> read_ledger_lines(const fs::path& dir, LedgerEnd ending) {
    LedgerLines out;
    CAPBRIDGE_LET(const auto erasures, text_of(dir / erasures_name));
    CAPBRIDGE_LET(const auto keys, text_of(dir / erasure_keys_name));
    sort_out(erasures, named(dir / erasures_name), ending, is_ledger_line, out.erasures, out.bad);
    sort_out(keys, named(dir / erasure_keys_name), ending, is_key_line, out.keys, out.bad);
    std::error_code ec;
    for (const auto& [name, text] :
         {std::pair{erasures_name, &erasures}, std::pair{erasure_keys_name, &keys}}) {
        if (ending == LedgerEnd::spoilt && text->empty() && fs::exists(dir / name, ec))
            out.bad.push_back({named(dir / name), 1, ""});
    }
    return out;
}

void drop_replaced(std::vector<BadLine>& bad, const LedgerLines& own, const LedgerLines& other) {
    Lines fresh;
    const auto lacking = [&](const Lines& theirs, const Lines& ours) {
        const std::set<std::string> known(ours.begin(), ours.end());
        std::copy_if(theirs.begin(), theirs.end(), std::back_inserter(fresh),
                     [&](const auto& line) { return !known.contains(line); });
    };
    lacking(other.erasures, own.erasures);
    lacking(other.keys, own.keys);
    std::erase_if(bad, [&](const BadLine& one) {
        // How many lines an empty file had nobody knows; of keys the erasures know which.
        if (one.text.empty()) return one.file.filename() == erasure_keys_name;
        if (take_both(fresh, one.text)) return true;
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
    // The same line in a copy of that file, or in the file that was named twice.
    std::erase_if(theirs, [&](const BadLine& one) {
        return std::any_of(into.bad.begin(), into.bad.end(), [&](const BadLine& other) {
            return other.text == one.text && (other.file != one.file || other.number == one.number);
        });
    });
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

Error lost_erasure(const fs::path& dir, std::string_view id, std::string_view advice) {
    return {"bad_erasures",
            "the erasure " + std::string(id) +
                " was carried out here and is not in the ledger of erasures: " + std::string(advice),
            (dir / erasures_name).string(), 0};
}

Error lost_key(const fs::path& dir, std::string_view id, std::string_view advice) {
    return {"bad_erasures",
            "the key " + std::string(id) +
                " that made digests in the ledger of erasures is not there: " + std::string(advice),
            (dir / erasure_keys_name).string(), 0};
}

Error bad_line(const BadLine& line, std::string_view advice) {
    return {"bad_erasures",
            "line " + std::to_string(line.number) +
                " of the ledger of erasures cannot be read: " + std::string(advice),
            line.file.string(), 0};
}

}  // namespace capbridge::store
