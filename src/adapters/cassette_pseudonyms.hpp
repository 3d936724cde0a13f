// Pseudonyms for what is recorded: the same value gives the same pseudonym in every place and exchange of one
// recording (HMAC with a key that is not in the cassette), so that an adapter that joins records still can.
// Values are found by the names of members, columns and parameters, by their shape (e-mail addresses,
// telephone, NHS and National Insurance numbers, postcodes, names beside "Dear" or "logged in as"), and, once
// a value was found, wherever it stands: in sentences, addresses, base64, percent-encoding, tokens. What is
// found late is replaced in what was written early by again(). Dates of birth, addresses and the like are
// dropped. The name of somebody whom no member and no such word has named stays: whoever publishes a cassette
// reads it. Not thread-safe.
#pragma once
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "adapters/cassette_known.hpp"
#include "adapters/cassette_words.hpp"
#include "core/base/json.hpp"

namespace capbridge::adapters {

class Pseudonyms {
public:
    explicit Pseudonyms(std::string key) : key_(std::move(key)) {}

    json document(const json& value);
    // A form's body or an address's query: names, values. `of_people`: an address below which people are.
    std::string form(std::string_view text, bool of_people = false);
    std::string url(const std::string& text);
    // A table with a heading: comma, semicolon, tab or bar. As it is when no column is known.
    std::string csv(const std::string& text);
    // A web page or XML.
    std::string markup(const std::string& text);
    // Anything else: by shape, and what is known by now. Lines that are JSON as documents.
    std::string text(std::string_view text);
    std::string value(PersonalData kind, const std::string& value);
    // The settings of a source: accounts and addresses of people; all else is for the adapter.
    json settings(const json& value, bool outermost = true);

    // Of what came out of this before: what is known now, and nothing by shape.
    json again(const json& value);
    // The same for settings: their members' names are the adapter's words, and stay.
    json settings_again(const json& value);

    // How many different values were replaced, by kind; "dropped" counts each.
    [[nodiscard]] const std::map<std::string, std::size_t>& counts() const { return counts_; }

private:
    json value_of(const json& value, std::string_view name, bool of_person);
    json object_of(const json& object, std::string_view name, bool of_person);
    json string_of(const std::string& value, std::string_view name, bool of_person);
    std::string member_of(const std::string& name);
    // {"headers":["Full name", ...],"rows":[{"columns":[...]}]}
    void table(json& object);
    std::string person_of(const std::string& value);
    std::string identifier(const std::string& value);
    std::string full_name(const std::string& value, bool learn_words = true);
    std::string name_word(const std::string& word) const;
    std::string email(const std::string& value);
    [[nodiscard]] std::string number(const std::string& value) const;

    std::string segment(const std::string& text);  // no addresses of the web in it
    std::string encoded(const std::string& text);  // base64, percent-encoding, tokens
    std::string shapes(const std::string& text);
    std::string token(const std::string& text);
    std::string path(const std::string& text, bool& of_people);

    [[nodiscard]] std::string digits(std::string_view purpose, std::string_view value) const;
    void learn(const char* kind, const std::string& value, const std::string& pseudonym);

    std::string key_;
    KnownPeople known_;
    bool known_only_ = false;
    std::map<std::string, std::size_t> counts_;
};

// Found by such a name alone; the others count only beside what is a person's.
bool is_certain(PersonalData kind);
// Replaces each match by what the function makes of it.
std::string replaced_by_shape(const std::string& text, const char* shape,
                              const std::function<std::string(const std::string&)>& replace);

}  // namespace capbridge::adapters
