// Packages that we build, played to the end in a real browser: SCORM 1.2 and 2004 by scorm-again, cmi5 against the daemon's own LRS.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";
import { activityTree, answer, build, content, lesson, next, serve, toQuestions } from "./player.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const shots = process.env.CAPBRIDGE_SCREENSHOTS; // a folder: pictures of what the test saw
const root = mkdtempSync(join(tmpdir(), "capbridge-packages-"));
const R = "https://w3id.org/capbridge/frameworks/hee-ai-confidence/requirements/";
const servers = [];
let browser;

before(async () => {
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
});
after(async () => {
  await browser?.close();
  servers.forEach((s) => s.stop());
  rmSync(root, { recursive: true, force: true });
});

async function host(folder) {
  const server = await serve(folder);
  servers.push(server);
  return server.base;
}
// A page that fails the test when the content throws.
async function tab(options = {}) {
  const page = await (await browser.newContext({ bypassCSP: true, viewport: { width: 1280, height: 900 }, ...options })).newPage();
  page.setDefaultTimeout(10_000);
  page.errors = [];
  page.on("pageerror", (e) => page.errors.push(String(e)));
  return page;
}
async function violations(page) {
  await page.evaluate(axe);
  const found = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
  return found.violations.map((v) => `${v.id}: ${v.help} (${v.nodes.map((n) => n.target.join(" ")).slice(0, 3).join("; ")})`);
}

