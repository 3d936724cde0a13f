"""Runs a command under the seccomp filters that systemd would make of a unit: SystemCallFilter=, RestrictAddressFamilies=,
MemoryDenyWriteExecute=, RestrictNamespaces=, with no_new_privs. Nothing here needs root or a running systemd.

    python3 under_unit.py UNIT COMMAND...

libseccomp is loaded by its C interface (seccomp_init(3), seccomp_rule_add_array(3)); groups are resolved by systemd-analyze(1).
"""
import ctypes
import errno
import mmap
import os
import pathlib
import re
import socket
import subprocess
import sys

ALLOW, ERRNO = 0x7FFF0000, 0x00050000
EQUAL, MASKED = 4, 7  # SCMP_CMP_EQ, SCMP_CMP_MASKED_EQ
NAMESPACES = 0x7E020080  # CLONE_NEW*


class Argument(ctypes.Structure):
    _fields_ = [("argument", ctypes.c_uint), ("operation", ctypes.c_int), ("a", ctypes.c_uint64), ("b", ctypes.c_uint64)]


class Unit:
    """What a unit says; a setting that is given several times is a list, as it is for systemd."""

    def __init__(self, path):
        self.lists = {}
        for line in path.read_text().splitlines():
            if "=" in line and not line.startswith("#"):
                name, _, value = line.partition("=")
                self.lists.setdefault(name, []).append(value)

    def yes(self, name):
        return self.lists.get(name, ["no"])[-1] == "yes"


def groups():
    """Group -> names in it, as this systemd has them."""
    said = subprocess.run(["systemd-analyze", "syscall-filter", "--no-pager"], check=True, capture_output=True, text=True).stdout
    found, group = {}, ""
    for line in said.splitlines():
        if line.startswith("@"):
            group = line.strip()
            found[group] = []
        elif group and line.startswith("    ") and not line.strip().startswith("#"):
            found[group].append(line.strip())
    return found


def expand(names, known):
    for name in names:
        if name.startswith("@"):
            yield from expand(known[name], known)
        else:
            yield name


def allowed_calls(unit):
    """What SystemCallFilter= leaves: the lines are taken in order, '~' takes away. systemd adds @default to an allow list."""
    known = groups()
    allowed = set(expand(["@default"], known))
    for line in unit.lists["SystemCallFilter"]:
        names = set(expand(line.lstrip("~").split(), known))
        # Never taken away by a group: what every process needs to begin.
        allowed = allowed - (names - set(expand(["@default"], known))) if line.startswith("~") else allowed | names
    return allowed


class Filter:
    def __init__(self, otherwise):
        self.lib = ctypes.CDLL("libseccomp.so.2", use_errno=True)
        self.lib.seccomp_init.restype = ctypes.c_void_p
        self.context = ctypes.c_void_p(self.lib.seccomp_init(ctypes.c_uint32(otherwise)))

    def add(self, action, name, *arguments):
        number = self.lib.seccomp_syscall_resolve_name(name.encode())
        if number < 0:
            return  # not on this machine
        array = (Argument * len(arguments))(*(Argument(*a) for a in arguments))
        code = self.lib.seccomp_rule_add_array(self.context, ctypes.c_uint32(action), number, len(arguments), array)
        if code not in (0, -errno.EACCES):  # EACCES: it is what happens otherwise
            raise OSError(-code, f"seccomp rule for {name}")

    def load(self):
        code = self.lib.seccomp_load(self.context)
        if code:
            raise OSError(-code, "seccomp_load")


def apply(unit):
    refuse = ERRNO | getattr(errno, unit.lists["SystemCallErrorNumber"][-1])
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(38, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "no_new_privs")

    filters = []
    if unit.yes("MemoryDenyWriteExecute"):
        one = Filter(ALLOW)
        both = mmap.PROT_EXEC | mmap.PROT_WRITE
        one.add(ERRNO | errno.EPERM, "mmap", (2, MASKED, both, both))
        one.add(ERRNO | errno.EPERM, "mprotect", (2, MASKED, mmap.PROT_EXEC, mmap.PROT_EXEC))
        one.add(ERRNO | errno.EPERM, "pkey_mprotect", (2, MASKED, mmap.PROT_EXEC, mmap.PROT_EXEC))
        filters.append(one)
    if unit.yes("RestrictNamespaces"):
        one = Filter(ALLOW)
        for flag in [1 << bit for bit in range(64) if NAMESPACES >> bit & 1]:
            one.add(ERRNO | errno.EPERM, "clone", (0, MASKED, flag, flag))
        one.add(ERRNO | errno.EPERM, "unshare")
        one.add(ERRNO | errno.EPERM, "setns")
        one.add(ERRNO | errno.ENOSYS, "clone3")
        filters.append(one)
    families = [getattr(socket, name) for line in unit.lists.get("RestrictAddressFamilies", []) for name in line.split()]
    one = Filter(ALLOW)
    for family in set(range(0, 46)) - {int(f) for f in families}:
        one.add(ERRNO | errno.EAFNOSUPPORT, "socket", (0, EQUAL, family))
    filters.append(one)
    last = Filter(refuse)
    for name in sorted(allowed_calls(unit)):
        last.add(ALLOW, name)
    for one in [*filters, last]:
        one.load()


def main():
    unit = Unit(pathlib.Path(sys.argv[1]))
    if re.fullmatch(r"\d+", os.environ.get("UNDER_UNIT_USER", "")) and os.geteuid() == 0:
        number = int(os.environ["UNDER_UNIT_USER"])
        os.setgroups([])
        os.setresgid(number, number, number)
        os.setresuid(number, number, number)
    apply(unit)
    os.execv(sys.argv[2], sys.argv[2:])


if __name__ == "__main__":
    main()
