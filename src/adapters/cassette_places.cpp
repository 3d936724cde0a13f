// Where people stand in text: shapes, addresses of the web, forms, and what is encoded in them.
#include <algorithm>
#include <cctype>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>

#include "adapters/cassette_pseudonyms.hpp"
#include "core/base/ids.hpp"
#include "core/base/text.hpp"

namespace capbridge::adapters {
namespace {

constexpr std::size_t kLongestSearched = 8u << 10;  // std::regex recurses; longer texts are cut between words
constexpr std::size_t kShortestToken = 12;

constexpr const char* kEmail = R"([A-Za-z0-9._%+'-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+)";
constexpr const char* kPhone = R"((?:\+44 ?(?:\(0\) ?)?|\(0|\b0)[127]\d{2,3}\)?[ -]?\d{3}[ -]?\d{3,4}\b)";
constexpr const char* kInsurance = R"(\b[A-CEGHJ-PR-TW-Z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-D]\b)";
constexpr const char* kNhsSpaced = R"(\b\d{3}[ -]\d{3}[ -]\d{4}\b)";
// Not the ones of the time in seconds since 1970.
constexpr const char* kNhs = R"(\b(?:3[2-9]|[4679]\d)\d{8}\b)";
constexpr const char* kPostcode = R"(\b[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}\b)";
constexpr const char* kBirth =
    R"((?:[Dd]ate of birth|\bDOB|\b[Bb]orn(?: on)?)[: ]{1,3}[0-9]{1,4}(?:[-/. ][A-Za-z0-9]{1,9}){2})";
#define CAPITAL "[A-Z\xC3][A-Za-z'\x80-\xFF-]{0,30}\\.?"
constexpr const char* kGreeted =
    "\\b(?:[Dd]ear|[Hh]ello|[Hh]i|[Ww]elcome(?: back)?)[ ,]{1,2}" CAPITAL "(?: " CAPITAL "){0,3}";
constexpr const char* kNamed =
    "\\b(?:[Ll]ogged in as|[Ss]igned in as|[Ff]ull ?name|[A-Za-z]+ed by|[Ss]igned off by)"
    "(?:[ :,\\n\\t]|&nbsp;|<[^<>]{0,120}>){1,8}" CAPITAL "(?: " CAPITAL "){1,3}";
constexpr const char* kRoled =
    "\\b(?:Learner|Teacher|Assessor|Student|Manager|Supervisor|Instructor|Trainer|Author|Mentor|Verifier|"
    "Employee|Candidate|Delegate|Participant|Tutor|User)s?(?::|</?[a-z][^<>]{0,120}>)"
    "(?:[ :,\\n\\t]|&nbsp;|<[^<>]{0,120}>){0,8}" CAPITAL "(?: " CAPITAL "){1,3}";
constexpr const char* kBeforeAddress = CAPITAL "(?: " CAPITAL "){1,3}\"? (?:<|&lt;)(?=[^<>@ ]{1,64}@)";
constexpr const char* kNameAtEnd = CAPITAL "(?: " CAPITAL "){0,3}$";
#undef CAPITAL

bool is_nhs_number(const std::string& ten) {
    int sum = 0;
    for (std::size_t i = 0; i < 9; ++i) sum += (ten[i] - '0') * static_cast<int>(10 - i);
    return (11 - sum % 11) % 11 == ten[9] - '0';
}

bool is_token_part(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           std::string_view("+/_=%.~-").find(c) != std::string_view::npos;
}

bool is_printable(std::string_view text) {
    return is_utf8(text) && std::none_of(text.begin(), text.end(), [](unsigned char c) {
               return (c < 0x20 && c != '\n' && c != '\r' && c != '\t') || c == 0x7F;
           });
}

struct Base64 {
    std::string bytes;
    bool url_alphabet = false, padded = false;
    [[nodiscard]] std::string of(std::string_view other) const {
        auto out = base64(other);
        if (url_alphabet) {
            std::replace(out.begin(), out.end(), '+', '-');
            std::replace(out.begin(), out.end(), '/', '_');
        }
        while (!padded && out.ends_with('=')) out.pop_back();
        return out;
    }
};

std::optional<Base64> text_in_base64(std::string text) {
    Base64 out;
    out.url_alphabet = text.find_first_of("-_") != text.npos;
    out.padded = text.ends_with('=');
    while (text.ends_with('=')) text.pop_back();
    if (text.size() < kShortestToken || text.size() % 4 == 1) return std::nullopt;
    if (out.url_alphabet && text.find_first_of("+/") != text.npos) return std::nullopt;
    std::replace(text.begin(), text.end(), '-', '+');
    std::replace(text.begin(), text.end(), '_', '/');
    if (const auto begin = from_base64(text.substr(0, 8)); !begin || begin->find('\0') != begin->npos)
        return std::nullopt;
    text.append((4 - text.size() % 4) % 4, '=');
    auto bytes = from_base64(text);
    if (!bytes || bytes->size() < 8 || !is_printable(*bytes)) return std::nullopt;
    out.bytes = std::move(*bytes);
    return out;
}

std::size_t end_of_address(std::string_view text, std::size_t at) {
    auto end = text.find_first_of(" \t\r\n\"'<>`\\|{}", at);
    if (end == text.npos) end = text.size();
    while (end > at && std::string_view(".,;:!?)]").find(text[end - 1]) != std::string_view::npos) --end;
    return end;
}

std::size_t next_address(std::string_view text, std::size_t from) {
    return std::min(text.find("http://", from), text.find("https://", from));
}

}  // namespace

std::string replaced_by_shape(const std::string& text, const char* shape,
                              const std::function<std::string(const std::string&)>& replace) {
    static std::map<std::string, std::regex> compiled;
    auto it = compiled.find(shape);
    if (it == compiled.end()) it = compiled.emplace(shape, std::regex(shape)).first;
    std::string out;
    auto last = text.begin();
    for (std::sregex_iterator match(text.begin(), text.end(), it->second), end; match != end; ++match) {
        out.append(last, text.begin() + match->position());
        out += replace(match->str());
        last = text.begin() + match->position() + match->length();
    }
    return out.append(last, text.end());
}

std::string Pseudonyms::shapes(const std::string& text) {
    auto out = text;
    // The last words of a match are the name.
    const auto named = [&](const std::string& v) {
        return replaced_by_shape(v, kNameAtEnd, [&](const std::string& name) { return full_name(name); });
    };
    if (out.find('@') != out.npos) {
        out = replaced_by_shape(out, kBeforeAddress, [&](const std::string& v) {
            const auto end = v.find_first_of("\"<&");
            return full_name(trim(v.substr(0, end))) + (v[end] == '"' ? "" : " ") + v.substr(end);
        });
        out = replaced_by_shape(out, kEmail, [&](const std::string& v) { return email(v); });
    }
    if (out.find_first_of("0123456789") != out.npos) {
        out = replaced_by_shape(out, kPhone,
                                [&](const std::string& v) { return value(PersonalData::phone, v); });
        out = replaced_by_shape(out, kNhsSpaced, [&](const std::string& v) { return identifier(v); });
        out = replaced_by_shape(out, kNhs,
                                [&](const std::string& v) { return is_nhs_number(v) ? identifier(v) : v; });
        out = replaced_by_shape(out, kInsurance, [&](const std::string&) {
            ++counts_["numbers"];
            return std::string("QQ123456C");
        });
        out = replaced_by_shape(out, kPostcode, [&](const std::string& v) {
            const auto shaped = number(v);
            ++counts_["dropped"];
            return "ZZ99 " + shaped.substr(shaped.size() - 3);
        });
        out = replaced_by_shape(out, kBirth, [&](const std::string& v) {
            ++counts_["dropped"];
            return v.substr(0, v.find_first_of(": ", 4)) + " -";
        });
    }
    for (const auto* shape : {kGreeted, kNamed, kRoled}) out = replaced_by_shape(out, shape, named);
    return out;
}

std::string Pseudonyms::token(const std::string& text) {
    if (text.starts_with("eyJ")) {  // a JSON web token: head, claims, signature
        const auto parts = split(text, '.');
        const auto head = parts.size() == 3 ? text_in_base64(parts[0]) : std::nullopt;
        const auto claims = head ? text_in_base64(parts[1]) : std::nullopt;
        const auto document = claims ? json::parse(claims->bytes, nullptr, false) : json();
        if (document.is_object())
            return parts[0] + "." + claims->of(this->document(document).dump()) + "." +
                   claims->of("no signature: recorded");
    }
    if (text.find('%') != text.npos) {
        std::string out;
        for (std::size_t at = 0; at <= text.size();) {
            const auto end = std::min(text.find_first_of("/=", at), text.size());
            const auto part = text.substr(at, end - at), before = url_decode(part, false);
            const auto after = before == part || !is_printable(before) ? before : this->text(before);
            out += after == before ? part : url_encode(after);
            if (end < text.size()) out += text[end];
            at = end + 1;
        }
        return out;
    }
    const auto held = text_in_base64(text);
    if (!held) return text;
    const auto after = this->text(held->bytes);
    return after == held->bytes ? text : held->of(after);
}

std::string Pseudonyms::encoded(const std::string& text) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        auto end = at;
        while (end < text.size() && is_token_part(text[end])) ++end;
        if (end - at >= kShortestToken || (end > at && text.find('%', at) < end)) {
            out += token(text.substr(at, end - at));
        } else {
            out += text.substr(at, end - at);
        }
        at = end;
        while (at < text.size() && !is_token_part(text[at])) out += text[at++];
    }
    return out;
}