for (const version of ["1.2", "2004-3", "2004-4"]) {
  const is2004 = version !== "1.2";
  const player = is2004 ? "/player-2004.html" : "/player-1.2.html";
  // The player's data as plain values, whatever of it content may read.
  const data = (page) => page.evaluate(() => JSON.parse(JSON.stringify((window.API ?? window.API_1484_11).cmi)));
  const list = (o) => (Array.isArray(o) ? o : o.childArray ?? Object.keys(o).filter((k) => /^\d+$/.test(k)).map((k) => o[k]));
  const shared = {};

  test(`${version}: played to the end, status, score, time, interactions and objectives arrive`, async () => {
    shared.built = build(root, `all-${version}`, version, ["--text", lesson("everything")]);
    assert.deepEqual(shared.built.inspected.findings.filter((f) => f.severity !== "info"), []);
    shared.base = await host(shared.built.folder);
    const page = await tab();
    await page.goto(`${shared.base}${player}?launch=/content/index.html`);
    const f = await content(page);
    assert.equal(await f.locator("#notice").isVisible(), false);
    await toQuestions(f);
    await answer(f, ["may-be-wrong"]);
    await f.locator("button[type=submit]").click();
    assert.match(await f.locator("#summary").textContent(), /5 of 6.*83 %.*passed/);
    await next(f);
    await f.locator("#leave").click();
    assert.match(await f.locator("#left").textContent(), /saved/);
    assert.deepEqual(page.errors, []);

    const cmi = await data(page);
    const objectives = Object.fromEntries(list(cmi.objectives).map((o) => [o.id, o]));
    const interactions = list(cmi.interactions);
    const id = (r) => (is2004 ? R + r : r);
    if (is2004) {
      assert.equal(cmi.completion_status, "completed");
      assert.equal(cmi.success_status, "passed");
      assert.equal(Number(cmi.score.scaled), 0.8333);
      assert.match(cmi.session_time, /^PT\d/);
    } else {
      assert.equal(cmi.core.lesson_status, "passed");
      assert.match(cmi.core.session_time, /^\d{2,4}:\d\d:\d\d(\.\d+)?$/);
      assert.equal(cmi.core.exit, "");
    }
    const score = is2004 ? cmi.score : cmi.core.score;
    assert.deepEqual([Number(score.raw), Number(score.min), Number(score.max)], [83.33, 0, 100]);
    // Two requirements with questions of their own, one that follows the whole.
    const verdict = (o) => (is2004 ? o.success_status : o.status);
    assert.deepEqual(Object.keys(objectives).sort(), [id("t1-ai-literacy-1"), id("t1-ai-literacy-2"), id("t1-ai-literacy-3")]);
    assert.equal(verdict(objectives[id("t1-ai-literacy-1")]), "passed");
    assert.equal(Number(objectives[id("t1-ai-literacy-1")].score.raw), 100);
    assert.equal(verdict(objectives[id("t1-ai-literacy-2")]), "failed");
    assert.equal(Number(objectives[id("t1-ai-literacy-2")].score.raw), 0);
    assert.equal(verdict(objectives[id("t1-ai-literacy-3")]), "passed");
    assert.equal(objectives[id("t1-ai-literacy-3")].score.raw, "");
    const response = (i) => (is2004 ? i.learner_response : i.student_response);
    assert.deepEqual(
      interactions.map((i) => [i.id, i.type, response(i), i.result]),
      [
        ["who", "choice", "b", "correct"],
        ["wrong", "choice", is2004 ? "a[,]b" : "a,b", "correct"],
        ["may-be-wrong", "true-false", is2004 ? "false" : "f", is2004 ? "incorrect" : "wrong"],
        ["words", "fill-in", "artificial INTELLIGENCE", "correct"],
        ["order", "sequencing", is2004 ? "b[,]c[,]a" : "b,c,a", "correct"],
        ["pairs", "matching", is2004 ? "a[.]2[,]b[.]1" : "a.2,b.1", "correct"],
      ],
    );
    assert.equal(list(interactions[0].objectives)[0].id, id("t1-ai-literacy-1"));
    assert.equal(list(interactions[0].correct_responses)[0].pattern, "b");
    assert.match(interactions[0].latency, is2004 ? /^PT\d/ : /^\d{2,4}:/);
    await page.context().close();
  });

  test(`${version}: left in the middle, it goes on there`, async () => {
    const page = await tab();
    await page.goto(`${shared.base}${player}?launch=/content/index.html`);
    let f = await content(page);
    await toQuestions(f);
    await f.locator("#q-who\\.b").check();
    await f.locator("#q-words\\.text").fill("half");
    await f.locator("#q-words\\.text").blur();
    await page.evaluate(() => document.querySelector("iframe").remove()); // pagehide: the last commit goes out
    const cmi = await data(page);
    assert.equal(is2004 ? cmi.completion_status : cmi.core.lesson_status, "incomplete");
    assert.equal(is2004 ? cmi.exit : cmi.core.exit, "suspend");
    assert.ok(cmi.suspend_data.length < 4096);
    const kept = { suspend_data: cmi.suspend_data, ...(is2004 ? { completion_status: "incomplete", location: cmi.location } : { core: { lesson_status: "incomplete", entry: "resume" } }) };
    await page.evaluate((k) => sessionStorage.setItem("kept", JSON.stringify({ cmi: k })), kept);
    await page.reload();
    f = await content(page);
    assert.equal(await f.locator("h2:visible").textContent(), "Check yourself");
    assert.equal(await f.locator("#q-who\\.b").isChecked(), true);
    assert.equal(await f.locator("#q-words\\.text").inputValue(), "half");
    await page.context().close();
  });

  test(`${version}: failed, then passed at the second try; what the LMS asks for counts`, async () => {
    const page = await tab();
    await page.goto(`${shared.base}${player}?launch=/content/index.html&mastery=${is2004 ? "0.9" : "90"}`);
    const f = await content(page);
    await toQuestions(f);
    await answer(f, ["who"]);
    await f.locator("button[type=submit]").click();
    assert.match(await f.locator("#summary").textContent(), /90 % is needed/);
    let cmi = await data(page);
    assert.equal(is2004 ? cmi.success_status : cmi.core.lesson_status, "failed");
    await answer(f);
    await f.locator("button[type=submit]").click();
    cmi = await data(page);
    assert.equal(is2004 ? cmi.success_status : cmi.core.lesson_status, "passed");
    assert.equal(list(cmi.interactions).length, 12);
    await answer(f, ["who", "words"]); // a pass is never taken back
    await f.locator("button[type=submit]").click();
    cmi = await data(page);
    assert.equal(is2004 ? cmi.success_status : cmi.core.lesson_status, "passed");
    assert.equal(Number((is2004 ? cmi : cmi.core).score.raw), 100);
    await page.context().close();
  });

  test(`${version}: review mode changes nothing`, async () => {
    const page = await tab();
    await page.goto(`${shared.base}${player}?launch=/content/index.html&mode=review`);
    const f = await content(page);
    assert.match(await f.locator("#notice").textContent(), /stays as it is/);
    await toQuestions(f);
    await answer(f);
    await f.locator("button[type=submit]").click();
    await next(f);
    await f.locator("#leave").click();
    const cmi = await data(page);
    assert.equal(list(cmi.interactions).length, 0);
    assert.equal(is2004 ? cmi.success_status : cmi.core.lesson_status, is2004 ? "unknown" : "not attempted");
    await page.context().close();
  });
}

