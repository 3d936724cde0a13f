#include "moodle/accounts.hpp"

#include <algorithm>
#include <map>

#include "common/answer.hpp"

namespace moodle {
namespace {

constexpr std::size_t kAtOnce = 100;  // 0.4 s of Moodle's time, and far below max_input_vars

std::optional<PersonField> field_of(const Settings& settings, const Wanted& wanted) {
    for (const auto& one : settings.identifiers) {
        // Without an issuer in the settings every issuer is ours: the installation has one ESR.
        if (one.scheme == wanted.scheme && (one.issuer.empty() || one.issuer == wanted.issuer))
            return one.field;
    }
    return std::nullopt;
}

// Moodle compares user names and e-mail addresses without regard to case, and ID numbers as the database
// does.
std::string folded(std::string text) {
    for (auto& c : text) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return text;
}

}  // namespace

std::vector<Found> find_accounts(const Settings& settings, const Service& service,
                                 const std::vector<Wanted>& wanted, const bridge::Call& call) {
    std::vector<Found> out(wanted.size());
    std::map<PersonField, std::map<std::string, std::vector<std::size_t>>> asked;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        const auto field = field_of(settings, wanted[i]);
        if (!field || wanted[i].value.empty()) {
            out[i].match = Match::not_ours;
        } else {
            asked[*field][folded(wanted[i].value)].push_back(i);
        }
    }
    for (const auto& [field, places] : asked) {
        std::vector<std::string> values;
        for (const auto& place : places) values.push_back(wanted[place.second.front()].value);
        for (std::size_t from = 0; from < values.size(); from += kAtOnce) {
            call.stop_if_cancelled();
            const std::vector<std::string> some(
                values.begin() + static_cast<std::ptrdiff_t>(from),
                values.begin() + static_cast<std::ptrdiff_t>(std::min(values.size(), from + kAtOnce)));
            for (const auto& person : people_by(service, field, some)) {
                const auto place = places.find(folded(person.field(field)));
                if (place == places.end()) continue;
                for (const auto i : place->second) {
                    auto& found = out[i];
                    if (found.match == Match::one && found.person.id == person.id) continue;
                    found.match = found.match == Match::none ? Match::one : Match::several;
                    found.person = person;
                }
            }
        }
    }
    return out;
}

std::string find_json(const Settings& settings, const Service& service, std::string_view identifiers_json,
                      const bridge::Call& call) {
    std::vector<Wanted> wanted;
    for (const auto& one : json::parse(identifiers_json))
        wanted.push_back({plugins::text_of(one, "scheme"), plugins::text_of(one, "issuer"),
                          plugins::text_of(one, "value")});
    const auto found = find_accounts(settings, service, wanted, call);
    json out = json::array();
    for (std::size_t i = 0; i < found.size(); ++i) {
        if (found[i].match != Match::one) continue;
        const auto who = who_json(settings, found[i].person);
        if (!who.empty()) out.push_back({{"index", i}, {"identifiers", json::parse(who)}});
    }
    return out.dump();
}

}  // namespace moodle
