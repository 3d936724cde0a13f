#!/usr/bin/env python3
"""Makes the records of a trust that does not exist: Nymouth University Hospitals.

    generate.py --out DIR [--people 2000] [--seed 7] [--today 2026-11-01]

writes into DIR
    people.csv                  the staff list, for `capbridge people import`
    assignments.csv             archetypes that managers decided by hand, for `capbridge assign import`
    moodle/report-YEAR.csv      completions as a custom report of Moodle prints them (UTF-8)
    elearning/export-YEAR.csv   completions of the trust's older platform (Windows-1252, day/month/year, expiry dates)

Everybody and everything in these files is made up. Names are put together from the word lists below; addresses end in
.example, which nobody can own. The same arguments always give the same bytes: there is no clock and no set order in here,
and the only source of chance is random.Random.random(), whose sequence Python keeps the same from version to version.
"""
import argparse
import csv
import datetime
import io
import os
import pathlib
import random
import unicodedata

# ---- Words that names are made of. None is a list of real names. --------------------------------------------------

FORENAMES = """Acorn Amberly Bramblet Brisk Clementil Cobalto Dapple Dewdrop Emberlyn Fennelle Figwort Flintan Gingham
Glimmer Hazelot Heatherin Indigo Inkwell Juniperet Kestrel Lanternia Larkspur Lichen Maplewin Marrow Merrily Mossy Nettle
Nutmeg Oakley-Jo Opaline Pebble Pepperin Plumelle Quillon Quince Rushlight Saffronel Sorrelin Sparrowen Tansyl Teasel
Thistle Tinderly Umbrel Velvetin Violetta-Rue Wrenlow Yarrowin Zestine
Crème Flöte Señal Łąka Šálek Ørken Þistill Zoëlle Brûlée Gârdine Żaba Őszike""".split()
SURNAME_HEADS = """Bottle Bramble Button Candle Copper Cotton Cushion Dapple Ember Feather Fiddle
Gravel Honey Kettle Ladder Lantern Linen Marble Mitten Muffin Needle Nettle Paper Pebble Pepper Pickle
Pillow Pocket Puddle Quill Ribbon Saddle Saucer Spindle Sugar Tassel Teapot Thimble Timber Velvet Waffle Whistle
Wicker Ålder Cœur Piñón""".split()
SURNAME_TAILS = "acre bank beck berry bridge brook bury by cote croft dale field ford gate ham holt hurst lea mere shaw "\
                "side stead stow thorpe wick wold worthy château über".split()

# ---- Posts: how many in 1,000, unit, staff group, job role, positions, archetypes that the rules will propose --------

MED, NURSE, AHP = "Medical and Dental", "Nursing and Midwifery Registered", "Allied Health Professionals"
ACS, ADMIN, SCI = "Additional Clinical Services", "Administrative and Clerical", "Healthcare Scientists"
PROF, ESTATES = "Add Prof Scientific and Technic", "Estates and Ancillary"
STUDENT, SUPPLEMENTARY = "Students", "Supplementary Roles"

