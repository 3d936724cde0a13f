// Where people stand in documents: JSON, tables, web pages, a source's settings.
#include <algorithm>
#include <array>
#include <cctype>
#include <nlohmann/json.hpp>
#include <set>

#include "adapters/cassette_pseudonyms.hpp"
#include "core/base/text.hpp"

namespace capbridge::adapters {
namespace {

constexpr std::array<const char*, 9> kLabels{"key",       "field",  "fieldname", "label",    "name",
                                             "shortname", "column", "property",  "attribute"};

bool holds_value(std::string_view member) {
    static const std::set<std::string, std::less<>> all{"value",   "data",   "val",          "text",
                                                        "content", "answer", "displayvalue", "values"};
    return all.contains(plain_word(member));
}

// Of {"key": "email", "value": "..."} what the value is called.
std::string label_of(const json& object) {
    bool valued = false;
    for (const auto& [member, unused] : object.items()) valued = valued || holds_value(member);
    if (!valued) return {};
    for (const auto* name : kLabels) {
        const auto label = get_string(object, name);
        if (label.empty() || label.size() > 80) continue;
        if (personal_data_of(label) != PersonalData::none || is_person_word(label)) return label;
    }
    return {};
}

bool is_address(const std::string& text) {
    return text.starts_with("http://") || text.starts_with("https://") ||
           (text.starts_with("/") && text.find(' ') == text.npos && text.find('\n') == text.npos);
}

struct Cell {
    std::string text;
    bool quoted = false;
};

// The records of a table; ends of lines are kept beside them.
struct Line {
    std::vector<Cell> cells;
    std::string end;
};

std::vector<Line> read_table(const std::string& text, char separator) {
    std::vector<Line> lines;
    Line line;
    Cell cell;
    for (std::size_t i = 0; i < text.size();) {
        if (cell.text.empty() && !cell.quoted && text[i] == '"') {
            cell.quoted = true;
            for (++i; i < text.size(); ++i) {
                if (text[i] != '"') {
                    cell.text += text[i];
                } else if (i + 1 < text.size() && text[i + 1] == '"') {
                    cell.text += text[i++];
                } else {
                    ++i;
                    break;
                }
            }
            continue;
        }
        const char c = text[i++];
        if (c == separator) {
            line.cells.push_back(std::exchange(cell, {}));
        } else if (c == '\n' || (c == '\r' && i < text.size() && text[i] == '\n')) {
            line.end = c == '\r' ? "\r\n" : "\n";
            i += c == '\r' ? 1 : 0;
            line.cells.push_back(std::exchange(cell, {}));
            lines.push_back(std::exchange(line, {}));
        } else {
            cell.text += c;
        }
    }
    if (!cell.text.empty() || cell.quoted || !line.cells.empty()) {
        line.cells.push_back(std::move(cell));
        lines.push_back(std::move(line));
    }
    return lines;
}

std::string written(const Cell& cell, char separator) {
    const bool quotes = cell.quoted || cell.text.find_first_of("\"\n\r") != cell.text.npos ||
                        cell.text.find(separator) != cell.text.npos;
    if (!quotes) return cell.text;
    std::string out = "\"";
    for (const char c : cell.text) out += c == '"' ? "\"\"" : std::string(1, c);
    return out + "\"";
}

}  // namespace

std::string Pseudonyms::csv(const std::string& text) {
    const auto head = text.substr(0, text.find('\n'));
    char separator = ',';
    for (const char c : {';', '\t', '|'}) {
        if (std::count(head.begin(), head.end(), c) > std::count(head.begin(), head.end(), separator))
            separator = c;
    }
    auto lines = read_table(text.starts_with("\xEF\xBB\xBF") ? text.substr(3) : text, separator);
    if (lines.size() < 2 || lines.front().cells.size() < 2) return this->text(text);
    bool found = false;
    for (const auto& cell : lines.front().cells)
        found = found || is_certain(personal_data_of(cell.text)) || is_person_word(cell.text);
    if (!found) return this->text(text);
    const auto titles = lines.front().cells;
    std::string out = text.starts_with("\xEF\xBB\xBF") ? "\xEF\xBB\xBF" : "";
    for (int round = 0; round < 2; ++round) {  // the first learns who is named further down
        auto table = lines;
        for (std::size_t row = 1; row < table.size(); ++row) {
            for (std::size_t i = 0; i < table[row].cells.size(); ++i) {
                auto& cell = table[row].cells[i];
                const auto title = i < titles.size() ? titles[i].text : std::string();
                cell.text = string_of(cell.text, title, true).get<std::string>();
            }
        }
        if (round == 1) lines = std::move(table);
    }
    for (const auto& line : lines) {
        for (std::size_t i = 0; i < line.cells.size(); ++i)
            out += (i == 0 ? "" : std::string(1, separator)) + written(line.cells[i], separator);
        out += line.end;
    }
    return out;
}

// What elements and attributes say of the text that follows is learnt first; then all is text.
std::string Pseudonyms::markup(const std::string& text) {
    std::string out, word;
    for (std::size_t at = 0; at < text.size();) {
        const auto open = std::min(text.find('<', at), text.size());
        const auto content = text.substr(at, open - at);
        const auto plain = trim(content);
        const auto kind = personal_data_of(word);
        if (!plain.empty() && kind == PersonalData::drop) {
            out += value(kind, plain);
        } else {
            if (!plain.empty() && plain.size() < 200) {
                if (is_certain(kind)) value(kind, plain);
                if (!is_certain(kind) && is_person_word(word)) person_of(plain);
            }
            out += content;
        }
        if (!plain.empty()) word.clear();
        const auto close = std::min(text.find('>', open), text.size());
        const auto tag = text.substr(open, std::min(close + 1, text.size()) - open);
        out += tag;
        at = std::min(close + 1, text.size());
        if (tag.size() < 3 || tag[1] == '!' || tag[1] == '?') continue;
        if (tag[1] == '/') {
            word.clear();
            continue;
        }
        const auto name = tag.substr(1, tag.find_first_of(" \t\r\n/>", 1) - 1);
        const auto known = [](std::string_view w) {
            return personal_data_of(w) != PersonalData::none || is_person_word(w);
        };
        if (known(name)) word = name;
        replaced_by_shape(
            tag, R"([A-Za-z_:-]{1,40}=("[^"]{0,2000}"|'[^']{0,2000}'))", [&](const std::string& pair) {
                const auto attribute = pair.substr(0, pair.find('='));
                const auto value = pair.substr(attribute.size() + 2, pair.size() - attribute.size() - 3);
                const auto of_it = personal_data_of(attribute);
                if (is_certain(of_it)) this->value(of_it, value);
                for (const auto& one : split(value, ' ')) {
                    if ((attribute == "name" || attribute == "class" || attribute == "id" ||
                         attribute == "itemprop" || attribute.starts_with("data-")) &&
                        known(one))
                        word = one;
                }
                const bool person =
                    value.find("/user/") != value.npos || value.find("/users/") != value.npos ||
                    value.find("/profile") != value.npos || value.find("/people/") != value.npos;
                if (attribute == "href" && person) word = "user";
                return pair;
            });
    }
    return this->text(out);
}

