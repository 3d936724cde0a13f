#include "core/scorm/activity_diff.hpp"

#include <algorithm>
#include <map>
#include <unordered_map>
#include <utility>

#include "core/base/text.hpp"

namespace capbridge::scorm {
namespace {

using List = std::vector<PackageActivity>;

bool same_names(const Texts& a, const Texts& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Text& x, const Text& y) {
        return x.text == y.text && lower_ascii(x.language) == lower_ascii(y.language);
    });
}

std::string title_of(const PackageActivity& activity) {
    for (const auto& name : activity.name) {
        if (!name.text.empty()) return lower_ascii(collapse_spaces(name.text));
    }
    return {};
}

std::string launch_of(const PackageActivity& activity) {
    return activity.launch;
}

// By what two activities could be recognised: the kind belongs to it. "" where there is nothing to go by.
using Mark = std::pair<PackageActivity::Kind, std::string>;

class Renames {
public:
    Renames(const List& before, const List& after, ActivityDiff& diff)
        : before_(before), after_(after), diff_(diff) {}

    void look(std::string (*mark)(const PackageActivity&)) {
        const auto went = by_mark(before_, diff_.removed, mark), came = by_mark(after_, diff_.added, mark);
        for (const auto& [key, old] : went) {
            const auto fresh = came.find(key);
            // Two of one title: which is which, nobody knows.
            if (old.size() != 1 || fresh == came.end() || fresh->second.size() != 1) continue;
            pair(old.front(), fresh->second.front());
        }
    }

private:
    static std::map<Mark, std::vector<std::size_t>> by_mark(const List& list,
                                                            const std::vector<std::size_t>& which,
                                                            std::string (*mark)(const PackageActivity&)) {
        std::map<Mark, std::vector<std::size_t>> out;
        for (const auto index : which) {
            auto text = mark(list[index]);
            if (!text.empty()) out[{list[index].kind, std::move(text)}].push_back(index);
        }
        return out;
    }

    void pair(std::size_t old, std::size_t fresh) {
        const auto& a = before_[old];
        const auto& b = after_[fresh];
        const bool title = !title_of(a).empty() && title_of(a) == title_of(b);
        const bool launch = !a.launch.empty() && a.launch == b.launch;
        diff_.likely_renamed.push_back({old, fresh,
                                        title && launch ? "title and launch"
                                        : title         ? "title"
                                                        : "launch"});
        std::erase(diff_.removed, old);
        std::erase(diff_.added, fresh);
    }

    const List& before_;
    const List& after_;
    ActivityDiff& diff_;
};

}  // namespace

ActivityDiff diff_of(const List& before, const List& after) {
    ActivityDiff out;
    std::unordered_map<std::string_view, std::size_t> now;
    for (std::size_t i = 0; i < after.size(); ++i) now.emplace(after[i].iri, i);
    std::vector<bool> met(after.size());
    for (std::size_t i = 0; i < before.size(); ++i) {
        const auto found = now.find(before[i].iri);
        if (found == now.end()) {
            out.removed.push_back(i);
            continue;
        }
        const auto& fresh = after[found->second];
        met[found->second] = true;
        const bool named = same_names(before[i].name, fresh.name);
        const bool stands = before[i].parent == fresh.parent && before[i].kind == fresh.kind;
        if (!named) out.retitled.push_back({i, found->second, {}});
        if (!stands) out.moved.push_back({i, found->second, {}});
        out.unchanged += named && stands ? 1 : 0;
    }
    for (std::size_t i = 0; i < after.size(); ++i) {
        if (!met[i]) out.added.push_back(i);
    }
    Renames renames(before, after, out);
    // What is launched says more than what it is called: "Quiz" is the name of many.
    renames.look(launch_of);
    renames.look(title_of);
    return out;
}

}  // namespace capbridge::scorm
