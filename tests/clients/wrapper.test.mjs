// adl-xapiwrapper (ADL's, in its edition for Node; it speaks 1.0.1) against the daemon. It has no attachments.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import wrapper from "adl-xapiwrapper";
import { completed, fresh, startDaemon, uuid } from "./daemon.mjs";

let daemon, lrs;

before(async () => {
  daemon = await startDaemon();
  lrs = new wrapper.XAPIWrapper({ url: daemon.endpoint, auth: { user: daemon.key, pass: daemon.secret } });
});
after(() => daemon?.stop());

const ask = (method, ...args) =>
  new Promise((resolve, reject) =>
    lrs[method](...args, (error, answer, body) => {
      if (error) return reject(error);
      const json = /^application\/json/.test(answer.headers["content-type"] ?? "") && body;
      resolve({ status: answer.statusCode, headers: answer.headers, data: json ? JSON.parse(body) : body });
    }),
  );
const agent = (actor) => JSON.stringify({ mbox: actor.mbox });

test("its own test of a configuration is content", async () => {
  assert.equal(await new Promise((done) => lrs.testConfig(done)), true);
  const stranger = new wrapper.XAPIWrapper({ url: daemon.endpoint, auth: { user: daemon.key, pass: "wrong" } });
  assert.equal(await new Promise((done) => stranger.testConfig(done)), false);
});

test("one statement and a batch are stored and queried, page by page", async () => {
  const { actor, object } = fresh();
  const one = await ask("sendStatements", { actor, verb: completed, object });
  assert.equal(one.status, 200);
  const batch = await ask("sendStatements", Array.from({ length: 4 }, () => ({ id: uuid(), actor, verb: completed, object })));
  assert.equal(batch.data.length, 4);
  let page = await ask("getStatements", { agent: agent(actor), limit: 2, ascending: true }, null);
  assert.match(page.headers["x-experience-api-version"], /^1\.0\./);
  const seen = [];
  for (;;) {
    seen.push(...page.data.statements.map((s) => s.id));
    if (!page.data.more) break;
    page = await ask("getStatements", null, page.data.more);
  }
  assert.deepEqual(seen, [...one.data, ...batch.data]);
  assert.equal((await ask("sendStatements", { actor, verb: completed })).status, 400);
  assert.equal((await ask("getStatements", { statementId: uuid() }, null)).status, 404);
});

test("voiding", async () => {
  const { actor, object } = fresh();
  const { data: [id] } = await ask("sendStatements", { actor, verb: completed, object });
  await ask("sendStatements", { actor, verb: { id: "http://adlnet.gov/expapi/verbs/voided" }, object: { objectType: "StatementRef", id } });
  assert.equal((await ask("getStatements", { statementId: id }, null)).status, 404);
  assert.equal((await ask("getStatements", { voidedStatementId: id }, null)).data.id, id);
});

test("state", async () => {
  const { actor, object } = fresh();
  assert.equal((await ask("sendState", object.id, actor, "place", null, { page: 1, theme: "dark" }, null, null)).status, 204);
  assert.equal((await ask("sendState", object.id, actor, "place", null, { page: 2 }, null, null)).status, 204);
  assert.deepEqual((await ask("getState", object.id, actor, "place", null, null)).data, { page: 2, theme: "dark" });
  await ask("sendState", object.id, actor, "words", null, "plain words", null, null);
  assert.equal((await ask("getState", object.id, actor, "words", null, null)).data, "plain words");
  assert.deepEqual((await ask("getState", object.id, actor, null, null, null)).data.sort(), ["place", "words"]);
  assert.equal((await ask("getState", object.id, actor, "nothing", null, null)).status, 404);
});

test("profiles, agents and activities", async () => {
  const { actor, object } = fresh();
  await ask("sendStatements", { actor, verb: completed, object });
  assert.equal((await ask("sendActivityProfile", object.id, "p", { a: 1 }, null, "*")).status, 204);
  assert.deepEqual((await ask("getActivityProfile", object.id, "p", null)).data, { a: 1 });
  assert.equal((await ask("sendActivityProfile", object.id, "p", ["again"], null, "*")).status, 412);
  assert.equal((await ask("sendAgentProfile", actor, "q", ["b"], null, "*")).status, 204);
  assert.deepEqual((await ask("getAgentProfile", actor, "q", null)).data, ["b"]);
  assert.deepEqual((await ask("getAgents", { mbox: actor.mbox })).data.mbox, [actor.mbox]);
  assert.equal((await ask("getActivities", object.id)).data.id, object.id);
});
