#include "adapters/cassette_pseudonyms.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <nlohmann/json.hpp>
#include <regex>

#include "core/base/ids.hpp"
#include "core/base/text.hpp"

namespace capbridge::adapters {
namespace {

constexpr std::size_t kLongestSearched = 64u << 10;  // std::regex recurses; longer texts are cut into lines

constexpr std::array<const char*, 32> kRivers{
    "Avon",  "Severn", "Trent", "Mersey", "Tyne",    "Tees",  "Wear", "Humber", "Ouse", "Nene",  "Cam",
    "Stour", "Medway", "Test",  "Itchen", "Exe",     "Tamar", "Dart", "Axe",    "Wye",  "Usk",   "Dee",
    "Eden",  "Lune",   "Wyre",  "Ribble", "Derwent", "Swale", "Nidd", "Wharfe", "Aire", "Calder"};

std::size_t number_at(const std::string& hex, std::size_t at) {
    return static_cast<std::size_t>(std::stoul(hex.substr(at, 4), nullptr, 16));
}

bool is_email(std::string_view text) {
    const auto at = text.find('@');
    return at != std::string_view::npos && at > 0 && text.find('.', at) != std::string_view::npos &&
           text.find_first_of(" <>,;\"") == std::string_view::npos;
}

bool is_word_part(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || (static_cast<unsigned char>(c) & 0x80) != 0;
}

template <class Replace>
std::string replaced(const std::string& text, const std::regex& shape, Replace replace) {
    std::string out;
    auto last = text.begin();
    for (std::sregex_iterator it(text.begin(), text.end(), shape), end; it != end; ++it) {
        out.append(last, text.begin() + it->position());
        out += replace(it->str());
        last = text.begin() + it->position() + it->length();
    }
    return out.append(last, text.end());
}

bool is_certain(PersonalData kind) {
    return kind != PersonalData::none && kind != PersonalData::perhaps_full &&
           kind != PersonalData::perhaps_number && kind != PersonalData::drop;
}

}  // namespace

std::string Pseudonyms::digits(std::string_view purpose, std::string_view value) const {
    return hmac_sha256_hex(key_, std::string(purpose) + ":" + lower_ascii(trim(value)));
}

void Pseudonyms::learn(const std::string& value, const std::string& pseudonym) {
    const bool all_digits = value.find_first_not_of("0123456789") == std::string::npos;
    if (value.size() >= (all_digits ? 6u : 4u)) known_[value] = pseudonym;
}

std::string Pseudonyms::full_name(const std::string& value) {
    // Within markup the text only: the link beside a name is of use.
    if (value.find('<') != std::string::npos) {
        return replaced(value, std::regex(">[^<>]*[A-Za-z][^<>]*<"), [&](const std::string& part) {
            return ">" + full_name(part.substr(1, part.size() - 2)) + "<";
        });
    }
    const auto name = trim(value);
    if (const auto comma = name.find(','); comma != std::string::npos)
        return this->value(PersonalData::family, trim(name.substr(0, comma))) + ", " +
               this->value(PersonalData::given, trim(name.substr(comma + 1)));
    const auto space = name.find(' ');
    if (space == std::string::npos) return this->value(PersonalData::given, name);
    return this->value(PersonalData::given, name.substr(0, space)) + " " +
           this->value(PersonalData::family, trim(name.substr(space + 1)));
}

// Digits stay digits and letters letters, so that it still passes for what it was.
std::string Pseudonyms::number(const std::string& value) const {
    const auto hash = digits("number", value) + digits("number2", value);
    std::string out = value;
    for (std::size_t i = 0; i < out.size(); ++i) {
        const auto n = static_cast<unsigned>(hash[i % hash.size()]) + i;
        if (std::isdigit(static_cast<unsigned char>(out[i])) != 0) {
            out[i] = static_cast<char>(out[i] == '0' && i == 0 ? '0' : '1' + n % 9);
        } else if (std::isupper(static_cast<unsigned char>(out[i])) != 0) {
            out[i] = static_cast<char>('A' + n % 26);
        } else if (std::islower(static_cast<unsigned char>(out[i])) != 0) {
            out[i] = static_cast<char>('a' + n % 26);
        }
    }
    return out;
}

std::string Pseudonyms::value(PersonalData kind, const std::string& value) {
    if (trim(value).empty()) return value;
    if (value.starts_with("mailto:")) return "mailto:" + this->value(PersonalData::email, value.substr(7));
    std::string out;
    if (is_email(value) && kind != PersonalData::drop) {
        out = "p" + digits("email", value).substr(0, 12) + "@example.org";
        learn(value, out);
        return out;
    }
    switch (kind) {
        case PersonalData::given:
            return kRivers[number_at(digits("given", value), 0) % kRivers.size()];
        case PersonalData::family: {
            const auto hash = digits("family", value);
            return std::string(kRivers[number_at(hash, 0) % kRivers.size()]) + "-" + hash.substr(8, 4);
        }
        case PersonalData::perhaps_full:
        case PersonalData::full:
            out = full_name(value);
            if (value.find(' ') == std::string::npos) return out;  // a lone name may be any word
            break;
        case PersonalData::user:
            out = "u" + digits("user", value).substr(0, 10);
            break;
        case PersonalData::perhaps_number:
        case PersonalData::number:
            out = number(value);
            break;
        case PersonalData::phone:
            return "07700 900" + std::to_string(100 + number_at(digits("phone", value), 0) % 900);
        case PersonalData::digest:
            return digits("digest", value).substr(0, 40);
        case PersonalData::drop:
            return "";
        case PersonalData::email:
        case PersonalData::none:
            return text(value);
    }
    learn(value, out);
    return out;
}

std::string Pseudonyms::text(std::string_view text) {
    if (text.size() > kLongestSearched) {
        std::string out;
        for (std::size_t at = 0; at < text.size();) {
            auto end = text.find_first_of("\n>", at);
            end = std::min({end == text.npos ? text.size() : end + 1, at + kLongestSearched, text.size()});
            out += this->text(text.substr(at, end - at));
            at = end;
        }
        return out;
    }
    if (const auto it = known_.find(text); it != known_.end()) return it->second;
    static const std::regex email(R"([A-Za-z0-9._%+'-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+)");
    static const std::regex encoded_email(
        R"([A-Za-z0-9._+-]{1,64}%40[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+)");
    static const std::regex phone(R"((\+44 ?|\b0)[127]\d{2,3}[ -]?\d{3}[ -]?\d{3,4}\b)");
    static const std::regex insurance(R"(\b[A-CEGHJ-PR-TW-Z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-D]\b)");
    static const std::regex nhs(R"(\b\d{3}[ -]\d{3}[ -]\d{4}\b)");
    auto out = std::string(text);
    if (out.find('@') != std::string::npos)
        out = replaced(out, email, [&](const std::string& v) { return value(PersonalData::email, v); });
    if (out.find("%40") != std::string::npos)
        out = replaced(out, encoded_email, [&](const std::string& v) {
            return url_encode(value(PersonalData::email, url_decode(v, false)));
        });
    if (out.find_first_of("0123456789") != std::string::npos) {
        out = replaced(out, phone, [&](const std::string& v) { return value(PersonalData::phone, v); });
        out = replaced(out, nhs, [&](const std::string& v) { return number(v); });
        out = replaced(out, insurance, [](const std::string&) { return std::string("QQ123456C"); });
    }
    for (const auto& [known, pseudonym] : known_) {
        for (std::size_t at = 0; (at = out.find(known, at)) != std::string::npos;) {
            const auto end = at + known.size();
            const bool whole =
                (at == 0 || !is_word_part(out[at - 1])) && (end == out.size() || !is_word_part(out[end]));
            if (whole) out.replace(at, known.size(), pseudonym);
            at += whole ? pseudonym.size() : 1;
        }
    }
    return out;
}

std::string Pseudonyms::form(std::string_view text) {
    std::string out;
    for (const auto& pair : split(text, '&')) {
        const auto equals = pair.find('=');
        const auto name = pair.substr(0, equals);
        out += (out.empty() ? "" : "&") + name;
        if (equals == std::string::npos) continue;
        // "criteria[0][key]" says what "criteria[0][value]" is elsewhere: shapes and known values serve.
        const auto kind = personal_data_of(url_decode(name));
        const auto before = url_decode(pair.substr(equals + 1));
        const auto after = value(is_certain(kind) ? kind : PersonalData::none, before);
        out += "=" + (after == before ? pair.substr(equals + 1) : url_encode(after));
    }
    return out;
}

std::string Pseudonyms::url(const std::string& text) {
    const auto question = text.find('?');
    std::string path;
    for (const auto& part : split(text.substr(0, question), '/')) {
        const auto before = url_decode(part, false);
        const auto after = this->text(before);
        path += (path.empty() ? "" : "/") + (after == before ? part : url_encode(after));
    }
    if (text.substr(0, question).ends_with('/') && !path.ends_with('/')) path += '/';
    return question == std::string::npos ? path : path + "?" + form(text.substr(question + 1));
}

void Pseudonyms::table(json& object) {
    if (!object.contains("headers") || !object["headers"].is_array() || !object.contains("rows") ||
        !object["rows"].is_array())
        return;
    std::vector<PersonalData> kinds;
    bool of_person = false;
    for (const auto& header : object["headers"]) {
        kinds.push_back(header.is_string() ? personal_data_of(header.get<std::string>())
                                           : PersonalData::none);
        of_person = of_person || is_certain(kinds.back());
    }
    for (auto& row : object["rows"]) {
        auto* cells = row.is_object() && row.contains("columns") ? &row["columns"] : &row;
        if (!cells->is_array()) continue;
        for (std::size_t i = 0; i < cells->size() && i < kinds.size(); ++i) {
            auto& cell = (*cells)[i];
            const bool counts = is_certain(kinds[i]) || kinds[i] == PersonalData::drop ||
                                (of_person && kinds[i] == PersonalData::perhaps_number);
            if (counts && cell.is_string()) cell = value(kinds[i], cell.get<std::string>());
            if (counts && cell.is_number()) cell = nullptr;
        }
    }
}

json Pseudonyms::object_of(const json& object, std::string_view name, bool of_person) {
    of_person = of_person || is_person_word(name);
    for (const auto& [member, unused] : object.items())
        of_person = of_person || is_certain(personal_data_of(member));
    json source = object;
    table(source);
    // xAPI: {"homePage":"https://...","name":"12345678"}
    const bool account = plain_word(name) == "account" && object.contains("homePage");
    auto out = json::object();
    for (const auto& [member, value] : source.items()) {
        auto kind = personal_data_of(member);
        if (kind == PersonalData::perhaps_full && account) kind = PersonalData::number;
        // A course has a fullname and a shortname too, and no other trait of a person.
        const bool of_course = source.contains("shortname") && !source.contains("username") &&
                               !source.contains("email") && !source.contains("firstname");
        if (!of_person || of_course) {
            if (!is_certain(kind) && kind != PersonalData::drop) kind = PersonalData::none;
            if (of_course && kind == PersonalData::full) kind = PersonalData::none;
        }
        if (kind == PersonalData::drop && (of_person || !value.is_structured())) {
            if (personal_data_of(member) == PersonalData::drop && value.is_string()) out[member] = "";
            continue;
        }
        if (kind != PersonalData::none && value.is_string()) {
            out[member] = this->value(kind, value.get<std::string>());
        } else if ((kind == PersonalData::number || kind == PersonalData::perhaps_number) &&
                   value.is_number_unsigned()) {
            out[member] = json::parse(number(value.dump()), nullptr, false);
        } else {
            out[member] = value_of(value, member, false);
        }
    }
    return out;
}

json Pseudonyms::document(const json& value) {
    return value_of(value, "", false);
}

json Pseudonyms::value_of(const json& value, std::string_view name, bool of_person) {
    if (value.is_object()) return object_of(value, name, of_person);
    if (value.is_string()) {
        const auto kind = personal_data_of(name);
        return this->value(is_certain(kind) && kind != PersonalData::full ? kind : PersonalData::none,
                           value.get<std::string>());
    }
    if (!value.is_array()) return value;
    auto out = json::array();
    for (const auto& element : value) out.push_back(value_of(element, name, of_person));
    return out;
}

}  // namespace capbridge::adapters
