#include "core/competency/pack.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "core/base/csv.hpp"
#include "core/base/text.hpp"

namespace capbridge::competency {
namespace {

std::string string_at(const ordered_json& object, const char* member) {
    const auto it = object.find(member);
    return it != object.end() && it->is_string() ? it->get<std::string>() : std::string();
}

// "AI-1" of https://lms.example/course/AI-1
std::string_view last_part(std::string_view iri) {
    while (iri.ends_with('/')) iri.remove_suffix(1);
    const auto at = iri.find_last_of("/=#:");
    return at == std::string_view::npos ? iri : iri.substr(at + 1);
}

bool names(const std::string& word, const ordered_json& item) {
    if (word == string_at(item, "id") || title_key(word) == title_key(string_at(item, "title"))) return true;
    return std::any_of(item.at("activities").begin(), item.at("activities").end(),
                       [&](const ordered_json& a) {
                           const auto iri = a.get<std::string>();
                           return word == iri || word == last_part(iri);
                       });
}

class Rekeying {
public:
    Rekeying(const ordered_json& pack, const std::vector<PackRow>& table, const Rules& rules,
             const LearningSeen& seen, const PackOptions& options)
        : pack_(pack), table_(table), used_(table.size(), false), options_(options) {
        id_ = options.id.empty() ? string_at(pack, "id") : options.id;
        for (const auto& a : seen.activities) {
            seen_.insert(a.id);
            if (!a.title.empty()) by_title_[title_key(a.title)].push_back(a.id);
        }
        for (const auto& set : rules.mappings) {
            for (const auto& item : set.items) {
                if (set.id != id_) elsewhere_.insert(item.activities.begin(), item.activities.end());
            }
        }
    }

    ordered_json run() {
        ordered_json document, report;
        auto items = ordered_json::array();
        std::set<std::string> kept;
        for (const auto& item : pack_.at("learning_items")) {
            auto one = item;
            if (!rekey(one)) continue;
            kept.insert(string_at(item, "id"));
            items.push_back(std::move(one));
        }
        auto mappings = ordered_json::array();
        for (const auto& mapping : pack_.at("mappings")) {
            if (kept.contains(string_at(mapping, "learning_item"))) mappings.push_back(mapping);
        }
        document = pack_;
        document["id"] = id_;
        if (!pack_.contains("origin"))
            document["origin"] = {{"organisation", "not told"},
                                  {"mapping", string_at(pack_, "id")},
                                  {"version", string_at(pack_, "version")}};
        report = {{"id", id_},
                  {"version", string_at(pack_, "version")},
                  {"origin", document["origin"]},
                  {"learning_items", {{"all", pack_.at("learning_items").size()}, {"matched", items.size()}}},
                  {"mappings", {{"all", pack_.at("mappings").size()}, {"kept", mappings.size()}}},
                  {"matched", std::move(matched_)},
                  {"left_out", std::move(left_out_)},
                  {"unused_rows", unused_rows()},
                  {"not_seen", not_seen_}};
        document["learning_items"] = std::move(items);
        document["mappings"] = std::move(mappings);
        return {{"document", std::move(document)}, {"report", std::move(report)}};
    }

private:
    bool rekey(ordered_json& item) {
        std::map<std::string, std::string> mine;  // activity -> how it was found
        for (std::size_t i = 0; i < table_.size(); ++i) {
            if (!names(table_[i].learning_item, item)) continue;
            used_[i] = true;
            mine.try_emplace(table_[i].activity, "table");
        }
        for (const auto& activity : item.at("activities")) {
            const auto iri = activity.get<std::string>();
            if (seen_.contains(iri) && !elsewhere_.contains(iri)) mine.try_emplace(iri, "same_id");
        }
        if (const auto same = by_title_.find(title_key(string_at(item, "title")));
            options_.match_titles && same != by_title_.end()) {
            for (const auto& iri : same->second) {
                if (!elsewhere_.contains(iri)) mine.try_emplace(iri, "title");
            }
        }
        ordered_json told = {{"learning_item", item.at("id")}, {"title", item.at("title")}};
        if (mine.empty()) {
            const auto id = string_at(item, "id");
            told["mappings"] =
                std::count_if(pack_.at("mappings").begin(), pack_.at("mappings").end(),
                              [&](const auto& m) { return string_at(m, "learning_item") == id; });
            left_out_.push_back(std::move(told));
            return false;
        }
        auto& activities = told["activities"] = ordered_json::array();
        item["activities"] = ordered_json::array();
        for (const auto& [iri, by] : mine) {
            item["activities"].push_back(iri);
            activities.push_back({{"id", iri}, {"by", by}});
            if (!seen_.contains(iri)) not_seen_.push_back(iri);
        }
        matched_.push_back(std::move(told));
        return true;
    }
    [[nodiscard]] ordered_json unused_rows() const {
        auto out = ordered_json::array();
        for (std::size_t i = 0; i < table_.size(); ++i) {
            if (!used_[i])
                out.push_back({{"line", table_[i].line}, {"learning_item", table_[i].learning_item}});
        }
        return out;
    }

    const ordered_json& pack_;
    const std::vector<PackRow>& table_;
    std::vector<bool> used_;
    const PackOptions& options_;
    std::string id_;
    std::set<std::string> seen_, elsewhere_;  // known here; in other mappings
    std::map<std::string, std::vector<std::string>> by_title_;
    ordered_json matched_ = ordered_json::array(), left_out_ = ordered_json::array(),
                 not_seen_ = ordered_json::array();
};

}  // namespace

Result<std::vector<PackRow>> read_pack_table(std::string_view csv, const std::string& name) {
    auto table = parse_csv(csv);
    if (!table) {
        auto error = table.error();
        error.where = name;
        return fail(std::move(error));
    }
    for (const char* column : {"learning_item", "activity"}) {
        if (table->column(column) < 0)
            return fail("missing_column",
                        std::string("the table needs the columns learning_item and activity; '") + column +
                            "' is missing",
                        name, 1);
    }
    std::vector<PackRow> out;
    for (std::size_t i = 0; i < table->rows.size(); ++i) {
        PackRow row{trim(table->field(i, "learning_item")), trim(table->field(i, "activity")),
                    table->lines[i]};
        if (row.learning_item.empty() && row.activity.empty()) continue;
        if (row.learning_item.empty() || row.activity.empty())
            return fail("empty_field", "both the learning item and its activity are needed", name, row.line);
        out.push_back(std::move(row));
    }
    return out;
}

ordered_json rekey(const ordered_json& pack, const std::vector<PackRow>& table, const Rules& rules,
                   const LearningSeen& seen, const PackOptions& options) {
    return Rekeying(pack, table, rules, seen, options).run();
}

ordered_json make_pack(ordered_json mapping, const std::string& organisation, Day day,
                       const std::string& sha256) {
    if (!mapping.contains("origin")) {
        mapping["origin"] = {{"organisation", organisation.empty() ? "not told" : organisation},
                             {"mapping", string_at(mapping, "id")},
                             {"version", string_at(mapping, "version")},
                             {"exported", format_day(day)},
                             {"sha256", sha256}};
    }
    return mapping;
}

}  // namespace capbridge::competency
