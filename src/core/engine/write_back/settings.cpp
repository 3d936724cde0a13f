#include "core/engine/write_back/settings.hpp"

#include <nlohmann/json.hpp>
#include <set>

namespace capbridge::engine {
namespace {

tl::unexpected<Error> below(Error error, const std::string& pointer) {
    error.where = pointer + error.where;
    return fail(std::move(error));
}

AwardRule read_award(const json& rule) {
    AwardRule out;
    for (const auto& id : rule.value("requirements", json::array()))
        out.requirements.push_back(id.get<std::string>());
    if (const auto one = get_string(rule, "requirement"); !one.empty()) out.requirements.push_back(one);
    out.learning_item = get_string(rule, "learning_item");
    out.competency = get_string(rule, "competency");
    out.grade = rule.value("grade", json());
    out.note = get_string(rule, "note");
    return out;
}

}  // namespace

Result<WriteBack> read_write_back(const json& write_back) {
    WriteBack out;
    if (!write_back.is_object()) return out;
    std::set<std::string> competencies;
    for (const auto& rule : write_back.value("competencies", json::array())) {
        out.awards.push_back(read_award(rule));
        if (!competencies.insert(out.awards.back().competency).second)
            return fail("bad_parameter",
                        "the competency '" + out.awards.back().competency + "' has two rules; make it one",
                        "/write_back/competencies/" + std::to_string(out.awards.size() - 1));
    }
    out.own_evidence = write_back.value("own_evidence", false);
    if (const auto it = write_back.find("statements"); it != write_back.end() && it->is_object()) {
        auto filter = ForwardFilter::read(*it, std::nullopt);
        if (!filter) return below(filter.error(), "/write_back/statements");
        out.statements = std::move(*filter);
    }
    auto schedule = Schedule::read(write_back.value("schedule", json()));
    if (!schedule) return below(schedule.error(), "/write_back/schedule");
    out.schedule = std::move(*schedule);
    return out;
}

}  // namespace capbridge::engine
