#include "core/store/erasures.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
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

constexpr std::size_t key_bytes = 32;

tl::unexpected<Error> cannot_write(const fs::path& file, int number) {
    return fail("unwritable", std::string("cannot be written: ") + std::strerror(number), file.string());
}

Status folder_synced(const fs::path& folder) {
    if (const int number = sync_folder(folder); number != 0) return cannot_write(folder, number);
    return {};
}

// Whole lines only: what a crash left of a last one is ended first, so that it stays a line of its own.
Result<std::vector<std::string>> lines_of(const fs::path& file) {
    std::error_code ec;
    if (!fs::exists(file, ec)) {
        if (ec) return fail("unreadable", "cannot be read: " + ec.message(), file.string());
        return std::vector<std::string>();
    }
    CAPBRIDGE_LET(const auto text, read_file(file));
    std::vector<std::string> lines;
    std::size_t begin = 0;
    for (auto end = text.find('\n'); end != std::string::npos; end = text.find('\n', begin)) {
        if (end > begin) lines.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return lines;
}

Status append_lines(const fs::path& file, const std::vector<std::string>& lines) {
    if (lines.empty()) return {};
    const Descriptor fd(::open(file.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    if (fd.get() < 0) return cannot_write(file, errno);
    const auto size = ::lseek(fd.get(), 0, SEEK_END);
    // A torn end is cut off: it was never acknowledged.
    off_t whole = size;
    for (char last = 0; whole > 0; --whole) {
        if (::pread(fd.get(), &last, 1, whole - 1) != 1) return cannot_write(file, errno);
        if (last == '\n') break;
    }
    if (whole != size && ::ftruncate(fd.get(), whole) != 0) return cannot_write(file, errno);
    std::string text;
    for (const auto& line : lines) text += line + "\n";
    std::string_view rest = text;
    while (!rest.empty()) {
        const auto n = ::write(fd.get(), rest.data(), rest.size());
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return cannot_write(file, errno);
        rest.remove_prefix(static_cast<std::size_t>(n));
    }
    if (::fsync(fd.get()) != 0) return cannot_write(file, errno);
    return folder_synced(file.parent_path());
}

std::string line_of(const Erasure& erasure) {
    ordered_json line = {{"erasure", erasure.id},
                         {"at", format_instant(erasure.at)},
                         {"people", erasure.people},
                         {"key", erasure.key},
                         {"digests", erasure.digests}};
    return line.dump();
}

std::optional<Erasure> read_line(const json& line) {
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

}  // namespace

Result<std::vector<Erasure>> read_erasures(const fs::path& dir) {
    const auto file = dir / erasures_name;
    CAPBRIDGE_LET(const auto lines, lines_of(file));
    std::vector<Erasure> out;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const auto line = json::parse(lines[i], nullptr, false);
        const auto bad = [&] {
            return fail(
                "bad_erasures",
                "line " + std::to_string(i + 1) +
                    " of the ledger of erasures cannot be read: put back the file from the latest backup",
                file.string());
        };
        if (!line.is_object()) return bad();
        if (const auto admitted = get_string(line, "admitted"); !admitted.empty()) {
            const auto of = std::find_if(out.begin(), out.end(),
                                         [&](const Erasure& erasure) { return erasure.id == admitted; });
            if (of != out.end()) of->admitted = parse_instant(get_string(line, "at"));
            continue;
        }
        auto erasure = read_line(line);
        if (!erasure) return bad();
        out.push_back(std::move(*erasure));
    }
    return out;
}

Status append_erasure(const fs::path& dir, const Erasure& erasure) {
    return append_lines(dir / erasures_name, {line_of(erasure)});
}

Status append_admission(const fs::path& dir, std::string_view erasure, Instant at) {
    const ordered_json line = {{"admitted", std::string(erasure)}, {"at", format_instant(at)}};
    return append_lines(dir / erasures_name, {line.dump()});
}

Result<std::size_t> unite_erasures(const fs::path& into, const fs::path& from) {
    std::size_t added = 0;
    // Keys first: a line whose key is missing would recognise nobody.
    for (const auto name : {erasure_keys_name, erasures_name}) {
        CAPBRIDGE_LET(const auto theirs, lines_of(from / name));
        CAPBRIDGE_LET(const auto ours, lines_of(into / name));
        const std::set<std::string> known(ours.begin(), ours.end());
        std::vector<std::string> lines;
        std::copy_if(theirs.begin(), theirs.end(), std::back_inserter(lines),
                     [&](const std::string& line) { return !known.contains(line); });
        CAPBRIDGE_TRY(append_lines(into / name, lines));
        added = lines.size();
    }
    return added;
}

std::vector<ErasureKey> read_erasure_keys(const fs::path& dir) {
    const auto lines = lines_of(dir / erasure_keys_name);
    std::vector<ErasureKey> keys;
    if (!lines) return keys;
    for (const auto& line : *lines) {
        const auto space = line.find(' ');
        if (space != std::string::npos) keys.push_back({line.substr(0, space), line.substr(space + 1)});
    }
    return keys;
}

Result<ErasureKey> erasure_key(const fs::path& dir) {
    CAPBRIDGE_TRY(lines_of(dir / erasure_keys_name));  // one that cannot be read now is not missing
    if (auto keys = read_erasure_keys(dir); !keys.empty()) return std::move(keys.front());
    ErasureKey key{uuid_v4(), to_hex(random_bytes(key_bytes))};
    CAPBRIDGE_TRY(append_lines(dir / erasure_keys_name, {key.id + " " + key.secret}));
    return key;
}

std::string erased_digest(const ErasureKey& key, std::string_view text) {
    return hmac_sha256_hex(key.secret, text);
}

}  // namespace capbridge::store