std::string Pseudonyms::segment(const std::string& text) {
    auto out = encoded(text);
    if (!known_only_) {
        std::string shaped;
        for (std::size_t at = 0; at < out.size();) {
            auto end = std::min(at + kLongestSearched, out.size());
            if (end < out.size()) {
                const auto gap = out.find_last_of("\n> ", end - 1);
                if (gap != out.npos && gap > at) end = gap + 1;
            }
            shaped += shapes(out.substr(at, end - at));
            at = end;
        }
        out = std::move(shaped);
    }
    return known_.replaced(out);
}

std::string Pseudonyms::text(std::string_view text) {
    if (!known_only_ && text.size() > 1 && (text.front() == '{' || text.front() == '[')) {
        if (const auto inner = json::parse(text, nullptr, false); inner.is_structured()) {
            const auto after = document(inner);
            return after == inner ? std::string(text) : after.dump();
        }
    }
    if (!known_only_ && (text.find("\n{") != text.npos || text.find("\n[") != text.npos)) {
        std::string out;  // one document a line, or the parts of a mail
        for (std::size_t at = 0; at < text.size();) {
            const auto end = std::min(text.find('\n', at), text.size());
            out += this->text(text.substr(at, end - at));
            if (end < text.size()) out += '\n';
            at = end + 1;
        }
        return out;
    }
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const auto address = std::min(next_address(text, at), text.size());
        out += segment(std::string(text.substr(at, address - at)));
        if (address >= text.size()) break;
        at = end_of_address(text, address);
        if (at == address) at = address + 7;
        out += url(std::string(text.substr(address, at - address)));
    }
    return out;
}