POSTS = [
    (46, "Radiology", AHP, "Diagnostic Radiographer", ["Radiographer", "Senior Radiographer"], "user"),
    (8, "Radiology", AHP, "Reporting Radiographer", ["Reporting Radiographer"], "user"),
    (13, "Radiology", MED, "Consultant", ["Consultant Radiologist"], "user"),
    (8, "Radiology", MED, "Specialty Registrar", ["Radiology Registrar"], "user"),
    (9, "Radiology", ACS, "Imaging Assistant", ["Imaging Assistant"], ""),
    (3, "Radiology", MED, "Consultant", ["Consultant Radiologist, Clinical Director"], "user driver"),
    (7, "Radiology", ADMIN, "Clerical Worker", ["Booking Clerk", "Reception Clerk"], ""),
    (55, "Emergency Department", NURSE, "Staff Nurse", ["Triage Nurse", "Emergency Nurse"], "user"),
    (3, "Emergency Department", NURSE, "Senior Manager", ["Matron, Digital Lead"], "user embedder"),
    (10, "Emergency Department", MED, "Consultant", ["Emergency Consultant"], "user"),
    (15, "Emergency Department", MED, "Specialty Registrar", ["Emergency Registrar"], "user"),
    (12, "Emergency Department", MED, "Foundation Doctor", ["Foundation Doctor Year 1", "Foundation Doctor Year 2"], "user"),
    (22, "Emergency Department", ACS, "Healthcare Assistant", ["Healthcare Assistant"], ""),
    (11, "Emergency Department", ADMIN, "Clerical Worker", ["Reception Clerk"], ""),
    (62, "Acute Medicine", NURSE, "Staff Nurse", ["Ward Nurse", "Ward Sister"], ""),
    (22, "Acute Medicine", MED, "Specialty Registrar", ["Medical Registrar"], ""),
    (34, "Acute Medicine", ACS, "Healthcare Assistant", ["Healthcare Assistant"], ""),
    (60, "Surgery", NURSE, "Staff Nurse", ["Ward Nurse", "Ward Sister"], ""),
    (24, "Surgery", MED, "Consultant", ["Consultant Surgeon"], ""),
    (26, "Surgery", ACS, "Healthcare Assistant", ["Healthcare Assistant"], ""),
    (34, "Theatres", PROF, "Operating Department Practitioner", ["Operating Department Practitioner"], ""),
    (30, "Theatres", NURSE, "Staff Nurse", ["Theatre Nurse"], ""),
    (40, "Intensive Care", NURSE, "Staff Nurse", ["Intensive Care Nurse"], ""),
    (10, "Intensive Care", MED, "Consultant", ["Intensive Care Consultant"], ""),
    (26, "Paediatrics", NURSE, "Staff Nurse", ["Children's Nurse"], ""),
    (36, "Maternity", NURSE, "Midwife", ["Midwife", "Senior Midwife"], ""),
    (14, "Cardiology", MED, "Consultant", ["Consultant Cardiologist"], ""),
    (12, "Cardiology", SCI, "Healthcare Science Practitioner", ["Cardiac Physiologist"], ""),
    (9, "Renal Medicine", NURSE, "Staff Nurse", ["Renal Nurse"], ""),
    (7, "Renal Medicine", MED, "Consultant", ["Consultant Nephrologist"], ""),
    (8, "Dermatology", MED, "Consultant", ["Consultant Dermatologist"], "user"),
    (7, "Dermatology", NURSE, "Specialist Nurse", ["Skin Cancer Nurse"], "user"),
    (26, "Pathology", SCI, "Biomedical Scientist", ["Biomedical Scientist"], ""),
    (22, "Pharmacy", PROF, "Pharmacist", ["Pharmacist", "Pharmacy Technician"], ""),
    (30, "Therapies", AHP, "Physiotherapist", ["Physiotherapist", "Occupational Therapist"], ""),
    (6, "Medical Physics", SCI, "Clinical Scientist", ["Clinical Scientist, Radiotherapy"], ""),
    (4, "Medical Physics", SCI, "Clinical Scientist", ["Clinical Scientist, Scientific Computing"], "creator"),
    (30, "Outpatients", ADMIN, "Clerical Worker", ["Booking Coordinator", "Reception Clerk"], "user?booking"),
    (8, "Outpatients", SUPPLEMENTARY, "Care Navigator", ["Care Navigator"], ""),
    (9, "Clinical Informatics", SCI, "Clinical Scientist", ["Clinical Informatician"], "embedder"),
    (4, "Clinical Informatics", SCI, "Clinical Scientist", ["Data Scientist, Imaging"], "creator embedder"),
    (6, "Clinical Informatics", NURSE, "Specialist Nurse", ["Digital Health Nurse"], "embedder"),
    (3, "Clinical Informatics", ADMIN, "Manager", ["Clinical Safety Officer"], "embedder"),
    (14, "Digital Services", ADMIN, "Technician", ["Service Desk Analyst"], ""),
    (8, "Digital Services", ADMIN, "Manager", ["Integration Engineer", "Systems Engineer"], "embedder"),
    (5, "Digital Services", ADMIN, "Officer", ["Information Governance Officer"], "embedder"),
    (6, "Data and Analytics", ADMIN, "Analyst", ["Data Analyst", "Data Engineer"], "embedder"),
    (5, "Data and Analytics", SCI, "Clinical Scientist", ["Data Scientist"], "creator"),
    (3, "Research and Innovation", ADMIN, "Researcher", ["AI Researcher"], "creator"),
    (8, "Research and Innovation", NURSE, "Specialist Nurse", ["Research Nurse"], ""),
    (3, "Trust Board", ADMIN, "Executive Director", ["Executive Director"], "driver"),
    (6, "Operations", ADMIN, "Senior Manager", ["General Manager"], "driver"),
    (4, "Procurement", ADMIN, "Manager", ["Procurement Lead"], "driver"),
    (4, "Patient Safety and Quality", ADMIN, "Manager", ["Clinical Guidelines Lead", "Digital Policy Lead"], "shaper"),
    (26, "Medical Education", STUDENT, "Student", ["Student Nurse", "Student Radiographer"], ""),
    (28, "People and Finance", ADMIN, "Officer", ["Personnel Officer", "Finance Officer"], ""),
    (48, "Estates and Facilities", ESTATES, "Support Worker", ["Porter", "Domestic Assistant", "Electrician"], ""),
]

