#include "core/store/backup/ledger.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "core/store/erasures.hpp"
#include "core/store/ledger_lines.hpp"

namespace capbridge::store {
namespace {

namespace fs = std::filesystem;

// Any other file has lines that cannot be read too.
bool has_spoilt_erasure(const LedgerLines& lines) {
    return std::any_of(lines.bad.begin(), lines.bad.end(), [](const BadLine& line) {
        return line.text.find("\"digests\"") != std::string::npos ||
               line.text.find("\"people\"") != std::string::npos;
    });
}

}  // namespace

Result<NamedLedger> NamedLedger::open(const fs::path& named) {
    std::error_code ec;
    const auto path = fs::absolute(named).lexically_normal();
    if (!fs::exists(path, ec))
        return fail("not_found",
                    "there is no ledger of erasures: name the data directory that is replaced, or its "
                    "erasures.jsonl. Nothing was restored",
                    path.string());
    NamedLedger out;
    out.file_ = fs::is_directory(path, ec) ? path / erasures_name : path;
    if (!fs::exists(out.file_, ec))
        return fail(
            "not_found",
            "this directory has no erasures.jsonl: name the data directory that is replaced, or the file "
            "where it lies now. If nobody was ever erased in it, leave --erasures out. Nothing was "
            "restored",
            path.string());
    auto pattern = (fs::temp_directory_path(ec) / "capbridge-ledger-XXXXXX").string();
    if (ec || ::mkdtemp(pattern.data()) == nullptr)
        return fail("unwritable", std::string("no folder can be made: ") + std::strerror(errno), pattern);
    out.folder_ = pattern;
    fs::create_symlink(out.file_, out.folder_ / erasures_name, ec);
    const auto keys = out.file_.parent_path() / erasure_keys_name;
    out.has_keys_ = !ec && fs::exists(keys, ec);
    if (out.has_keys_) fs::create_symlink(keys, out.folder_ / erasure_keys_name, ec);
    if (ec) return fail("unwritable", "no link can be made: " + ec.message(), out.folder_.string());
    // What is spoilt in it may lie whole elsewhere: the restore looks at all that it has.
    const auto lines = read_ledger_lines(out.folder_, ledger_end_of(out.folder_));
    out.erasures_ = lines ? lines->count() : 0;
    if (out.erasures_ == 0 && (!lines || !has_spoilt_erasure(*lines)))
        return fail(
            "not_found",
            "this is no ledger of erasures (" +
                (lines ? std::string("it has no whole line of an erasure") : lines.error().message) +
                "): name the erasures.jsonl of the data directory that is replaced. Nothing was restored",
            out.file_.string());
    return out;
}

NamedLedger::~NamedLedger() {
    std::error_code ignored;
    if (!folder_.empty()) fs::remove_all(folder_, ignored);
}

}  // namespace capbridge::store
