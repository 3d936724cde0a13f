// What the esr adapter says of itself: the descriptor with the JSON Schema of its settings. Static text.
#pragma once
#include <string_view>

namespace esr_adapter {

inline constexpr std::string_view kDescriptor = R"json({
 "id": "esr",
 "name": "NHS Electronic Staff Record, Generic Outbound files",
 "vendor": "capbridge",
 "version": "1.0.0",
 "facets": ["source"],
 "kinds": ["person", "employment", "unit", "competency_definition", "competency_held", "withdraw", "snapshot_begin", "snapshot_end", "feed_gap"],
 "allowed_hosts": [],
 "threads": false,
 "config_schema": {
  "$schema": "http://json-schema.org/draft-07/schema#",
  "title": "Settings of an esr source",
  "type": "object",
  "additionalProperties": false,
  "required": ["vpd"],
  "properties": {
   "vpd": {"type": "string", "pattern": "^[0-9]{3}$", "description": "The trust's VPD number, as in the names of its files: GO_123_..."},
   "destination": {"type": "string", "pattern": "^[A-Za-z0-9]{1,16}$", "description": "The destination in the names, e.g. GDW. Needed only when the folder holds the files of several."},
   "files": {"type": "string", "minLength": 1, "default": "GO_*", "description": "Which files of the drop folder: a name with * and ?. Of those, only files that are named like Generic Outbound files count."},
   "codes": {
    "type": "object", "additionalProperties": false,
    "description": "The part of the name that tells daily files from full ones.",
    "properties": {
     "delta": {"type": "string", "pattern": "^[A-Z]{3}$", "default": "GOC", "description": "Changes."},
     "full": {"type": "string", "pattern": "^[A-Z]{3}$", "default": "GOF", "description": "Everything (a seed)."}
    }
   },
   "issuer": {"type": "string", "minLength": 1, "description": "Who gave out the person, employee and assignment numbers. The default is vpd: and the VPD number."},
   "organisation": {"type": "string", "minLength": 1, "description": "ODS code of the trust, for employments and units."},
   "assignment_numbers": {"type": "boolean", "default": true, "description": "Make assignment numbers known as identifiers, each for as long as the assignment lasts: they are used again later."},
   "assignment_types": {"type": "array", "minItems": 1, "items": {"type": "string"}, "default": ["E", "C"], "description": "Assignment types that are employments. Applicants (A) are not."},
   "ended_statuses": {"type": "array", "items": {"type": "string"}, "default": ["TERM_ASSIGN", "END"], "description": "System assignment statuses of rows that say the assignment has ended."},
   "held": {
    "type": "object", "additionalProperties": false,
    "description": "Which competency rows mean that somebody holds the competency; the others are requirements or plans.",
    "properties": {
     "types": {"type": "array", "minItems": 1, "items": {"type": "string"}, "default": ["PERSONAL"], "description": "Competency types."},
     "statuses": {"type": "array", "minItems": 1, "items": {"type": "string"}, "default": ["ACHIEVED"], "description": "Competency statuses."}
    }
   },
   "name_format": {"type": "string", "minLength": 1, "default": "{preferred} {last}", "description": "How people are shown: {first}, {middle}, {preferred} (the first name when there is none), {last}."},
   "trailer_count": {"enum": ["ignore", "rows", "lines"], "default": "ignore", "description": "What the number in the last row counts: rows between the first and the last, or all lines. A file with another number is not taken."},
   "accept_gap": {"type": "string", "description": "The key of a gap that a person has accepted. Written by the bridge (capbridge gap accept)."},
   "columns": {
    "type": "object", "additionalProperties": false,
    "description": "Where a field stands, by record type, when the file differs from the layout of 2021 to 2023. 1 is the record type, 0 says that the file has no such column. Fields that are not named here cannot be read at all.",
    "properties": {
     "PR": {"$ref": "#/definitions/person"}, "AS": {"$ref": "#/definitions/assignment"}, "PO": {"$ref": "#/definitions/position"},
     "OR": {"$ref": "#/definitions/organisation"}, "CM": {"$ref": "#/definitions/held"}, "CD": {"$ref": "#/definitions/definition"}
    }
   }
  },
  "definitions": {
   "at": {"type": "integer", "minimum": 0, "maximum": 120},
   "person": {"type": "object", "additionalProperties": false, "properties": {"id": {"$ref": "#/definitions/at"}, "start": {"$ref": "#/definitions/at"}, "end": {"$ref": "#/definitions/at"}, "employee_number": {"$ref": "#/definitions/at"}, "last_name": {"$ref": "#/definitions/at"}, "first_name": {"$ref": "#/definitions/at"}, "middle_names": {"$ref": "#/definitions/at"}, "preferred_name": {"$ref": "#/definitions/at"}, "termination_date": {"$ref": "#/definitions/at"}, "crs_uuid": {"$ref": "#/definitions/at"}, "email": {"$ref": "#/definitions/at"}, "updated": {"$ref": "#/definitions/at"}}},
   "assignment": {"type": "object", "additionalProperties": false, "properties": {"person_id": {"$ref": "#/definitions/at"}, "id": {"$ref": "#/definitions/at"}, "start": {"$ref": "#/definitions/at"}, "end": {"$ref": "#/definitions/at"}, "earliest_start": {"$ref": "#/definitions/at"}, "assignment_type": {"$ref": "#/definitions/at"}, "assignment_number": {"$ref": "#/definitions/at"}, "system_status": {"$ref": "#/definitions/at"}, "primary": {"$ref": "#/definitions/at"}, "fte": {"$ref": "#/definitions/at"}, "organisation_id": {"$ref": "#/definitions/at"}, "position_id": {"$ref": "#/definitions/at"}, "position_name": {"$ref": "#/definitions/at"}, "job_name": {"$ref": "#/definitions/at"}, "updated": {"$ref": "#/definitions/at"}, "assignment_end": {"$ref": "#/definitions/at"}}},
   "position": {"type": "object", "additionalProperties": false, "properties": {"id": {"$ref": "#/definitions/at"}, "start": {"$ref": "#/definitions/at"}, "end": {"$ref": "#/definitions/at"}, "staff_group": {"$ref": "#/definitions/at"}, "job_role": {"$ref": "#/definitions/at"}}},
   "organisation": {"type": "object", "additionalProperties": false, "properties": {"id": {"$ref": "#/definitions/at"}, "name": {"$ref": "#/definitions/at"}, "start": {"$ref": "#/definitions/at"}, "end": {"$ref": "#/definitions/at"}, "parent_id": {"$ref": "#/definitions/at"}, "nacs_code": {"$ref": "#/definitions/at"}, "updated": {"$ref": "#/definitions/at"}}},
   "held": {"type": "object", "additionalProperties": false, "properties": {"person_id": {"$ref": "#/definitions/at"}, "id": {"$ref": "#/definitions/at"}, "competency_type": {"$ref": "#/definitions/at"}, "competency_status": {"$ref": "#/definitions/at"}, "competency_name": {"$ref": "#/definitions/at"}, "start": {"$ref": "#/definitions/at"}, "end": {"$ref": "#/definitions/at"}, "level": {"$ref": "#/definitions/at"}, "method": {"$ref": "#/definitions/at"}, "competence_id": {"$ref": "#/definitions/at"}, "updated": {"$ref": "#/definitions/at"}}},
   "definition": {"type": "object", "additionalProperties": false, "properties": {"id": {"$ref": "#/definitions/at"}, "competency_name": {"$ref": "#/definitions/at"}, "description": {"$ref": "#/definitions/at"}, "renewal_count": {"$ref": "#/definitions/at"}, "renewal_units": {"$ref": "#/definitions/at"}, "updated": {"$ref": "#/definitions/at"}}}
  }
 }
})json";

}  // namespace esr_adapter
