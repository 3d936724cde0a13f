#include "core/competency/suggest_names.hpp"

#include <algorithm>

#include "core/base/text.hpp"

namespace capbridge::competency {
namespace {

using framework::Framework;
using framework::Vocabulary;
using Kind = FoundName::Kind;

constexpr double other_spelling = 0.9, behind_prefix = 0.85, last_part_of = 0.95;
constexpr std::size_t longest_name = 512;

// Letters and digits of ASCII in small letters, one hyphen for all between them.
std::string plain(std::string_view text) {
    std::string out;
    for (const char c : lower_ascii(text)) {
        const bool keep = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (keep) {
            out += c;
        } else if (!out.empty() && out.back() != '-') {
            out += '-';
        }
    }
    if (!out.empty() && out.back() == '-') out.pop_back();
    return out;
}

std::string_view last_part(std::string_view text) {
    while (!text.empty() && (text.back() == '/' || text.back() == '#')) text.remove_suffix(1);
    const auto at = text.find_last_of("/#:");
    return at == std::string_view::npos ? text : text.substr(at + 1);
}

FoundName requirement(std::vector<int> indexes, double certainty, const char* how) {
    FoundName out;
    if (indexes.empty()) return out;
    out.kind = Kind::requirement;
    out.requirements = std::move(indexes);
    out.certainty = certainty;
    out.how = how;
    return out;
}

FoundName find_requirement(std::string_view name, const Framework& f) {
    if (auto found = f.requirements_for(name); !found.empty())
        return requirement(std::move(found), 1, " is the requirement's id");
    const auto last = last_part(name);
    if (auto found = f.requirements_for(last); last != name && !found.empty()) {
        const bool ours = name.starts_with(f.iri) && !f.iri.empty();
        return requirement(std::move(found), ours ? 1 : last_part_of,
                           ours ? " is the requirement's IRI" : " ends with the requirement's id");
    }
    const auto spelt = plain(last);
    if (auto found = f.requirements_for(spelt); !found.empty())
        return requirement(std::move(found), other_spelling, " is the requirement's id in another spelling");
    // Of several ids that the name ends with, the longest; "a1-x-11" does not end with "x-1".
    const framework::Requirement* best = nullptr;
    for (const auto& r : f.requirements) {
        if (spelt.size() > r.id.size() + 1 && spelt.ends_with(r.id) &&
            spelt[spelt.size() - r.id.size() - 1] == '-' &&
            (best == nullptr || best->id.size() < r.id.size()))
            best = &r;
    }
    if (best == nullptr) return {};
    return requirement({f.requirement_index(best->id)}, behind_prefix,
                       " has the requirement's id at its end");
}

FoundName other(Kind kind, const std::string& id) {
    FoundName out;
    out.kind = kind;
    out.id = id;
    out.certainty = 1;
    return out;
}

}  // namespace

FoundName find_name(std::string_view name, const Framework& framework, const Vocabulary& vocabulary) {
    const auto text = trim(name.substr(0, longest_name));
    if (text.empty()) return {};
    if (auto found = find_requirement(text, framework); found.kind != Kind::none) return found;
    const auto last = plain(last_part(text));
    if (last.empty()) return {};
    const auto is = [&](const std::string& id, const std::string& known_as) {
        return last == plain(id) || (!known_as.empty() && last == plain(known_as));
    };
    for (const auto& [id, known_as] : vocabulary.topics) {
        if (is(id, known_as) && !framework.topic_requirements(id).empty()) return other(Kind::topic, id);
    }
    for (const auto& factor : framework.factors) {
        if (is(factor.id, factor.name)) return other(Kind::factor, factor.id);
    }
    for (const auto& level : framework.levels) {
        if (is(level.id, level.name)) return other(Kind::level, level.id);
    }
    return {};
}

bool names_framework(std::string_view source, const Framework& framework) {
    const auto text = plain(trim(source));
    return !text.empty() &&
           (text == plain(framework.id) || text == plain(framework.iri) || text == plain(framework.title));
}

}  // namespace capbridge::competency
