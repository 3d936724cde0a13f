// The ready-made pages: shows one page at a time, marks the questions, and reports through window.capbridge (capbridge-scorm.js).
(function () {
  "use strict";
  var lesson = JSON.parse(document.getElementById("lesson-data").textContent);
  var words = {
    back: "Back", next: "Next", start: "Start", toCheck: "Go to the questions", toFinish: "Finish", page: "Page {n} of {of}",
    check: "Check my answers", again: "Try again", right: "Right.", wrong: "Not right.", answerAll: "Please answer every question. Still open: {list}.",
    question: "Question {n}", score: "You got {right} of {of} right ({percent} %).", needed: "{percent} % is needed to pass.",
    passed: "You have passed.", failed: "You have not passed yet. Look at the pages again, then try again.", done: "You have reached the end.",
    leave: "Save and leave", leaveUnsaved: "Leave", left: "Your result has been saved. You can close this window now.", leftUnsaved: "You can close this window now.",
    alone: "No learning system was found. You can read everything and try the questions, but nothing is recorded.",
    ended: "The learning system did not answer, or this session has already ended. Close this window and open the course again; until then nothing is recorded.",
    lost: "The learning system does not take the results at the moment. Please tell whoever runs it.",
    review: "You are looking at this course again: your earlier result stays as it is.", browse: "This is a preview: nothing is recorded.",
    resumed: "You are back where you left off.", changed: "This course has changed since you were here. Please start again; what you have passed stays passed.", choose: "Choose", newWindow: "(opens in a new window)",
    requirements: "What this covers", met: "met", notMet: "not met yet", part: "{right} of {of} questions right"
  };
  Object.keys(lesson.words || {}).forEach(function (k) { words[k] = lesson.words[k]; });
  function say(key, values) { return words[key].replace(/\{(\w+)\}/g, function (all, name) { return values && name in values ? values[name] : all; }); }
  function $(id) { return document.getElementById(id); }
  function element(tag, text, attributes) {
    var e = document.createElement(tag);
    if (text) { e.textContent = text; }
    Object.keys(attributes || {}).forEach(function (k) { e.setAttribute(k, attributes[k]); });
    return e;
  }

  var bridge = window.capbridge, pages = Array.prototype.slice.call(document.querySelectorAll("section.page"));
  var form = $("check"), at = 0, seen = {}, marked = null, best = null;
  var spent = Object.create(null), lastAct = Date.now(); // milliseconds between one act and the next count for the question of the second
  var mastery = null; // 0 to 1; null: nobody asks for a score
  function has(object, id) { return !!object && Object.prototype.hasOwnProperty.call(object, id); }
  // What a kept state is about. A package that was replaced may ask other questions, for other requirements: a mark of the old ones says
  // nothing of them. Order and words do not matter. 32 bits (FNV-1a), for a state in SCORM 1.2 is short.
  function fingerprint() {
    var parts = lesson.questions.map(function (q) { return [q.id, q.type, q.requirements.slice().sort()]; }).map(String).sort();
    var text = JSON.stringify([parts, Object.keys(bridge.objectives).sort()]), hash = 0x811c9dc5;
    for (var i = 0; i < text.length; i++) { hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193); }
    return (hash >>> 0).toString(36);
  }

  // --- one page at a time
  var nav = $("steps"), back = element("button", words.back, { type: "button", class: "secondary" }), next = element("button", "", { type: "button" });
  var where = element("p", "", { id: "where" }), bar = element("progress", "", { max: pages.length, "aria-hidden": "true" });
  [back, where, next].forEach(function (e) { nav.appendChild(e); });
  $("progress").appendChild(bar);
  back.onclick = function () { go(at - 1); };
  next.onclick = function () { go(at + 1); };
  Array.prototype.forEach.call(document.querySelectorAll("main a[href]"), function (a) {
    if (a.getAttribute("href").charAt(0) === "#") { return; }
    a.target = "_blank"; // this window belongs to the learning system, and leaving it would end the session
    a.rel = "noopener noreferrer";
    a.appendChild(element("span", " " + words.newWindow, { class: "aside" }));
  });

  function go(to, quiet) {
    at = Math.max(0, Math.min(pages.length - 1, to));
    seen[at] = true;
    pages.forEach(function (p, i) { p.hidden = i !== at; });
    var kind = pages[at].dataset.kind, following = at + 1 < pages.length ? pages[at + 1].dataset.kind : "";
    back.hidden = at === 0;
    next.hidden = !following || (kind === "check" && !marked);
    next.textContent = at === 0 ? words.start : following === "check" ? words.toCheck : following === "finish" ? words.toFinish : words.next;
    where.textContent = say("page", { n: at + 1, of: pages.length });
    bar.value = at + 1;
    var heading = pages[at].querySelector("h2");
    document.title = heading.textContent + " – " + lesson.title;
    lastAct = Date.now();
    if (kind === "finish") { arrive(); }
    if (!quiet) {
      window.scrollTo(0, 0);
      heading.focus();
    }
    bridge.progress(Object.keys(seen).length / pages.length);
    keep();
  }
  function keep() {
    var answers = {};
    if (form) { lesson.questions.forEach(function (q) { var a = answer(q); if (a) { answers[q.id] = a; } }); }
    var state = { v: 1, of: fingerprint(), at: at, seen: Object.keys(seen).map(Number), best: best, answers: answers };
    if (!bridge.save(state, String(at + 1))) { bridge.save({ v: 1, of: state.of, at: at, seen: state.seen, best: best }, String(at + 1)); }
  }

  // --- questions: an answer is a list of parts, null while something is open
  function fields(q) { return Array.prototype.slice.call($("q-" + q.id).querySelectorAll("input, select")); }
  function answer(q) {
    var all = fields(q);
    if (q.type === "choice" || q.type === "true-false") {
      var ticked = all.filter(function (f) { return f.checked; }).map(function (f) { return f.value; });
      return ticked.length ? ticked : null;
    }
    if (q.type === "fill-in") { var text = all[0].value.replace(/\s+/g, " ").trim(); return text ? [text] : null; }
    if (all.some(function (f) { return !f.value; })) { return null; }
    if (q.type === "matching") { return all.map(function (f) { return [f.name.split(".").pop(), f.value]; }); }
    // sequencing: each item has a place; the answer is the items in the order of their places
    var places = all.map(function (f) { return Number(f.value); });
    if (new Set(places).size !== places.length) { return null; }
    return all.map(function (f) { return [Number(f.value), f.name.split(".").pop()]; }).sort(function (a, b) { return a[0] - b[0]; }).map(function (p) { return p[1]; });
  }
  function put(q, value) {
    fields(q).forEach(function (f) {
      var name = f.name.split(".").pop();
      if (f.type === "radio" || f.type === "checkbox") { f.checked = value.indexOf(f.value) >= 0; }
      else if (q.type === "fill-in") { f.value = value[0]; }
      else if (q.type === "matching") { value.forEach(function (pair) { if (pair[0] === name) { f.value = pair[1]; } }); }
      else { f.value = String(value.indexOf(name) + 1); }
    });
  }
  function plain(text) { return text.toLowerCase().replace(/\s+/g, " ").trim().replace(/[.!]$/, ""); }
  function isRight(q, given) {
    if (q.type === "fill-in") { return q.correct.some(function (c) { return plain(c[0]) === plain(given[0]); }); }
    var sorted = q.type === "choice";
    function text(parts) { parts = parts.map(String); return JSON.stringify(sorted ? parts.slice().sort() : parts); }
    return q.correct.some(function (c) { return text(c) === text(given); });
  }

  function mark(event) {
    event.preventDefault();
    var given = Object.create(null), open = [];
    lesson.questions.forEach(function (q, i) {
      given[q.id] = answer(q);
      $("q-" + q.id).classList.toggle("open", !given[q.id]);
      if (!given[q.id]) { open.push(say("question", { n: i + 1 })); }
    });
    var summary = $("summary");
    if (open.length) {
      summary.textContent = say("answerAll", { list: open.join(", ") });
      summary.className = "box wrong";
      summary.focus();
      return;
    }
    var right = 0, of = Object.create(null);
    lesson.questions.forEach(function (q) {
      var good = isRight(q, given[q.id]);
      right += good ? 1 : 0;
      q.requirements.forEach(function (id) {
        of[id] = of[id] || [0, 0];
        of[id][0] += good ? 1 : 0;
        of[id][1] += 1;
      });
      feedback(q, good);
      bridge.interaction({
        id: q.id, type: q.type, title: q.title, response: given[q.id], correct: q.correct, right: good, latency: (spent[q.id] || 0) / 1000,
        requirements: q.requirements, choices: q.choices, targets: q.targets
      });
    });
    var score = right / lesson.questions.length;
    marked = { score: score, right: right, of: of, passed: mastery === null ? null : score >= mastery - 1e-9 };
    if (!best || score >= best.score) { best = marked; }
    report(marked);
    var lines = [say("score", { right: right, of: lesson.questions.length, percent: Math.round(score * 100) })];
    if (marked.passed !== null) { lines.push(marked.passed ? words.passed : say("needed", { percent: Math.round(mastery * 100) })); }
    summary.textContent = lines.join(" ");
    summary.className = "box " + (marked.passed === false ? "wrong" : "right");
    form.querySelector("button[type=submit]").textContent = words.again;
    next.hidden = false;
    summary.focus();
    spent = Object.create(null);
    lastAct = Date.now();
    keep();
  }
  function feedback(q, good) {
    var box = $("q-" + q.id + ".feedback");
    box.hidden = false;
    box.className = "feedback " + (good ? "right" : "wrong");
    box.querySelector("strong").textContent = good ? words.right : words.wrong;
    box.querySelector(".when-right").hidden = !good;
    box.querySelector(".when-wrong").hidden = good;
  }

  // --- results: each question counts for the requirements that it names; requirements without a question follow the whole, which is passed
  // for good once it is (bridge.passed), whatever a later try brings
  function report(result) {
    if (best && best.passed && result.passed === false) { return; }
    var outcome = result.passed === null ? undefined : result.passed ? "passed" : "failed";
    Object.keys(bridge.objectives).forEach(function (id) {
      var own = has(result.of, id) ? result.of[id] : null;
      if (!own && bridge.passed && outcome === "failed") { return; }
      if (!own) { return bridge.objective(id, outcome || "completed"); }
      var share = own[0] / own[1];
      bridge.objective(id, mastery === null ? "completed" : share >= mastery - 1e-9 ? "passed" : "failed", share);
    });
    bridge.complete(outcome, result.score);
  }
  function arrive() {
    var box = $("result"), list = $("objectives");
    box.textContent = "";
    list.textContent = "";
    if (!form) {
      Object.keys(bridge.objectives).forEach(function (id) { bridge.objective(id, "completed"); });
      bridge.complete();
      box.appendChild(element("p", words.done));
    } else if (best) {
      box.appendChild(element("p", say("score", { right: best.right, of: lesson.questions.length, percent: Math.round(best.score * 100) })));
      box.appendChild(element("p", best.passed === null ? words.done : best.passed ? words.passed : words.failed));
      Object.keys(best.of).forEach(function (id) {
        if (!has(bridge.objectives, id)) { return; }
        var n = best.of[id], fine = mastery === null || n[0] / n[1] >= mastery - 1e-9;
        list.appendChild(element("li", bridge.objectives[id].title + ": " + (fine ? words.met : words.notMet) + " (" + say("part", { right: n[0], of: n[1] }) + ")"));
      });
    }
    $("covered").hidden = !list.firstChild;
  }
  $("leave").onclick = function () {
    var recorded = bridge.connected && bridge.mode === "normal";
    bridge.finish(true);
    $("left").textContent = recorded ? words.left : words.leftUnsaved;
    $("leave").disabled = back.disabled = next.disabled = true;
    if (form) { form.querySelector("button[type=submit]").disabled = true; }
    $("left").focus();
  };

  // --- begin, once the learning system has answered
  function tell(text) { $("notice").appendChild(element("p", text)); $("notice").hidden = false; }
  bridge.whenLost(function () { tell(words.lost); });
  bridge.whenReady(function () {
    mastery = lesson.questions.length ? (typeof bridge.masteryScore === "number" ? bridge.masteryScore : lesson.passMark) : null;
    if (!bridge.connected) { tell(bridge.launched ? words.ended : words.alone); }
    else if (bridge.mode === "review") { tell(words.review); }
    else if (bridge.mode === "browse") { tell(words.browse); }
    if (!bridge.connected || bridge.mode !== "normal") { $("leave").textContent = words.leaveUnsaved; }
    if (form) {
      form.addEventListener("submit", mark);
      form.addEventListener("input", function (event) {
        var set = event.target.closest("fieldset.question"), now = Date.now();
        if (set) { spent[set.dataset.id] = (spent[set.dataset.id] || 0) + now - lastAct; }
        lastAct = now;
      });
      form.addEventListener("change", keep);
    }
    var kept = bridge.saved;
    if (kept && kept.v === 1 && kept.of !== fingerprint()) {
      kept = null;
      if (bridge.mode === "normal") { tell(words.changed); }
    }
    if (kept && kept.v === 1) {
      (kept.seen || []).forEach(function (n) { if (n < pages.length) { seen[n] = true; } });
      best = kept.best || null;
      marked = best;
      lesson.questions.forEach(function (q) { if (has(kept.answers, q.id)) { put(q, kept.answers[q.id]); } });
      if (kept.at > 0) { tell(words.resumed); }
    }
    document.body.classList.add("live");
    go(kept && kept.v === 1 && kept.at < pages.length ? kept.at : 0, true);
  });
})();
