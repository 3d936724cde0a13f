#!/usr/bin/env python3
"""SCORM Cloud's list of registrations (interface version 2) in memory, with its traps: since is about the day of
creation unless datetimeFilter says otherwise, and beside a `more` token no other parameter may stand.

fault("expired"): the token of the next page is not known any more; fault("throttle"): 429; others as in web.py.
"""
import base64
import datetime
import uuid

from web import Answer, Fake, run_alone


HIDDEN = {"firstName": "Wilhelmina", "lastName": "Quillby"}  # of everybody: not to be kept


def read(text):
    return datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ" if "." in text else "%Y-%m-%dT%H:%M:%SZ")


def write(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")


class ScormCloud(Fake):
    def __init__(self, user="app-id", secret="app-secret", page=10):
        super().__init__()
        self.user, self.secret, self.page = user, secret, page
        self.rows = {}
        self.clock = datetime.datetime(2026, 3, 1)
        self.views = {}
        self.repeat = 0

    def register(self, number, completion="COMPLETED", success="UNKNOWN", score=None, course="AI-1", instance=0, at=None, details=None):
        """Makes or updates a registration; `at` back-dates the update, `details` is the tree of activities with run-time data."""
        self.clock += datetime.timedelta(seconds=1)
        name = f"reg-{number}"
        done = completion == "COMPLETED"
        old = self.rows.get(name, {})
        self.rows[name] = {
            "id": name, "instance": instance, "updated": write(at or self.clock), "createdDate": old.get("createdDate", "2025-01-01T00:00:00.000Z"),
            "registrationCompletion": completion, "registrationSuccess": success, "totalSecondsTracked": 120.5,
            "firstAccessDate": "2026-02-01T08:00:00.000Z", "completedDate": "2026-02-01T09:00:00.000Z" if done else None,
            "course": {"id": course, "title": "AI basics", "version": 0},
            "learner": {"id": str(1000 + number), "email": f"u{number}@example.org", **HIDDEN}}
        if score is not None:
            self.rows[name]["score"] = {"scaled": score}
        if details is not None:
            self.rows[name]["activityDetails"] = details

    def answer_with(self, request, faults):
        if "throttle" in faults:
            return Answer(429, {"message": "Too many requests"}, {"Retry-After": "1"})
        if "expired" in faults:
            self.views = {}
        return self.answer(request)

    def answer(self, request):
        if request.basic() != f"{self.user}:{self.secret}":
            return Answer(401, {"error": "The credentials are not valid"})
        if request.path != "/api/v2/registrations":
            return Answer(404, {"message": "There is no such resource"})
        if "more" in request.query:
            if len(request.query) > 1:
                return Answer(400, {"message": "No other parameter may stand beside more"})
            if request.one("more") not in self.views:
                return Answer(400, {"message": "The more token is not valid"})
            return self.give(*self.views[request.one("more")])
        member = "updated" if request.one("datetimeFilter") == "updated" else "createdDate"
        since = read(request.one("since")) if "since" in request.query else datetime.datetime.min
        rows = [row for row in self.rows.values() if read(row[member]) >= since and request.one("courseId", row["course"]["id"]) == row["course"]["id"]]
        order, _, direction = request.one("orderBy", "created_desc").partition("_")
        rows.sort(key=lambda row: row["updated" if order == "updated" else "createdDate"], reverse=direction == "desc")
        if request.one("includeRuntime") != "true":
            rows = [{k: v for k, v in row.items() if k != "activityDetails"} for row in rows]
        return self.give(rows, 0)

    def give(self, rows, start):
        body = {"registrations": rows[max(start - self.repeat, 0):start + self.page]}
        if start + self.page < len(rows):
            token = base64.b64encode(uuid.uuid4().bytes).decode()  # with + and / in it
            self.views[token] = (rows, start + self.page)
            body["more"] = token
        return Answer(200, body)


if __name__ == "__main__":
    cloud = ScormCloud()
    for number in range(25):
        cloud.register(number)
    run_alone(cloud)
