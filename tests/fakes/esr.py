#!/usr/bin/env python3
"""Generic Outbound files of an Electronic Staff Record that does not exist, for tests and benchmarks.

A Feed writes files into a folder as ESR does: header, rows, trailer, ISO-8859-1, windows that join, sequence
numbers by one. The faults of real feeds are arguments: skip a sequence, leave the trailer out, write a file again.
People are named after rivers; every column that a bridge must drop holds a marker.

  python3 tests/fakes/esr.py FOLDER [--people N] [--days N]   a full file and some daily ones
"""
import argparse
import datetime
import pathlib

RIVERS = ("Severn", "Trent", "Wye", "Tees", "Tamar", "Exe", "Dart", "Ouse", "Nene", "Avon", "Derwent", "Ribble", "Mersey", "Eden", "Tyne",
          "Wear", "Aire", "Calder", "Don", "Stour", "Medway", "Arun", "Test", "Itchen", "Frome", "Parrett", "Taw", "Torridge", "Camel",
          "Fal", "Rhône", "Tên", "O'Moyle", "Ure", "Swale")
FIRST = ("Ada", "Bo", "Cai", "Dee", "Eli", "Fay", "Gus", "Hal", "Ivy", "Jo", "Kit", "Lou", "Mae", "Ned", "Oz", "Pip", "Zoë")
GROUPS = (("Medical and Dental", "Consultant"), ("Nursing and Midwifery Registered", "Staff Nurse"), ("Allied Health Professionals", "Radiographer"),
          ("Additional Clinical Services", "Healthcare Assistant"), ("Healthcare Scientists", "Biomedical Scientist"),
          ("Administrative and Clerical", "Clerical Worker"), ("Estates and Ancillary", "Porter"))
DROPPED = "DROPPED"  # stands in columns that must not come out anywhere
NI = "QQ123456C"  # a number that is never given out


def row(kind, width, columns, rest=""):
    fields = [kind] + [rest] * (width - 1)
    for position, value in columns.items():
        fields[position - 1] = str(value)
    return "~".join(fields)


def compact(day):
    return day.strftime("%Y%m%d") if day else ""


def person(key, first, last, start, end=None, left=None, email="", updated=None):
    return row("PRA", 44, {2: key, 3: compact(start), 4: compact(end), 5: 20_000_000 + key, 6: DROPPED, 7: last, 8: first, 9: "", 10: DROPPED, 11: "",
                           12: DROPPED, 13: DROPPED, 14: "19700101", 15: NI, 16: 555_000_000_000 + key, 17: compact(start), 18: compact(left),
                           19: DROPPED, 20: "E", 22: "", 23: DROPPED, 25: DROPPED, 30: 555_000_000_000 + key, 34: "EMP", 35: "Employee", 36: email,
                           37: compact(start), 39: compact(updated or start), 40: DROPPED})


def assignment(key, who, unit, position, start, end=None, number=None, status="ACTIVE_ASSIGN", primary=True, fte="1", updated=None, job=""):
    return row("ASA", 51, {2: who, 3: key, 4: compact(start), 5: compact(end), 6: compact(start), 7: "E", 8: number or 20_000_000 + who, 9: status,
                           10: "", 16: DROPPED, 17: DROPPED, 22: "Yes" if primary else "No", 26: fte, 28: unit, 29: position, 30: f"{position}|a post|",
                           34: DROPPED, 35: job, 45: compact(updated or start) + " 120000", 49: compact(end)})


def unit(key, name, parent=""):
    return row("ORA", 16, {2: key, 3: name, 4: "NHS_TM", 5: "20000401", 11: parent, 12: f"RZZ{key % 100:02d}", 14: "20000401 000000"})


def position(key, group, role):
    return row("POA", 24, {2: key, 3: "20000401", 5: key, 6: f"{key}|a post|", 9: group, 10: role, 15: ""})


def definition(key, name, count="", units=""):
    return row("CDA", 16, {2: key, 3: name, 4: "", 11: count, 12: units, 15: "123", 16: "20000401 000000"})


def held(key, who, name, start, end=None, updated=None, kind="PERSONAL", status="ACHIEVED", competence="", level="", job=""):
    return row("CMA", 27, {2: who, 3: key, 4: kind, 5: status, 6: name, 7: compact(start), 8: compact(end), 9: level, 10: "123", 14: competence, 16: job,
                           23: compact(updated or start) + " 120000"})


class Feed:
    def __init__(self, folder, vpd="123", destination="GDW", first_day=datetime.date(2026, 3, 1), sequence=1944):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.vpd, self.destination, self.day, self.sequence = vpd, destination, first_day, sequence

    def name(self, code, day, sequence):
        return f"GO_{self.vpd}_{self.destination}_{code}_{compact(day)}_{sequence:08d}.DAT"

    def write(self, code, rows, begin, trailer=True, day=None, sequence=None):
        """Rows may be any iterable of lines. Answers with the file's path."""
        day, sequence = day or self.day, self.sequence if sequence is None else sequence
        path = self.folder / self.name(code, day, sequence)
        count = 0
        with open(path, "w", encoding="iso-8859-1", newline="\n") as out:
            out.write(f"HDR~{path.name}~{compact(day)} 072050~{self.vpd}~{begin}~{compact(day)} 000000~01\n")
            for line in rows:
                out.write(line + "\n")
                count += 1
            if trailer:
                out.write(f"TRL~{count}\n")
        return path

    def full(self, rows, **how):
        """Everything, as of the feed's day."""
        return self.write("GOF", rows, "00000000 000000", **how)

    def daily(self, rows, skip=0, **how):
        """The next day's file; `skip` days before it have none."""
        before = self.day + datetime.timedelta(days=skip)
        self.sequence += 1 + skip
        self.day = before + datetime.timedelta(days=1)
        return self.write("GOC", rows, compact(before) + " 000000", **how)


def seed_rows(people, first=1000, when=datetime.date(2020, 4, 1)):
    """A small trust: units, posts, people with a post each and two competencies, one of which is held."""
    yield unit(300, "The trust")
    for n in range(7):
        yield unit(301 + n, f"Ward {n + 1}", 300)
        yield position(400 + n, *GROUPS[n])
    yield definition(501, "NHS|CSTF|Fire Safety - 2 Years|", "2", "Year")
    yield definition(502, "123|LOCAL|AI at Work|", "1", "Year")
    for n in range(people):
        key = first + n
        last = RIVERS[n % len(RIVERS)]
        yield person(key, FIRST[n % len(FIRST)], last, when, email=f"p{key}@example.org")
        yield assignment(10 * key, key, 301 + n % 7, 400 + n % 7, when)
        yield held(100 * key, key, "NHS|CSTF|Fire Safety - 2 Years|", datetime.date(2025, 3, 1), datetime.date(2027, 2, 28))
        yield held(100 * key + 1, key, "123|LOCAL|AI at Work|", datetime.date(2025, 6, 1), kind="JOB", job=DROPPED)


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("folder")
    p.add_argument("--people", type=int, default=50)
    p.add_argument("--days", type=int, default=3)
    given = p.parse_args()
    feed = Feed(given.folder)
    print(feed.full(seed_rows(given.people)))
    for n in range(given.days):
        print(feed.daily([held(900_000 + n, 1000 + n, "123|LOCAL|AI at Work|", feed.day), f"CMD~{100 * (1000 + n)}"]))


if __name__ == "__main__":
    main()
