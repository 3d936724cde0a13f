// What the moodle adapter says of itself: the descriptor with the JSON Schema of its settings. Static text.
// docs/adapter-moodle.md explains the settings to an administrator.
#pragma once
#include <string_view>

namespace moodle {

inline constexpr std::string_view kDescriptor = R"json({
 "id": "moodle",
 "name": "Moodle",
 "vendor": "capbridge",
 "version": "1.0.0",
 "facets": ["source", "sink", "users"],
 "kinds": ["completion", "course", "scorm_attempt", "withdraw"],
 "pushes": ["competency_award"],
 "allowed_hosts": ["*"],
 "threads": false,
 "config_schema": {
  "$schema": "http://json-schema.org/draft-07/schema#",
  "title": "Settings of a Moodle source",
  "type": "object",
  "additionalProperties": false,
  "required": ["url"],
  "properties": {
   "url": {"type": "string", "pattern": "^https?://([^/?#@:\\s]+|\\[[0-9A-Fa-f:.]+\\])(:[0-9]{1,5})?(/[^?#\\s]*)?$", "title": "An address without a user or password", "description": "Address of the site, as its home page has it: https://moodle.example.org. No user or password in it: lists show it, credentials belong into http.auth."},
   "auth": {"type": "string", "minLength": 1, "default": "lms", "description": "Name of the source's auth profile: of type form_token with the parameter wstoken, so that the token travels in the body only."},
   "strategy": {"enum": ["auto", "report", "batch", "companion"], "default": "auto", "description": "How completions of courses are read. report: a custom report (Moodle 4.1 and later); batch: per person, for the courses listed here; companion: the plugin local_bridge; auto: companion if the site has it, else report if report.id is set, else batch."},
   "report": {
    "type": "object",
    "additionalProperties": false,
    "required": ["id"],
    "description": "The custom report of strategy report: source 'Course participants'.",
    "properties": {
     "id": {"type": "integer", "minimum": 1, "description": "Its number, as the address of the report shows it."},
     "columns": {
      "type": "object",
      "additionalProperties": false,
      "description": "Headers of the report's columns, letter for letter. What is not named here has the name that Moodle gives in English.",
      "properties": {
       "idnumber": {"type": "string", "minLength": 1, "default": "ID number", "description": "The person's ID number."},
       "username": {"type": "string", "minLength": 1, "default": "Username", "description": "The person's user name."},
       "email": {"type": "string", "minLength": 1, "default": "Email address", "description": "The person's e-mail address."},
       "course_idnumber": {"type": "string", "minLength": 1, "default": "Course ID number", "description": "The course's ID number."},
       "course_shortname": {"type": "string", "minLength": 1, "default": "Course short name", "description": "The course's short name; also its title when there is no other."},
       "course_fullname": {"type": "string", "minLength": 1, "default": "Course full name", "description": "The course's full name."},
       "status": {"type": "string", "minLength": 1, "default": "Status", "description": "Status of the enrolment."},
       "completed": {"type": "string", "minLength": 1, "default": "Completed", "description": "Whether the course is completed."},
       "time_completed": {"type": "string", "minLength": 1, "default": "Time completed", "description": "When it was completed."},
       "grade": {"type": "string", "minLength": 1, "default": "Grade", "description": "The course total, as a number."}
      }
     },
     "time_zone": {"type": "string", "minLength": 1, "default": "UTC", "description": "Time zone that Moodle is asked to write times in. UTC has no hour that happens twice."},
     "language": {"type": "string", "minLength": 2, "default": "en", "description": "Language pack that Moodle is asked to write in. The names of days and months must be English."},
     "page_size": {"type": "integer", "minimum": 10, "maximum": 500, "default": 500, "description": "Rows asked for at once."},
     "date_formats": {"type": "array", "minItems": 1, "items": {"type": "string", "minLength": 2}, "default": ["%A, %d %B %Y, %I:%M %p", "%d %B %Y, %I:%M %p"], "description": "How 'Time completed' is written, tried in order, in the language of strptime."},
     "overlap_days": {"type": "integer", "minimum": 0, "maximum": 90, "default": 2, "description": "How far each run looks back behind the newest completion it knows: for completions that Moodle dates back."},
     "filter": {"type": "string", "minLength": 3, "default": "completion:timecompleted", "description": "Moodle's name of the filter 'Time completed'."},
     "yes": {"type": "array", "items": {"type": "string"}, "default": ["Yes"], "description": "Texts in the column Completed that mean completed."},
     "no": {"type": "array", "items": {"type": "string"}, "default": ["No"], "description": "Texts in it that mean not completed."},
     "active": {"type": "array", "items": {"type": "string"}, "default": ["Active"], "description": "Texts in the column Status that mean an active enrolment. Only of those does 'not completed' take anything back."}
    }
   },
   "courses": {
    "type": "array",
    "description": "The mapped courses: those read by strategy batch, and those whose activities and SCORM tracks are read. With companion: when not empty, only these.",
    "items": {
     "type": "object", "additionalProperties": false, "minProperties": 1, "maxProperties": 1,
     "properties": {
      "id": {"type": "integer", "minimum": 2, "description": "The course's number in Moodle."},
      "idnumber": {"type": "string", "minLength": 1, "description": "Its ID number."},
      "shortname": {"type": "string", "minLength": 1, "description": "Its short name."}
     }
    }
   },
   "course_id": {"enum": ["idnumber", "shortname", "id"], "default": "idnumber", "description": "What names a course towards the bridge. Courses without it are passed over. Not id with strategy report."},
   "person_key": {"enum": ["username", "idnumber", "email", "id"], "default": "username", "description": "What tells people apart in the keys of records: what never changes. Not id with strategy report."},
   "activities": {"type": "boolean", "default": false, "description": "Also read the completion of the activities of the mapped courses."},
   "scorm": {"type": "boolean", "default": false, "description": "Also read the SCORM tracks of the mapped courses, one record for each attempt."},
   "interactions": {"type": "boolean", "default": false, "description": "Also take learners' answers to the questions in SCORM packages, as statements of their own. They are personal data that no rule of the bridge needs: say true only where somebody has decided to keep them. What was taken is withdrawn by the first full run after it is false again."},
   "incomplete": {"enum": ["withdraw", "keep"], "default": "withdraw", "description": "When Moodle says of an active enrolment that it is not completed. withdraw: what was said before no longer holds; keep: it does (sites that reset courses for recertification)."},
   "identifiers": {
    "type": "array", "minItems": 1,
    "description": "Which field of a Moodle account is which identifier. By default idnumber is esr-employee, email is email, username is account.",
    "items": {
     "type": "object", "additionalProperties": false, "required": ["field", "scheme"],
     "properties": {
      "field": {"enum": ["idnumber", "email", "username", "id"], "description": "Field of the account."},
      "scheme": {"type": "string", "pattern": "^(esr-person|esr-employee|esr-assignment|email|crs-uuid|mbox|openid|registration:.+|account(:.+)?)$", "description": "What it is: esr-employee, email, registration:GMC ...; account alone stands for account:<url of the site>."},
      "issuer": {"type": "string", "minLength": 1, "description": "Who gave the number out (an ESR instance)."}
     }
    }
   },
   "batch_size": {"type": "integer", "minimum": 1, "maximum": 400, "default": 50, "description": "Calls packed into one request. PHP's max_input_vars allows about 490."},
   "expect": {
    "type": "object", "additionalProperties": false,
    "description": "What the site is known to have: missing rights look like an empty site, and these tell the two apart.",
    "properties": {
     "users_at_least": {"type": "integer", "minimum": 0, "default": 1, "description": "People in each course of expect.courses or, without those, in the mapped courses together; rows of the report. 0: an empty site is fine."},
     "courses": {"type": "array", "items": {"type": "object", "additionalProperties": false, "minProperties": 1, "maxProperties": 1, "properties": {"id": {"type": "integer", "minimum": 2, "description": "The course's number."}, "idnumber": {"type": "string", "minLength": 1, "description": "Its ID number."}, "shortname": {"type": "string", "minLength": 1, "description": "Its short name."}}}, "description": "Courses to try; the mapped courses by default (the first three of them)."},
     "activities_at_least": {"type": "integer", "minimum": 0, "description": "Activities with completion in each of these courses."}
    }
   }
  }
 }
})json";

}  // namespace moodle
