// Cohorts: attestations of many people, or items waived for many, from a CSV file or a JSON list. Every row
// is checked like the operation of one person; what is wrong is told by line and column, and the good rows
// come in one run, all or nothing, so that one revert takes them back.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <unordered_map>

#include "core/base/text.hpp"
#include "core/engine/attesting.hpp"
#include "core/engine/decision_writer.hpp"
#include "core/engine/identity_decide.hpp"
#include "core/engine/operation_list.hpp"
#include "core/people/said_rows.hpp"

namespace capbridge::engine {
namespace {

constexpr std::size_t most_rows = 5'000;
constexpr std::size_t most_items = 20'000;  // over all rows

// A row as the parameters of the operation of one person; `line` of a list is the place in it, from 1.
struct Entry {
    int line;
    json params;
};
struct Entries {
    std::vector<Entry> list;
    std::vector<people::Exception> exceptions;
    std::size_t rows = 0;
    bool is_list = false;
};

json ids_of(const std::string& field) {
    json out = json::array();
    std::string id;
    for (const char c : field + ";") {
        if (c != ';' && c != ',' && c != ' ' && c != '\t' && c != '\n' && c != '\r') {
            id += c;
        } else if (!id.empty()) {
            out.push_back(std::exchange(id, {}));
        }
    }
    return out;
}

tl::unexpected<Error> too_many() {
    return fail("too_many_rows",
                "more than " + std::to_string(most_rows) + " rows: split it, each part is a run of its own");
}

Result<Entries> from_csv(const json& params, std::vector<std::string_view> columns) {
    const auto name = get_string(params, "name", "cohort");
    columns.push_back("requirements");
    auto read = people::read_said_rows(get_string(params, "csv"), get_string(params, "issuer"), columns);
    if (!read) {
        auto error = read.error();
        error.where = name;
        return fail(std::move(error));
    }
    if (read->rows > most_rows) return too_many();
    Entries out;
    out.rows = read->rows;
    out.exceptions = std::move(read->exceptions);
    for (auto& row : read->rows_read) {
        Entry entry{row.line, json::object()};
        for (auto& [column, text] : row.fields) {
            if (column == "requirements") {
                entry.params[column] = ids_of(text);
            } else {
                entry.params[column] = std::move(text);
            }
        }
        out.list.push_back(std::move(entry));
    }
    return out;
}

Result<Entries> from_list(const json& list, const char* name) {
    if (!list.is_array()) return fail("bad_parameter", "a list is needed", name);
    if (list.size() > most_rows) return too_many();
    Entries out;
    out.is_list = true;
    out.rows = list.size();
    for (std::size_t i = 0; i < list.size(); ++i) {
        const int line = static_cast<int>(i + 1);
        if (!list[i].is_object()) {
            out.exceptions.push_back({line, "bad_parameter", "it is no JSON object"});
        } else if (list[i].contains("dry_run") || list[i].contains("list")) {
            out.exceptions.push_back({line, "unknown_parameter", "a dry run is of all rows together"});
        } else {
            out.list.push_back({line, list[i]});
        }
    }
    return out;
}

// Where a row says nothing, what was said for all of them holds.
void fill_in(json& row, const json& params, const std::vector<std::string_view>& texts) {
    for (const auto text : texts) {
        const std::string name(text);
        if (!params.contains(name)) continue;
        const auto own = row.find(name);
        if (own == row.end() || own->is_null() || *own == "") row[name] = params[name];
    }
    if (params.contains("requirements") && !row.contains("requirements") && !row.contains("requirement"))
        row["requirements"] = params["requirements"];
}

// What a cohort consists of.
struct Kind {
    const char* list;  // the parameter that holds it as JSON
    const std::vector<std::string_view>& texts;
};

class Cohort {
public:
    Cohort(Bridge& bridge, const competency::Rules& rules, const Caller& caller, const json& params,
           Kind kind)
        : bridge_(bridge), rules_(rules), caller_(caller), params_(params), kind_(kind) {}

    Status read() {
        for (const auto& [name, value] : params_.items()) {
            const bool known = name == "csv" || name == kind_.list || name == "issuer" || name == "name" ||
                               name == "dry_run" || name == "list" || name == "requirements" ||
                               std::find(kind_.texts.begin(), kind_.texts.end(), name) != kind_.texts.end();
            if (!known) return fail("unknown_parameter", "there is no such parameter here", name);
        }
        const auto list = params_.find(kind_.list);
        if ((list != params_.end()) == params_.contains("csv"))
            return fail("bad_parameter", "a CSV file or a list is needed, and not both", kind_.list);
        if (list != params_.end()) {
            CAPBRIDGE_LET(entries_, from_list(*list, kind_.list));
        } else {
            CAPBRIDGE_LET(entries_, from_csv(params_, kind_.texts));
        }
        return {};
    }

    // Asks `take` of each row; false: it says nothing new. Errors become exceptions, but for too many items.
    template <class Take>
    Status each(const Take& take) {
        for (auto& entry : entries_.list) {
            if (bridge_.stopping) return fail("stopping", "the bridge is stopping");
            fill_in(entry.params, params_, kind_.texts);
            const Result<bool> is_new = take(entry);
            if (!is_new) {
                leave_out(entry.line, is_new.error());
            } else if (*is_new) {
                ++written_;
            } else {
                ++same_;
            }
            if (items_ > most_items)
                return fail("too_many_rows", "more than " + std::to_string(most_items) +
                                                 " items in all: split it, each part is a run of its own");
        }
        return {};
    }

