// How good are the suggestions for mappings? Runs the product's own code over labelled courses
// (bench/suggest/*.json) beside two baselines, and prints precision and recall as Markdown. bench/README.md
// says how the courses were labelled and which numbers came out.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <set>

#include "core/base/files.hpp"
#include "core/base/text.hpp"
#include "core/competency/mapping_draft.hpp"

namespace capbridge {
namespace {

using competency::Suggester;

struct Course {
    std::string id, text;
    std::vector<competency::Suggested> found;   // what the product says, with no threshold to speak of
    std::map<std::string, std::string> labels;  // topic -> highest level that it may be evidence of
};
// Topics with their scores, best first.
using Ranking = std::vector<std::pair<std::string, double>>;

scorm::Texts english(const json& object, const char* member) {
    const auto text = get_string(object, member);
    return text.empty() ? scorm::Texts{} : scorm::Texts{{"en", text}};
}

// A course with modules becomes the structure of a cmi5 package: what an importer would have read.
scorm::Structure structure_of(const json& course, const std::string& iri) {
    scorm::Structure out;
    auto& root = out.roots.emplace_back();
    root.kind = scorm::Node::Kind::course;
    root.identifier = iri;
    root.title = english(course, "title");
    root.description = english(course, "description");
    root.metadata.emplace();
    for (const auto& keyword : course.value("keywords", json::array()))
        root.metadata->keywords.push_back({{"en", keyword.get<std::string>()}});
    for (const auto& module : course.value("modules", json::array())) {
        auto& au = root.children.emplace_back();
        au.kind = scorm::Node::Kind::au;
        au.identifier = iri + "/au" + std::to_string(root.children.size());
        au.launch = "index.html";
        au.title = english(module, "title");
        au.description = english(module, "description");
        for (const auto& objective : module.value("objectives", json::array())) {
            auto& o = au.objectives.emplace_back();
            o.id = iri + "/objectives/" + get_string(objective, "id");
            o.title = english(objective, "title");
        }
    }
    return out;
}

std::string whole_text(const json& course) {
    std::string out;
    const auto add = [&](const json& part) {
        out += get_string(part, "title") + ". " + get_string(part, "description") + ". ";
    };
    add(course);
    for (const auto& keyword : course.value("keywords", json::array()))
        out += keyword.get<std::string>() + ". ";
    for (const auto& module : course.value("modules", json::array())) {
        add(module);
        for (const auto& objective : module.value("objectives", json::array())) add(objective);
    }
    return out;
}

std::vector<Course> read_courses(const std::string& path, const Suggester& suggester) {
    const auto text = read_file(path);
    if (!text) return {};
    const auto document = parse_json(*text);
    if (!document) return {};
    competency::SuggestOptions everything;
    everything.min_score = 0.02;
    everything.topics = 1000;
    std::vector<Course> out;
    for (const auto& one : document->at("courses")) {
        Course course;
        course.id = get_string(one, "id");
        course.text = whole_text(one);
        for (const auto& [topic, level] : one.at("labels").items())
            course.labels[topic] = level.get<std::string>();
        const auto iri = "https://example.org/" + course.id;
        if (one.contains("modules")) {
            course.found =
                competency::suggest_for_package(suggester, structure_of(one, iri), iri, {}, everything);
        } else {
            competency::LearningText learning;
            learning.iri = iri;
            learning.title = get_string(one, "title");
            learning.description = get_string(one, "description");
            for (const auto& k : one.value("keywords", json::array()))
                learning.keywords.push_back(k.get<std::string>());
            competency::Suggested piece;
            piece.title = learning.title;
            piece.suggestions = suggester.suggest(learning, everything);
            course.found.push_back(std::move(piece));
        }
        out.push_back(std::move(course));
    }
    return out;
}

Ranking in_order(const std::map<std::string, double>& scores) {
    Ranking out(scores.begin(), scores.end());
    std::stable_sort(out.begin(), out.end(),
                     [](const auto& a, const auto& b) { return a.second > b.second; });
    return out;
}

// Topics that the product found, whether or not their level is within reach.
Ranking ours(const Course& course) {
    std::map<std::string, double> scores;
    for (const auto& piece : course.found) {
        for (const auto& s : piece.suggestions.list) scores[s.topic] = std::max(scores[s.topic], s.score);
        for (const auto& w : piece.suggestions.withheld) scores[w.topic] = std::max(scores[w.topic], w.score);
    }
    return in_order(scores);
}

// Share of the words of a topic's name that stand in the text, letter for letter.
Ranking exact_words(const Course& course, const framework::Vocabulary& vocabulary) {
    const auto words = [](std::string text) {
        for (auto& c : text) c = std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : ' ';
        std::set<std::string> out;
        for (auto& word : split(collapse_spaces(lower_ascii(text)), ' ')) {
            if (word.size() > 3 || word == "ai") out.insert(std::move(word));
        }
        return out;
    };
    const auto said = words(course.text);
    std::map<std::string, double> scores;
    for (const auto& [id, name] : vocabulary.topics) {
        const auto own = words(name);
        const auto hits =
            std::count_if(own.begin(), own.end(), [&](const auto& w) { return said.contains(w); });
        if (hits > 0 && !own.empty())
            scores[id] = static_cast<double>(hits) / static_cast<double>(own.size());
    }
    return in_order(scores);
}

struct Figures {
    double at1 = 0, at3 = 0, recall5 = 0, recall10 = 0, precision = 0, recall = 0, alarms = 0;
    [[nodiscard]] double f1() const {
        return precision + recall > 0 ? 2 * precision * recall / (precision + recall) : 0;
    }
    void add(const Figures& other, double share) {
        at1 += share * other.at1;
        at3 += share * other.at3;
        recall5 += share * other.recall5;
        recall10 += share * other.recall10;
        precision += share * other.precision;
        recall += share * other.recall;
        alarms += share * other.alarms;
    }
};

// precision and recall: over all pairs of course and topic at or above the threshold. The rest: means over
// the courses that have labels. alarms: share of the unrelated courses for which anything is suggested.
Figures figures_of(const std::vector<Course>& courses, const std::vector<Ranking>& rankings,
                   double threshold) {
    Figures out;
    double labelled = 0, unrelated = 0, suggested = 0, right = 0, wanted = 0;
    for (std::size_t i = 0; i < courses.size(); ++i) {
        const auto& labels = courses[i].labels;
        const auto& ranking = rankings[i];
        const auto hits_of = [&](std::size_t k) {
            double hits = 0;
            for (std::size_t j = 0; j < std::min(k, ranking.size()); ++j)
                hits += labels.contains(ranking[j].first) ? 1 : 0;
            return hits;
        };
        const auto above = static_cast<std::size_t>(std::count_if(
            ranking.begin(), ranking.end(), [&](const auto& each) { return each.second >= threshold; }));
        suggested += static_cast<double>(above);
        right += hits_of(above);
        wanted += static_cast<double>(labels.size());
        if (labels.empty()) {
            unrelated += 1;
            out.alarms += above > 0 ? 1 : 0;
            continue;
        }
        labelled += 1;
        out.at1 += hits_of(1);
        out.at3 += hits_of(3) / 3;
        out.recall5 += hits_of(5) / static_cast<double>(labels.size());
        out.recall10 += hits_of(10) / static_cast<double>(labels.size());
    }
    for (auto* mean : {&out.at1, &out.at3, &out.recall5, &out.recall10})
        *mean = labelled > 0 ? *mean / labelled : 0;
    out.alarms = unrelated > 0 ? out.alarms / unrelated : 0;
    out.precision = suggested > 0 ? right / suggested : 0;
    out.recall = wanted > 0 ? right / wanted : 0;
    return out;
}

// Of what stands in a draft: topic and level are within what the label allows.
std::pair<std::size_t, std::size_t> claims_right(const std::vector<Course>& courses, double threshold,
                                                 const framework::Framework& framework) {
    std::size_t all = 0, right = 0;
    for (const auto& course : courses) {
        std::set<std::pair<std::string, std::string>> claims;
        for (const auto& piece : course.found) {
            for (const auto& s : piece.suggestions.list) {
                if (s.score >= threshold) claims.emplace(s.topic, s.level);
            }
        }
        for (const auto& [topic, name] : claims) {
            ++all;
            const auto label = course.labels.find(topic);
            if (label == course.labels.end()) continue;
            const auto* level = framework.level(name);
            const auto* most = framework.level(label->second);
            // A label on the ladder of skills leaves the whole ladder of knowledge open.
            if (level->kind == most->kind ? level->rank <= most->rank : most->kind == framework::Kind::skill)
                ++right;
        }
    }
    return {right, all};
}

std::vector<Ranking> random_rankings(const std::vector<Course>& courses,
                                     const framework::Vocabulary& vocabulary, unsigned seed, double share) {
    std::mt19937 generator(seed);
    std::vector<Ranking> out;
    for (std::size_t i = 0; i < courses.size(); ++i) {
        Ranking ranking;
        for (const auto& [id, name] : vocabulary.topics) ranking.emplace_back(id, 0);
        std::shuffle(ranking.begin(), ranking.end(), generator);
        const auto as_many = static_cast<std::size_t>(std::lround(share));
        for (std::size_t j = 0; j < std::min(as_many, ranking.size()); ++j) ranking[j].second = 1;
        out.push_back(std::move(ranking));
    }
    return out;
}

void print_row(const char* name, const Figures& f) {
    std::printf("| %s | %.2f | %.2f | %.2f | %.2f | %.2f | %.2f | %.2f | %.0f %% |\n", name, f.at1, f.at3,
                f.recall5, f.recall10, f.precision, f.recall, f.f1(), 100 * f.alarms);
}

double best_threshold(const std::vector<Course>& courses, const std::vector<Ranking>& rankings) {
    double best = 0, at = 1;
    for (double threshold = 0.05; threshold < 1.01; threshold += 0.05) {
        const double f1 = figures_of(courses, rankings, threshold).f1();
        if (f1 > best) best = f1, at = threshold;
    }
    return at;
}

void print_each(const std::vector<Course>& courses, const std::vector<Ranking>& rankings, double threshold) {
    for (std::size_t i = 0; i < courses.size(); ++i) {
        std::cout << courses[i].id << " " << courses[i].text.substr(0, 60) << "\n";
        std::set<std::string> missed;
        for (const auto& [topic, level] : courses[i].labels) missed.insert(topic);
        for (const auto& [topic, score] : rankings[i]) {
            const bool right = missed.contains(topic);
            if (score < threshold && !right) continue;
            std::printf("  %c %.2f %s\n", right ? '+' : '-', score, topic.c_str());
            missed.erase(topic);
        }
        for (const auto& topic : missed) std::printf("  o      %s\n", topic.c_str());
    }
}

int run(int argc, char** argv) {
    bool each = false;
    double threshold = competency::SuggestOptions{}.min_score;
    std::vector<std::string> sets;
    for (int i = 1; i < argc; ++i) {
        if (std::strcmp(argv[i], "--each") == 0) {
            each = true;
        } else if (std::strcmp(argv[i], "--min-score") == 0 && i + 1 < argc) {
            threshold = std::stod(argv[++i]);
        } else {
            sets.emplace_back(argv[i]);
        }
    }
    if (sets.empty()) sets = {"tuning", "heldout"};
    const auto document = framework::shipped_framework("hee-ai-confidence");
    const auto framework = framework::load_framework(*document, "framework");
    const auto vocabulary = framework::load_vocabulary(*document, "framework");
    const auto policy = competency::default_policy(*framework);
    const Suggester suggester(*framework, *vocabulary, *policy);
    // The baseline's threshold, too, is set on the tuning courses alone.
    const auto tuning = read_courses(BENCH_LABELLED "/tuning.json", suggester);
    if (tuning.empty()) {
        std::cerr << "no labelled courses in " BENCH_LABELLED "\n";
        return 1;
    }
    const auto rank_words = [&](const std::vector<Course>& courses) {
        std::vector<Ranking> out;
        for (const auto& course : courses) out.push_back(exact_words(course, *vocabulary));
        return out;
    };
    const double words_threshold = best_threshold(tuning, rank_words(tuning));
    for (const auto& set : sets) {
        const auto courses = read_courses(BENCH_LABELLED "/" + set + ".json", suggester);
        std::vector<Ranking> own;
        std::size_t labelled = 0, labels = 0, suggested = 0;
        for (const auto& course : courses) {
            own.push_back(ours(course));
            labelled += course.labels.empty() ? 0 : 1;
            labels += course.labels.size();
            for (const auto& [topic, score] : own.back()) suggested += score >= threshold ? 1 : 0;
        }
        std::printf("\n%s: %zu courses, %zu with labels (%zu), %zu unrelated; threshold %.2f\n\n",
                    set.c_str(), courses.size(), labelled, labels, courses.size() - labelled, threshold);
        std::printf(
            "| | P@1 | P@3 | R@5 | R@10 | precision | recall | F1 | false alarms |\n"
            "|---|---|---|---|---|---|---|---|---|\n");
        print_row("suggestions", figures_of(courses, own, threshold));
        print_row("exact words", figures_of(courses, rank_words(courses), words_threshold));
        constexpr unsigned rounds = 200;
        Figures random;
        const double share = static_cast<double>(suggested) / static_cast<double>(courses.size());
        for (unsigned seed = 1; seed <= rounds; ++seed)
            random.add(figures_of(courses, random_rankings(courses, *vocabulary, seed, share), 0.5),
                       1.0 / rounds);
        print_row("random", random);
        const auto [right, all] = claims_right(courses, threshold, *framework);
        std::printf("\nclaims in drafts with topic and level right: %zu of %zu\n", right, all);
        if (each) print_each(courses, own, threshold);
    }
    return 0;
}

}  // namespace
}  // namespace capbridge

int main(int argc, char** argv) {
    return capbridge::run(argc, argv);
}