void Pseudonyms::table(json& object) {
    if (!object.contains("headers") || !object["headers"].is_array() || !object.contains("rows") ||
        !object["rows"].is_array())
        return;
    std::vector<std::string> titles;
    std::vector<PersonalData> kinds;
    bool of_person = false;
    for (const auto& header : object["headers"]) {
        titles.push_back(header.is_string() ? header.get<std::string>() : "");
        kinds.push_back(personal_data_of(titles.back()));
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
            if (!counts && cell.is_string() && is_person_word(titles[i]))
                cell = person_of(cell.get<std::string>());
        }
    }
}

// A member's name that is somebody's: {"t.avon@lms.example": {...}}
std::string Pseudonyms::member_of(const std::string& name) {
    const auto digits = static_cast<std::size_t>(
        std::count_if(name.begin(), name.end(), [](unsigned char c) { return std::isdigit(c) != 0; }));
    const bool more = name.find_first_of("@ .%") != name.npos || digits >= 5;
    return more && name.size() < 300 ? text(name) : name;
}

json Pseudonyms::object_of(const json& object, std::string_view name, bool of_person) {
    const bool person = is_person_word(name);
    const auto label = label_of(object);
    of_person = of_person || person;
    for (const auto& [member, unused] : object.items())
        of_person = of_person || is_certain(personal_data_of(member));
    json source = object;
    table(source);
    // xAPI: {"homePage":"https://...","name":"12345678"}
    const bool account = plain_word(name) == "account" && object.contains("homePage");
    // A course has a fullname and a shortname too, and no other trait of a person.
    const bool of_course = source.contains("shortname") && !source.contains("username") &&
                           !source.contains("email") && !source.contains("firstname");
    auto out = json::object();
    for (const auto& [member, value] : source.items()) {
        const auto word = plain_word(member);
        auto kind = personal_data_of(member);
        if (kind == PersonalData::perhaps_full && account) kind = PersonalData::number;
        if (person && (word == "first" || word == "given")) kind = PersonalData::given;
        if ((person || word == "family") && (word == "last" || word == "family")) kind = PersonalData::family;
        if (!of_person || of_course) {
            if (!is_certain(kind) && kind != PersonalData::drop) kind = PersonalData::none;
            if (of_course && kind == PersonalData::full) kind = PersonalData::none;
        }
        if (!label.empty() && (holds_value(member) || value == label)) {
            out[member] = value == label ? value : value_of(value, label, true);
            continue;
        }
        if (kind == PersonalData::drop && (of_person || !value.is_structured())) {
            if (value.is_string()) out[member] = this->value(kind, value.get<std::string>());
            continue;
        }
        const bool own_id = person && (word == "id" || word == "guid" || word == "uuid");
        if (own_id && value.is_string()) {
            const auto id = value.get<std::string>();
            const bool small = id.size() < 5 && id.find_first_not_of("0123456789") == id.npos;
            out[member] = small            ? json(id)
                          : is_address(id) ? json(url(id))
                                           : json(this->value(PersonalData::number, id));
        } else if (word.ends_with("userid") && kind == PersonalData::none && value.is_string() &&
                   value.get<std::string>().find_first_not_of("0123456789") != std::string::npos) {
            out[member] = this->value(PersonalData::number, value.get<std::string>());
        } else if (kind != PersonalData::none && value.is_string()) {
            out[member] = this->value(kind, value.get<std::string>());
        } else if ((kind == PersonalData::number || kind == PersonalData::perhaps_number) &&
                   value.is_number_unsigned()) {
            out[member] = json::parse(this->value(PersonalData::number, value.dump()), nullptr, false);
        } else {
            // {"learner":{"name":{"given":"...","family":"..."}}}
            const bool parts = person && word == "name" && value.is_object();
            const auto called = parts                            ? name
                                : of_course && value.is_string() ? std::string_view()
                                                                 : std::string_view(member);
            out[member_of(member)] = value_of(value, called, false);
        }
    }
    return out;
}

