#include "core/store/audit.hpp"

#include <charconv>
#include <map>
#include <nlohmann/json.hpp>

#include "core/base/ids.hpp"
#include "core/base/json.hpp"

namespace capbridge::store {
namespace {

constexpr std::size_t a_page = 1000;

std::string number(std::int64_t n) {
    return std::to_string(n);
}

// What is wrong with the row that comes after `before`: {"", ""} when nothing is.
std::pair<std::string, std::string> judge(const AuditRow& row, const AuditMark& before) {
    if (row.n != before.n + 1)
        return {"missing", "entry " + number(before.n + 1) + " is not there; the next one is " +
                               number(row.n) + ": somebody has taken out what was between them"};
    if (sha256_hex(row.text) != row.hash)
        return {"altered", "the content of entry " + number(row.n) +
                               " is not what its digest was made of: it was changed after it was written"};
    const auto entry = json::parse(row.text, nullptr, false);
    const auto own = entry.is_object() ? entry.value("n", json(0)) : json(0);
    if (!own.is_number_integer() || own.get<std::int64_t>() != row.n)
        return {"moved", "in the place of entry " + number(row.n) + " stands entry " + own.dump() +
                             ": the order was changed"};
    if (get_string(entry, "prev") != before.hash)
        return {"forged", "entry " + number(row.n) + " does not follow from the one before it: one of the " +
                              "two was put there by something else than capbridge"};
    return {};
}

}  // namespace

std::string text_of(const AuditMark& mark) {
    return number(mark.n) + ":" + mark.hash;
}

std::optional<AuditMark> audit_mark(std::string_view text) {
    const auto colon = text.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    AuditMark mark;
    const auto [end, error] = std::from_chars(text.data(), text.data() + colon, mark.n);
    if (error != std::errc{} || end != text.data() + colon || mark.n < 0) return std::nullopt;
    mark.hash = text.substr(colon + 1);
    if (mark.hash.size() != 64 || mark.hash.find_first_not_of("0123456789abcdef") != std::string::npos)
        return std::nullopt;
    return mark;
}

std::string export_line(const AuditRow& row) {
    return row.text.substr(0, row.text.empty() ? 0 : row.text.size() - 1) + R"(,"hash":")" + row.hash + "\"}";
}

AuditVerdict verify_audit(Audit& audit, const std::vector<AuditMark>& anchors) {
    AuditVerdict out;
    std::map<std::int64_t, std::string> kept;
    for (const auto& anchor : anchors) {
        const auto [it, is_new] = kept.emplace(anchor.n, anchor.hash);
        if (is_new || it->second == anchor.hash) continue;
        out = {0, audit_beginning(), "rewritten",
               "two of the kept marks of entry " + number(anchor.n) + " differ from each other", anchor.n};
        return out;
    }
    const auto fail_at = [&](std::int64_t n, std::string code, std::string message) {
        out.code = std::move(code);
        out.message = std::move(message);
        out.n = n;
        return out;
    };
    for (;;) {
        const auto page = audit.after(out.head.n, a_page);
        for (const auto& row : page) {
            if (auto [code, message] = judge(row, out.head); !code.empty())
                return fail_at(code == "missing" ? out.head.n + 1 : row.n, code, message);
            if (const auto anchor = kept.find(row.n); anchor != kept.end() && anchor->second != row.hash)
                return fail_at(row.n, "rewritten",
                               "entry " + number(row.n) + " is sound in itself, but another one than when " +
                                   "its mark was kept: the chain was written anew, up to here at least");
            out.head = {row.n, row.hash};
            ++out.entries;
        }
        if (page.size() < a_page) break;
    }
    if (!kept.empty() && kept.rbegin()->first > out.head.n)
        return fail_at(out.head.n + 1, "cut",
                       "the entries end with " + number(out.head.n) + ", and a mark was kept of entry " +
                           number(kept.rbegin()->first) + ": the end was cut off");
    return out;
}

}  // namespace capbridge::store