# ---- The people whom README.md introduces: always there, whatever the seed; number, forename, surname, post, archetypes.

PERSONAS = [
    (90000101, "Kestrel", "Teapotbridge", "Radiology", MED, "Consultant", "Consultant Radiologist", "user"),
    (90000102, "Nettle", "Saucerford", "Emergency Department", NURSE, "Staff Nurse", "Triage Nurse", "user"),
    (90000103, "Flöte", "Lanternshaw", "Radiology", AHP, "Reporting Radiographer", "Reporting Radiographer", "user"),
    (90000104, "Quince", "Pillowdale", "Radiology", MED, "Consultant", "Clinical Director, Imaging", "user driver"),
    (90000105, "Emberlyn", "Whistlecote", "Clinical Informatics", NURSE, "Senior Manager",
     "Chief Nursing Information Officer", "driver embedder"),
    (90000106, "Šálek", "Thimbleworthy", "Data and Analytics", ADMIN, "Senior Manager", "Chief Data Officer", "driver"),
    (90000107, "Opaline", "Puddlewick", "Data and Analytics", SCI, "Clinical Scientist", "Lead Data Scientist", "creator"),
    (90000108, "Crème", "Ribbonstead", "Dermatology", MED, "Consultant", "Consultant Dermatologist", "user creator"),
    (90000109, "Yarrowin", "Gravelholt", "Renal Medicine", MED, "Specialist Doctor", "Specialist in Renal Medicine", "embedder"),
    (90000110, "Teasel", "Copperhurst", "Clinical Informatics", SCI, "Clinical Scientist", "Clinical Informatician", "embedder"),
    (90000111, "Marrow", "Waffleby", "Patient Safety and Quality", ADMIN, "Manager", "Digital Policy Lead", "shaper"),
    (90000112, "Zoëlle", "Buttonmere", "Outpatients", ADMIN, "Manager", "Booking Manager", "user"),
]

# ---- Learning. Moodle knows courses by short name, the older platform by number. ----------------------------------------

MANDATORY = [("FIRE", "Fire safety"), ("MOVE", "Moving and handling"), ("IPC", "Infection prevention and control"),
             ("IG", "Information governance"), ("EDI", "Equality, diversity and inclusion")]
MOODLE_TITLES = {
    "AIF-101": "AI in healthcare: the essentials",
    "AIF-102": "AI, rules and responsibility",
    "AIF-103": "AI, evidence and judgement",
    "AIF-104": "Bringing AI into a service",
    "AIU-202": "Using AI: what to read first",
    "AIU-204": "Confidence in AI: a lunchtime talk",
    "AIE-301": "Embedding AI: a primer",
    "AIC-402": "Creating AI: working with data and systems",
    "AID-501": "Deciding about AI: a primer",
    "AIS-601": "Shaping AI: evidence, guidelines and law",
    "TRX-200": "tri-X 2.0: user training",
    "TRX-210": "tri-X 2.1: before you start",
    "AIX-900": "Prompting for fun: chat assistants at home",
    "DIG-110": "Spreadsheets for beginners",
}
ELEARNING_TITLES = {
    "NLP-4001": "AI in healthcare: the essentials (first edition)",
    "NLP-4201": "Quiz: AI and clinical judgement",
    "NLP-4203": "Quiz: explanations that AI gives",
    "NLP-4302": "Quiz: software as a medical device",
    "NLP-4303": "Quiz: how AI is evaluated",
    "NLP-4304": "Quiz: AI in the trust's systems",
    "NLP-4401": "Quiz: machine learning for health",
    "NLP-4403": "Quiz: designing AI products",
    "NLP-4502": "Quiz: buying and governing AI",
    "NLP-4602": "Quiz: standards and strategy",
    "NLP-4211": "Assessment: tri-X 2.1",
    "NLP-1001": "Sepsis: recognise and act",
    "NLP-1002": "Blood transfusion – safe practice",
    "NLP-1003": "Safe use of medicines",
}
FOUNDATION = [("AIF-101", 0.62), ("AIF-102", 0.50), ("AIF-103", 0.38), ("AIF-104", 0.27)]
PRIMERS = {"user": "AIU-202", "embedder": "AIE-301", "creator": "AIC-402", "driver": "AID-501", "shaper": "AIS-601"}
QUIZZES = {"user": ["NLP-4201", "NLP-4203"], "embedder": ["NLP-4302", "NLP-4303", "NLP-4304"],
           "creator": ["NLP-4401", "NLP-4403", "NLP-4303"], "driver": ["NLP-4502", "NLP-4302"], "shaper": ["NLP-4602"]}
