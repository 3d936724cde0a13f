#include "core/store/erasures.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include "core/base/descriptor.hpp"
#include "core/base/files.hpp"
#include "core/base/ids.hpp"
#include "core/base/json.hpp"
#include "core/store/ledger_lines.hpp"

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
        lines.push_back(text.substr(begin, end - begin));
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

}  // namespace

Result<std::vector<Erasure>> read_erasures(const fs::path& dir) {
    const auto file = dir / erasures_name;
    CAPBRIDGE_LET(const auto lines, lines_of(file));
    std::vector<Erasure> out;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        if (lines[i].empty()) continue;
        auto line = read_ledger_line(lines[i]);
        if (!line) return fail(bad_line({file, i + 1, lines[i]}, mend_from_repository));
        if (line->erasure) {
            out.push_back(std::move(*line->erasure));
            continue;
        }
        const auto of = std::find_if(out.begin(), out.end(),
                                     [&](const Erasure& erasure) { return erasure.id == line->admitted; });
        if (of != out.end()) of->admitted = line->at;
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
    CAPBRIDGE_LET(const auto theirs, read_ledger_lines(from));
    CAPBRIDGE_LET(const auto ours, read_ledger_lines(into));
    auto all = ours;
    const auto added = unite(all, theirs);
    if (!all.bad.empty()) return fail(bad_line(all.bad.front(), mend_from_repository));
    if (all.erasures != ours.erasures || all.keys != ours.keys || !ours.bad.empty())
        CAPBRIDGE_TRY(write_ledger_lines(into, all));
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
