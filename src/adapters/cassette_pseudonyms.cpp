#include "adapters/cassette_pseudonyms.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <nlohmann/json.hpp>

#include "core/base/ids.hpp"
#include "core/base/text.hpp"

// Values: what stands for a name, a number, an address. Where they are found is in the files beside this one.
namespace capbridge::adapters {
namespace {

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
           text.find_first_of(" <>,;:\"/?&") == std::string_view::npos;
}

bool has_letter(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char c) {
        return std::isalpha(static_cast<unsigned char>(c)) != 0 ||
               (static_cast<unsigned char>(c) & 0x80) != 0;
    });
}

std::size_t count_digits(std::string_view text) {
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](unsigned char c) { return std::isdigit(c) != 0; }));
}

std::string only_word_parts(std::string_view text) {
    std::string out;
    for (auto word = next_word(text, 0); word; word = next_word(text, word->end))
        out += fold_case(text.substr(word->begin, word->end - word->begin));
    return out;
}

// Mailboxes of an office name nobody.
bool is_office(const std::string& local) {
    for (const auto* word : {"info", "admin", "support", "noreply", "no-reply", "helpdesk", "training",
                             "learning", "contact", "office", "enquiries", "webmaster", "postmaster"}) {
        if (local == word) return true;
    }
    return false;
}

// One to five words, each with a capital or a small word of a name.
bool looks_like_name(const std::string& value) {
    std::size_t words = 0;
    for (const auto& word : split(collapse_spaces(value), ' ')) {
        const auto first = static_cast<unsigned char>(word.empty() ? ' ' : word.front());
        if (++words > 5 || word.find_first_of("0123456789_/@:?!&=<>") != word.npos) return false;
        const bool small = word == "van" || word == "von" || word == "de" || word == "der" || word == "da";
        if (std::isupper(first) == 0 && (first & 0x80) == 0 && !small) return false;
    }
    return words > 0;
}

}  // namespace

bool is_certain(PersonalData kind) {
    return kind != PersonalData::none && kind != PersonalData::perhaps_full &&
           kind != PersonalData::perhaps_number && kind != PersonalData::drop;
}

std::string Pseudonyms::digits(std::string_view purpose, std::string_view value) const {
    return hmac_sha256_hex(key_, std::string(purpose) + ":" + fold_case(trim(value)));
}

void Pseudonyms::learn(const char* kind, const std::string& value, const std::string& pseudonym) {
    const auto plain = only_word_parts(value);
    // A number of few digits, a word of few letters is too much else besides.
    if (plain.size() < (has_letter(plain) ? 4u : 5u)) return;
    const auto before = known_.size();
    known_.learn(value, pseudonym);
    if (known_.size() > before) ++counts_[kind];
}

// A word has one pseudonym whatever its part in a name: "Given Family", "Family, Given" and both members
// agree.
std::string Pseudonyms::name_word(const std::string& word) const {
    const auto folded = fold_case(word);
    if (is_name_title(folded)) return word;
    const auto hash = digits("name", folded);
    if (folded.size() == 1)
        return in_case_of(word, std::string(1, static_cast<char>('A' + number_at(hash, 0) % 26)));
    // Letters behind the river, so that no pseudonym is itself somebody's name.
    std::string out = kRivers[number_at(hash, 0) % kRivers.size()];
    for (std::size_t i = 0; i < 4; ++i) out += "bcdfghjklmnpqrstvwxz"[number_at(hash, 4 + 4 * i) % 20];
    return in_case_of(word, out);
}

std::string Pseudonyms::full_name(const std::string& value, bool learn_words) {
    // Within markup the text only: the link beside a name is of use.
    if (value.find('<') != std::string::npos) {
        return replaced_by_shape(value, ">[^<>]*[A-Za-z][^<>]*<", [&](const std::string& part) {
            return ">" + full_name(part.substr(1, part.size() - 2)) + "<";
        });
    }
    std::string out;
    std::size_t done = 0;
    for (auto place = next_word(value, 0); place; place = next_word(value, place->end)) {
        const auto word = value.substr(place->begin, place->end - place->begin);
        const auto folded = fold_case(word);
        out += value.substr(done, place->begin - done);
        done = place->end;
        if (!has_letter(word)) {  // "Given Family (12345678)"
            out += word.size() < 4 ? word : identifier(word);
            continue;
        }
        const auto pseudonym = name_word(word);
        out += pseudonym;
        if (learn_words && word.size() > 2 && !is_name_title(folded) && !is_generic_word(folded)) {
            const auto before = known_.size();
            known_.learn(word, name_word(folded.substr(0, 1) == word.substr(0, 1) ? word : folded),
                         is_everyday_word(folded) ? KnownPeople::Case::not_lower : KnownPeople::Case::any);
            if (known_.size() > before) ++counts_["names"];
        }
    }
    out += value.substr(done);
    if (trim(value).find(' ') != std::string::npos) known_.learn(trim(value), trim(out));
    return out;
}