test("without a learning system it says so, and works; nothing that was written runs", async () => {
  const { folder } = build(root, "alone", "2004-4", ["--text", lesson("everything")]);
  const base = await host(folder);
  const page = await tab();
  const shot = async (name) => {
    if (!shots) return;
    await page.screenshot({ path: join(shots, `lesson-${name}-1280.png`), fullPage: true });
    await page.setViewportSize({ width: 320, height: 640 });
    await page.screenshot({ path: join(shots, `lesson-${name}-320.png`), fullPage: true });
    await page.setViewportSize({ width: 1280, height: 900 });
  };
  const fits = async () => {
    await page.setViewportSize({ width: 320, height: 640 });
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= 320), true, "no sideways scrolling at 320 px");
    await page.setViewportSize({ width: 1280, height: 900 });
  };
  await page.goto(base + "/content/index.html");
  await page.waitForSelector("body.live");
  assert.match(await page.locator("#notice").textContent(), /No learning system.*nothing is recorded/);
  for (let i = 0; i < 3; ++i) {
    assert.deepEqual(await violations(page), []);
    await fits();
    await shot(String(i));
    await next(page);
    assert.equal(await page.evaluate(() => document.activeElement.tagName), "H2", "the heading has the focus");
  }
  assert.match(await page.textContent("main"), /<script>document\.title/);
  assert.match(await page.textContent("main"), /<b>this tag is text<\/b>/);
  assert.match(await page.title(), /^Check yourself – Questions of every kind$/);
  assert.equal(await page.locator("main a", { hasText: "a trap" }).count(), 0);
  assert.equal(await page.locator("main a", { hasText: "elsewhere" }).getAttribute("target"), "_blank");
  await page.locator("button[type=submit]").click();
  assert.match(await page.locator("#summary").textContent(), /answer every question.*Question 1, /);
  assert.equal(await page.evaluate(() => document.activeElement.id), "summary");
  assert.deepEqual(await violations(page), []);
  await shot("3-open");
  await answer(page, ["who"]);
  await page.locator("button[type=submit]").click();
  assert.match(await page.locator("#q-who\\.feedback").textContent(), /Not right\..*Read the first page again/);
  assert.deepEqual(await violations(page), []);
  await fits();
  await shot("3-marked");
  await next(page);
  assert.match(await page.locator("#objectives").textContent(), /not met yet \(1 of 2 questions right\)/);
  assert.deepEqual(await violations(page), []);
  await fits();
  await shot("4-finish");
  await page.locator("#leave").click();
  assert.match(await page.locator("#left").textContent(), /^You can close this window now/);
  assert.deepEqual(page.errors, []);
  await page.context().close();
});

test("dark colours have contrast too", async () => {
  const { folder } = build(root, "dark", "1.2", ["--text", lesson("everything")]);
  const base = await host(folder);
  const page = await tab({ colorScheme: "dark" });
  await page.goto(base + "/content/index.html");
  await page.waitForSelector("body.live");
  await toQuestions(page);
  await answer(page, ["who"]);
  await page.locator("button[type=submit]").click();
  assert.deepEqual(await violations(page), []);
  if (shots) await page.screenshot({ path: join(shots, "lesson-dark.png"), fullPage: true });
  await page.context().close();
});

