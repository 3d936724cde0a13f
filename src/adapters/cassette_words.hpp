// Which kind of personal data a member or column of that name holds, for the pseudonyms of a cassette. By the
// names that LMS interfaces use: a word that is not here is found by the shape of its value, or not at all.
// Pure; any thread.
#pragma once
#include <string>
#include <string_view>

namespace capbridge::adapters {

enum class PersonalData {
    none,
    given,
    family,
    full,
    email,
    user,    // a name to sign in with
    number,  // of an employee
    phone,
    digest,        // of an e-mail address
    drop,          // birth, address, sensitive: not kept in any form
    perhaps_full,  // "name", "idnumber": of a person only beside what is certainly a person's
    perhaps_number
};

// Letters and digits in lower case: "E-mail address" and "email_address" are the same.
std::string plain_word(std::string_view name);
PersonalData personal_data_of(std::string_view name);
// Of the name of a member whose value is a person: user, learner, actor.
bool is_person_word(std::string_view name);
// Of a parameter in which people are looked for: q, search.
bool is_search_word(std::string_view name);

// Words of names, in lower case. A title is nobody's name; a generic word ("user", "safety") is replaced
// within a whole name only, and an everyday one ("mark") by itself only where it has a capital.
bool is_name_title(std::string_view folded);
bool is_generic_word(std::string_view folded);
bool is_everyday_word(std::string_view folded);

}  // namespace capbridge::adapters
