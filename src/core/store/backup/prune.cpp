#include "core/store/backup/prune.hpp"

#include <algorithm>
#include <unordered_set>

#include "core/store/backup/future.hpp"

namespace capbridge::store {
namespace {

using Bucket = std::string (*)(Instant at);

std::string day(Instant at) {
    return format_day(day_of(at));
}
std::string week(Instant at) {
    const auto of = day_of(at);
    const auto from_monday = (std::chrono::weekday(of).iso_encoding() - 1);
    return format_day(of - std::chrono::days{from_monday});
}
std::string month(Instant at) {
    return day(at).substr(0, 7);
}
std::string year(Instant at) {
    return day(at).substr(0, 4);
}

void keep(PrunePlan& plan, const std::string& id, const std::string& why) {
    auto it =
        std::find_if(plan.keep.begin(), plan.keep.end(), [&](const auto& kept) { return kept.id == id; });
    if (it == plan.keep.end()) it = plan.keep.insert(plan.keep.end(), {id, {}});
    it->why.push_back(why);
}

}  // namespace

PrunePlan plan_prune(const std::vector<Manifest>& backups, const KeepRules& rules,
                     const std::map<std::string, bool>& verified) {
    PrunePlan plan;
    if (backups.empty()) return plan;
    std::vector<const Manifest*> newest;
    for (const auto& one : backups) newest.push_back(&one);
    std::stable_sort(newest.begin(), newest.end(),
                     [](const Manifest* a, const Manifest* b) { return a->taken > b->taken; });
    if (!rules.any()) {
        for (const auto* one : newest) keep(plan, one->id, "no rule says what may go");
        return plan;
    }
    for (std::size_t i = 0; i < newest.size() && i < static_cast<std::size_t>(std::max(rules.last, 0)); ++i)
        keep(plan, newest[i]->id, "last");
    const auto by = [&](const char* why, int count, Bucket bucket) {
        std::string before;
        for (const auto* one : newest) {
            if (count <= 0) return;
            auto now = bucket(one->taken);
            if (now == before) continue;
            keep(plan, one->id, why);
            before = std::move(now);
            --count;
        }
    };
    by("daily", rules.daily, day);
    by("weekly", rules.weekly, week);
    by("monthly", rules.monthly, month);
    by("yearly", rules.yearly, year);
    keep(plan, newest.front()->id, "the last backup");
    for (const auto* one : newest) {
        const auto known = verified.find(one->id);
        if (known == verified.end() || !known->second) continue;
        keep(plan, one->id, "the last one verified");
        break;
    }
    for (const auto* one : newest) {
        if (std::none_of(plan.keep.begin(), plan.keep.end(),
                         [&](const auto& kept) { return kept.id == one->id; }))
            plan.remove.push_back(one->id);
    }
    std::stable_sort(plan.keep.begin(), plan.keep.end(),
                     [](const auto& a, const auto& b) { return a.id > b.id; });
    return plan;
}

Result<Pruned> prune_backups(Repository& repository, const KeepRules& rules, bool dry_run,
                             const BackupProgress& progress) {
    CAPBRIDGE_LET(const auto all, repository.list());
    std::map<std::string, bool> verified;
    for (const auto& one : all.backups) {
        if (const auto check = repository.check_of(one.id)) verified[one.id] = check->ok;
    }
    Pruned out;
    // Those from the future stay, and no other goes because of them.
    std::vector<Manifest> past;
    std::vector<PrunePlan::Kept> future;
    for (const auto& one : all.backups) {
        if (is_from_future(one.taken, wall_clock())) {
            future.insert(future.begin(), {one.id, {"its time is still to come"}});
        } else {
            past.push_back(one);
        }
    }
    out.plan = plan_prune(past, rules, verified);
    out.plan.keep.insert(out.plan.keep.begin(), future.begin(), future.end());
    const std::unordered_set<std::string> removed(out.plan.remove.begin(), out.plan.remove.end());
    // What stays in use. A list that cannot be read may name chunks that we would not see: then none goes.
    std::unordered_set<std::string> used;
    auto& chunks = repository.chunks();
    out.swept = all.unreadable.empty();
    const auto broken = [&](const Error&) { out.swept = false; };
    const auto see = [&](const std::string& name) { used.insert(name); };
    for (const auto& one : all.backups) {
        if (removed.contains(one.id)) continue;
        names_of(chunks, one.database, see, broken);
        names_of(chunks, one.contents, see, broken);
        const auto list = read_tree(chunks, one.contents);
        if (!list) {
            out.swept = false;
            continue;
        }
        for (std::size_t begin = 0; begin < list->size();) {
            const auto end = std::min(list->find('\n', begin), list->size());
            const auto content = Content::read(std::string_view(*list).substr(begin, end - begin));
            begin = end + 1;
            if (!content) {
                out.swept = false;
                continue;
            }
            names_of(chunks, content->tree, see, broken);
        }
        if (progress && !progress("looking at what is in use, chunks", used.size(), 0))
            return fail("stopping", "stopped before anything was removed");
    }
    if (!dry_run) {
        for (const auto& id : out.plan.remove) CAPBRIDGE_TRY(repository.remove(id));
        CAPBRIDGE_TRY(chunks.sync());  // no manifest may come back that lacks its chunks
    }
    if (!out.swept) return out;
    std::vector<std::string> unused;
    CAPBRIDGE_TRY(chunks.each([&](const std::string& name, std::uint64_t bytes) {
        if (used.contains(name)) return;
        unused.push_back(name);
        out.bytes += bytes;
    }));
    out.chunks = unused.size();
    if (dry_run) return out;
    for (std::size_t i = 0; i < unused.size(); ++i) {
        std::error_code ec;
        std::filesystem::remove(chunks.file_of(unused[i]), ec);
        if (ec) return repository_failure(ec.value(), chunks.file_of(unused[i]));
        if (progress && i % 256 == 0 && !progress("removing what nothing uses", i, unused.size()))
            return fail("stopping", "stopped; the next prune removes the rest");
    }
    return out;
}

}  // namespace capbridge::store
