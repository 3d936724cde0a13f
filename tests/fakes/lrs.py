#!/usr/bin/env python3
"""A Learning Record Store in memory, as far as a pull and a push see one (xAPI 1.0.3 and 2.0).

since/ascending/limit/verb/activity, `more` as a relative address, X-Experience-API-Consistent-Through, 409 for another
statement under a known id. What real stores do wrong is an argument or a method:

  Lrs(through="now")       Consistent-Through is simply the clock, though statements still come in behind it
  lrs.late(statement, s)   stored s seconds ago, visible only now
  lrs.fault("expired")     the address of the next page is not known any more
  lrs.repeat = 3           every page begins with the last rows of the one before
  lrs.fault("throttle")    429 with Retry-After; any other fault as in web.py
"""
import datetime
import json
import uuid

from web import Answer, Fake, run_alone

VERSION = "X-Experience-API-Version"


def instant(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f") + "Z"


def read(text):
    return datetime.datetime.strptime(text.replace("Z", "+0000"), "%Y-%m-%dT%H:%M:%S.%f%z" if "." in text else "%Y-%m-%dT%H:%M:%S%z").replace(tzinfo=None)


def statement(number, verb="passed", person="severn", course="AI-1"):
    return {"id": f"00000000-0000-4000-8000-{number:012d}", "actor": {"mbox": f"mailto:{person}@example.org"},
            "verb": {"id": "http://adlnet.gov/expapi/verbs/" + verb}, "object": {"id": "https://lms.example/course/" + course},
            "timestamp": "2026-03-01T09:30:00Z"}


def voiding(number, target):
    return {"id": f"00000000-0000-4000-9000-{number:012d}", "actor": {"mbox": "mailto:lms@example.org"},
            "verb": {"id": "http://adlnet.gov/expapi/verbs/voided"}, "object": {"objectType": "StatementRef", "id": target["id"]},
            "timestamp": "2026-03-02T09:30:00Z"}


class Lrs(Fake):
    def __init__(self, user="key", secret="invented-secret", page=10, through="true"):
        super().__init__()
        self.user, self.secret, self.page, self.through, self.repeat = user, secret, page, through, 0
        self.rows = []  # (stored, text)
        self.views = {}
        self.clock = datetime.datetime(2026, 3, 1)
        self.raw = []  # texts that are no statements, given out at the end of each first page

    def add(self, *statements, seconds=1):
        for one in statements:
            self.clock += datetime.timedelta(seconds=seconds)
            self.store(one, self.clock)

    def late(self, one, seconds):
        self.store(one, self.clock - datetime.timedelta(seconds=seconds))

    def store(self, one, at):
        # What has no timestamp is given the time of its storing (xAPI 1.0.3 part 2 section 2.4.7).
        one = dict({"timestamp": instant(at)}, **one)
        one.update(stored=instant(at), authority={"mbox": "mailto:lrs@example.org"}, version="1.0.0")
        self.rows.append((at, json.dumps(one)))
        self.rows.sort(key=lambda row: row[0])

    def by_id(self, wanted):
        return next((text for _, text in self.rows if json.loads(text)["id"] == wanted), None)

    def say(self, status, body=None, **headers):
        headers = {"X-Experience-API-Version": "1.0.3", "X-Experience-API-Consistent-Through": instant(self.clock), **headers}
        if self.through == "absent":
            del headers["X-Experience-API-Consistent-Through"]
        return Answer(status, body, headers)

    def answer_with(self, request, faults):
        if "throttle" in faults:
            return self.say(429, "slow down", **{"Retry-After": "1"})
        if "expired" in faults:
            self.views = {}
        return self.answer(request)

    def answer(self, request):
        if request.basic() != f"{self.user}:{self.secret}":
            return self.say(401, {"message": "who are you?"})
        if request.headers.get(VERSION.lower()) not in ("1.0.3", "2.0.0"):
            return self.say(400, {"message": "no version"})
        if request.path == "/xapi/statements" and request.method == "POST":
            return self.post(json.loads(request.body))
        if request.path == "/xapi/statements" and request.method == "GET":
            return self.get(request)
        return self.say(404, {"message": "no such resource"})

    def get(self, request):
        if "statementId" in request.query or "voidedStatementId" in request.query:
            text = self.by_id(request.one("statementId")) if "statementId" in request.query else None
            return self.say(200 if text else 404, text or "", **{"Content-Type": "application/json"})
        if "token" in request.query:
            if len(request.query) > 1 or request.one("token") not in self.views:
                return self.say(400, {"message": "this address is not known (any more)"})
            return self.give(*self.views[request.one("token")])
        since = read(request.one("since")) if "since" in request.query else datetime.datetime.min
        rows = [text for stored, text in self.rows if stored > since and self.fits(json.loads(text), request)]
        if request.one("ascending") != "true":
            rows.reverse()
        limit = min(int(request.one("limit", "0")) or self.page, self.page)
        return self.give(rows, 0, limit)

    def fits(self, one, request):
        return ("verb" not in request.query or one["verb"]["id"] == request.one("verb")) and \
            ("activity" not in request.query or one["object"]["id"] == request.one("activity"))

    def give(self, rows, start, limit):
        end = min(start + limit, len(rows))
        texts = rows[max(start - self.repeat, 0):end] + (self.raw if start == 0 else [])
        more = ""
        if end < len(rows):
            token = uuid.uuid4().hex
            self.views[token] = (rows, end, limit)
            more = "/xapi/statements?token=" + token
        return self.say(200, '{"statements": [' + ", ".join(texts) + '], "more": ' + json.dumps(more) + "}", **{"Content-Type": "application/json"})

    def post(self, batch):
        batch = batch if isinstance(batch, list) else [batch]
        for one in batch:
            known = self.by_id(one.get("id"))
            if known and json.loads(known)["verb"] != one["verb"]:
                return self.say(409, {"message": "another statement has this id"})
            if "verb" not in one:
                return self.say(400, {"message": "no verb"})
        self.add(*(one for one in batch if not self.by_id(one["id"])))
        return self.say(200, [one["id"] for one in batch])


if __name__ == "__main__":
    store = Lrs()
    store.add(*(statement(n) for n in range(25)))
    run_alone(store)
