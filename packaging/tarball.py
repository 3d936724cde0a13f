#!/usr/bin/env python3
"""A tarball of capbridge for Linux hosts that are no Debian 12: the program and its adapters with all their libraries but those of
the C library (glibc), found beside the program wherever it is unpacked; documents, licences, an installer's page.

    packaging/tarball.py --build build/release --version 0.2.0 --out capbridge-0.2.0-linux-amd64.tar.gz

Needs patchelf(1). Built twice it is the same byte for byte (times are SOURCE_DATE_EPOCH).
"""
import argparse
import gzip
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time

import sbom

# The loader and the C library belong together and to the host.
HOST = re.compile(r"^(ld-linux.*|libc|libm|libdl|libpthread|librt|libresolv|libutil|libnsl|libanl|libmvec)\.so")
LIBRARIES = "lib/capbridge/libraries"


def loaded(program):
    """Name as it is asked for -> file."""
    said = subprocess.run(["ldd", program], check=True, capture_output=True, text=True).stdout
    if missing := re.findall(r"(\S+) => not found", said):
        raise SystemExit(f"tarball: {program} lacks {', '.join(missing)}")
    return dict(re.findall(r"^\s*(\S+) => (/\S+) ", said, re.M))


def newest_glibc(files):
    """The newest version of the C library that anything here asks for."""
    newest = (0, 0)
    for file in files:
        said = subprocess.run(["objdump", "-T", file], check=True, capture_output=True, text=True).stdout
        for version in re.findall(r"GLIBC_(\d+)\.(\d+)", said):
            newest = max(newest, (int(version[0]), int(version[1])))
    return f"{newest[0]}.{newest[1]}"


def lay_out(build, version, root):
    subprocess.run(["cmake", "--install", build, "--prefix", root, "--component", "capbridge"], check=True, stdout=subprocess.DEVNULL)
    programs = [root / "bin/capbridge", *sorted((root / "lib/capbridge/plugins").glob("*.so"))]
    libraries = root / LIBRARIES
    libraries.mkdir(parents=True)
    carried = {}
    for program in programs:
        for name, file in loaded(program).items():
            if not HOST.match(name):
                carried[name] = file
    for name, file in sorted(carried.items()):
        shutil.copyfile(file, libraries / name)
        (libraries / name).chmod(0o644)
    files = [*programs, *sorted(libraries.iterdir())]
    for file in files:
        subprocess.run(["strip", "--strip-unneeded", file], check=True)
    # DT_RPATH, unlike DT_RUNPATH, holds for what the libraries load in turn, and comes before LD_LIBRARY_PATH.
    subprocess.run(["patchelf", "--force-rpath", "--set-rpath", f"$ORIGIN/../{LIBRARIES}", root / "bin/capbridge"], check=True)
    for plugin in programs[1:]:
        subprocess.run(["patchelf", "--force-rpath", "--set-rpath", "$ORIGIN/../libraries", plugin], check=True)
    for library in sorted(libraries.iterdir()):
        subprocess.run(["patchelf", "--force-rpath", "--set-rpath", "$ORIGIN", library], check=True)

    licences = root / "LICENSES"
    licences.mkdir()
    for package in sorted(set(sbom.owners([pathlib.Path(file) for file in carried.values()]).values())):
        package = package.split(":")[0]
        text = pathlib.Path("/usr/share/doc") / package / "copyright"
        if text.exists():
            shutil.copyfile(text, licences / package)
    source = pathlib.Path(__file__).resolve().parent
    shutil.copyfile(source / "debian/copyright", licences / "capbridge")
    for name in ("capbridge.service", "capbridge.sysusers", "capbridge.tmpfiles", "capbridge.json"):
        shutil.copyfile(source / name, root / "share/capbridge" / name)
    text = (source / "install.md").read_text()
    (root / "install.md").write_text(text.replace("@VERSION@", version).replace("@GLIBC@", newest_glibc(files)))


def pack(root, name, out):
    epoch = int(os.environ.get("SOURCE_DATE_EPOCH") or time.time())

    def plain(member):
        member.uid = member.gid = 0
        member.uname = member.gname = "root"
        member.mtime = epoch
        member.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
        return member
    with open(out, "wb") as raw, gzip.GzipFile("", "wb", 6, raw, mtime=epoch) as zipped, \
            tarfile.open(fileobj=zipped, mode="w", format=tarfile.PAX_FORMAT) as tar:
        tar.add(root, name, recursive=False, filter=plain)
        for path in sorted(root.rglob("*")):
            tar.add(path, f"{name}/{path.relative_to(root)}", recursive=False, filter=plain)


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--build", required=True, type=pathlib.Path)
    options.add_argument("--version", required=True)
    options.add_argument("--out", required=True, type=pathlib.Path)
    given = options.parse_args()
    for tool in ("patchelf", "strip", "objdump", "cmake"):
        if not shutil.which(tool):
            sys.exit(f"tarball: {tool} is not there: apt install patchelf binutils cmake")
    with tempfile.TemporaryDirectory(prefix="capbridge-tarball-") as folder:
        name = f"capbridge-{given.version}-linux-amd64"
        root = pathlib.Path(folder) / name
        lay_out(given.build, given.version, root)
        pack(root, name, given.out)


if __name__ == "__main__":
    main()
