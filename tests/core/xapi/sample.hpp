// A statement that uses nearly every member xAPI knows, and a small one.
#pragma once
#include <nlohmann/json.hpp>

namespace capbridge::xapi {

inline const nlohmann::json& full_statement() {
    static const auto statement = nlohmann::json::parse(R"({
        "id": "FD41C918-b88b-4b20-a0a5-a4c32391aaa0",
        "version": "1.0.3",
        "timestamp": "2026-03-01T09:30:00+01:00",
        "stored": "2026-03-01T08:31:00Z",
        "actor": {"objectType": "Group", "name": "Team", "mbox": "mailto:team@trust.example", "member": [
            {"objectType": "Agent", "name": "A", "account": {"homePage": "https://lms.example/", "name": "17"}},
            {"openid": "https://id.example/b"},
            {"mbox_sha1sum": "ebd31e95054c018b10727ccffd2ef2ec3a016ee9"}]},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/completed", "display": {"en-GB": "completed"}},
        "object": {"objectType": "Activity", "id": "https://lms.example/course/1", "definition": {
            "name": {"en": "Course"}, "description": {"en": "A course"},
            "type": "http://adlnet.gov/expapi/activities/course", "moreInfo": "https://lms.example/more",
            "extensions": {"https://e.example/x": null},
            "interactionType": "choice", "correctResponsesPattern": ["a"],
            "choices": [{"id": "a", "description": {"en": "A"}}, {"id": "b"}]}},
        "result": {"score": {"scaled": 0.5, "raw": 5, "min": 0, "max": 10}, "success": true, "completion": true,
            "response": "a", "duration": "PT5M", "extensions": {"https://e.example/y": {"deep": [1]}}},
        "context": {"registration": "EC531277-b57b-4c15-8d91-d292c5b2b8f7",
            "instructor": {"mbox": "mailto:Teacher@Trust.example"},
            "team": {"objectType": "Group", "account": {"homePage": "https://lms.example/", "name": "team"}},
            "revision": "2", "platform": "LMS", "language": "en-GB",
            "statement": {"objectType": "StatementRef", "id": "6690e6c9-3ef0-4ed3-8b37-7f3964730bee"},
            "contextActivities": {"parent": {"id": "https://lms.example/parent"},
                "grouping": [{"id": "https://lms.example/group"}, {"objectType": "Activity", "id": "https://lms.example/group2"}]},
            "extensions": {"https://e.example/z": 1}},
        "authority": {"objectType": "Group", "member": [
            {"account": {"homePage": "https://oauth.example/", "name": "client"}}, {"mbox": "mailto:owner@trust.example"}]},
        "attachments": [{"usageType": "https://e.example/usage", "display": {"en": "Certificate"}, "description": {"en": "x"},
            "contentType": "text/plain", "length": 3,
            "sha2": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", "fileUrl": "https://e.example/f"}]})");
    return statement;
}

inline nlohmann::json small_statement() {
    return nlohmann::json::parse(R"({
        "actor": {"mbox": "mailto:ann@trust.example"},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/completed"},
        "object": {"id": "https://lms.example/course/1"}})");
}

}  // namespace capbridge::xapi
