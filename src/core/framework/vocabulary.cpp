#include "core/framework/vocabulary.hpp"

#include <nlohmann/json.hpp>

#include "core/base/embedded.hpp"
#include "core/base/json.hpp"

namespace capbridge::framework {
namespace {

std::vector<Term> read_terms(const json& list) {
    std::vector<Term> out;
    if (!list.is_array()) return out;
    for (const auto& entry : list) {
        if (!entry.is_object()) continue;
        Term term;
        term.term = get_string(entry, "term");
        if (const auto also = entry.find("also"); also != entry.end() && also->is_array()) {
            for (const auto& words : *also) {
                if (words.is_string()) term.also.push_back(words.get<std::string>());
            }
        }
        const auto subject = entry.find("subject");
        term.subject = subject != entry.end() && subject->is_boolean() && subject->get<bool>();
        if (!term.term.empty()) out.push_back(std::move(term));
    }
    return out;
}

}  // namespace

const std::string& Vocabulary::topic_name(const std::string& id) const {
    const auto it = topics.find(id);
    return it == topics.end() || it->second.empty() ? id : it->second;
}

Result<Vocabulary> load_vocabulary(std::string_view framework_text, const std::string& name) {
    const auto document = parse_json(framework_text);
    if (!document) {
        auto error = document.error();
        error.where = name;
        return fail(std::move(error));
    }
    Vocabulary out;
    if (!document->is_object()) return out;
    if (const auto topics = document->find("topics"); topics != document->end() && topics->is_array()) {
        for (const auto& topic : *topics) {
            if (topic.is_object()) out.topics[get_string(topic, "id")] = get_string(topic, "name");
        }
    }
    if (const auto glossary = document->find("glossary"); glossary != document->end()) {
        out.glossary = read_terms(*glossary);
    } else if (const auto* file =
                   find_embedded(embedded_config(), "glossaries/" + get_string(*document, "id") + ".json")) {
        CAPBRIDGE_LET(const auto shipped, parse_json(file->bytes));
        if (const auto terms = shipped.find("terms"); terms != shipped.end())
            out.glossary = read_terms(*terms);
    }
    return out;
}

}  // namespace capbridge::framework