EXPIRES_AFTER_DAYS = {"NLP-4211": 365, "NLP-1001": 730, "NLP-1002": 730, "NLP-1003": 1095}

MOODLE_HEADER = ["Full name with link", "Username", "ID number", "Email address", "Course full name with link",
                 "Course full name", "Course short name", "Course ID number", "Status", "Completed", "Time completed", "Grade", "Student progress"]
ELEARNING_HEADER = ["Record ID", "Employee No", "Forename", "Surname", "Learning ID", "Learning Title", "Attempt",
                    "Status", "Status Date", "Score %", "Expiry Date"]
PEOPLE_HEADER = ["employee_number", "name", "email", "other_ids", "unit", "staff_group", "job_role", "position", "from", "to"]


class Person:
    def __init__(self, number, forename, surname, post, archetypes, uid):
        self.number, self.forename, self.surname, self.uid = str(number), forename, surname, uid
        self.unit, self.staff_group, self.job_role, self.position = post
        self.archetypes = archetypes
        self.username = ascii_of(f"{forename}.{surname}".lower())
        self.email = self.username + "@nymouth.example"
        self.zeal = 0.5  # how likely to finish what is offered
        self.start, self.end = None, None

    @property
    def name(self):
        return f"{self.forename} {self.surname}"


def ascii_of(text):
    """The letters of an account name: an accent is dropped, a letter that has no other form becomes a plain one."""
    special = str.maketrans({"ł": "l", "ø": "o", "þ": "th", "œ": "oe", "Ł": "l", "Ø": "o", "Þ": "th"})
    plain = unicodedata.normalize("NFKD", text.translate(special))
    return "".join(c for c in plain if c.isascii() and (c.isalnum() or c in ".-"))


def moodle_time(at):
    """Monday, 3 March 2025, 9:15 AM: a page of Moodle in English, without the locale of this machine."""
    days = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
    months = "January February March April May June July August September October November December".split()
    hour, half = at.hour % 12 or 12, "AM" if at.hour < 12 else "PM"
    return f"{days[at.weekday()]}, {at.day} {months[at.month - 1]} {at.year}, {hour}:{at.minute:02} {half}"