// Digits stay digits and letters letters, so that it still passes for what it was. A long number begins with
// nines, as none does that is given out.
std::string Pseudonyms::number(const std::string& value) const {
    const auto plain = only_word_parts(value);
    const auto hash = digits("number", plain) + digits("number2", plain);
    const auto length = count_digits(value);
    const std::size_t nines = length >= 8 ? 3 : length >= 5 ? 1 : 0;
    std::string out = value;
    for (std::size_t i = 0, at = 0, seen = 0; i < out.size(); ++i) {
        const auto byte = static_cast<unsigned char>(out[i]);
        if (std::isalnum(byte) == 0) continue;
        const auto n = static_cast<unsigned>(hash[at % hash.size()]) + at;
        ++at;
        if (std::isdigit(byte) != 0) {
            const bool leading_zero = out[i] == '0' && seen == 0 && nines == 0;
            out[i] = static_cast<char>(seen < nines ? '9' : leading_zero ? '0' : '1' + n % 9);
            ++seen;
        } else {
            out[i] = static_cast<char>((std::isupper(byte) != 0 ? 'A' : 'a') + n % 26);
        }
    }
    return out;
}

std::string Pseudonyms::email(const std::string& value) {
    const auto name = "p" + digits("email", value).substr(0, 12);
    const auto out = name + "@example.org";
    learn("addresses", value, out);
    // What LMSs and record stores make of an address.
    const auto folded = fold_case(trim(value));
    known_.learn(sha1_hex("mailto:" + folded), sha1_hex("mailto:" + out));
    const auto local = folded.substr(0, folded.find('@'));
    if (local.size() >= 6 && !is_office(local) && !is_generic_word(local)) known_.learn(local, name);
    return out;
}

std::string Pseudonyms::identifier(const std::string& value) {
    if (is_email(value)) return email(value);
    if (is_uuid(value)) {
        const auto out = uuid_v5("5f1f5a52-6cbb-4c3c-9d0a-6d5f3f2d8a11", digits("uuid", value));
        learn("numbers", value, out);
        return out;
    }
    const auto out = number(value);
    learn("numbers", value, out);
    return out;
}

// Of a member such as "assessor" whose value may be a name, a number or a name to sign in with.
std::string Pseudonyms::person_of(const std::string& value) {
    const auto plain = trim(value);
    if (plain.empty() || plain.size() > 200 || plain.find("://") != plain.npos) return text(value);
    if (is_email(plain)) return email(plain);
    if (const auto known = known_.exactly(plain)) return *known;
    if (looks_like_name(plain)) return full_name(value);
    const bool words = plain.find(' ') != plain.npos;
    if (plain.find('@') != plain.npos || plain.find('<') != plain.npos) return text(value);
    if (words) return plain.find(',') != plain.npos ? full_name(value) : text(value);
    if (!has_letter(plain)) return plain.size() < 5 ? value : identifier(plain);
    return this->value(PersonalData::user, plain);
}

std::string Pseudonyms::value(PersonalData kind, const std::string& value) {
    if (trim(value).empty()) return value;
    if (kind == PersonalData::drop) {
        ++counts_["dropped"];
        return "";
    }
    if (value.starts_with("mailto:")) return "mailto:" + email(value.substr(7));
    if (is_email(value)) return email(value);
    std::string out;
    switch (kind) {
        case PersonalData::given:
        case PersonalData::family:
            if (value.find('@') != value.npos || value.size() > 120) return text(value);
            return full_name(value);
        case PersonalData::perhaps_full:
        case PersonalData::full:
            if (value.find('@') != value.npos || value.size() > 400) return text(value);
            return full_name(value, value.find(' ') != value.npos && value.find('.') == value.npos);
        case PersonalData::user:
            if (const auto known = known_.exactly(value)) return *known;
            if (is_uuid(value)) return identifier(value);
            if (value.find(' ') != value.npos) return full_name(value);
            out = "u" + digits("user", value).substr(0, 10);
            learn("accounts", value, out);
            return out;
        case PersonalData::perhaps_number:
        case PersonalData::number:
            if (const auto known = known_.exactly(value)) return *known;
            return identifier(value);
        case PersonalData::phone: {
            const auto hash = digits("phone", only_word_parts(value));
            out = "07700 900" + std::to_string(100 + number_at(hash, 0) % 900);
            learn("telephones", value, out);
            return out;
        }
        case PersonalData::digest:
            if (const auto known = known_.exactly(value)) return *known;
            out = digits("digest", value).substr(0, std::min<std::size_t>(value.size(), 64));
            learn("addresses", value, out);
            return out;
        case PersonalData::drop:
        case PersonalData::email:
        case PersonalData::none:
            break;
    }
    return text(value);
}

}  // namespace capbridge::adapters
