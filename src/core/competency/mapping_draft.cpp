#include "core/competency/mapping_draft.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "core/base/text.hpp"

namespace capbridge::competency {
namespace {

constexpr std::size_t longest_name = 60;

class Draft {
public:
    Draft(const framework::Framework& framework, const DraftHead& head) {
        out_ = {{"id", short_name(head.id, "draft")},
                {"version", "draft"},
                {"title", head.title.empty() ? "Suggested mapping" : head.title},
                {"framework", framework.id},
                {"learning_items", ordered_json::array()},
                {"mappings", ordered_json::array()}};
    }

    void add(const Suggested& piece) {
        if (piece.suggestions.list.empty()) return;
        auto activities = ordered_json::array();
        for (const auto& iri : piece.activities) {
            if (!iri.empty() && activities_.insert(iri).second) activities.push_back(iri);
        }
        if (activities.empty()) return;
        const auto id = unused(short_name(piece.title, piece.kind.empty() ? "learning" : piece.kind));
        ordered_json item{{"id", id},
                          {"title", piece.title.empty() ? id : piece.title},
                          {"activities", std::move(activities)}};
        if (piece.minutes > 0) item["minutes"] = piece.minutes;
        out_["learning_items"].push_back(std::move(item));
        for (const char* needs : {"completed", "passed"}) add_mapping(piece, id, needs);
    }

    ordered_json take() { return std::move(out_); }

private:
    void add_mapping(const Suggested& piece, const std::string& item, const std::string& needs) {
        auto claims = ordered_json::array();
        for (const auto& s : piece.suggestions.list) {
            if (s.needs != needs) continue;
            ordered_json claim;
            if (s.requirements.size() == 1) {
                claim["requirement"] = s.requirements.front();
            } else {
                claim["requirements"] = s.requirements;
            }
            claim["status"] = "suggested";
            claim["score"] = rounded(s.score);
            claim["reason"] = s.reason();
            claims.push_back(std::move(claim));
        }
        if (claims.empty()) return;
        out_["mappings"].push_back({{"id", item + "-" + needs},
                                    {"learning_item", item},
                                    {"claims", std::move(claims)},
                                    {"needs", needs}});
    }

    std::string unused(const std::string& name) {
        auto out = name;
        for (int n = 2; !names_.insert(out).second; ++n) out = name + "-" + std::to_string(n);
        return out;
    }

    ordered_json out_;
    std::set<std::string> activities_, names_;
};

}  // namespace

std::vector<Suggested> suggest_for_package(const Suggester& suggester, const scorm::Structure& structure,
                                           const std::string& course_iri,
                                           const std::vector<std::string>& lms_courses,
                                           const SuggestOptions& options) {
    std::vector<Suggested> out;
    for (auto& part : parts_of(structure, course_iri)) {
        Suggested piece;
        piece.title = part.text.title;
        piece.kind = part.kind;
        piece.minutes = part.minutes;
        for (auto& iri : part.iris) {
            const bool coined = iri.empty() || iri.front() == '/';  // hangs on a course that has no id
            if (!coined || !course_iri.empty()) piece.activities.push_back(std::move(iri));
        }
        for (const auto& lms : lms_courses) {
            for (const auto& below : part.below) piece.activities.push_back(lms + below);
        }
        piece.suggestions = suggester.suggest(part.text, options);
        out.push_back(std::move(piece));
    }
    return out;
}

ordered_json mapping_draft(const framework::Framework& framework, const DraftHead& head,
                           const std::vector<Suggested>& list) {
    Draft draft(framework, head);
    for (const auto& piece : list) draft.add(piece);
    return draft.take();
}

ordered_json suggested_json(const framework::Framework& framework, const std::vector<Suggested>& list) {
    std::size_t with = 0, suggestions = 0, left_out = 0;
    auto learning = ordered_json::array();
    for (const auto& piece : list) {
        const auto& s = piece.suggestions;
        with += s.list.empty() ? 0 : 1;
        suggestions += s.list.size();
        left_out += s.left_out;
        if (s.list.empty() && s.withheld.empty()) continue;
        auto own = ordered_json::array(), withheld = ordered_json::array();
        for (const auto& each : s.list) own.push_back(suggestion_json(each));
        for (const auto& each : s.withheld) withheld.push_back(withheld_json(each));
        learning.push_back({{"title", piece.title.empty() ? ordered_json() : ordered_json(piece.title)},
                            {"kind", piece.kind.empty() ? ordered_json() : ordered_json(piece.kind)},
                            {"activities", piece.activities},
                            {"minutes", piece.minutes > 0 ? ordered_json(piece.minutes) : ordered_json()},
                            {"level_ceiling", s.ceiling.because},
                            {"suggestions", std::move(own)},
                            {"withheld", std::move(withheld)}});
    }
    return {{"framework", framework.id},
            {"version", framework.version},
            {"counts",
             {{"activities", list.size()},
              {"with_suggestions", with},
              {"suggestions", suggestions},
              {"left_out", left_out}}},
            {"learning", std::move(learning)}};
}

ordered_json suggested_with_draft(const framework::Framework& framework, const DraftHead& head,
                                  const std::vector<Suggested>& list) {
    auto out = suggested_json(framework, list);
    out["draft"] = mapping_draft(framework, head, list);
    return out;
}

std::string short_name(std::string_view text, std::string_view otherwise) {
    std::string out;
    for (const char c : lower_ascii(text)) {
        const bool keep = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (keep) {
            out += c;
        } else if (!out.empty() && out.back() != '-') {
            out += '-';
        }
        if (out.size() >= longest_name) break;
    }
    while (!out.empty() && out.back() == '-') out.pop_back();
    return out.empty() ? std::string(otherwise) : out;
}

}  // namespace capbridge::competency