std::string Pseudonyms::form(std::string_view text, bool of_people) {
    std::string out;
    const auto pairs = split(text, '&');
    std::map<std::string, std::string> labels;  // "criteria[0][key]=email" says what "criteria[0][value]" is
    for (const auto& pair : pairs) {
        const auto equals = pair.find('=');
        const auto name = url_decode(pair.substr(0, equals));
        for (const auto* end : {"[key]", "[field]", "[name]", "[type]"}) {
            if (equals != pair.npos && name.ends_with(end))
                labels[name.substr(0, name.rfind('[')) + "[value]"] = url_decode(pair.substr(equals + 1));
        }
    }
    for (const auto& pair : pairs) {
        const auto equals = pair.find('=');
        const auto name = pair.substr(0, equals);
        out += (out.empty() ? "" : "&") + name;
        if (equals == std::string::npos) continue;
        const auto plain = url_decode(name), before = url_decode(pair.substr(equals + 1));
        const auto label = labels.find(plain);
        auto word = label != labels.end() ? label->second : plain;
        if (label == labels.end() && word.ends_with(']') && word.rfind('[') != word.npos) {
            auto last = word.substr(word.rfind('[') + 1);  // "values[0]", "user[email]"
            last.pop_back();
            word = last.find_first_not_of("0123456789") == last.npos ? word.substr(0, word.find('[')) : last;
        }
        const auto kind = personal_data_of(word);
        std::string after;
        if (known_only_) {
            after = this->text(before);
        } else if (is_certain(kind) || (kind == PersonalData::drop && !before.empty()) ||
                   (label != labels.end() && kind == PersonalData::perhaps_number)) {
            after = value(kind, before);
        } else if (is_person_word(word)) {
            after = person_of(before);
        } else if (is_search_word(word)) {
            // Who is looked for. Where it might be a course, the words by themselves stay.
            const bool two = before.find(' ') != before.npos &&
                             std::isupper(static_cast<unsigned char>(before.front())) != 0;
            after = this->text(before);
            if (after == before && (of_people || two))
                after = of_people ? person_of(before) : full_name(before, false);
        } else {
            after = this->text(before);
        }
        out += "=" + (after == before ? pair.substr(equals + 1) : url_encode(after));
    }
    return out;
}

