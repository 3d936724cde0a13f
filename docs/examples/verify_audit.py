#!/usr/bin/env python3
"""Verifies what `capbridge audit export` (or GET /api/v1/audit/lines, or syslog) gave, without capbridge.

verify_audit.py EXPORT.jsonl [N:HASH ...]     each N:HASH is a mark of the audit's end that was kept elsewhere

A line is a JSON object whose last member is "hash": the SHA-256 of the line without that member. "prev" is the
hash of the line before.
"""
import hashlib
import json
import sys


def verify(lines, marks):
    """(number of entries, mark of the last); raises ValueError that names the first entry that does not hold."""
    kept, last = dict(mark.split(":") for mark in marks), None
    for count, line in enumerate(lines, 1):
        line = line.rstrip("\n")
        text, digest = line[:-75] + "}", line[-66:-2]
        entry = json.loads(line)
        n = entry["n"]
        if line[-75:-66] != ',"hash":"' or hashlib.sha256(text.encode()).hexdigest() != digest:
            raise ValueError(f"entry {n} (line {count}) was changed after it was written")
        if last and (n != last[0] + 1 or entry["prev"] != last[1]):
            raise ValueError(f"entry {n} (line {count}) does not follow from the line before it, entry {last[0]}")
        if kept.pop(str(n), digest) != digest:
            raise ValueError(f"entry {n} (line {count}) is another one than when its mark was kept")
        last = (n, digest)
    if last and any(int(n) > last[0] for n in kept):
        raise ValueError(f"the end is cut off after entry {last[0]}: a mark of a later one was kept")
    return (count, f"{last[0]}:{last[1]}") if last else (0, "")


if __name__ == "__main__":
    try:
        with open(sys.argv[1], encoding="utf-8", newline="\n") as file:
            print("%d entries hold; head %s" % verify(file, sys.argv[2:]))
    except ValueError as error:
        sys.exit(f"NOT AS IT WAS WRITTEN: {error}")
