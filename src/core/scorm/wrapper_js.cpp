// The API wrapper of packages that we build. Plain ECMAScript 5: content is played in whatever browser a ward
// has. Follows SCORM 1.2 RTE 3.3 and SCORM 2004 4th edition RTE 3.2, 4.2.17 (objectives).
#include <nlohmann/json.hpp>

#include "core/base/json.hpp"
#include "core/scorm/package_texts.hpp"

namespace capbridge::scorm {
namespace {

constexpr const char* code = R"js(
(function (global) {
  "use strict";
  var started = Date.now(), is2004 = false, api = null, open = false, finished = false;

  // The API is in a frame above or in the window that opened us; seven hops are the limit of the specification's example,
  // players nest deeper.
  function inChain(w) {
    for (var hops = 0; w && hops < 32; hops++) {
      try {
        if (w.API_1484_11) { is2004 = true; return w.API_1484_11; }
        if (w.API) { is2004 = false; return w.API; }
      } catch (e) { return null; } // a frame of another origin
      if (w.parent === w) { return null; }
      w = w.parent;
    }
    return null;
  }

  function find() {
    var found = inChain(global);
    try { if (!found && global.top && global.top.opener) { found = inChain(global.top.opener); } } catch (e) { /* other origin */ }
    return found;
  }

  function call(name, a, b) {
    if (!api) { return ""; }
    var method = is2004 ? name : "LMS" + (name === "Terminate" ? "Finish" : name);
    return arguments.length === 3 ? api[method](a, b) : api[method](a);
  }
  function get(element) { return open ? String(call("GetValue", element)) : ""; }
  function set(element, value) { return open && String(call("SetValue", element, String(value))) === "true"; }

  function initialise() {
    if (open) { return true; }
    if (finished) { return false; }
    api = find();
    open = !!api && String(call("Initialize", "")) === "true";
    if (!open) { return false; }
    if (is2004) {
      if (get("cmi.completion_status") === "unknown" || get("cmi.completion_status") === "not attempted") {
        set("cmi.completion_status", "incomplete");
      }
    } else if (get("cmi.core.lesson_status") === "not attempted") {
      set("cmi.core.lesson_status", "incomplete");
    }
    return true;
  }

  // The index of an objective, a new one when the player does not have it yet; -1 when it cannot be made.
  function indexOf(id) {
    var count = parseInt(get("cmi.objectives._count"), 10) || 0;
    for (var i = 0; i < count; i++) {
      if (get("cmi.objectives." + i + ".id") === id) { return i; }
    }
    return set("cmi.objectives." + count + ".id", id) ? count : -1;
  }

  // id: of a requirement. status: "passed", "failed", "completed" or "incomplete". score: 0 to 1, optional.
  function objective(id, status, score) {
    if (!Object.prototype.hasOwnProperty.call(OBJECTIVES, id)) {
      throw new Error("capbridge: this package has no objective " + id);
    }
    if (!initialise()) { return false; }
    var at = indexOf(is2004 ? OBJECTIVES[id] : id), good = at >= 0, path = "cmi.objectives." + at + ".";
    if (!good) { return false; }
    if (typeof score === "number" && isFinite(score)) {
      score = Math.min(1, Math.max(0, score));
      if (is2004) { good = set(path + "score.scaled", score) && good; }
      good = set(path + "score.min", 0) && good;
      good = set(path + "score.max", 100) && good;
      good = set(path + "score.raw", Math.round(score * 10000) / 100) && good;
    }
    if (is2004) {
      if (status === "passed" || status === "failed") {
        good = set(path + "success_status", status) && good;
        good = set(path + "completion_status", "completed") && good;
      } else if (status) {
        good = set(path + "completion_status", status) && good;
      }
    } else if (status) {
      good = set(path + "status", status) && good;
    }
    return commit() && good;
  }

  // outcome: nothing (completed), "passed" or "failed". score: 0 to 1, optional.
  function complete(outcome, score) {
    if (!initialise()) { return false; }
    var good = true, root = is2004 ? "cmi.score." : "cmi.core.score.";
    if (typeof score === "number" && isFinite(score)) {
      score = Math.min(1, Math.max(0, score));
      if (is2004) { good = set(root + "scaled", score) && good; }
      good = set(root + "min", 0) && good;
      good = set(root + "max", 100) && good;
      good = set(root + "raw", Math.round(score * 10000) / 100) && good;
    }
    if (is2004) {
      good = set("cmi.completion_status", "completed") && good;
      if (outcome) { good = set("cmi.success_status", outcome) && good; }
    } else {
      good = set("cmi.core.lesson_status", outcome || "completed") && good;
    }
    return commit() && good;
  }

  function commit() { return open && String(call("Commit", "")) === "true"; }

  function two(n) { return (n < 10 ? "0" : "") + n; }
  function sessionTime() {
    var s = Math.max(0, Math.round((Date.now() - started) / 1000));
    if (is2004) { return "PT" + s + "S"; }
    var hours = Math.min(9999, Math.floor(s / 3600));
    return ("000" + hours).slice(-4) + ":" + two(Math.floor(s / 60) % 60) + ":" + two(s % 60);
  }

  // pagehide is the last event that browsers still deliver; unload is not. Finishing twice would count the time twice.
  function finish() {
    if (!open || finished) { return; }
    set(is2004 ? "cmi.session_time" : "cmi.core.session_time", sessionTime());
    var done = is2004 ? get("cmi.completion_status") === "completed"
                      : /^(completed|passed|failed)$/.test(get("cmi.core.lesson_status"));
    set(is2004 ? "cmi.exit" : "cmi.core.exit", done ? (is2004 ? "normal" : "") : "suspend");
    commit();
    call("Terminate", "");
    finished = true;
    open = false;
  }

  global.addEventListener("pagehide", finish);
  global.document.addEventListener("visibilitychange", function () {
    if (global.document.visibilityState === "hidden") { commit(); }
  });
  global.capbridge = {
    objectives: OBJECTIVES, initialise: initialise, objective: objective, complete: complete, commit: commit,
    finish: finish
  };
  initialise();
})(window);
)js";

}  // namespace

std::string wrapper_js(const PackagePlan& plan) {
    ordered_json objectives = ordered_json::object();
    for (const auto* requirement : plan.requirements) {
        objectives[requirement->id] = plan.framework->requirement_iri(*requirement);
    }
    std::string text(code);
    const std::string opening = "  \"use strict\";\n";
    const auto at = text.find(opening) + opening.size();
    // In the function, so that the page gets one global only. requirement id -> objectiveID in SCORM 2004.
    text.insert(at, "  var OBJECTIVES = " + objectives.dump() + ";\n");
    return "// Reports to the player (SCORM 1.2 or 2004) what a learner achieved. Use it from the content:\n"
           "//   capbridge.objective(\"requirement-id\", \"passed\", 0.9); capbridge.complete(\"passed\", "
           "0.9);\n" +
           text.substr(1);
}

}  // namespace capbridge::scorm