json Pseudonyms::string_of(const std::string& value, std::string_view name, bool of_person) {
    const auto kind = personal_data_of(name);
    if (is_certain(kind)) return this->value(kind, value);
    if (of_person && kind != PersonalData::none) return this->value(kind, value);
    if (is_person_word(name)) return person_of(value);
    return is_address(value) ? url(value) : text(value);
}

json Pseudonyms::document(const json& value) {
    if (known_only_) return again(value);
    value_of(value, "", false);  // learns whom a later member names
    return value_of(value, "", false);
}

json Pseudonyms::value_of(const json& value, std::string_view name, bool of_person) {
    if (value.is_object()) return object_of(value, name, of_person);
    if (value.is_string()) {
        // The name of a course, where its object says that it is one, does not come here.
        return string_of(value.get<std::string>(), name, of_person);
    }
    if (value.is_number_unsigned()) {
        const auto before = value.dump();
        const bool number = of_person && personal_data_of(name) == PersonalData::number;
        const auto after = number              ? this->value(PersonalData::number, before)
                           : before.size() < 6 ? before
                                               : text(before);
        return after == before ? value : json::parse(after, nullptr, false);
    }
    if (!value.is_array()) return value;
    auto out = json::array();
    for (const auto& element : value) out.push_back(value_of(element, name, of_person));
    return out;
}

json Pseudonyms::settings(const json& value, bool outermost) {
    static const std::set<std::string, std::less<>> accounts{"user",     "username", "login", "loginid",
                                                             "clientid", "userid",   "keyid", "contact"};
    auto out = value;
    for (auto& [member, held] : out.items()) {
        if (held.is_structured()) {
            held = settings(held, false);  // further in, "username" names a column
        } else if (held.is_string()) {
            const auto text = held.get<std::string>();
            const bool account = outermost && value.is_object() && accounts.contains(plain_word(member));
            if (text.find('@') != text.npos || is_address(text)) {
                held = this->text(text);
            } else if (account && text.find_first_not_of("0123456789") != text.npos) {
                held = this->value(PersonalData::user, text);
            }
        }
    }
    return out;
}

json Pseudonyms::settings_again(const json& value) {
    if (!value.is_structured()) return again(value);
    auto out = value;
    for (auto& held : out) held = settings_again(held);
    return out;
}

json Pseudonyms::again(const json& value) {
    const auto before = std::exchange(known_only_, true);
    json out = value;
    if (value.is_string()) {
        out = text(value.get<std::string>());
    } else if (value.is_number_unsigned() && value.dump().size() >= 6) {
        const auto after = json::parse(text(value.dump()), nullptr, false);
        if (after.is_number()) out = after;
    } else if (value.is_object()) {
        out = json::object();
        for (const auto& [member, held] : value.items()) out[member_of(member)] = again(held);
    } else if (value.is_array()) {
        for (auto& held : out) held = again(held);
    }
    known_only_ = before;
    return out;
}

}  // namespace capbridge::adapters