// /users/t.avon, /users/sis_user_id:12345678
std::string Pseudonyms::path(const std::string& text, bool& of_people) {
    std::string out;
    std::string before_it;
    bool first = true;
    for (std::size_t at = 0; at <= text.size();) {
        const auto end = std::min(text.find('/', at), text.size());
        const auto part = text.substr(at, end - at), before = url_decode(part, false);
        auto after = before;
        const auto colon = before.find(':');
        const auto kind =
            colon == before.npos ? PersonalData::none : personal_data_of(before.substr(0, colon));
        const bool page = before.ends_with(".php") || before.ends_with(".html") ||
                          before.ends_with(".json") || before.ends_with(".aspx") || before.ends_with(".jsp");
        if (kind != PersonalData::none && kind != PersonalData::drop && !known_only_) {
            after = before.substr(0, colon + 1) + value(kind, before.substr(colon + 1));
        } else if (!known_only_ && !page && is_person_word(before_it) &&
                   before.find_first_of("._@") != before.npos) {
            after = value(PersonalData::user, before);
        } else if (!known_only_ && is_person_word(before_it) && before.size() > 5 &&
                   before.find_first_not_of("0123456789") == before.npos) {
            after = identifier(before);
        } else if (!part.empty()) {
            after = segment(before);
        }
        of_people = of_people || is_person_word(before);
        out += (first ? "" : "/") + (after == before ? part : url_encode(after));
        first = false;
        before_it = before;
        at = end + 1;
    }
    return out;
}

std::string Pseudonyms::url(const std::string& text) {
    const auto scheme = text.find("://");
    auto begin = scheme == text.npos ? 0 : std::min(text.find_first_of("/?#", scheme + 3), text.size());
    auto host = text.substr(0, begin);
    // https://name:password@host
    if (const auto at = host.rfind('@'); scheme != text.npos && at != host.npos)
        host = host.substr(0, scheme + 3) + host.substr(at + 1);
    const auto fragment = std::min(text.find('#', begin), text.size());
    const auto question = std::min(text.find('?', begin), fragment);
    bool of_people = false;
    auto out = host + path(text.substr(begin, question - begin), of_people);
    if (question < fragment) out += "?" + form(text.substr(question + 1, fragment - question - 1), of_people);
    if (fragment < text.size()) out += "#" + segment(text.substr(fragment + 1));
    return out;
}

}  // namespace capbridge::adapters
