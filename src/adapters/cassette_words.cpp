#include "adapters/cassette_words.hpp"

#include <cctype>
#include <initializer_list>
#include <map>
#include <set>

namespace capbridge::adapters {
namespace {

const std::map<std::string, PersonalData, std::less<>>& words() {
    using enum PersonalData;
    static const auto all = [] {
        std::map<std::string, PersonalData, std::less<>> out;
        const auto add = [&](PersonalData kind, std::initializer_list<const char*> names) {
            for (const auto* name : names) out[name] = kind;
        };
        add(given,
            {"firstname", "givenname", "forename", "forenames", "middlename", "preferredname", "knownas",
             "alternatename", "firstnamephonetic", "givennames", "nickname", "middlenames"});
        add(family,
            {"lastname", "surname", "familyname", "maidenname", "previouslastname", "lastnamephonetic"});
        add(full, {"fullname",         "displayname",         "sortablename",   "userfullname",
                   "fullnamewithlink", "fullnamewithpicture", "learnername",    "studentname",
                   "employeename",     "managername",         "supervisorname", "assignedto",
                   "assessorname",     "teachername",         "authorname",     "instructorname",
                   "trainername",      "candidatename",       "usersname",      "realname",
                   "commonname",       "loggedinas",          "sortname",       "cn"});
        add(user, {"username", "login", "loginid", "uniqueid", "userprincipalname", "loginname",
                   "samaccountname", "upn", "eppn", "clientid", "openid"});
        add(number,
            {"learnerid",          "studentid",     "employeenumber",  "employeeid",    "employeeno",
             "staffnumber",        "staffid",       "personnumber",    "payrollnumber", "assignmentnumber",
             "sisuserid",          "integrationid", "nhsnumber",       "gmcnumber",     "nmcpin",
             "registrationnumber", "empno",         "staffno",         "payrollno",     "esrnumber",
             "esrperson",          "employeeref",   "nhsno",           "gmc",           "nmc",
             "workerid",           "personid",      "personnelnumber", "hcpcnumber",    "localuserid",
             "esrassignment",      "assignmentno",  "esrassignmentid", "esrid",         "esremployee"});
        add(phone, {"phone", "phone1", "phone2", "mobile", "mobilephone", "telephone", "phonenumber", "fax",
                    "tel", "cell", "workphone", "homephone"});
        add(digest, {"mboxsha1sum", "emailhash", "emailsha1"});
        add(drop, {"dob",
                   "dateofbirth",
                   "birthdate",
                   "birthday",
                   "birthname",
                   "address",
                   "address1",
                   "address2",
                   "address3",
                   "street",
                   "postcode",
                   "postalcode",
                   "zip",
                   "homeaddress",
                   "gender",
                   "sex",
                   "pronouns",
                   "ethnicity",
                   "ethnicorigin",
                   "religion",
                   "disability",
                   "sexualorientation",
                   "nationality",
                   "maritalstatus",
                   "ninumber",
                   "nino",
                   "nationalinsurancenumber",
                   "lastip",
                   "ip",
                   "ipaddress",
                   "avatar",
                   "avatarurl",
                   "picture",
                   "profileimageurl",
                   "profileimageurlsmall",
                   "imagealt",
                   "signature",
                   "bio",
                   "street1",
                   "street2",
                   "age",
                   "photo",
                   "photourl",
                   "userpictureurl",
                   "accesstoken",
                   "refreshtoken",
                   "idtoken",
                   "privatetoken",
                   "userprivateaccesskey",
                   "password",
                   "secret",
                   "clientsecret",
                   "apikey",
                   "sesskey",
                   "wstoken",
                   "nextofkin",
                   "addressline1",
                   "addressline2",
                   "addressline3"});
        add(none, {"title", "description"});
        add(perhaps_full, {"name", "shortname"});
        add(perhaps_number, {"idnumber", "externalid", "sisid"});
        return out;
    }();
    return all;
}

bool has(const std::string& word, std::string_view part) {
    return word.find(part) != std::string::npos;
}

// xAPI names extensions by IRIs: what they mean is in the last part,
// "https://lms.example/ext/employee-number".
std::string_view own_name(std::string_view name) {
    if (name.find("://") == std::string_view::npos && !name.starts_with("urn:")) return name;
    name = name.substr(0, name.find('?'));
    while (name.ends_with('/') || name.ends_with('#')) name.remove_suffix(1);
    return name.substr(name.find_last_of("/#:") + 1);
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
    const auto word = plain_word(own_name(name));
    if (const auto it = words().find(word); it != words().end()) return it->second;
    if (word.ends_with('s')) {  // "usernames": [...]
        if (const auto it = words().find(word.substr(0, word.size() - 1)); it != words().end())
            return it->second;
    }
    if (has(word, "sha1sum") && has(word, "mail")) return PersonalData::digest;
    if (has(word, "email") || word == "mail" || word == "mbox") return PersonalData::email;
    if (has(word, "birth")) return PersonalData::drop;
    if (has(word, "firstname") || has(word, "forename")) return PersonalData::given;
    if (has(word, "lastname") || has(word, "surname")) return PersonalData::family;
    if (has(word, "userfullname") || has(word, "usersfullname")) return PersonalData::full;
    if (has(word, "username")) return PersonalData::user;
    if (has(word, "telephone") || has(word, "mobilenumber")) return PersonalData::phone;
    if (has(word, "esrassignment") || has(word, "assignmentnumber") || has(word, "esremployee"))
        return PersonalData::number;
    if (has(word, "employeenumber") || has(word, "staffnumber") || has(word, "payroll"))
        return PersonalData::number;
    return PersonalData::none;
}

bool is_person_word(std::string_view name) {
    static const std::set<std::string, std::less<>> all{
        "user",      "person",    "people",      "learner",     "student",     "actor",       "agent",
        "employee",  "manager",   "author",      "grader",      "instructor",  "member",      "participant",
        "teacher",   "assessor",  "trainer",     "tutor",       "mentor",      "supervisor",  "verifier",
        "approver",  "reviewer",  "coach",       "delegate",    "attendee",    "candidate",   "respondent",
        "contact",   "owner",     "recipient",   "sender",      "invigilator", "facilitator", "worker",
        "staff",     "assignee",  "appraiser",   "linemanager", "signatory",   "witness",     "createdfor",
        "username",  "fullname",  "displayname", "userfrom",    "userto",      "creator",     "modifier",
        "submitter", "presenter", "colleague"};
    auto word = plain_word(own_name(name));
    if (all.contains(word)) return true;
    // assessed_by, signedOffBy, lastModifiedBy
    if (word.size() > 4 && (word.ends_with("edby") || word.ends_with("offby") || word.ends_with("givenby")))
        return true;
    if (word.ends_with('s')) word.pop_back();
    return all.contains(word);
}

bool is_search_word(std::string_view name) {
    static const std::set<std::string, std::less<>> all{"q",          "query", "search",  "searchterm",
                                                        "searchtext", "term",  "keyword", "keywords"};
    return all.contains(plain_word(name));
}

bool is_name_title(std::string_view folded) {
    static const std::set<std::string, std::less<>> all{"mr",   "mrs",       "ms",  "miss", "mx",     "dr",
                                                        "prof", "professor", "sir", "dame", "sister", "rev"};
    return all.contains(folded);
}

bool is_generic_word(std::string_view folded) {
    static const std::set<std::string, std::less<>> all{
        "user",    "users",    "admin", "administrator", "student", "test",     "learner",    "guest",
        "teacher", "manager",  "demo",  "course",        "example", "account",  "system",     "service",
        "api",     "training", "web",   "team",          "group",   "ward",     "trust",      "hospital",
        "module",  "safety",   "fire",  "care",          "support", "learning", "moving",     "handling",
        "the",     "and",      "for",   "not",           "none",    "other",    "all",        "any",
        "data",    "text",     "type",  "status",        "value",   "email",    "name",       "true",
        "false",   "null",     "staff", "site",          "default", "unknown",  "department", "nurse",
        "doctor",  "health",   "http",  "https",         "www",     "com",      "org",        "mailto",
        "van",     "von",      "der",   "den",           "bin",     "del",      "des",        "san"};
    return all.contains(folded);
}

bool is_everyday_word(std::string_view folded) {
    static const std::set<std::string, std::less<>> all{
        "will",  "may",    "mark",   "rose",  "grace", "hope",   "faith",  "joy",     "dean",   "art",
        "april", "june",   "august", "miles", "penny", "sue",    "bill",   "frank",   "grant",  "rich",
        "chase", "chance", "page",   "young", "long",  "short",  "small",  "little",  "brown",  "green",
        "black", "white",  "grey",   "day",   "days",  "week",   "field",  "fields",  "wood",   "stone",
        "hill",  "price",  "cook",   "baker", "king",  "bishop", "west",   "north",   "south",  "east",
        "rest",  "pass",   "active", "link",  "new",   "old",    "first",  "last",    "case",   "lane",
        "park",  "banks",  "best",   "good",  "read",  "write",  "major",  "minor",   "power",  "sharp",
        "wise",  "love",   "bell",   "ball",  "cross", "ford",   "gates",  "hall",    "house",  "land",
        "marsh", "moss",   "reed",   "root",  "sales", "self",   "strong", "summers", "winter", "ward",
        "way",   "wells",  "key",    "kind",  "ray",   "sky",    "see",    "yes",     "see"};
    return all.contains(folded);
}

}  // namespace capbridge::adapters
