#include "adapters/cassette_words.hpp"

#include <cctype>
#include <map>
#include <set>

namespace capbridge::adapters {
namespace {

const std::map<std::string, PersonalData, std::less<>>& words() {
    using enum PersonalData;
    static const std::map<std::string, PersonalData, std::less<>> all{{"firstname", given},
                                                                      {"givenname", given},
                                                                      {"forename", given},
                                                                      {"forenames", given},
                                                                      {"middlename", given},
                                                                      {"preferredname", given},
                                                                      {"knownas", given},
                                                                      {"alternatename", given},
                                                                      {"firstnamephonetic", given},
                                                                      {"lastname", family},
                                                                      {"surname", family},
                                                                      {"familyname", family},
                                                                      {"maidenname", family},
                                                                      {"previouslastname", family},
                                                                      {"lastnamephonetic", family},
                                                                      {"fullname", full},
                                                                      {"displayname", full},
                                                                      {"sortablename", full},
                                                                      {"userfullname", full},
                                                                      {"fullnamewithlink", full},
                                                                      {"fullnamewithpicture", full},
                                                                      {"learnername", full},
                                                                      {"studentname", full},
                                                                      {"employeename", full},
                                                                      {"managername", full},
                                                                      {"supervisorname", full},
                                                                      {"username", user},
                                                                      {"login", user},
                                                                      {"loginid", user},
                                                                      {"uniqueid", user},
                                                                      {"userprincipalname", user},
                                                                      {"learnerid", number},
                                                                      {"studentid", number},
                                                                      {"employeenumber", number},
                                                                      {"employeeid", number},
                                                                      {"employeeno", number},
                                                                      {"staffnumber", number},
                                                                      {"staffid", number},
                                                                      {"personnumber", number},
                                                                      {"payrollnumber", number},
                                                                      {"assignmentnumber", number},
                                                                      {"sisuserid", number},
                                                                      {"integrationid", number},
                                                                      {"nhsnumber", number},
                                                                      {"gmcnumber", number},
                                                                      {"nmcpin", number},
                                                                      {"registrationnumber", number},
                                                                      {"phone", phone},
                                                                      {"phone1", phone},
                                                                      {"phone2", phone},
                                                                      {"mobile", phone},
                                                                      {"mobilephone", phone},
                                                                      {"telephone", phone},
                                                                      {"phonenumber", phone},
                                                                      {"fax", phone},
                                                                      {"mboxsha1sum", digest},
                                                                      {"dob", drop},
                                                                      {"dateofbirth", drop},
                                                                      {"birthdate", drop},
                                                                      {"birthday", drop},
                                                                      {"birthname", drop},
                                                                      {"address", drop},
                                                                      {"address1", drop},
                                                                      {"address2", drop},
                                                                      {"address3", drop},
                                                                      {"street", drop},
                                                                      {"postcode", drop},
                                                                      {"postalcode", drop},
                                                                      {"zip", drop},
                                                                      {"homeaddress", drop},
                                                                      {"gender", drop},
                                                                      {"sex", drop},
                                                                      {"pronouns", drop},
                                                                      {"title", none},
                                                                      {"ethnicity", drop},
                                                                      {"ethnicorigin", drop},
                                                                      {"religion", drop},
                                                                      {"disability", drop},
                                                                      {"sexualorientation", drop},
                                                                      {"nationality", drop},
                                                                      {"maritalstatus", drop},
                                                                      {"ninumber", drop},
                                                                      {"nino", drop},
                                                                      {"nationalinsurancenumber", drop},
                                                                      {"lastip", drop},
                                                                      {"ip", drop},
                                                                      {"ipaddress", drop},
                                                                      {"avatar", drop},
                                                                      {"avatarurl", drop},
                                                                      {"picture", drop},
                                                                      {"profileimageurl", drop},
                                                                      {"profileimageurlsmall", drop},
                                                                      {"imagealt", drop},
                                                                      {"signature", drop},
                                                                      {"bio", drop},
                                                                      {"name", perhaps_full},
                                                                      {"shortname", perhaps_full},
                                                                      {"description", none},
                                                                      {"idnumber", perhaps_number},
                                                                      {"externalid", perhaps_number},
                                                                      {"sisid", perhaps_number}};
    return all;
}

bool has(const std::string& word, std::string_view part) {
    return word.find(part) != std::string::npos;
}

}  // namespace

std::string plain_word(std::string_view name) {
    std::string out;
    for (const char c : name) {
        if (std::isalnum(static_cast<unsigned char>(c)) != 0)
            out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    return out;
}

PersonalData personal_data_of(std::string_view name) {
    const auto word = plain_word(name);
    if (const auto it = words().find(word); it != words().end()) return it->second;
    if (has(word, "sha1sum") && has(word, "mail")) return PersonalData::digest;
    if (has(word, "email") || word == "mail" || word == "mbox") return PersonalData::email;
    if (has(word, "birth")) return PersonalData::drop;
    if (has(word, "firstname") || has(word, "forename")) return PersonalData::given;
    if (has(word, "lastname") || has(word, "surname")) return PersonalData::family;
    if (has(word, "userfullname") || has(word, "usersfullname")) return PersonalData::full;
    if (has(word, "username")) return PersonalData::user;
    if (has(word, "telephone") || has(word, "mobilenumber")) return PersonalData::phone;
    if (has(word, "employeenumber") || has(word, "staffnumber") || has(word, "payroll"))
        return PersonalData::number;
    return PersonalData::none;
}

bool is_person_word(std::string_view name) {
    static const std::set<std::string, std::less<>> all{
        "user",     "users",      "person", "people",   "learner",     "learners", "student",
        "students", "actor",      "agent",  "employee", "employees",   "manager",  "author",
        "grader",   "instructor", "member", "members",  "participants"};
    return all.contains(plain_word(name));
}

}  // namespace capbridge::adapters