    // Things said of an item of a person each; of what a file says twice nobody knows which is meant.
    Status once(const std::vector<std::string>& keys, int line) {
        items_ += keys.size();
        for (const auto& key : keys) {
            const auto first = seen_.find(key);
            if (first == seen_.end()) continue;
            return fail("said_twice",
                        (entries_.is_list ? "entry " : "line ") + std::to_string(first->second) +
                            " already says something of this item of this person; the first one stays",
                        "requirements");
        }
        for (const auto& key : keys) seen_.emplace(key, line);
        return {};
    }

    Result<ordered_json> finish(const char* what, std::vector<store::NewDecision> decisions,
                                const NewlySaid& said) {
        auto& list = entries_.exceptions;
        std::stable_sort(list.begin(), list.end(),
                         [](const auto& a, const auto& b) { return a.line < b.line; });
        const auto left_out =
            std::count_if(list.begin(), list.end(), [](const auto& e) { return e.row_left_out; });
        ordered_json out{{"counts",
                          {{"rows", entries_.rows},
                           {"taken", written_},
                           {"same", same_},
                           {"left_out", left_out},
                           {"people", said.size()},
                           {"exceptions", list.size()}}},
                         {"exceptions", exceptions_json(list)}};
        if (entries_.is_list) {
            for (auto& each : out["exceptions"]) {
                each["entry"] = each["line"];
                each.erase("line");
            }
        }
        if (params_.value("dry_run", false)) {
            out["dry_run"] = true;
            CAPBRIDGE_LET(out["effect"], effect_of(bridge_, rules_, said, params_));
            return out;
        }
        return decide(bridge_, caller_, "import", what + get_string(params_, "name", "a list"),
                      std::move(decisions), std::move(out));
    }

private:
    void leave_out(int line, const Error& error) {
        auto column = error.where;
        if (column.starts_with('/')) column.erase(0, 1);
        entries_.exceptions.push_back({line, error.code, error.message, true, column});
    }

    Bridge& bridge_;
    const competency::Rules& rules_;
    const Caller& caller_;
    const json& params_;
    Kind kind_;
    Entries entries_;
    std::unordered_map<std::string, int> seen_;
    std::size_t written_ = 0, same_ = 0, items_ = 0;
};

// {csv, issuer?, name?} or {attestations: [...], name?}, dry_run?, list?, and for rows that do not say so
// themselves requirements? and the parameters of attestation.add.
Result<ordered_json> import_attestations(Bridge& bridge, const json& params, const Caller& caller) {
    CAPBRIDGE_LET(const auto rules, bridge.rules());
    if (const auto one = get_string(params, "assessor"); !one.empty())
        CAPBRIDGE_TRY(may_act_as(*rules, one, caller));
    Cohort cohort(bridge, *rules, caller, params, {"attestations", attestation_texts()});
    CAPBRIDGE_TRY(cohort.read());
    std::vector<store::NewDecision> decisions;
    NewlySaid said;
    const auto take = [&](const Entry& entry) -> Result<bool> {
        CAPBRIDGE_LET(const auto attestation, read_attestation(bridge, *rules, entry.params, caller));
        const auto& a = attestation.said;
        const auto of_day = attestation.person + "|" + a.context + "|" + format_day(a.on) + "|";
        std::vector<std::string> keys;
        for (const auto& id : a.requirements) keys.push_back(of_day + id);
        CAPBRIDGE_TRY(cohort.once(keys, entry.line));
        if (!said_already(bridge, *rules, attestation).empty()) return false;
        decisions.push_back(decision_of(attestation, caller));
        said[attestation.person].attestations.push_back(a);
        return true;
    };
    CAPBRIDGE_TRY(cohort.each(take));
    return cohort.finish("attestations from ", std::move(decisions), said);
}

// The same with {overrides: [...]} and the parameters of override.set.
Result<ordered_json> import_overrides(Bridge& bridge, const json& params, const Caller& caller) {
    CAPBRIDGE_LET(const auto rules, bridge.rules());
    Cohort cohort(bridge, *rules, caller, params, {"overrides", override_texts()});
    CAPBRIDGE_TRY(cohort.read());
    std::vector<store::NewDecision> decisions;
    NewlySaid said;
    const auto take = [&](const Entry& entry) -> Result<bool> {
        CAPBRIDGE_LET(auto overrides, read_overrides(bridge, *rules, entry.params, caller));
        std::vector<std::string> keys;
        for (const auto& o : overrides.said)
            keys.push_back(override_key(overrides.person, o.requirement, o.context));
        CAPBRIDGE_TRY(cohort.once(keys, entry.line));
        leave_out_said(bridge, overrides);
        for (const auto& o : overrides.said) {
            decisions.push_back(decision_of(overrides.person, o));
            said[overrides.person].overrides.push_back(o);
        }
        return !overrides.said.empty();
    };
    CAPBRIDGE_TRY(cohort.each(take));
    return cohort.finish("items waived by ", std::move(decisions), said);
}

}  // namespace

std::vector<Operation> cohort_operations() {
    return {
        {"attestation.import", true, "attest", import_attestations},
        {"override.import", true, "admin", import_overrides},
    };
}

}  // namespace capbridge::engine
