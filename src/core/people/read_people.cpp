// People from a CSV file. One bad cell costs that cell or that row, never the file: a joiner must not wait
// for a typing mistake in somebody else's row.
#include <algorithm>

#include "core/base/ids.hpp"
#include "core/base/text.hpp"
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

bool is_scheme(std::string_view text) {
    if (text.starts_with("account:")) return text.size() > 8;
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
               c == '_' || c == ':' || c == '.';
    });
}

bool is_world_wide(std::string_view scheme) {
    return scheme == "email" || scheme == "crs-uuid" || scheme == "mbox" || scheme == "mbox_sha1sum" ||
           scheme == "openid" || scheme.starts_with("registration:") || scheme.starts_with("account:");
}

class Reader {
public:
    Reader(Sheet sheet, std::string_view issuer, std::string_view namespace_uuid)
        : sheet_(std::move(sheet)), issuer_(issuer), namespace_(namespace_uuid) {}

    PeopleImport run() {
        sheet_.each_row([this](std::size_t row) { read(row); });
        take_back_shared();
        return {std::move(people_), sheet_.take_exceptions(), sheet_.rows()};
    }

private:
    // Who has claimed an identifier so far.
    struct Claim {
        std::size_t owner;
        int line;
        std::vector<std::size_t> others{};
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
            person.identifiers.push_back({"esr-employee", issuer_, std::move(*number), {}, {}});
            people_.push_back(std::move(person));
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

    void claim(std::size_t index, Identifier identifier, int line) {
        const auto [it, is_new] = claims_.emplace(key(identifier), Claim{index, line});
        if (is_new) {
            people_[index].identifiers.push_back(std::move(identifier));
            return;
        }
        auto& claim = it->second;
        auto& others = claim.others;
        if (claim.owner == index || std::find(others.begin(), others.end(), index) != others.end()) return;
        if (others.empty()) report_shared(identifier, claim.line, line);
        report_shared(identifier, line, claim.line);
        others.push_back(index);
        any_shared_ = true;
    }

    void report_shared(const Identifier& identifier, int line, int other) {
        const bool address = identifier.scheme == "email";
        sheet_.note(line, address ? "shared_email" : "shared_id",
                    std::string(address ? "the e-mail address" : "one of 'other_ids'") + " is on line " +
                        std::to_string(other) + " for another employee number; it was given to neither");
    }

    void take_back_shared() {
        if (!any_shared_) return;
        for (auto& person : people_) {
            std::erase_if(person.identifiers, [&](const Identifier& identifier) {
                const auto it = claims_.find(key(identifier));
                return it != claims_.end() && !it->second.others.empty();
            });
        }
    }

    static std::string key(const Identifier& identifier) {
        return identifier.scheme + '\x1f' + identifier.issuer + '\x1f' + identifier.value;
    }

    Sheet sheet_;
    std::string issuer_, namespace_;
    std::vector<Person> people_;
    std::unordered_map<std::string, std::size_t> by_number_;
    std::unordered_map<std::string, Claim> claims_;
    bool any_shared_ = false;
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
