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

using IsWhole = bool (*)(std::string_view line);

bool is_ledger_line(std::string_view line) {
    return read_ledger_line(line).has_value();
}
bool is_key_line(std::string_view line) {
    return read_key_line(line).has_value();
}

// What a crash left of a last line is none; one that lacks its end only is one.
Result<std::vector<std::string>> lines_of(const fs::path& file, IsWhole is_whole) {
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
    if (is_whole(std::string_view(text).substr(begin))) lines.push_back(text.substr(begin));
    return lines;
}

Status append_line(const fs::path& file, const std::string& line, IsWhole is_whole) {
    const Descriptor fd(::open(file.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    if (fd.get() < 0) return cannot_write(file, errno);
    const auto size = ::lseek(fd.get(), 0, SEEK_END);
    std::string end;
    off_t whole = size;
    for (char last = 0; whole > 0; --whole) {
        if (::pread(fd.get(), &last, 1, whole - 1) != 1) return cannot_write(file, errno);
        if (last == '\n') break;
        end.insert(end.begin(), last);
    }
    // A torn end is cut off: it was never acknowledged. One that lacks its end only gets it.
    const bool lacks_end = !end.empty() && is_whole(end);
    if (whole != size && !lacks_end && ::ftruncate(fd.get(), whole) != 0) return cannot_write(file, errno);
    const auto text = (lacks_end ? "\n" : "") + line + "\n";
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

}  // namespace

Result<std::vector<Erasure>> read_erasures(const fs::path& dir) {
    const auto file = dir / erasures_name;
    CAPBRIDGE_LET(const auto lines, lines_of(file, is_ledger_line));
    std::vector<Erasure> out;
    // Lines that came from elsewhere stand behind all others, so an admission may stand before what it
    // admits.
    std::vector<LedgerLine> admissions;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        if (lines[i].empty()) continue;
        auto line = read_ledger_line(lines[i]);
        if (!line) return fail(bad_line({file, i + 1, lines[i]}, mend_from_repository));
        if (line->erasure) {
            if (!is_given_up(*line->erasure)) out.push_back(std::move(*line->erasure));
            continue;
        }
        admissions.push_back(std::move(*line));
    }
    for (const auto& one : admissions) {
        const auto of = std::find_if(out.begin(), out.end(),
                                     [&](const Erasure& erasure) { return erasure.id == one.admitted; });
        if (of != out.end()) of->admitted = one.at;
    }
    std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.at < b.at; });
    return out;
}

Status append_erasure(const fs::path& dir, const Erasure& erasure) {
    return append_line(dir / erasures_name, ledger_line(erasure), is_ledger_line);
}

Status append_admission(const fs::path& dir, std::string_view erasure, Instant at) {
    const ordered_json line = {{"admitted", std::string(erasure)}, {"at", format_instant(at)}};
    return append_line(dir / erasures_name, line.dump(), is_ledger_line);
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

Result<std::vector<ErasureKey>> read_erasure_keys(const fs::path& dir) {
    const auto file = dir / erasure_keys_name;
    CAPBRIDGE_LET(const auto lines, lines_of(file, is_key_line));
    std::vector<ErasureKey> keys;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        if (lines[i].empty()) continue;
        auto key = read_key_line(lines[i]);
        if (!key) return fail(bad_line({file, i + 1, lines[i]}, mend_from_repository));
        if (!is_given_up(*key)) keys.push_back(std::move(*key));
    }
    return keys;
}

Result<ErasureKey> erasure_key(const fs::path& dir) {
    CAPBRIDGE_LET(auto keys, read_erasure_keys(dir));
    if (!keys.empty()) return std::move(keys.front());
    // A new one beside what an old one made would be taken for it.
    CAPBRIDGE_LET(const auto lines, read_ledger_lines(dir));
    const auto lacking = lines.keys_lacking();
    if (!lacking.empty()) return fail(lost_key(dir, *lacking.begin(), mend_from_repository));
    ErasureKey key{uuid_v4(), to_hex(random_bytes(key_bytes))};
    CAPBRIDGE_TRY(append_line(dir / erasure_keys_name, key.id + " " + key.secret, is_key_line));
    return key;
}

std::string erased_digest(const ErasureKey& key, std::string_view text) {
    return hmac_sha256_hex(key.secret, text);
}

}  // namespace capbridge::store
