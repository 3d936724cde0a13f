// What the scorm-cloud adapter says of itself: the descriptor with the JSON Schema of its settings. Static
// text.
#pragma once
#include <string_view>

namespace scorm_cloud {

inline constexpr std::string_view kDescriptor = R"json({
 "id": "scorm-cloud",
 "name": "SCORM Cloud",
 "vendor": "capbridge",
 "version": "1.0.0",
 "facets": ["source"],
 "kinds": ["completion", "scorm_attempt", "withdraw"],
 "allowed_hosts": ["cloud.scorm.com", "*.scorm.com"],
 "threads": false,
 "config_schema": {
  "$schema": "http://json-schema.org/draft-07/schema#",
  "title": "Settings of a scorm-cloud source",
  "type": "object",
  "additionalProperties": false,
  "required": ["learner"],
  "properties": {
   "url": {"type": "string", "pattern": "^https?://([^/?#@:\\s]+|\\[[0-9A-Fa-f:.]+\\])(:[0-9]{1,5})?(/[^?#\\s]*)?$", "default": "https://cloud.scorm.com/api/v2", "title": "An address without a user or password", "description": "The interface, version 2. No user or password in it: lists show it, credentials belong into http.auth."},
   "auth": {"type": "string", "minLength": 1, "default": "lms", "description": "The auth profile of the source's http section that signs the requests: basic with the application's id and a secret key, or OAuth2 with the scope read:registration."},
   "learner": {
    "type": "object", "additionalProperties": false, "required": ["scheme"],
    "description": "What the learner id of a registration is: whoever made the registrations chose it.",
    "properties": {
     "scheme": {"type": "string", "pattern": "^(esr-person|esr-employee|esr-assignment|email|crs-uuid|mbox|mbox_sha1sum|openid|registration:.+|account:.+)$", "description": "What kind of identifier: esr-employee, email, account:https://lms.example.org ..."},
     "issuer": {"type": "string", "description": "Who gave the number out, where that is needed to tell two apart (an ESR instance)."}
    }
   },
   "email": {"type": "boolean", "default": true, "description": "Also identify the learner by the e-mail address of the registration, where it has one."},
   "course": {"type": "string", "minLength": 1, "description": "Only registrations of this course, by SCORM Cloud's course id. Absent: of the whole application."},
   "since": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T.+(Z|[+-][0-9:]+)$", "description": "The first pull begins with what was updated at this instant or later, e.g. 2024-04-01T00:00:00Z. Absent: with everything."},
   "overlap_minutes": {"type": "integer", "minimum": 0, "maximum": 10080, "default": 10, "description": "Each pull asks again for what was updated in so many minutes before the last one."},
   "in_progress": {"type": "boolean", "default": true, "description": "Also say who has begun and not finished."},
   "detail": {"type": "boolean", "default": false, "description": "Also read the run-time data of each SCO (scorm_attempt). Answers become much larger."},
   "interactions": {"type": "boolean", "default": false, "description": "With detail: also take learners' answers to questions, as statements of their own. They are personal data that no rule of the bridge needs: say true only where somebody has decided to keep them."}
  }
 }
})json";

}  // namespace scorm_cloud
