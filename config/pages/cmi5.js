// The link to a cmi5 LMS (cmi5 specification 1.0: 8 launch, 9 statements, 10 launch data). Made by cmi5Link(); null where the page
// was not launched so. Rules kept here: initialized first, terminated last, each cmi5 verb once a session, completed and passed once a
// registration, passed or failed but not both, nothing but initialized and terminated in Browse and Review.
function cmi5Link() {
  var launch = {};
  location.search.slice(1).split("&").forEach(function (pair) {
    var at = pair.indexOf("=");
    if (at > 0) { launch[pair.slice(0, at)] = decodeURIComponent(pair.slice(at + 1).replace(/\+/g, " ")); }
  });
  if (!launch.endpoint || !launch.fetch || !launch.actor || !launch.activityId || !launch.registration) { return null; }

  var VERBS = "http://adlnet.gov/expapi/verbs/", CMI5 = "https://w3id.org/xapi/cmi5/context/";
  var endpoint = launch.endpoint.replace(/\/*$/, "/"), token = "", template = {}, settings = {};
  var open = false, started = Date.now(), waiting = [], sending = false, tried = 0, failed = null, past = {}, saved = "";
  var keeping = false, stale = false; // a state is on its way; there is a newer one
  var actor;
  try { actor = JSON.parse(launch.actor); } catch (e) { return null; }

  function uuid() {
    var b = crypto.getRandomValues(new Uint8Array(16)), text = "";
    b[6] = (b[6] & 15) | 64;
    b[8] = (b[8] & 63) | 128;
    for (var i = 0; i < 16; i++) { text += (i === 4 || i === 6 || i === 8 || i === 10 ? "-" : "") + (b[i] + 256).toString(16).slice(1); }
    return text;
  }
  function span(seconds) { return "PT" + Math.max(0, Math.round(seconds * 100) / 100) + "S"; }
  function elapsed() { return span((Date.now() - started) / 1000); }

  function ask(method, resource, query, body) {
    var text = Object.keys(query || {}).map(function (k) { return k + "=" + encodeURIComponent(query[k]); }).join("&");
    var headers = { "X-Experience-API-Version": "1.0.3", Authorization: "Basic " + token };
    if (body !== undefined) { headers["Content-Type"] = "application/json"; }
    var payload = body === undefined ? undefined : JSON.stringify(body);
    // keepalive: the request outlives the page. Browsers allow 64 KiB of them at a time.
    return fetch(endpoint + resource + (text ? "?" + text : ""), {
      method: method, headers: headers, body: payload, keepalive: !!payload && payload.length < 30000, cache: "no-store"
    });
  }
  function state(id) { return { activityId: launch.activityId, agent: launch.actor, registration: launch.registration, stateId: id }; }
  function document_(answer) {
    if (answer.status === 404) { return null; }
    if (!answer.ok) { throw new Error("the LMS answered " + answer.status); }
    return answer.json();
  }

  // The LMS's template, and what we add to it; never over it.
  function context(categories, more) {
    var c = JSON.parse(JSON.stringify(template));
    c.registration = launch.registration;
    c.contextActivities = c.contextActivities || {};
    if (categories.length) {
      var list = [].concat(c.contextActivities.category || []);
      categories.forEach(function (name) {
        var id = CMI5 + "categories/" + name;
        if (!list.some(function (a) { return a.id === id; })) { list.push({ id: id }); }
      });
      c.contextActivities.category = list;
    }
    if (more) { more(c); }
    return c;
  }
  function statement(verb, object, result, context_) {
    var s = { id: uuid(), actor: actor, verb: { id: VERBS + verb, display: { en: verb } }, object: object, context: context_, timestamp: new Date().toISOString() };
    if (result) { s.result = result; }
    waiting.push(s);
    send();
  }
  function defined(verb, result) {
    var judged = verb === "passed" || verb === "failed";
    var counts = judged || verb === "completed";
    statement(verb, { objectType: "Activity", id: launch.activityId }, result, context(counts ? ["cmi5", "moveon"] : ["cmi5"], function (c) {
      if (!judged || typeof settings.masteryScore !== "number") { return; }
      c.extensions = c.extensions || {};
      if (c.extensions[CMI5 + "extensions/masteryscore"] === undefined) { c.extensions[CMI5 + "extensions/masteryscore"] = settings.masteryScore; }
    }));
  }
  // In order, one request at a time. A refusal drops the batch, for it would be refused again; a broken line is tried again.
  function send() {
    if (sending || !waiting.length) { return; }
    var batch = waiting;
    waiting = [];
    sending = true;
    ask("POST", "statements", null, batch).then(function (answer) {
      if (!answer.ok && (answer.status >= 500 || answer.status === 429)) { throw new Error("busy"); }
      sending = false;
      tried = 0;
      if (!answer.ok && failed) { failed(); }
      send();
    }).catch(function () {
      waiting = batch.concat(waiting);
      sending = false;
      if (++tried > 5) { if (failed) { failed(); } return; }
      setTimeout(send, 500 * tried * tried);
    });
  }

  function object(id, type, name, more) {
    var d = more || {};
    d.type = type;
    d.name = {};
    d.name[PACKAGE.language] = name;
    return { objectType: "Activity", id: id, definition: d };
  }
  function below(requirements) {
    return context([], function (c) {
      c.contextActivities.parent = [].concat(c.contextActivities.parent || [], { id: launch.activityId });
      var other = requirements.filter(function (id) { return PACKAGE.objectives[id]; }).map(function (id) { return { id: PACKAGE.objectives[id].requirement }; });
      if (other.length) { c.contextActivities.other = [].concat(c.contextActivities.other || [], other); }
    });
  }
  function choices(list) {
    return list.map(function (o) { var d = {}; d[PACKAGE.language] = o.text; return { id: o.id, description: d }; });
  }
  function pattern(type, parts) {
    return type === "matching" ? parts.map(function (p) { return p.join("[.]"); }).join("[,]") : parts.join("[,]");
  }

  var link = {
    standard: "cmi5",
    suspendLimit: 60000,
    start: function (done, onFailure) {
      failed = onFailure;
      fetch(launch.fetch, { method: "POST", cache: "no-store" }).then(document_).then(function (answer) {
        token = answer && answer["auth-token"];
        if (!token) { throw new Error("the session has ended"); }
        return ask("GET", "activities/state", state("LMS.LaunchData")).then(document_);
      }).then(function (data) {
        if (!data) { throw new Error("no launch data"); }
        settings = data;
        template = data.contextTemplate || {};
        link.mode = String(data.launchMode || "Normal").toLowerCase();
        // The specification has it read; the pages have no sound and one language, so nothing follows from it.
        return ask("GET", "agents/profile", { agent: launch.actor, profileId: "cmi5LearnerPreferences" }).catch(function () { return null; });
      }).then(function () {
        return ask("GET", "activities/state", state("capbridge")).then(document_).catch(function () { return null; });
      }).then(function (kept) {
        past = kept && typeof kept === "object" ? kept : {};
        past.objectives = Array.isArray(past.objectives) ? past.objectives.filter(function (id) { return PACKAGE.objectives[id]; }) : [];
        open = true;
        defined("initialized");
        done({
          mode: link.mode, mastery: typeof settings.masteryScore === "number" ? settings.masteryScore : null, passed: !!past.passed,
          objectives: past.objectives, data: past.data || ""
        });
      }).catch(function () { done(null); });
    },
    objective: function (id, status, score) {
      if (!open || !status || status === "incomplete") { return open; }
      var result = {};
      if (status === "passed" || status === "failed") { result.success = status === "passed"; }
      if (status === "completed") { result.completion = true; }
      if (score !== null) { result.score = { scaled: score }; }
      var o = PACKAGE.objectives[id];
      statement(status, object(o.id, "http://adlnet.gov/expapi/activities/objective", o.title), result, below([id]));
      if (status === "passed" && past.objectives.indexOf(id) < 0) {
        past.objectives.push(id);
        keep();
      }
      return true;
    },
    interaction: function (i) {
      if (!open) { return false; }
      var more = { interactionType: i.type, correctResponsesPattern: i.correct.map(function (parts) { return pattern(i.type, parts); }) };
      if (i.type === "fill-in") { more.correctResponsesPattern = more.correctResponsesPattern.map(function (p) { return "{case_matters=false}" + p; }); }
      if (i.type === "choice" || i.type === "sequencing") { more.choices = choices(i.choices); }
      if (i.type === "matching") { more.source = choices(i.choices); more.target = choices(i.targets); }
      statement("answered", object(launch.activityId + "/interactions/" + encodeURIComponent(i.id), "http://adlnet.gov/expapi/activities/cmi.interaction", i.title, more),
        { response: pattern(i.type, i.response), success: i.right, duration: span(i.latency) }, below(i.requirements));
      return true;
    },
    complete: function (outcome, score) {
      if (!open) { return false; }
      if (!past.completed) {
        past.completed = true;
        defined("completed", { completion: true, duration: elapsed() });
      }
      if (outcome === "passed" && !past.passed) {
        past.passed = true;
        defined("passed", judged(true, score));
      }
      // A learner may try again, and one session may hold only one verdict: a failure is said when the session ends.
      past.failing = outcome === "failed" && !past.passed ? { score: score } : null;
      keep();
      return true;
    },
    progress: function () { return true; },
    save: function (text) { saved = text; return keep(); },
    commit: function () { send(); return open; },
    finish: function (done) {
      if (!open) { return; }
      if (past.failing) { defined("failed", judged(false, past.failing.score)); }
      past.failing = null;
      defined("terminated", { duration: elapsed() });
      if (stale) { put(); }
      open = false;
      if (done === "asked") { return depart(); }
      // The page is going away: what is on its way stays on its way, and the rest does not wait for it.
      if (waiting.length) { ask("POST", "statements", null, waiting).catch(function () {}); }
      waiting = [];
    }
  };
  function judged(success, score) {
    var result = { success: success, duration: elapsed() }, limit = settings.masteryScore;
    // A score on the wrong side of the LMS's own mastery score would make the statement wrong.
    if (score !== null && (typeof limit !== "number" || (score >= limit) === success)) { result.score = { scaled: score }; }
    return result;
  }
  // One at a time, the newest last: two at once may arrive the other way round, and a pass in the newer one be lost.
  function keep() {
    if (!open) { return false; }
    stale = true;
    if (!keeping) { put(); }
    return true;
  }
  function put() {
    stale = false;
    keeping = true;
    var all = { completed: !!past.completed, passed: !!past.passed, objectives: past.objectives, data: saved || past.data || "" };
    ask("PUT", "activities/state", state("capbridge"), all).catch(function () {}).then(function () {
      keeping = false;
      if (stale && open) { put(); }
    });
  }
  // Back to the LMS, once everything has been sent.
  function depart() {
    if ((sending || waiting.length) && tried <= 5) { return setTimeout(depart, 50); }
    if (settings.returnURL && /^https?:/i.test(settings.returnURL)) { location.href = settings.returnURL; }
  }
  return link;
}
