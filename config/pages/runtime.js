// What pages use: window.capbridge. It finds the LMS (cmi5, SCORM 2004 or SCORM 1.2), starts and ends the session, and keeps the rules that all
// of them share: no result in browse and review mode, a pass is never taken back, scores are 0 to 1.
function capbridgeRuntime() {
  var link = cmi5Link() || scormLink(), begun = false, waiting = [], session = null, done = false, passed = false, held = Object.create(null), lost = [];
  // Told to a standard's link only while results count.
  function counts() { return !!session && session.mode === "normal"; }
  function share(score) { return typeof score === "number" && isFinite(score) ? Math.min(1, Math.max(0, score)) : null; }
  function needs(id) {
    if (!Object.prototype.hasOwnProperty.call(PACKAGE.objectives, id)) { throw new Error("capbridge: this package has no objective " + id); }
  }
  function ready(found) {
    session = found;
    begun = true;
    passed = !!found && found.passed;
    (found ? found.objectives : []).forEach(function (id) { held[id] = true; }); // passed in earlier sessions
    var saved = null;
    try { saved = found && found.data ? JSON.parse(found.data) : null; } catch (e) { /* another package's data, or cut short */ }
    api.connected = !!found;
    api.launched = !!link;
    api.standard = found ? link.standard : "";
    api.mode = found ? found.mode : "normal";
    api.masteryScore = found && found.mastery !== null ? found.mastery : PACKAGE.masteryScore;
    api.saved = saved;
    api.passed = passed;
    waiting.splice(0).forEach(function (f) { f(api); });
  }

  var api = {
    connected: false, launched: false, standard: "", mode: "normal", masteryScore: PACKAGE.masteryScore, saved: null, passed: false, objectives: PACKAGE.objectives,
    // f(capbridge) once the LMS has answered, or there is none.
    whenReady: function (f) { if (begun) { f(api); } else { waiting.push(f); } },
    // f() when results could not be sent.
    whenLost: function (f) { lost.push(f); },
    // status: "passed", "failed", "completed" or "incomplete". score: 0 to 1, optional.
    objective: function (id, status, score) {
      needs(id);
      if (!begun) { api.whenReady(function () { api.objective(id, status, score); }); return true; }
      if (held[id] && status !== "passed") { return true; }
      held[id] = status === "passed";
      return counts() && link.objective(id, status, share(score)) && link.commit();
    },
    // {id, type, title, response, correct, right, latency, requirements, choices, targets}; see docs/building-packages.md.
    interaction: function (i) {
      if (!begun) { api.whenReady(function () { api.interaction(i); }); return true; }
      return counts() && link.interaction(i);
    },
    // outcome: nothing (completed), "passed" or "failed". score: 0 to 1, optional.
    complete: function (outcome, score) {
      if (!begun) { api.whenReady(function () { api.complete(outcome, score); }); return true; }
      done = true;
      if (!counts()) { return false; }
      if (passed && outcome !== "passed") { return true; }
      passed = api.passed = passed || outcome === "passed";
      return link.complete(outcome, share(score)) && link.commit();
    },
    progress: function (part) { return counts() && !done && link.progress(Math.round(share(part) * 100) / 100); },
    // Any JSON value, given back as capbridge.saved the next time. place: a short text that some players show.
    save: function (value, place) {
      var text = JSON.stringify(value);
      if (!counts() || text.length > link.suspendLimit) { return false; }
      return link.save(text, String(place || "").slice(0, 250)) && link.commit();
    },
    commit: function () { return !!session && link.commit(); },
    // asked: the learner pressed a button, so the LMS may go on to what follows.
    finish: function (asked) {
      if (!session) { return; }
      link.finish(asked === true && done ? "asked" : done || passed);
      session = null;
    }
  };
  // pagehide is the last event that browsers still deliver; unload is not.
  window.addEventListener("pagehide", function () { api.finish(false); });
  document.addEventListener("visibilitychange", function () { if (document.visibilityState === "hidden") { api.commit(); } });
  if (link) { link.start(ready, function () { lost.forEach(function (f) { f(); }); }); } else { ready(null); }
  return api;
}
