// What the xapi adapter says of itself: the descriptor with the JSON Schema of its settings. Static text.
#pragma once
#include <string_view>

namespace xapi_adapter {

inline constexpr std::string_view kDescriptor = R"json({
 "id": "xapi",
 "name": "xAPI Learning Record Store",
 "vendor": "capbridge",
 "version": "1.0.0",
 "facets": ["source", "sink"],
 "kinds": ["statement"],
 "pushes": ["statements"],
 "allowed_hosts": ["*"],
 "threads": false,
 "config_schema": {
  "$schema": "http://json-schema.org/draft-07/schema#",
  "title": "Settings of an xapi source",
  "type": "object",
  "additionalProperties": false,
  "required": ["url"],
  "properties": {
   "url": {"type": "string", "pattern": "^https?://([^/?#@:\\s]+|\\[[0-9A-Fa-f:.]+\\])(:[0-9]{1,5})?(/[^?#\\s]*)?$", "title": "An address without a user or password", "description": "xAPI endpoint, without /statements, e.g. https://lrs.example.org/xapi. No user or password in it: lists show it, credentials belong into http.auth."},
   "auth": {"type": "string", "minLength": 1, "default": "lms", "description": "The auth profile of the source's http section that signs the requests (basic or bearer)."},
   "version": {"enum": ["1.0.3", "2.0.0"], "default": "1.0.3", "description": "The xAPI version to ask in. A store of 2.0 answers 1.0.3 too; ask in 2.0.0 only when it refuses 1.0.3."},
   "since": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T.+(Z|[+-][0-9:]+)$", "description": "The first pull begins with what was stored after this instant, e.g. 2024-04-01T00:00:00Z. Absent: with the store's first statement."},
   "verb": {"type": "string", "pattern": "^[a-zA-Z][a-zA-Z0-9+.-]*:.+", "description": "Only statements with this verb (an IRI). Beware: a store filters out the voiding statements with the rest, so that a statement which is voided there goes on to count here."},
   "activity": {"type": "string", "pattern": "^[a-zA-Z][a-zA-Z0-9+.-]*:.+", "description": "Only statements about this activity (an IRI)."},
   "related_activities": {"type": "boolean", "default": false, "description": "With activity: also where it stands in the context (parent, grouping, category, other)."},
   "overlap_minutes": {"type": "integer", "minimum": 0, "maximum": 10080, "default": 10, "description": "Each pull asks again for what was stored in so many minutes before the last one. Many stores promise more in X-Experience-API-Consistent-Through than they keep; this catches what became visible late."},
   "limit": {"type": "integer", "minimum": 10, "maximum": 5000, "default": 200, "description": "Statements asked for at once. The store may give fewer."}
  }
 }
})json";

}  // namespace xapi_adapter
