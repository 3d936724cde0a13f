#!/usr/bin/env python3
"""A Canvas in memory: courses, enrolments and module progress, with opaque pages and the leaky bucket.

The bucket: high-water mark 600, leak 10 a second, each request costs what `cost` says. Above the mark the answer is 403
with a text (shape="403", as self-hosted sites do) or 429 (shape="429", as the cloud does). A missing right is 401 or 403
with a JSON body. Other faults: fault("throttle"), fault("expired") for a page's address, fault("sign_in") for a page of HTML in the
answer's place, and those of web.py. site.repeat = 3: every page but the first begins with the last rows of the one before.
"""
import json
import time
import urllib.parse
import uuid

from web import Answer, Fake, run_alone

NOT_MODULE_BASED = {"error": {"message": "No progress available because this course is not module based (it has no modules with requirements)."}}
FORBIDDEN = {"status": "unauthorized", "errors": [{"message": "user not authorized to perform that action"}]}
HIDDEN = {"name": "Wilhelmina Quillby", "sortable_name": "Quillby, Wilhelmina", "short_name": "Wilhelmina"}  # of everybody: not to be kept
MISSING = {"errors": [{"message": "The specified resource does not exist."}]}


class Canvas(Fake):
    def __init__(self, token="canvas-token", page=10, shape="403", cost=1.0):
        super().__init__()
        self.token, self.page, self.shape, self.cost = token, page, shape, cost
        self.courses = {}  # id -> {"name", "modular", "learners": {user: {"met", "of", "at", "state", "sis", "login"}}}
        self.forbidden = set()  # paths that this token may not see
        self.sis_rights = True
        self.repeat = 0
        self.level, self.touched = 0.0, time.monotonic()
        self.views = {}

    def course(self, number, name, modular=True):
        self.courses[number] = {"name": name, "modular": modular, "learners": {}}

    def learner(self, course, user, met=1, of=1, at="2026-02-03T16:26:08Z", state="active", sis=None):
        self.courses[course]["learners"][user] = {"met": met, "of": of, "at": at if met >= of else None, "state": state,
                                                  "sis": sis or str(1000 + user), "login": f"u{user}@example.org"}

    def remaining(self):
        return {"X-Request-Cost": str(self.cost), "X-Rate-Limit-Remaining": str(600 - self.level)}

    def throttled(self):
        if self.shape == "429":
            return Answer(429, "429 Too Many Requests (Rate Limit Exceeded)\n", {"Content-Type": "text/plain", "X-Rate-Limit-Remaining": "0.0"})
        return Answer(403, "403 Forbidden (Rate Limit Exceeded)\n", {"Content-Type": "text/plain; charset=utf-8", "X-Rate-Limit-Remaining": "0.0"})

    def answer_with(self, request, faults):
        now = time.monotonic()
        self.level = max(0.0, self.level - 10 * (now - self.touched))
        self.touched = now
        if "expired" in faults:
            self.views = {}
        if "throttle" in faults or self.level >= 600:
            return self.throttled()
        if "sign_in" in faults:
            return Answer(200, "<!DOCTYPE html><title>Sign in</title>", {"Content-Type": "text/html"})
        self.level = min(800.0, self.level + self.cost)
        return self.answer(request)

    def answer(self, request):
        if request.bearer() != self.token:
            return Answer(401, {"errors": [{"message": "Invalid access token."}]}, {"WWW-Authenticate": 'Bearer realm="canvas-lms"'})
        path = request.path.removeprefix("/api/v1")
        if path in self.forbidden:
            return Answer(403, FORBIDDEN, self.remaining())
        parts = path.strip("/").split("/")
        if parts[0] == "accounts" and parts[2:] == ["courses"]:
            rows = [self.shown(n) for n in self.courses]
            return self.give(request, rows) if parts[1] in ("self", "1") else Answer(404, MISSING, self.remaining())
        if parts[0] != "courses" or not parts[1].isdigit() or int(parts[1]) not in self.courses:
            return Answer(404, MISSING, self.remaining())
        number, rest = int(parts[1]), parts[2:]
        course = self.courses[number]
        if not rest:
            return Answer(200, self.shown(number), self.remaining())
        if rest == ["bulk_user_progress"]:
            if not course["modular"]:
                return Answer(400, NOT_MODULE_BASED, self.remaining())
            # Those whose enrolment was concluded are not listed here.
            return self.give(request, [{"id": str(u), "display_name": HIDDEN["name"], "progress": self.progress(who)}
                                       for u, who in course["learners"].items() if who["state"] == "active"])
        if rest == ["enrollments"]:
            states = request.query.get("state[]", ["active"])
            return self.give(request, [self.enrolment(u, who) for u, who in course["learners"].items() if who["state"] in states])
        if len(rest) == 3 and rest[0] == "users" and rest[2] == "progress":
            who = course["learners"].get(int(rest[1]))
            if not who or not course["modular"]:
                return Answer(400, NOT_MODULE_BASED, self.remaining())
            return Answer(200, self.progress(who), self.remaining())
        if rest == ["modules"]:
            who = course["learners"].get(int(request.one("student_id", "0")))
            done = bool(who) and who["met"] >= who["of"]
            return self.give(request, [{"id": str(number * 10), "name": "Module", "state": "completed" if done else "started" if who and who["met"] else "unlocked",
                                        "completed_at": who["at"] if done else None}])
        return Answer(404, MISSING, self.remaining())

    def shown(self, number):
        return {"id": str(number), "name": self.courses[number]["name"], "workflow_state": "available"}

    @staticmethod
    def progress(who):
        return {"requirement_count": who["of"], "requirement_completed_count": who["met"], "next_requirement_url": None, "completed_at": who["at"]}

    def enrolment(self, user, who):
        row = {"id": str(user * 7), "user_id": str(user), "type": "StudentEnrollment", "enrollment_state": who["state"],
               "user": {"id": str(user), **HIDDEN, "login_id": who["login"]}}
        if self.sis_rights:
            row["sis_user_id"] = row["user"]["sis_user_id"] = who["sis"]
        return row

    def give(self, request, rows):
        start = 0
        if "page" in request.query:
            if request.one("page") not in self.views:
                return Answer(404, MISSING, self.remaining())
            rows, start = self.views[request.one("page")]
        limit = min(int(request.one("per_page", "10")), self.page)
        headers = self.remaining()
        if start + limit < len(rows):  # rel=last is absent, as it may be
            page = "bookmark:" + uuid.uuid4().hex
            self.views[page] = (rows, start + limit)
            address = self.url + urllib.parse.quote(request.path) + "?" + urllib.parse.urlencode({"page": page, "per_page": limit})
            headers["Link"] = f'<{self.url}{request.path}?page=first>; rel="first", <{address}>; rel="next"'
        return Answer(200, json.dumps(rows[max(start - self.repeat, 0):start + limit]), {"Content-Type": "application/json; charset=utf-8", **headers})


if __name__ == "__main__":
    site = Canvas()
    for number in (7, 8):
        site.course(number, f"Course {number}")
        for user in range(1, 26):
            site.learner(number, user)
    run_alone(site)
