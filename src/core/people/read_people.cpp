// People from a CSV file. One bad cell costs that cell or that row, never the file: a joiner must not wait
// for a typing mistake in somebody else's row.
#include <algorithm>

#include "core/base/ids.hpp"
#include "core/base/text.hpp"
#include "core/people/holders.hpp"
#include "core/people/identity_rule.hpp"
#include "core/people/sheet.hpp"

namespace capbridge::people {
namespace {

// Enough to tell an address from a name or a telephone number in the wrong column. ASCII only: it becomes an
// IRI.
bool is_email(std::string_view text) {
    const auto at = text.find('@');
    if (at == 0 || at == std::string_view::npos || text.size() > 254 ||
        text.find('@', at + 1) != std::string_view::npos)
        return false;
    const auto domain = text.substr(at + 1);
    if (domain.find('.') == std::string_view::npos || domain.front() == '.' || domain.back() == '.')
        return false;
    return std::all_of(text.begin(), text.end(), [](char c) {
        return c > ' ' && c < '\x7f' && std::string_view(",;:<>()[]\"\\").find(c) == std::string_view::npos;
    });
}

class Reader {
public:
    Reader(Sheet sheet, std::string_view issuer, std::string_view namespace_uuid)
        : sheet_(std::move(sheet)), issuer_(issuer), namespace_(namespace_uuid) {}

    PeopleImport run() {
        sheet_.each_row([this](std::size_t row) { read(row); });
        settle_shared();
        return {std::move(people_), std::move(lines_), sheet_.take_exceptions(), sheet_.rows()};
    }

private:
    // Who has claimed an identifier so far.
    struct Claim {
        std::size_t owner;
        int line;
        std::vector<std::pair<std::size_t, int>> others{};  // person and line
    };

    void read(std::size_t row) {
        auto number = sheet_.employee_number(row);
        Employment employment{sheet_.field(row, "unit"),
                              sheet_.field(row, "staff_group"),
                              sheet_.field(row, "job_role"),
                              sheet_.field(row, "position"),
                              {},
                              {}};
        if (!number || !sheet_.period(row, employment.from, employment.to)) return;

        const auto [it, is_new] = by_number_.emplace(*number, people_.size());
        const auto index = it->second;
        if (is_new) {
            Person person;
            person.id = uuid_v5(namespace_, "esr-employee|" + issuer_ + "|" + *number);
            people_.push_back(std::move(person));
            lines_.push_back(sheet_.line(row));
            claim(index, {"esr-employee", issuer_, std::move(*number), {}, {}}, sheet_.line(row));
        }
        name(index, row);
        email(index, row);
        other_ids(index, row);
        auto& employments = people_[index].employments;
        if (employment != Employment{} &&
            std::find(employments.begin(), employments.end(), employment) == employments.end()) {
            employments.push_back(std::move(employment));
        }
    }

    void name(std::size_t index, std::size_t row) {
        auto text = collapse_spaces(sheet_.field(row, "name"));
        auto& known = people_[index].name;
        if (known.empty()) {
            known = std::move(text);
        } else if (!text.empty() && lower_ascii(text) != lower_ascii(known)) {
            sheet_.note(sheet_.line(row), "name_differs",
                        "an earlier line has another name for this employee number; the first one stays");
        }
    }

    void email(std::size_t index, std::size_t row) {
        const auto text = sheet_.field(row, "email");
        if (text.empty()) return;
        if (!is_email(text)) {
            sheet_.note(sheet_.line(row), "malformed_email",
                        "the e-mail address is malformed and was not used");
            return;
        }
        claim(index, {"email", "", lower_ascii(text), {}, {}}, sheet_.line(row));
    }

