// @xapi/xapi (https://github.com/xapijs/xapi) against the daemon.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import module from "@xapi/xapi";
import { attachmentOf, completed, fresh, startDaemon, uuid } from "./daemon.mjs";

const XAPI = module.default ?? module;
let daemon, lrs;
const client = (adapter) => new XAPI({ endpoint: daemon.endpoint, auth: XAPI.toBasicAuth(daemon.key, daemon.secret), version: "1.0.3", adapter });

before(async () => {
  daemon = await startDaemon();
  lrs = client("axios");
});
after(() => daemon?.stop());

const refused = (status) => (error) => (error.response?.status ?? error.status) === status;

test("about names the versions, also to a stranger", async () => {
  const stranger = new XAPI({ endpoint: daemon.endpoint });
  const { data } = await stranger.getAbout();
  assert.ok(data.version.includes("1.0.3"), JSON.stringify(data));
  await assert.rejects(stranger.getStatements({}), refused(401));
});

test("a statement is stored and read back as it was sent", async () => {
  const { actor, object } = fresh();
  const statement = { id: uuid(), actor, verb: completed, object, timestamp: "2026-03-01T09:30:00.000Z", result: { score: { scaled: 0.9 }, success: true, duration: "PT5M" } };
  const { data: ids } = await lrs.sendStatement({ statement });
  assert.deepEqual(ids, [statement.id]);
  const { data: stored } = await lrs.getStatement({ statementId: statement.id });
  for (const member of ["id", "actor", "verb", "object", "timestamp", "result"]) assert.deepEqual(stored[member], statement[member], member);
  assert.ok(stored.authority && Date.parse(stored.stored) && stored.version);
  await lrs.sendStatement({ statement }); // again: nothing happens
  await assert.rejects(lrs.sendStatement({ statement: { ...statement, result: { success: false } } }), refused(409));
  await assert.rejects(lrs.sendStatement({ statement: { actor, object } }), refused(400));
  await assert.rejects(lrs.getStatement({ statementId: uuid() }), refused(404));
});

test("a batch is found by each of its keys, page by page", async () => {
  const { actor, object } = fresh();
  const instructor = fresh().actor, course = fresh().object, registration = uuid();
  const context = { registration, instructor, contextActivities: { grouping: [{ id: course.id }] } };
  const statements = Array.from({ length: 7 }, (_, i) => ({ actor, verb: i === 3 ? XAPI.Verbs.PASSED : completed, object, context }));
  const { data: ids } = await lrs.sendStatements({ statements });
  assert.equal(new Set(ids).size, 7);
  const count = async (params) => (await lrs.getStatements(params)).data.statements.length;
  assert.equal(await count({ agent: actor }), 7);
  assert.equal(await count({ agent: actor, verb: XAPI.Verbs.PASSED.id }), 1);
  assert.equal(await count({ activity: object.id }), 7);
  assert.equal(await count({ registration }), 7);
  assert.equal(await count({ agent: instructor }), 0);
  assert.equal(await count({ agent: instructor, related_agents: true }), 7);
  assert.equal(await count({ activity: course.id }), 0);
  assert.equal(await count({ activity: course.id, related_activities: true }), 7);

  const seen = [];
  let page = (await lrs.getStatements({ agent: actor, limit: 3, ascending: true })).data;
  for (;;) {
    seen.push(...page.statements.map((s) => s.id));
    if (!page.more) break;
    page = (await lrs.getMoreStatements({ more: page.more })).data;
  }
  assert.deepEqual(seen, ids, "ascending, as they were stored");
  const third = (await lrs.getStatement({ statementId: ids[2] })).data;
  assert.equal(await count({ agent: actor, since: third.stored }), 0, "all of a batch are stored at once");
});

