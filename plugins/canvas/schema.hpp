// What the canvas adapter says of itself: the descriptor with the JSON Schema of its settings. Static text.
#pragma once
#include <string_view>

namespace canvas {

inline constexpr std::string_view kDescriptor = R"json({
 "id": "canvas",
 "name": "Canvas LMS",
 "vendor": "capbridge",
 "version": "1.0.0",
 "facets": ["source"],
 "kinds": ["course", "completion", "withdraw", "snapshot_begin", "snapshot_end"],
 "allowed_hosts": ["*"],
 "threads": false,
 "config_schema": {
  "$schema": "http://json-schema.org/draft-07/schema#",
  "title": "Settings of a canvas source",
  "type": "object",
  "additionalProperties": false,
  "required": ["url", "identifiers"],
  "properties": {
   "url": {"type": "string", "pattern": "^https?://([^/?#@:\\s]+|\\[[0-9A-Fa-f:.]+\\])(:[0-9]{1,5})?(/[^?#\\s]*)?$", "title": "An address without a user or password", "description": "The site, e.g. https://trust.instructure.com. No user or password in it: lists show it, credentials belong into http.auth."},
   "auth": {"type": "string", "minLength": 1, "default": "lms", "description": "The auth profile of the source's http section that signs the requests (bearer, or oauth2_refresh)."},
   "account": {"type": "string", "pattern": "^[A-Za-z0-9_:.~-]+$", "default": "self", "description": "The account whose courses are read, with all its sub-accounts: a number, sis_account_id:..., or self for the root account."},
   "courses": {"type": "array", "minItems": 1, "items": {"type": "string", "pattern": "^[0-9~]+$"}, "description": "Only these courses, by Canvas's number. Absent: every published course of the account."},
   "identifiers": {
    "type": "array", "minItems": 1,
    "description": "What identifies a learner, by the members that Canvas has for it. Empty ones are left out.",
    "items": {
     "type": "object", "additionalProperties": false, "required": ["member", "scheme"],
     "properties": {
      "member": {"enum": ["sis_user_id", "login_id", "integration_id"], "description": "Canvas's name. sis_user_id and integration_id need the right to read SIS data."},
      "scheme": {"type": "string", "pattern": "^(esr-person|esr-employee|esr-assignment|email|crs-uuid|mbox|mbox_sha1sum|openid|registration:.+|account:.+)$", "description": "What kind of identifier it is here: esr-employee, email, registration:GMC ..."},
      "issuer": {"type": "string", "description": "Who gave the number out, where that is needed to tell two apart (an ESR instance)."}
     }
    }
   },
   "account_identifier": {"type": "boolean", "default": true, "description": "Also say Canvas's own number of the user (scheme account:<url>), so that somebody without a SIS id is put forward for matching rather than rejected."},
   "snapshot": {"type": "boolean", "default": false, "description": "True: what a course no longer shows was withdrawn, also when somebody was removed from the course. False: removing somebody from a course withdraws nothing."},
   "in_progress": {"type": "boolean", "default": true, "description": "Also say who has begun a course: at least one requirement is met, not all."},
   "modules": {"type": "boolean", "default": false, "description": "Also read which modules each learner has completed. Costs one request for every learner of every course."},
   "page_size": {"type": "integer", "minimum": 1, "maximum": 100, "default": 100, "description": "Rows asked for at once. Canvas may give fewer."}
  }
 }
})json";

}  // namespace canvas
