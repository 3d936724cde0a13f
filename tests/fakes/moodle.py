"""A small Moodle: the web service calls that the moodle adapter makes, with the faults of a real site. Standard library only.

As a library:  site = Moodle(users=40).start(); site.url, site.token; site.complete("aire1", "CRS-A", when); site.stop()
Alone:         python3 tests/fakes/moodle.py [--users 40] [--delay-ms 120]     prints address and token, serves until interrupted

Faults, by site.fault(name, count) or GET /__fault?name=...&count=... (count: how many calls it spoils; 0 ends it):
  throttle      429 with Retry-After: 1          maintenance     503 with Retry-After: 1 and a page
  expire        the token is refused from now on, first as accessexception, then as invalidtoken; never ends
  truncate      the body breaks off               sitemaintenance the flag in the database
  repeat        rows of a page come twice         no_filters      filters are accepted and not applied
  no_view       the right moodle/user:viewdetails is missing: empty lists, no error
  cannotviewreport  report/completion:view is missing: that error for every course
  nopermissions     report/progress:view is missing: that error for every person's activities
Besides: site.vanished takes numbers of activities that are shown no more; site.companion = True adds the companion plugin's function.
As in a real site without moodle/course:update, courses come without their ID number.
A token in an address is answered with 400 and kept in site.violations.
"""
import argparse
import datetime
import http.server
import json
import re
import sys
import threading
import time
import urllib.parse

RIVERS = ["aire", "bann", "calder", "dee", "esk", "forth", "garry", "hull", "isla", "kent"]
FUNCTIONS = """core_webservice_get_site_info core_reportbuilder_retrieve_report core_reportbuilder_set_filters core_course_get_courses_by_field
core_course_get_contents core_enrol_get_enrolled_users core_user_get_users_by_field core_completion_get_course_completion_status
core_completion_get_activities_completion_status tool_mobile_call_external_functions mod_scorm_get_scorms_by_courses mod_scorm_get_scorm_scoes
mod_scorm_get_scorm_attempt_count mod_scorm_get_scorm_sco_tracks core_course_get_updates_since core_competency_list_competencies
core_competency_grade_competency core_competency_grade_competency_in_course tool_lp_data_for_user_competency_summary""".split()
HEADERS = ["Username", "ID number", "Email address", "Course full name", "Course short name", "Course ID number", "Status", "Completed",
           "Time completed", "Grade"]
# What a site says of everybody besides, and no source may keep: names, pictures, groups, profile fields.
HIDDEN = {"firstname": "Wilhelmina", "lastname": "Quillby", "fullname": "Wilhelmina Quillby", "department": "Quillby Ward", "institution": "Quillby Trust",
          "description": "<p>I am Wilhelmina</p>", "address": "1 Quillby Lane", "phone1": "+44 1632 960143",
          "profileimageurl": "https://pictures.quillby.example/f1",
          "groups": [{"id": 4, "name": "Quillby group"}], "customfields": [{"shortname": "nickname", "name": "Nickname", "value": "Quillby's Billie"}],
          "preferences": [{"name": "signature", "value": "Wilhelmina"}]}


def shown(unix_seconds):
    """A date as Moodle writes it in English, for UTC: Tuesday, 13 October 2026, 7:18 PM."""
    at = datetime.datetime.fromtimestamp(unix_seconds, datetime.timezone.utc)
    return f"{at:%A}, {at.day} {at:%B} {at.year}, {at.hour % 12 or 12}:{at:%M} {'AM' if at.hour < 12 else 'PM'}"


class Refused(Exception):
    def __init__(self, exception, errorcode, message=""):
        super().__init__(errorcode)
        self.body = {"exception": exception, "errorcode": errorcode, "message": message or errorcode}


