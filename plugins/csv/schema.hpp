// What the csv adapter says of itself: the descriptor with the JSON Schema of its settings. Static text.
#pragma once
#include <string_view>

namespace csv_adapter {

inline constexpr std::string_view kDescriptor = R"json({
 "id": "csv",
 "name": "CSV exports in a folder",
 "vendor": "capbridge",
 "version": "1.0.0",
 "facets": ["source"],
 "kinds": ["completion", "snapshot_begin", "snapshot_end"],
 "allowed_hosts": [],
 "threads": false,
 "config_schema": {
  "$schema": "http://json-schema.org/draft-07/schema#",
  "title": "Settings of a csv source",
  "type": "object",
  "additionalProperties": false,
  "required": ["columns"],
  "properties": {
   "files": {"type": "string", "minLength": 1, "default": "*.csv", "description": "Which files of the drop folder: a name with * and ?."},
   "encoding": {"enum": ["utf-8", "windows-1252", "iso-8859-1", "utf-16"], "default": "utf-8", "description": "How the text is encoded. A byte order mark is understood; utf-16 without one is little endian."},
   "separator": {"enum": [",", ";", "|", "tab"], "default": ",", "description": "What stands between two fields."},
   "snapshot": {"type": "boolean", "default": false, "description": "True: each file lists everything that holds, so that a completion which is no longer in it was withdrawn. False: files only add and change."},
   "scope": {"type": "string", "minLength": 1, "description": "With snapshot: what a file is a whole list of. The default is the text of `files`: all files are successive lists of the same thing and only the newest counts. With {file} in it, each file name is a list of its own, e.g. one for each site."},
   "columns": {
    "type": "object",
    "additionalProperties": false,
    "required": ["who", "activity"],
    "description": "Where the parts of a completion stand, by the header of the column (without regard to case).",
    "properties": {
     "who": {
      "type": "array", "minItems": 1,
      "description": "Columns that identify the learner. Empty ones are left out; a row with none is rejected.",
      "items": {
       "type": "object", "additionalProperties": false, "required": ["scheme", "column"],
       "properties": {
        "scheme": {"type": "string", "pattern": "^(esr-person|esr-employee|esr-assignment|email|crs-uuid|mbox|mbox_sha1sum|openid|registration:.+|account:.+)$", "description": "What kind of identifier: esr-employee, email, registration:GMC, account:https://lms.example.org ..."},
        "issuer": {"type": "string", "description": "Who gave the number out, where that is needed to tell two apart (an ESR instance, e.g. nymouth)."},
        "column": {"type": "string", "minLength": 1, "description": "Header of the column."}
       }
      }
     },
     "activity": {
      "type": "object", "additionalProperties": false, "required": ["column"],
      "description": "What was learnt.",
      "properties": {
       "column": {"type": "string", "minLength": 1, "description": "Column with the LMS's own id of the course or activity. A row without one is rejected."},
       "iri_column": {"type": "string", "minLength": 1, "description": "Column with its address (https://...), if there is one."},
       "title_column": {"type": "string", "minLength": 1, "description": "Column with its title."},
       "type": {"type": "string", "minLength": 1, "description": "What all rows are: course, activity, ..."},
       "sco_column": {"type": "string", "minLength": 1, "description": "Column with the identifier of a SCO in the manifest of the SCORM package: the row is about that part. An empty field: about the whole."},
       "objective_column": {"type": "string", "minLength": 1, "description": "Column with the identifier of an objective of that SCO (or, without one, of the course): the row is about that objective. An empty field: about the SCO or the whole."},
       "competency_string": {"type": "boolean", "default": false, "description": "True: the column has competencies as ESR names them, e.g. NHS|CSTF|Fire Safety - 2 Years|. The id is that text without bars at its end, the title its last part, and where the row has no expiry date the period in it counts from the date of the completion."}
      }
     },
     "key": {
      "type": "object", "additionalProperties": false, "required": ["columns"],
      "description": "What makes two rows the same fact. The default is who + activity + SCO + objective + attempt; with several columns of who there is none, as it would change when one of them is filled in later. Dates, competencies and e-mail addresses count however they are written. An export that lists a yearly course once for each year needs its date column here. Changed later, every row is another fact: syncs say so and stop until accept_key says that it is wanted.",
      "properties": {"columns": {"type": "array", "minItems": 1, "items": {"type": "string", "minLength": 1}, "description": "Headers of columns."}}
     },
     "accept_key": {"type": "string", "description": "The yes to another key, after rows were taken in under an old one: the text that the refused sync names. It says yes to that key only, and may stay."},
     "what": {
      "type": "object", "additionalProperties": false,
      "description": "What the row says. Without this every row is a completion.",
      "properties": {
       "column": {"type": "string", "minLength": 1, "description": "Column with the status."},
       "values": {
        "type": "object", "description": "Text of the column (without regard to case) -> what it means; \"\" is the empty field.",
        "additionalProperties": {"enum": ["completed", "passed", "failed", "in_progress", "withdrawn", "skip", "reject"]}
       },
       "otherwise": {"enum": ["completed", "passed", "failed", "in_progress", "withdrawn", "skip", "reject"], "description": "What every other text means. skip: the row is passed over; reject (the default): it is reported."}
      }
     },
     "occurred": {
      "type": "object", "additionalProperties": false, "required": ["column", "formats"],
      "description": "When it happened. An empty field is an unknown date; one that fits no format rejects the row.",
      "properties": {
       "column": {"type": "string", "minLength": 1, "description": "Column with the date."},
       "formats": {"type": "array", "minItems": 1, "items": {"type": "string", "minLength": 2}, "description": "Date formats, tried in order: %d/%m/%Y %H:%M, %d %B %Y, %I:%M %p, %A, %d %B %Y, %I:%M %p (Moodle), %Y-%m-%d. Without a time of day the date stays a day."},
       "zone": {"type": "string", "minLength": 1, "description": "Time zone of the times of day, e.g. Europe/London. Required when a format has one."},
       "basis": {"enum": ["completed", "graded", "observed"], "default": "completed", "description": "What the date is the date of."}
      }
     },
     "score": {
      "type": "object", "additionalProperties": false,
      "description": "Marks. Empty and - mean none; a percent sign is passed over.",
      "properties": {
       "raw_column": {"type": "string", "minLength": 1, "description": "Column with the mark."},
       "min": {"type": "number", "description": "Lowest mark."},
       "max": {"type": "number", "description": "Highest mark."},
       "scaled_column": {"type": "string", "minLength": 1, "description": "Column with the mark from -1 to 1."}
      }
     },
     "expires": {
      "type": "object", "additionalProperties": false, "required": ["column", "formats"],
      "description": "Until when it is valid by the LMS's own word.",
      "properties": {
       "column": {"type": "string", "minLength": 1, "description": "Column with the date; empty: no end."},
       "formats": {"type": "array", "minItems": 1, "items": {"type": "string", "minLength": 2}, "description": "As for occurred; its zone counts here too."},
       "never": {"type": "array", "items": {"type": "string"}, "description": "Texts that say there is no expiry date (without regard to case). The default is: No expiry, No expiry date, Does not expire, Never, Never expires, None, N/A."}
      }
     },
     "attempt": {
      "type": "object", "additionalProperties": false, "required": ["column"],
      "properties": {"column": {"type": "string", "minLength": 1, "description": "Column with the number of the attempt, from 1."}}
     },
     "duration": {
      "type": "object", "additionalProperties": false, "required": ["column"],
      "properties": {
       "column": {"type": "string", "minLength": 1, "description": "Column with the time that was spent."},
       "unit": {"enum": ["iso8601", "seconds", "minutes", "hours", "h:mm:ss"], "default": "iso8601", "description": "How it is written."}
      }
     }
    }
   }
  }
 }
})json";

}  // namespace csv_adapter
