// The link to a SCORM player: 1.2 (RTE 1.2, chapter 3) or 2004 (RTE, chapters 3 and 4). Made by scormLink(); null where no player is.
function scormLink() {
  var api = null, is2004 = false, open = false, started = Date.now();

  // The API is in a frame above, or in the window that opened us. Players nest deeper than the specification's seven.
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
  api = inChain(window);
  try { if (!api && window.top && window.top.opener) { api = inChain(window.top.opener); } } catch (e) { /* another origin */ }
  try { if (!api && window.opener) { api = inChain(window.opener); } } catch (e) { /* another origin */ }
  if (!api) { return null; }

  function call(name, a, b) {
    var method = is2004 ? name : "LMS" + (name === "Terminate" ? "Finish" : name);
    try {
      return String(arguments.length === 3 ? api[method](a, b) : api[method](a));
    } catch (e) { return ""; } // a player that throws must not take the page down
  }
  function get(element) { return open ? call("GetValue", element) : ""; }
  function set(element, value) { return open && call("SetValue", element, String(value)) === "true"; }
  function commit() { return open && call("Commit", "") === "true"; }
  function root(rest) { return (is2004 ? "cmi." : "cmi.core.") + rest; }

  function two(n) { return (n < 10 ? "0" : "") + n; }
  // 1.2: HHHH:MM:SS.SS; 2004: an ISO 8601 duration to a hundredth of a second.
  function span(seconds) {
    var s = Math.max(0, Math.round(seconds * 100) / 100);
    if (is2004) { return "PT" + s + "S"; }
    var whole = Math.floor(s), hours = Math.min(9999, Math.floor(whole / 3600));
    return ("000" + hours).slice(-4) + ":" + two(Math.floor(whole / 60) % 60) + ":" + two(whole % 60) + "." + two(Math.floor((s - whole) * 100 + 0.5) % 100);
  }
  function now() {
    var d = new Date();
    // 2004 lets a time zone stand only after a fraction of a second.
    return is2004 ? d.toISOString().replace(/\.(\d)\d*Z$/, ".$1Z") : two(d.getHours()) + ":" + two(d.getMinutes()) + ":" + two(d.getSeconds());
  }

  function scores(path, score) {
    var good = is2004 ? set(path + "scaled", Math.round(score * 10000) / 10000) : true;
    good = set(path + "min", 0) && good;
    good = set(path + "max", 100) && good;
    return set(path + "raw", Math.round(score * 10000) / 100) && good;
  }

  // The index of an objective, a new one where the player does not have it yet; -1 when it cannot be made.
  function indexOf(id) {
    var count = parseInt(get("cmi.objectives._count"), 10) || 0;
    for (var i = 0; i < count; i++) {
      if (get("cmi.objectives." + i + ".id") === id) { return i; }
    }
    return set("cmi.objectives." + count + ".id", id) ? count : -1;
  }

  // The package's own ids of the objectives that the player has as passed.
  function passedObjectives() {
    var count = parseInt(get("cmi.objectives._count"), 10) || 0, own = Object.create(null), out = [];
    Object.keys(PACKAGE.objectives).forEach(function (id) { own[is2004 ? PACKAGE.objectives[id].id : id] = id; });
    for (var i = 0; i < count; i++) {
      var id = own[get("cmi.objectives." + i + ".id")];
      if (id && get("cmi.objectives." + i + (is2004 ? ".success_status" : ".status")) === "passed") { out.push(id); }
    }
    return out;
  }

  // One text out of the parts of a response: a[,]b and a[.]1 in 2004, a,b and a.1 in 1.2.
  function pattern(type, parts) {
    if (type === "true-false") { return is2004 ? parts[0] : parts[0].charAt(0); }
    if (type === "matching") { return parts.map(function (p) { return p.join(is2004 ? "[.]" : "."); }).join(is2004 ? "[,]" : ","); }
    if (type === "fill-in") { return parts[0].slice(0, 250); }
    return parts.join(is2004 ? "[,]" : ",");
  }

  var link = {
    standard: is2004 ? "2004" : "1.2",
    suspendLimit: is2004 ? 60000 : 4000,
    start: function (done) {
      open = call("Initialize", "") === "true";
      if (!open) { return done(null); }
      var mastery = parseFloat(get(is2004 ? "cmi.scaled_passing_score" : "cmi.student_data.mastery_score"));
      var status = get(is2004 ? "cmi.completion_status" : "cmi.core.lesson_status");
      var success = is2004 ? get("cmi.success_status") : status;
      link.mode = get(is2004 ? "cmi.mode" : "cmi.core.lesson_mode") || "normal";
      if (link.mode === "normal" && (status === "unknown" || status === "not attempted" || status === "")) {
        set(is2004 ? "cmi.completion_status" : "cmi.core.lesson_status", "incomplete");
      }
      done({
        mode: link.mode,
        mastery: isFinite(mastery) ? (is2004 ? mastery : mastery / 100) : null,
        passed: success === "passed",
        objectives: passedObjectives(),
        data: get("cmi.suspend_data")
      });
    },
    objective: function (id, status, score) {
      var at = indexOf(is2004 ? PACKAGE.objectives[id].id : id), good = at >= 0, path = "cmi.objectives." + at + ".";
      if (!good) { return false; }
      if (score !== null) { good = scores(path + "score.", score); }
      if (!is2004) { return (status ? set(path + "status", status) : true) && good; }
      if (status === "passed" || status === "failed") {
        good = set(path + "success_status", status) && good;
        status = "completed";
      }
      return (status ? set(path + "completion_status", status) : true) && good;
    },
    interaction: function (i) {
      var path = "cmi.interactions." + (parseInt(get("cmi.interactions._count"), 10) || 0) + ".";
      var good = set(path + "id", i.id) && set(path + "type", i.type);
      if (!good) { return false; }
      i.requirements.forEach(function (id, n) {
        if (PACKAGE.objectives[id]) { good = set(path + "objectives." + n + ".id", is2004 ? PACKAGE.objectives[id].id : id) && good; }
      });
      set(path + (is2004 ? "timestamp" : "time"), now());
      i.correct.forEach(function (parts, n) {
        var text = pattern(i.type, parts);
        good = set(path + "correct_responses." + n + ".pattern", is2004 && i.type === "fill-in" ? "{case_matters=false}" + text : text) && good;
      });
      good = set(path + (is2004 ? "learner_response" : "student_response"), pattern(i.type, i.response)) && good;
      good = set(path + "result", i.right ? "correct" : is2004 ? "incorrect" : "wrong") && good;
      set(path + "latency", span(i.latency));
      if (is2004) { set(path + "description", i.title.slice(0, 250)); }
      return good;
    },
    complete: function (outcome, score) {
      var good = score === null ? true : scores(root("score."), score);
      if (is2004) {
        set("cmi.progress_measure", 1);
        good = set("cmi.completion_status", "completed") && good;
        if (outcome) { good = set("cmi.success_status", outcome) && good; }
        // What advanced parts of the package wait for: passed, or completed where nothing can be passed.
        if (PACKAGE.done && (outcome === "passed" || PACKAGE.masteryScore === null)) {
          var at = indexOf(PACKAGE.done);
          if (at >= 0) { set("cmi.objectives." + at + ".success_status", "passed"); }
        }
      } else {
        good = set("cmi.core.lesson_status", outcome || "completed") && good;
      }
      return good;
    },
    progress: function (share) { return is2004 ? set("cmi.progress_measure", share) : true; },
    save: function (text, place) {
      set(is2004 ? "cmi.location" : "cmi.core.lesson_location", place);
      return set("cmi.suspend_data", text);
    },
    commit: commit,
    // Finishing twice would count the session's time twice, so it closes the link.
    finish: function (done) {
      if (!open) { return; }
      set(root("session_time"), span((Date.now() - started) / 1000));
      set(root("exit"), done ? (is2004 ? "normal" : "") : "suspend");
      if (is2004 && done === "asked" && get("adl.nav.request_valid.continue") === "true") { set("adl.nav.request", "continue"); }
      commit();
      call("Terminate", "");
      open = false;
    }
  };
  return link;
}
