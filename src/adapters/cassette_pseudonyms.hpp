// Pseudonyms for what is recorded: the same value gives the same pseudonym in every place and exchange of one
// recording (HMAC with a key that is not in the cassette), so that an adapter that joins records still can.
// Values are found by the names of members and columns, and by their shape: e-mail addresses, telephone,
// NHS and National Insurance numbers. Dates of birth, addresses and the like are dropped. A name in the
// middle of a sentence, of a person that no member has named before, stays: whoever publishes a cassette
// reads it. Not thread-safe.
#pragma once
#include <map>
#include <string>
#include <string_view>

#include "adapters/cassette_words.hpp"
#include "core/base/json.hpp"

namespace capbridge::adapters {

class Pseudonyms {
public:
    explicit Pseudonyms(std::string key) : key_(std::move(key)) {}

    json document(const json& value);
    // A form's body or an address's query: names, values.
    std::string form(std::string_view text);
    std::string url(const std::string& text);
    // Anything else: by shape, and what is known by now.
    std::string text(std::string_view text);
    // A body of that type: JSON, a form, or text.
    std::string value(PersonalData kind, const std::string& value);

private:
    json value_of(const json& value, std::string_view name, bool of_person);
    json object_of(const json& object, std::string_view name, bool of_person);
    // {"headers":["Full name", ...],"rows":[{"columns":[...]}]}
    void table(json& object);
    [[nodiscard]] std::string digits(std::string_view purpose, std::string_view value) const;
    std::string full_name(const std::string& value);
    std::string number(const std::string& value) const;
    void learn(const std::string& value, const std::string& pseudonym);

    std::string key_;
    std::map<std::string, std::string, std::less<>> known_;
};

}  // namespace capbridge::adapters