    // scheme=value;scheme=value. A homePage may hold "=", so an account's value begins after the last one.
    void other_ids(std::size_t index, std::size_t row) {
        const int line = sheet_.line(row);
        for (const auto& part : split(sheet_.field(row, "other_ids"), ';')) {
            const auto text = trim(part);
            if (text.empty()) continue;
            const auto equals = text.starts_with("account:") ? text.rfind('=') : text.find('=');
            auto scheme = trim(std::string_view(text).substr(0, equals));
            auto value =
                equals == std::string::npos ? std::string{} : trim(std::string_view(text).substr(equals + 1));
            if (value.empty() || !is_scheme(scheme) || (scheme == "email" && !is_email(value))) {
                sheet_.note(line, "malformed_id",
                            "a part of 'other_ids' is not SCHEME=VALUE and was not used");
                continue;
            }
            // Addresses under any of their names are one identifier, and compare in lower case.
            if (scheme == "mbox") {
                scheme = "email";
                if (value = lower_ascii(value); value.starts_with("mailto:")) value.erase(0, 7);
            }
            if (scheme == "email" || scheme == "mbox_sha1sum") value = lower_ascii(value);
            auto issuer = is_world_wide(scheme) ? std::string{} : issuer_;
            claim(index, {std::move(scheme), std::move(issuer), std::move(value), {}, {}}, line);
        }
    }

    // Everybody who claims an identifier holds it until all employments are known.
    void claim(std::size_t index, Identifier identifier, int line) {
        const auto key = identifier_key(identifier);
        const auto [it, is_new] = claims_.emplace(key, Claim{index, line});
        if (!is_new) {
            auto& [owner, first_line, others] = it->second;
            if (owner == index || std::any_of(others.begin(), others.end(),
                                              [&](const auto& other) { return other.first == index; }))
                return;
            if (others.empty()) shared_.push_back(key);
            others.emplace_back(index, line);
        }
        people_[index].identifiers.push_back(std::move(identifier));
    }

    void settle_shared() {
        for (const auto& key : shared_) {
            const auto& claim = claims_.at(key);
            std::vector<Holder> holders{holder(claim.owner, key)};
            for (const auto& [index, line] : claim.others) holders.push_back(holder(index, key));
            const auto own = std::find_if(holders.begin(), holders.end(),
                                          [](const Holder& each) { return each.is_own_number(); });
            if (own != holders.end()) {
                const auto whose = static_cast<std::size_t>(own->person - people_.data());
                if (claim.owner != whose) not_theirs(holders[0], claim.line);
                for (std::size_t i = 0; i < claim.others.size(); ++i) {
                    if (claim.others[i].first != whose) not_theirs(holders[i + 1], claim.others[i].second);
                }
                continue;
            }
            if (give_each_its_time(holders)) continue;
            const bool is_address = holders[0].identifier().scheme == "email";
            report_shared(is_address, claim.line, claim.others[0].second);
            for (const auto& [index, line] : claim.others) report_shared(is_address, line, claim.line);
            for (const auto& each : holders) take_away(each);
        }
    }

    Holder holder(std::size_t index, const std::string& key) {
        auto& ids = people_[index].identifiers;
        const auto it = std::find_if(ids.begin(), ids.end(),
                                     [&](const Identifier& id) { return identifier_key(id) == key; });
        return {&people_[index], static_cast<std::size_t>(it - ids.begin())};
    }

    static void take_away(const Holder& holder) {
        auto& ids = holder.person->identifiers;
        ids.erase(ids.begin() + static_cast<std::ptrdiff_t>(holder.at));
    }

    void not_theirs(const Holder& holder, int line) {
        take_away(holder);
        sheet_.note(line, "shared_id",
                    "one of 'other_ids' is the employee number of another row; it was not used");
    }

    void report_shared(bool is_address, int line, int other) {
        sheet_.note(line, is_address ? "shared_email" : "shared_id",
                    std::string(is_address ? "the e-mail address" : "one of 'other_ids'") + " is on line " +
                        std::to_string(other) + " for another employee number; it was given to neither");
    }

    Sheet sheet_;
    std::string issuer_, namespace_;
    std::vector<Person> people_;
    std::vector<int> lines_;
    std::unordered_map<std::string, std::size_t> by_number_;
    std::unordered_map<std::string, Claim> claims_;
    std::vector<std::string> shared_;  // keys that several claim, in order of discovery
};

}  // namespace

Result<PeopleImport> read_people(std::string_view csv, std::string_view issuer,
                                 std::string_view namespace_uuid) {
    CAPBRIDGE_LET(auto sheet, Sheet::read(csv, {{"employee_number", true},
                                                {"name", false},
                                                {"email", false},
                                                {"other_ids", false},
                                                {"unit", false},
                                                {"staff_group", false},
                                                {"job_role", false},
                                                {"position", false},
                                                {"from", false},
                                                {"to", false}}));
    return Reader(std::move(sheet), issuer, namespace_uuid).run();
}

}  // namespace capbridge::people