class Trust:
    def __init__(self, seed, count, today):
        self.rng, self.today, self.count = random.Random(seed), today, count
        self.first_day = today - datetime.timedelta(days=3 * 365)
        self.people, self.taken = [], {}
        self.moodle, self.elearning = [], []  # (moment, row)
        self.records = 0

    # -- chance ---------------------------------------------------------------------------------------------------------

    def pick(self, items):
        return items[int(self.rng.random() * len(items))]

    def happens(self, probability):
        return self.rng.random() < probability

    def ago(self, days):
        return self.today - datetime.timedelta(days=days)

    def moment(self, first, last):
        """A moment in working hours, on a weekday; a few learn in the evening."""
        day = first + datetime.timedelta(days=int(self.rng.random() * max(1, (last - first).days)))
        if day.weekday() > 4:
            day += datetime.timedelta(days=7 - day.weekday())
            if day >= last:
                day -= datetime.timedelta(days=3)
        hour = 19 + int(self.rng.random() * 3) if self.happens(0.1) else 8 + int(self.rng.random() * 9)
        return datetime.datetime(day.year, day.month, day.day, hour, int(self.rng.random() * 60))

    # -- people -----------------------------------------------------------------------------------------------------------

    def hire(self, number, forename, surname, post, archetypes):
        person = Person(number, forename, surname, post, archetypes, len(self.people) + 20)
        same = self.taken.get(person.username, 0)
        self.taken[person.username] = same + 1
        if same:
            person.username += str(same + 1)
            person.email = person.username + "@nymouth.example"
        self.people.append(person)
        return person

    def staff(self):
        for number, forename, surname, unit, group, role, position, archetypes in PERSONAS[:self.count]:
            person = self.hire(number, forename, surname, (unit, group, role, position), archetypes.split())
            person.zeal, person.start = 0.0, datetime.date(2019, 4, 1)  # their learning is told below, not left to chance
        total = sum(post[0] for post in POSTS)
        number = 90001000
        while len(self.people) < self.count:
            at = self.rng.random() * total
            for weight, unit, group, role, positions, archetypes in POSTS:
                at -= weight
                if at < 0:
                    break
            number += 1 + int(self.rng.random() * 9)
            position = self.pick(positions)
            if archetypes == "user?booking":
                archetypes = "user" if "Booking" in position else ""
            surname = self.pick(SURNAME_HEADS) + self.pick(SURNAME_TAILS)
            person = self.hire(number, self.pick(FORENAMES), surname, (unit, group, role, position), archetypes.split())
            person.zeal = 0.35 + 0.6 * self.rng.random()
            # A third joined within the three years; August is when junior doctors and students come.
            if self.happens(0.33):
                person.start = self.first_day + datetime.timedelta(days=int(self.rng.random() * 1050))
                if role in ("Foundation Doctor", "Student"):
                    person.start = person.start.replace(month=8, day=5)
            else:
                person.start = self.first_day - datetime.timedelta(days=30 + int(self.rng.random() * 4000))
            if self.happens(0.02):
                person.end = self.today - datetime.timedelta(days=1 + int(self.rng.random() * 200))
                if person.end <= person.start:
                    person.end = None

    def people_rows(self):
        rows = []
        for index, p in enumerate(self.people):
            other = f"registration:GMC=8{p.number[1:]}" if p.staff_group == MED and index % 3 else ""
            rows.append([p.number, p.name, p.email, other, p.unit, p.staff_group, p.job_role, p.position,
                         p.start.isoformat(), p.end.isoformat() if p.end else ""])
        # Two posts at once: days in the clinic, days with the AI programme; and the wards that lend nurses.
        for p in self.people[len(PERSONAS)::97]:
            rows.append([p.number, p.name, p.email, "", "Medical Education", p.staff_group, p.job_role, "Clinical Tutor",
                         p.start.isoformat(), ""])
        for p in self.people[7:9]:
            rows.append([p.number, p.name, p.email, "", "Clinical Informatics", p.staff_group, p.job_role,
                         "AI Programme, seconded", self.ago(790).isoformat(), ""])
        # What every staff list has: rows that cannot be taken as they stand. None of them is a person of the 2,000.
        shown = self.people[-1]
        rows.insert(40, ["", "Acorn Without-Number", "acorn.without@nymouth.example", "", "Surgery", NURSE, "Staff Nurse", "Ward Nurse", "", ""])
        rows.insert(80, ["90990001", "Figwort Baddate", "", "", "Surgery", NURSE, "Staff Nurse", "Ward Nurse", "31/02/2025", ""])
        rows.insert(120, ["90990002", "Mossy Backwards", "", "", "Surgery", NURSE, "Staff Nurse", "Ward Nurse", "2025-06-01", "2025-01-01"])
        rows.insert(160, ["9.0990003E+7", "Plumelle Rounded", "", "", "Surgery", NURSE, "Staff Nurse", "Ward Nurse", "", ""])
        rows.append(list(rows[0]))
        rows.append([shown.number, "Another Name-Entirely", shown.email, "", shown.unit, shown.staff_group, shown.job_role,
                     "Bank Staff", shown.start.isoformat(), ""])
        if len(self.people) > 60:
            rows[50][2] = "not an address"
            rows[62][2] = rows[61][2] = "shared.desk@nymouth.example"
        return rows

    def assignment_rows(self):
        """What managers wrote down by hand, beside the rules."""
        rows = [["90000108", "creator", "confirmed", self.ago(790).isoformat(), ""],  # co-designs tools; no rule can see that
                ["90000109", "embedder", "confirmed", self.ago(790).isoformat(), ""],  # seconded: the second post is the AI programme
                ["90000112", "user", "rejected", "", ""],  # manages the clerks, does not use the tool
                ["90000107", "embedder", "Confirmed", self.ago(660).isoformat(), self.ago(300).isoformat()]]
        for p in [p for p in self.people[len(PERSONAS):] if p.position == "Booking Coordinator"][:3]:
            rows.append([p.number, "User", "rejected", "", ""])
        for p in [p for p in self.people[len(PERSONAS):] if p.position == "Procurement Lead"][:1]:
            rows.append([p.number, "user", "proposed", "", ""])  # somebody thinks so; nobody has decided
        return rows + [["90000110", "wizard", "", "", ""]]  # a slip of the pen, for the list of exceptions

    # -- completions ------------------------------------------------------------------------------------------------------

    def moodle_row(self, person, course, at, done=True, grade=None, number=True):
        title = MOODLE_TITLES.get(course) or dict(MANDATORY)[course.split("-")[0]] + " " + course.split("-")[1]
        known = list(MOODLE_TITLES).index(course) + 200 if course in MOODLE_TITLES else 100 + sum(map(ord, course)) % 90
        grade = 60 + self.rng.random() * 40 if grade is None else grade
        site = "https://moodle.nymouth.example"
        self.moodle.append((at, [
            f'<a href="{site}/user/profile.php?id={person.uid}">{person.name}</a>', person.username,
            person.number if number else "", person.email,
            f'<a href="{site}/course/view.php?id={known}">{title}</a>', title, course, "NYM-" + course, "Active",
            "Yes" if done else "No", moodle_time(at) if done else "", f"{grade:.2f}" if done or grade > 80 else "",
            "100.0%" if done else f"{10 * int(1 + self.rng.random() * 8)}.0%"]))

    def number_records(self):
        """Record numbers in the order of the file; a row that takes another back keeps that one's number."""
        numbers = {}
        for _, row in self.elearning:
            row[0] = numbers.setdefault(row[0], f"R{len(numbers) + 1:07}")

    def elearning_row(self, person, learning, at, status, score, attempt=1):
        self.records += 1
        expiry = ""
        if learning in EXPIRES_AFTER_DAYS and status in ("Passed", "Completed"):
            expiry = (at.date() + datetime.timedelta(days=EXPIRES_AFTER_DAYS[learning])).strftime("%d/%m/%Y")
        row = [self.records, person.number, person.forename, person.surname, learning, ELEARNING_TITLES[learning],
               str(attempt), status, at.strftime("%d/%m/%Y"), "" if score is None else str(score), expiry]
        self.elearning.append((at, row))
        return row

    def quiz(self, person, learning, first, last):
        """One try mostly; some fail and pass later, a few only fail, a few do not finish."""
        at, luck = self.moment(first, last), self.rng.random()
        if luck < 0.06:
            self.elearning_row(person, learning, at, "In progress", None)
        elif luck < 0.12:
            self.elearning_row(person, learning, at, "Failed", 40 + int(self.rng.random() * 35))
        else:
            attempt = 1
            if luck < 0.28:
                self.elearning_row(person, learning, at, "Failed", 45 + int(self.rng.random() * 30))
                at, attempt = at + datetime.timedelta(days=7), 2
            if at.date() < self.today:
                self.elearning_row(person, learning, at, "Passed", 80 + int(self.rng.random() * 21), attempt)

    def learn(self, person):
        first = max(self.first_day, person.start)
        last = min(self.today, person.end) if person.end else self.today
        if (last - first).days < 14:
            return
        for year in range(self.first_day.year + 1, self.today.year + 1):
            begin, end = max(first, datetime.date(year, 1, 1)), min(last, datetime.date(year, 12, 31))
            if (end - begin).days < 7:
                continue
            for code, _ in MANDATORY:
                if self.happens(0.42 + 0.4 * person.zeal):
                    self.moodle_row(person, f"{code}-{year}", self.moment(begin, end), done=self.happens(0.96))
        for learning in ("NLP-1001", "NLP-1002", "NLP-1003"):
            if person.staff_group in (MED, NURSE, AHP, ACS, PROF) and self.happens(0.45):
                self.elearning_row(person, learning, self.moment(first, last), "Completed", None)
        for course in ("AIX-900", "DIG-110"):
            if self.happens(0.05):
                self.moodle_row(person, course, self.moment(first, last))
        self.learn_ai(person, first, last)

    def learn_ai(self, person, first, last):
        keen = 1.25 if person.archetypes else 0.8
        for course, offered in FOUNDATION:
            if not self.happens(offered * keen * (0.5 + 0.7 * person.zeal)):
                continue
            opened = self.ago(790)  # before that day the first edition was on the older platform
            at = self.moment(first, last)
            if course == "AIF-101" and at.date() < opened:
                self.elearning_row(person, "NLP-4001", at, "Completed", None)
            else:
                self.moodle_row(person, course, at, done=self.happens(0.94), number=not self.happens(0.03))
        for archetype in person.archetypes:
            if self.happens(0.25 + 0.5 * person.zeal):
                self.moodle_row(person, PRIMERS[archetype], self.moment(first, last), done=self.happens(0.9))
            for learning in QUIZZES[archetype]:
                if self.happens(0.1 + 0.45 * person.zeal):
                    self.quiz(person, learning, first, last)
        if "user" in person.archetypes and self.happens(0.3):
            self.moodle_row(person, "AIU-204", self.moment(first, last))
        self.learn_tri_x(person, first, last)

    def learn_tri_x(self, person, first, last):
        share = {"Radiology": 0.85, "Emergency Department": 0.4}.get(person.unit, 0)
        if "user" not in person.archetypes or share == 0:
            return
        if person.unit == "Radiology" and person.start < self.ago(610) and self.happens(0.7):
            at = self.moment(self.ago(608), min(last, self.ago(397)))
            if at.date() < last:
                self.moodle_row(person, "TRX-200", at)  # the version before; says nothing about 2.1
        opened = max(first, self.ago(363))
        if (last - opened).days > 7 and self.happens(share):
            self.moodle_row(person, "TRX-210", self.moment(opened, last), done=self.happens(0.93))
            if self.happens(0.75):
                self.quiz(person, "NLP-4211", opened, last)

    def tell_personas(self):
        """Twelve people whose records each show one thing; README.md says what to look at."""
        at = lambda days, hour=10: datetime.datetime.combine(self.today - datetime.timedelta(days=days), datetime.time(hour, 15))
        by = {p.number: p for p in self.people}
        done = lambda number, days, *courses: [self.moodle_row(by[number], c, at(days + 3 * i), grade=92) for i, c in enumerate(courses)]
        passed = lambda number, days, *quizzes: [self.elearning_row(by[number], q, at(days + 5 * i), "Passed", 90) for i, q in enumerate(quizzes)]
        foundation = ("AIF-101", "AIF-102", "AIF-103", "AIF-104")

        done("90000101", 300, *foundation, "AIU-202", "TRX-210")        # the model user: all that learning can give
        passed("90000101", 200, "NLP-4201", "NLP-4203", "NLP-4211")
        done("90000102", 420, "AIF-101", "AIF-103", "TRX-210")          # failed, then passed; expires within the amber window
        self.elearning_row(by["90000102"], "NLP-4211", at(308), "Failed", 55)
        self.elearning_row(by["90000102"], "NLP-4211", at(300), "Passed", 85, 2)
        done("90000103", 500, "AIF-101", "TRX-200", "AIU-204")          # trained for 2.0 only; a talk that is capped
        done("90000103", 760, "AIF-102")                                # two years are over: expired
        done("90000104", 250, *foundation, "AID-501", "TRX-210")        # user and driver; a later failure contradicts the pass
        passed("90000104", 240, "NLP-4502", "NLP-4211")
        self.elearning_row(by["90000104"], "NLP-4211", at(30), "Failed", 48, 2)
        done("90000105", 330, *foundation, "AID-501", "AIE-301")
        passed("90000105", 150, "NLP-4502", "NLP-4302")
        done("90000106", 640, "AIF-101", "AIF-102", "FIRE-" + str(self.today.year - 1))
        done("90000107", 210, *foundation, "AIC-402")
        passed("90000107", 200, "NLP-4401", "NLP-4403", "NLP-4303")
        done("90000108", 380, *foundation[:2], "AIC-402")
        passed("90000108", 90, "NLP-4403")
        done("90000109", 290, *foundation, "AIE-301")                   # a pass that was taken back
        row = passed("90000109", 280, "NLP-4303")[0]
        self.elearning.append((at(40), row[:7] + ["Withdrawn", at(40).strftime("%d/%m/%Y"), "", ""]))
        done("90000110", 260, *foundation, "AIE-301")
        passed("90000110", 120, "NLP-4302", "NLP-4303", "NLP-4304")
        done("90000111", 350, *foundation[:3], "AIS-601")
        passed("90000111", 340, "NLP-4602")
        done("90000112", 400, f"FIRE-{self.today.year - 2}", "DIG-110")                   # has learnt, but nothing that a mapping knows

    def mishaps(self):
        """Passes taken back, passes contradicted, and learners whom the staff list does not know."""
        passes = [(at, row) for at, row in self.elearning if row[7] == "Passed" and not row[1].startswith("900001")]
        for at, row in passes[::max(1, len(passes) // 12)][:12]:
            later = min(at + datetime.timedelta(days=60), datetime.datetime.combine(self.ago(1), datetime.time(9)))
            self.elearning.append((later, row[:7] + ["Withdrawn", later.strftime("%d/%m/%Y"), "", ""]))
        by = {p.number: p for p in self.people}
        tri_x = [(at, row) for at, row in passes if row[4] == "NLP-4211" and (self.today - at.date()).days > 90]
        for at, row in tri_x[3::9]:
            self.elearning_row(by[row[1]], "NLP-4211", at + datetime.timedelta(days=75), "Failed", 50, int(row[6]) + 1)
        for n in range(40 if self.count >= 100 else 4):
            post = ("", "", "", "")
            partner = n % 2 == 1  # half are colleagues from the partner who co-designed tri-X, half have left long ago
            visitor = Person(90800000 + n, self.pick(FORENAMES), self.pick(SURNAME_HEADS) + self.pick(SURNAME_TAILS), post, [], 9000 + n)
            visitor.username = "hon-" + visitor.username  # no visitor has the address of one of the staff
            visitor.email = visitor.username + "@nymouth.example"
            if partner:
                visitor.email = visitor.username + "@triadix.example"
            for course in ("AIF-101", "TRX-210") if partner else ("AIF-101", "FIRE-" + str(self.today.year - 1)):
                self.moodle_row(visitor, course, self.moment(self.first_day + datetime.timedelta(days=400), self.today), number=not partner)
            if n % 4 == 0:
                self.elearning_row(visitor, "NLP-4201", self.moment(self.first_day, self.today), "Passed", 88)

    # -- files ------------------------------------------------------------------------------------------------------------

    def write(self, out):
        self.staff()
        for person in self.people[len(PERSONAS):]:
            self.learn(person)
        if self.count >= len(PERSONAS):
            self.tell_personas()
        self.mishaps()
        counts = {"people": len(self.people)}
        save(out / "people.csv", PEOPLE_HEADER, self.people_rows(), self.today)
        save(out / "assignments.csv", ["employee_number", "archetype", "state", "from", "to"], self.assignment_rows(), self.today)
        for name, header, rows, encoding in (("moodle/report", MOODLE_HEADER, self.moodle, "utf-8"),
                                             ("elearning/export", ELEARNING_HEADER, self.elearning, "cp1252")):
            rows.sort(key=lambda entry: entry[0])  # stable: the same minute stays in the order of the telling
            if name.startswith("elearning"):
                self.number_records()
            for year in sorted({at.year for at, _ in rows}):
                save(out / f"{name}-{year}.csv", header, [row for at, row in rows if at.year == year],
                     min(self.today, datetime.date(year, 12, 31)), encoding)
            counts[name.split("/")[0]] = len(rows)
        return counts


def save(path, header, rows, written, encoding="utf-8"):
    """The file's time is the day on which the platform would have written it: a younger export has the last word."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows(rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    # The older platform writes a question mark for letters that its character set lacks, and so do we.
    path.write_bytes(text.getvalue().encode(encoding, errors="replace"))
    midnight = datetime.datetime.combine(written, datetime.time(0), datetime.timezone.utc).timestamp()
    os.utime(path, (midnight, midnight))


def main():
    parser = argparse.ArgumentParser(description="Makes the sample records of the made-up trust Nymouth University Hospitals.")
    parser.add_argument("--out", required=True, type=pathlib.Path, help="folder to write into")
    parser.add_argument("--people", type=int, default=2000, help="how many people (default 2000)")
    parser.add_argument("--seed", type=int, default=7, help="another seed gives another trust (default 7)")
    parser.add_argument("--today", type=datetime.date.fromisoformat, default=datetime.date(2026, 11, 1),
                        help="the last day of the records (default 2026-11-01)")
    arguments = parser.parse_args()
    if arguments.people < 1:
        parser.error("--people must be at least 1")
    counts = Trust(arguments.seed, arguments.people, arguments.today).write(arguments.out)
    print("sample: " + ", ".join(f"{count} {what}" for what, count in counts.items()) + f" in {arguments.out}")


if __name__ == "__main__":
    main()