class Moodle:
    def __init__(self, users=10, courses=("CRS-A", "CRS-B"), delay_ms=0, token="t0ken-of-the-fake", report=7):
        self.token, self.delay_ms, self.report_id = token, delay_ms, report
        self.users = [{"id": 10 + i, "username": f"{RIVERS[i % 10]}{i // 10 + 1}", "idnumber": f"{10001 + i}",
                       "email": f"{RIVERS[i % 10]}{i // 10 + 1}@rivers.example.org"} for i in range(users)]
        self.courses = [{"id": 2 + i, "idnumber": name, "shortname": f"short-{name}", "fullname": f"Course {name}", "enablecompletion": 1}
                        for i, name in enumerate(courses)]
        self.rows = {}            # (username, course ID number) -> when, or None; in the order of Time completed
        self.tracks = {}          # (user id, attempt) -> status
        self.states = {}          # (user id, cmid) -> {"state", "timecompleted", "overrideby"}
        self.unenrolled = set()   # (username, course ID number)
        self.vanished = set()     # numbers of activities (cmid)
        self.scos = [("ITEM1", "Lesson")]  # (identifier, title), in every package
        self.cmi = {}             # (user id, attempt, identifier of a SCO) -> {CMI element: value}, instead of `tracks`
        self.companion = False
        self.shown = shown        # how a report writes a time
        self.evidence = {}        # (user id, competency id) -> rows, newest first
        self.functions = list(FUNCTIONS)
        self.filters, self.faults, self.calls, self.violations = {}, {}, [], []
        self.expired = 0
        self._next_evidence = 150
        self._lock = threading.Lock()
        for user in self.users:
            for course in self.courses:
                self.rows[(user["username"], course["idnumber"])] = None

    # ---- the world ----

    def complete(self, username, course, when):
        self.rows[(username, course)] = int(when)

    def enrol_back(self, username, course):
        self.unenrolled.discard((username, course))

    def unenrol(self, username, course):
        self.unenrolled.add((username, course))

    def fault(self, name, count=1):
        with self._lock:
            self.faults[name] = count

    def _spoilt(self, name):
        with self._lock:
            left = self.faults.get(name, 0)
            if left > 0:
                self.faults[name] = left - 1
            return left > 0

    # ---- the server ----

    def start(self):
        fake = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_GET(self):
                url = urllib.parse.urlsplit(self.path)
                query = dict(urllib.parse.parse_qsl(url.query))
                if url.path == "/__fault":
                    fake.fault(query["name"], int(query.get("count", "1")))
                    return self.send(200, b"{}")
                self.send(404, b"<html>not here</html>", {"Content-Type": "text/html"})

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
                status, answer, headers = fake.answer(self.path, body)
                self.send(status, answer, headers)

            def send(self, status, body, headers=None):
                self.send_response(status)
                for name, value in (headers or {"Content-Type": "application/json"}).items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        class Server(http.server.ThreadingHTTPServer):
            def handle_error(self, request, client_address):
                if not isinstance(sys.exc_info()[1], ConnectionError):  # somebody was killed
                    super().handle_error(request, client_address)

        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self._thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self._thread.start()
        return self

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
        self._thread.join()

    def answer(self, path, body):
        """(status, body, headers) of one POST."""
        if self.delay_ms:
            time.sleep(self.delay_ms / 1000)
        if "token" in path.lower() or "?" in path:
            self.violations.append(path)
            return 400, b"a token has no place in an address", {"Content-Type": "text/plain"}
        if path != "/webservice/rest/server.php":
            return 404, b"<html>not here</html>", {"Content-Type": "text/html"}
        form = dict(urllib.parse.parse_qsl(body, keep_blank_values=True))
        function = form.get("wsfunction", "")
        self.calls.append((function, {k: v for k, v in form.items() if k != "wstoken"}))
        if self._spoilt("throttle"):
            return 429, b"slow down", {"Content-Type": "text/plain", "Retry-After": "1"}
        if self._spoilt("maintenance"):
            return 503, b"<!DOCTYPE html><title>under maintenance</title>", {"Content-Type": "text/html", "Retry-After": "1"}
        try:
            if form.get("moodlewsrestformat") != "json" or not form.get("moodlewssettinglang") or not form.get("moodlewssettingtimezone"):
                self.violations.append("a call without format, language or time zone: " + function)
            self._check_token(form)
            if self._spoilt("sitemaintenance"):
                raise Refused("moodle_exception", "sitemaintenance")
            said = self._call(function, form)
        except Refused as refused:
            said = refused.body
        text = json.dumps(said).encode()
        if self._spoilt("truncate"):
            text = text[:len(text) // 2]
        return 200, text, {"Content-Type": "application/json"}

    def _check_token(self, form):
        if form.get("wstoken") != self.token:
            raise Refused("moodle_exception", "invalidtoken", "Invalid token - token not found")
        if self.faults.get("expire"):
            self.expired += 1
            if self.expired == 1:
                raise Refused("webservice_access_exception", "accessexception", "Access control exception")
            raise Refused("moodle_exception", "invalidtoken", "Invalid token - token not found")

    def _call(self, function, form):
        if function not in self._functions():
            raise Refused("webservice_access_exception", "accessexception", "Access control exception")
        return getattr(self, "ws_" + function)(form)

    # ---- functions ----

    def ws_core_webservice_get_site_info(self, _):
        return {"sitename": "Rivers", "username": "bridge", "release": "4.4 (Build: 20240422)", "fullname": HIDDEN["fullname"],
                "userprivateaccesskey": "never-log-this-key", "functions": [{"name": f, "version": "2024042200"} for f in self._functions()]}

    def _functions(self):
        return self.functions + (["local_bridge_get_completions"] if self.companion else [])

    def ws_core_reportbuilder_set_filters(self, form):
        self.filters = json.loads(form["values"])
        return True

    def ws_core_reportbuilder_retrieve_report(self, form):
        if int(form["reportid"]) != self.report_id:
            raise Refused("dml_missing_record_exception", "invalidrecord", "Can't find data record in database table reportbuilder_report.")
        since = 0 if self.faults.get("no_filters") else self.filters.get("completion:timecompleted_from", 0)
        if since and self.filters.get("completion:timecompleted_operator") != 3:
            since = 0
        titles = {c["idnumber"]: c for c in self.courses}
        people = {u["username"]: u for u in self.users}
        rows = []
        for (username, course), when in sorted(self.rows.items(), key=lambda item: (item[1] or 0, item[0])):
            if (username, course) in self.unenrolled or (since and (when is None or when < since)) or self.faults.get("no_view"):
                continue
            user, about = people[username], titles.get(course, {})
            rows.append({"columns": [username, user["idnumber"], user["email"], about.get("fullname", course), about.get("shortname", course),
                                     course, "Active", "No" if when is None else "Yes", "" if when is None else self.shown(when), "64.00", HIDDEN["fullname"],
                                     HIDDEN["department"]]})
        page, size = int(form.get("page", 0)), int(form.get("perpage", 10))
        shown_rows = rows[page * size:(page + 1) * size]
        if self._spoilt("repeat"):
            shown_rows = shown_rows + shown_rows
        data = {"headers": [*HEADERS, "Full name", "Department"], "rows": shown_rows, "totalrowcount": len(rows)}
        return {"details": {"id": self.report_id}, "data": data, "warnings": []}

    def _courses(self, field, value):
        wanted = value.split(",") if field == "ids" else [value]
        return [c for c in self.courses if str(c["id" if field == "ids" else field]) in wanted]

    def ws_core_course_get_courses_by_field(self, form):
        return {"courses": [{k: v for k, v in c.items() if k != "idnumber"} for c in self._courses(form["field"], form["value"])], "warnings": []}

    def ws_core_course_get_contents(self, form):
        course = int(form["courseid"])
        return [{"id": 1, "name": "General", "modules": [m for m in self._modules(course) if m["id"] not in self.vanished]}]

    def _modules(self, course):
        return [
            {"id": course * 10 + 1, "instance": 1, "name": "Reading", "modname": "page", "completion": 2,
             "url": f"{self.url}/mod/page/view.php?id={course * 10 + 1}"},
            {"id": course * 10 + 2, "instance": course, "name": "Package", "modname": "scorm", "completion": 2}]

    def ws_core_enrol_get_enrolled_users(self, form):
        if self.faults.get("no_view"):
            return []
        options = {form[k]: form[k.replace("name", "value")] for k in form if re.fullmatch(r"options\[\d+\]\[name\]", k)}
        course = self._courses("id", form["courseid"])[0]["idnumber"]
        people = [u for u in self.users if (u["username"], course) not in self.unenrolled]
        first = int(options.get("limitfrom", 0))
        return [{**HIDDEN, **u} for u in people[first:first + int(options.get("limitnumber", 1000))]]

    def ws_core_user_get_users_by_field(self, form):
        values = [v for k, v in form.items() if k.startswith("values[")]
        return [] if self.faults.get("no_view") else [{**HIDDEN, **u} for u in self.users if str(u[form["field"]]) in values]

    def _enrolled(self, form):
        course = self._courses("id", str(form["courseid"]))
        if not course:
            raise Refused("dml_missing_record_exception", "invalidrecord", "Can't find data record in database table course.")
        user = next((u for u in self.users if u["id"] == int(form["userid"])), None)
        if user is None:
            raise Refused("dml_missing_record_exception", "invaliduser", "Invalid user")
        return user, course[0], (user["username"], course[0]["idnumber"]) not in self.unenrolled

    def ws_core_completion_get_course_completion_status(self, form):
        user, course, enrolled = self._enrolled(form)
        if self.faults.get("cannotviewreport"):
            raise Refused("moodle_exception", "cannotviewreport", "Can not view completion report")
        if not enrolled:
            raise Refused("moodle_exception", "usernotenroled", "User is not enrolled in this course")
        done = self.rows.get((user["username"], course["idnumber"])) is not None
        return {"completionstatus": {"completed": done, "aggregation": 1, "completions": []}, "warnings": []}

    def ws_core_completion_get_activities_completion_status(self, form):
        user, course, enrolled = self._enrolled(form)
        if self.faults.get("nopermissions"):
            raise Refused("required_capability_exception", "nopermissions",
                          "Sorry, but you do not currently have permissions to do that (View activity completion reports).")
        out = []
        for cmid, modname in ((course["id"] * 10 + 1, "page"), (course["id"] * 10 + 2, "scorm")):
            if cmid in self.vanished:
                continue
            state = self.states.get((user["id"], cmid), {"state": 0, "timecompleted": 0, "overrideby": None})
            if not enrolled:
                state = {"state": 0, "timecompleted": 0, "overrideby": None}
            out.append({"cmid": cmid, "modname": modname, "instance": 1, "tracking": 2, "valueused": False, "hascompletion": True,
                        "isautomatic": True, "istrackeduser": enrolled, "uservisible": True, "details": [], **state})
        return {"statuses": out, "warnings": []}

    def ws_tool_mobile_call_external_functions(self, form):
        out = []
        for i in range(500):
            if f"requests[{i}][function]" not in form:
                break
            arguments = json.loads(form[f"requests[{i}][arguments]"])
            try:
                said = self._call(form[f"requests[{i}][function]"], {k: str(v) for k, v in arguments.items()})
                out.append({"error": False, "data": json.dumps(said)})
            except Refused as refused:
                out.append({"error": True, "exception": json.dumps({k: v for k, v in refused.body.items() if k != "exception"})})
                break
        return {"responses": out}

    def ws_mod_scorm_get_scorms_by_courses(self, form):
        ids = {int(v) for k, v in form.items() if k.startswith("courseids[")}
        return {"scorms": [{"id": c["id"], "coursemodule": c["id"] * 10 + 2, "course": c["id"], "name": "Package", "version": "SCORM_1.2"}
                           for c in self.courses if c["id"] in ids], "warnings": []}

    def ws_mod_scorm_get_scorm_scoes(self, form):
        scorm = int(form["scormid"])
        return {"scoes": [{"id": scorm * 10, "manifest": "RIVERS", "identifier": "ORG", "launch": "", "scormtype": "", "title": "All"},
                          *({"id": scorm * 10 + i, "manifest": "RIVERS", "identifier": identifier, "launch": "a.html", "scormtype": "sco",
                             "title": title} for i, (identifier, title) in enumerate(self.scos, 1))], "warnings": []}

    def ws_mod_scorm_get_scorm_attempt_count(self, form):
        attempts = set(self.tracks) | {(user, attempt) for user, attempt, _ in self.cmi}
        return {"attemptscount": sum(1 for user, _ in attempts if user == int(form["userid"])) if int(form["scormid"]) == 2 else 0}

    def ws_mod_scorm_get_scorm_sco_tracks(self, form):
        user, attempt = int(form["userid"]), int(form["attempt"])
        index = int(form["scoid"]) - 21
        told = self.cmi.get((user, attempt, self.scos[index][0])) if 0 <= index < len(self.scos) else None
        if told is not None:
            return {"data": {"attempt": attempt, "tracks": [{"element": "timemodified", "value": "1772000000"},
                                                            *({"element": k, "value": v} for k, v in told.items()),
                                                            {"element": "userid", "value": user}]}, "warnings": []}
        status = self.tracks.get((user, attempt)) if int(form["scoid"]) == 21 else None
        if status is None:
            return {"data": {"attempt": attempt, "tracks": []}, "warnings": [{"warningcode": "notattempted"}]}
        return {"data": {"attempt": attempt, "tracks": [
            {"element": "score_raw", "value": 88}, {"element": "status", "value": status}, {"element": "timemodified", "value": "1772000000"},
            {"element": "cmi.core.lesson_status", "value": status}, {"element": "cmi.core.score.raw", "value": "88"},
            {"element": "cmi.core.total_time", "value": "00:12:38"}]}, "warnings": []}

    def ws_core_course_get_updates_since(self, form):
        course = int(form["courseid"])
        return {"instances": [{"contextlevel": "module", "id": course * 10 + 2, "updates": [{"name": "usertracks", "itemids": [1]}]}]}

    def ws_local_bridge_get_completions(self, form):
        """Rows ascending by (t, id), behind (since, afterid): the ids are those of the rows, whatever their order."""
        people = {u["username"]: u for u in self.users}
        titles = {c["idnumber"]: c for c in self.courses}
        rows = []
        if form["kind"] == "course":
            for number, ((username, course), when) in enumerate(self.rows.items(), 1):
                if when is not None:
                    rows.append({"id": number, "userid": people[username]["id"], "courseid": titles[course]["id"], "state": 1, "t": when})
        elif form["kind"] == "activity":
            for number, ((user, cmid), state) in enumerate(self.states.items(), 1):
                rows.append({"id": number, "userid": user, "courseid": cmid // 10, "cmid": cmid, "modname": "page" if cmid % 10 == 1 else "scorm",
                             "state": state["state"], "t": state["timecompleted"]})
        else:
            rows = [{"id": number, "userid": user, "courseid": 2, "cmid": 22, "t": 1772000000} for number, (user, _) in enumerate(self.tracks, 1)]
        behind = (int(form["since"]), int(form["afterid"]))
        rows = sorted((r for r in rows if (r["t"], r["id"]) > behind), key=lambda r: (r["t"], r["id"]))
        return {"rows": rows[:min(int(form["limit"]), 5000)], "servertime": int(time.time())}

    def ws_core_competency_list_competencies(self, form):
        return [{"id": 5, "idnumber": "C-FIRE", "shortname": "Fire"}] if form.get("filters[0][value]") == "C-FIRE" else []

    def ws_tool_lp_data_for_user_competency_summary(self, form):
        rows = self.evidence.get((int(form["userid"]), int(form["competencyid"])), [])
        return {"competency": {"scaleconfiguration": '[{"scaleid":"3"},{"id":2,"scaledefault":1,"proficient":1}]'}, "evidence": rows}

    def ws_core_competency_grade_competency(self, form):
        if int(form["competencyid"]) != 5 or not 1 <= int(form["grade"]) <= 3:
            raise Refused("core\\invalid_persistent_exception", "invalidpersistenterror", "Error: Invalid rating")
        if "<" in form.get("note", ""):
            raise Refused("invalid_parameter_exception", "invalidparameter", "Invalid parameter value detected")
        row = {"id": self._next_evidence, "grade": int(form["grade"]), "note": form.get("note", ""), "timecreated": 1772000000}
        self._next_evidence += 1
        self.evidence.setdefault((int(form["userid"]), 5), []).insert(0, row)
        return row

    ws_core_competency_grade_competency_in_course = ws_core_competency_grade_competency


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--users", type=int, default=10)
    parser.add_argument("--delay-ms", type=int, default=0)
    given = parser.parse_args()
    site = Moodle(users=given.users, delay_ms=given.delay_ms).start()
    print(site.url, site.token, flush=True)
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        site.stop()