test("attachments come back with the statements, several too", async () => {
  const web = client("fetch"); // under Node its other adapter, axios, sends a multipart body as application/octet-stream
  const { actor, object } = fresh();
  const texts = ["the first certificate", "a second one, caf\u00e9"];
  const statement = { id: uuid(), actor, verb: completed, object, attachments: texts.map((text) => attachmentOf(text)) };
  const bytes = texts.map((text) => new TextEncoder().encode(text).buffer);
  await web.sendStatement({ statement, attachments: bytes });
  const [result, ...parts] = (await web.getStatements({ agent: actor, attachments: true })).data;
  assert.equal(result.statements[0].id, statement.id);
  assert.deepEqual(parts.sort(), [...texts].sort());
  const [one, ...again] = (await web.getStatement({ statementId: statement.id, attachments: true })).data;
  assert.equal(one.id, statement.id);
  assert.equal(again.length, 2);
  await assert.rejects(web.sendStatement({ statement: { ...statement, id: uuid() }, attachments: [bytes[0], bytes[0]] }), /X-Experience-API-Hash/);
  assert.equal((await web.getStatements({ agent: actor })).data.statements.length, 1, "nothing of the refused one is stored");
});

test("a voided statement is found by its own door only", async () => {
  const { actor, object } = fresh();
  const { data: [id] } = await lrs.sendStatement({ statement: { actor, verb: completed, object } });
  await lrs.voidStatement({ actor, statementId: id });
  await assert.rejects(lrs.getStatement({ statementId: id }), refused(404));
  assert.equal((await lrs.getVoidedStatement({ voidedStatementId: id })).data.id, id);
  const left = (await lrs.getStatements({ agent: actor })).data.statements;
  assert.deepEqual(left.map((s) => s.verb.id), [XAPI.Verbs.VOIDED.id]);

  const late = uuid(); // voided before it comes
  await lrs.voidStatement({ actor, statementId: late });
  await lrs.sendStatement({ statement: { id: late, actor, verb: completed, object } });
  await assert.rejects(lrs.getStatement({ statementId: late }), refused(404));
});

test("state is set, merged, listed and deleted", async () => {
  const agent = fresh().actor, activityId = fresh().object.id, registration = uuid();
  const key = { agent, activityId, stateId: "bookmark", registration };
  await lrs.createState({ ...key, state: { page: 1, theme: "dark" } });
  await lrs.createState({ ...key, state: { page: 2 } }); // POST: merges
  const got = await lrs.getState(key);
  assert.deepEqual(got.data, { page: 2, theme: "dark" });
  await assert.rejects(lrs.setState({ ...key, state: { page: 9 }, etag: `"${"0".repeat(40)}"`, matchHeader: "If-Match" }), refused(412));
  await lrs.setState({ ...key, state: { page: 3 }, etag: got.headers.etag, matchHeader: "If-Match" });
  assert.deepEqual((await lrs.getState(key)).data, { page: 3 });
  assert.deepEqual((await lrs.getStates({ agent, activityId, registration })).data, ["bookmark"]);
  assert.deepEqual((await lrs.getStates({ agent, activityId, registration: uuid() })).data, []);
  await lrs.deleteState(key);
  await assert.rejects(lrs.getState(key), refused(404));
});

test("profiles of agents and of activities", async () => {
  const { actor: agent, object } = fresh();
  await lrs.setAgentProfile({ agent, profileId: "p", profile: { a: 1 }, etag: "*", matchHeader: "If-None-Match" });
  await assert.rejects(lrs.setAgentProfile({ agent, profileId: "p", profile: { a: 2 }, etag: "*", matchHeader: "If-None-Match" }), refused(412));
  assert.deepEqual((await lrs.getAgentProfile({ agent, profileId: "p" })).data, { a: 1 });
  assert.deepEqual((await lrs.getAgentProfiles({ agent })).data, ["p"]);
  await lrs.createActivityProfile({ activityId: object.id, profileId: "q", profile: { b: 1 } });
  const got = await lrs.getActivityProfile({ activityId: object.id, profileId: "q" });
  assert.deepEqual(got.data, { b: 1 });
  await lrs.deleteActivityProfile({ activityId: object.id, profileId: "q", etag: got.headers.etag });
  assert.deepEqual((await lrs.getActivityProfiles({ activityId: object.id })).data, []);
});

test("the agent and the activity are known by what was told of them", async () => {
  const { actor, object } = fresh();
  await lrs.sendStatement({ statement: { actor, verb: completed, object } });
  const { data: person } = await lrs.getAgent({ agent: { mbox: actor.mbox } });
  assert.equal(person.objectType, "Person");
  assert.deepEqual(person.mbox, [actor.mbox]);
  assert.deepEqual((await lrs.getActivity({ activityId: object.id })).data.definition.name, object.definition.name);
});