test("a lesson goes by keyboard alone", async () => {
  const { folder } = build(root, "keys", "1.2", ["--text", lesson("quiz")]);
  const base = await host(folder);
  const page = await tab();
  await page.goto(base + "/player-1.2.html?launch=/content/index.html");
  const f = await content(page);
  await f.locator("#steps button:not(.secondary)").focus();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab"); // from the heading to the first answer
  await page.keyboard.press("Space");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  assert.match(await f.locator("#summary").textContent(), /1 of 1/);
  await page.context().close();
});

for (const version of ["2004-3", "2004-4"]) {
  test(`${version}: the board's part opens when the foundation has been read and passed`, async () => {
    const { folder, inspected, said } = build(root, `tiers-${version}`, version, ["--text", lesson("deeper"), "--text", lesson("reading"), "--text", lesson("quiz"), "--title", "AI for the board"]);
    assert.deepEqual(inspected.findings.filter((f) => f.severity !== "info"), []);
    assert.deepEqual(inspected.scos.map((s) => s.identifier), ["item-reading", "item-quiz", "item-deeper"]);
    const base = await host(folder);
    const page = await tab();
    await page.goto(base + "/empty.html");
    const manifest = readFileSync(join(folder, "imsmanifest.xml"), "utf8");
    await page.addScriptTag({ content: `window.activityTree = ${activityTree}` });
    const steps = await page.evaluate(([text, course]) => {
      const seen = [];
      let delivered = null;
      const api = new Scorm2004API({
        autocommit: false, logLevel: 5,
        sequencing: { activityTree: window.activityTree(text), eventListeners: { onActivityDelivery: (a) => { delivered = a.id; } } },
      });
      const choose = (id) => { delivered = null; api.processNavigationRequest("choice", id); seen.push([id, delivered]); return delivered === id; };
      // What a SCO would say, in an attempt of its own.
      const play = (id, sets) => {
        if (!choose(id)) return;
        api.Initialize("");
        for (const [element, value] of Object.entries(sets)) {
          if (element !== "done") { api.SetValue(element, value); continue; }
          // As the wrapper does: by the objective's id.
          const count = Number(api.GetValue("cmi.objectives._count"));
          for (let i = 0; i <= count; ++i) {
            if (i === count) api.SetValue(`cmi.objectives.${i}.id`, `${course}/${id}/done`);
            if (api.GetValue(`cmi.objectives.${i}.id`) !== `${course}/${id}/done`) continue;
            api.SetValue(`cmi.objectives.${i}.success_status`, value);
            break;
          }
        }
        api.SetValue("cmi.exit", "normal");
        api.Terminate("");
        api.reset();
      };
      play("item-quiz", { "cmi.completion_status": "incomplete" });
      choose("item-deeper"); // nothing is known yet
      play("item-reading", { "cmi.completion_status": "completed", done: "passed" });
      choose("item-deeper"); // read, not yet passed
      play("item-quiz", { "cmi.completion_status": "completed", "cmi.score.scaled": "0.2", "cmi.success_status": "failed" });
      choose("item-deeper"); // failed
      play("item-quiz", { "cmi.completion_status": "completed", "cmi.score.scaled": "1", "cmi.success_status": "passed", done: "passed" });
      choose("item-deeper");
      return seen;
    }, [manifest, said.iri]);
    assert.deepEqual(steps.map(([id, delivered]) => [id, delivered === id]), [
      ["item-quiz", true], ["item-deeper", false], ["item-reading", true], ["item-deeper", false], ["item-quiz", true], ["item-deeper", false], ["item-quiz", true], ["item-deeper", true],
    ]);
    // And the pages do say that they are done.
    for (const [part, done] of [["reading", "passed"], ["quiz", "passed"], ["deeper", undefined]]) {
      await page.goto(`${base}/player-2004.html?launch=/content/${part}/index.html`);
      const f = await content(page);
      await next(f);
      if (part === "quiz") {
        await f.locator("#q-yes\\.a").check();
        await f.locator("button[type=submit]").click();
      }
      await next(f);
      const list = await page.evaluate(() => JSON.parse(JSON.stringify(window.API_1484_11.cmi.objectives.childArray)));
      assert.equal(list.find((o) => o.id.endsWith("/done"))?.success_status, done);
      assert.equal(list.find((o) => !o.id.endsWith("/done")).completion_status, "completed");
    }
    await page.context().close();
  });
}
