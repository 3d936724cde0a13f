"""The package on a bare Debian 12 under a real systemd: for scripts/nightly, and by hand as root. Nothing of the machine it runs on is
touched: debootstrap makes a folder, and systemd boots in it in namespaces of its own (processes, mounts, network, cgroups).

    sudo python3 tests/package/machine.py build/packages [--keep] [--base FOLDER]

It needs root, debootstrap and Debian's mirror; --base keeps the bare Debian for the next time. Each step says how long it took.
"""
import argparse
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

MIRROR = os.environ.get("CAPBRIDGE_MIRROR", "http://deb.debian.org/debian")
CGROUP = pathlib.Path("/sys/fs/cgroup")
BOOT = r"""
set -e
root=$0
mount --make-rprivate /
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t securityfs securityfs "$root/sys/kernel/security" || true
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
mount -t tmpfs -o mode=755 tmpfs "$root/run"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
for device in null zero full random urandom tty; do touch "$root/dev/$device"; mount --bind "/dev/$device" "$root/dev/$device"; done
mkdir "$root/dev/pts" "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
mount -t tmpfs tmpfs "$root/dev/shm"
cd "$root"
pivot_root . mnt
umount -l /mnt
exec env -i container=other PATH=/usr/sbin:/usr/bin /lib/systemd/systemd --system --log-target=null
"""


def sh(*command, check=True, **more):
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=1200, **more)
    if check and done.returncode:
        raise SystemExit(f"{' '.join(map(str, command))}: exit {done.returncode}\n{done.stdout[-4000:]}")
    return done.stdout


class Machine:
    def __init__(self, root):
        self.root = root
        unified = CGROUP / "unified" if (CGROUP / "unified").is_dir() else CGROUP
        self.group = unified / f"capbridge-machine-{os.getpid()}"

    def boot(self):
        self.group.mkdir(exist_ok=True)

        def into_the_group():
            (self.group / "cgroup.procs").write_text("0")
        self.outside = subprocess.Popen(["unshare", "--mount", "--pid", "--fork", "--uts", "--ipc", "--cgroup", "--net", "--kill-child", "bash", "-c", BOOT,
                                         str(self.root)], preexec_fn=into_the_group, start_new_session=True)
        children = pathlib.Path(f"/proc/{self.outside.pid}/task/{self.outside.pid}/children")
        deadline = time.monotonic() + 60
        while True:
            inside = children.read_text().split()
            if inside and pathlib.Path(f"/proc/{inside[0]}/comm").read_text().strip() == "systemd":
                self.pid = inside[0]
                if self.run("systemctl", "is-system-running", check=False).strip() in ("running", "degraded"):
                    return
            if time.monotonic() > deadline:
                raise SystemExit("systemd did not come up in its namespaces")
            time.sleep(0.3)

    def run(self, *words, check=True):
        return sh("nsenter", "-t", self.pid, "-m", "-p", "-u", "-i", "-n", "-C", "-r", "-w", "env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root",
                  "LANG=C.UTF-8", "DEBIAN_FRONTEND=noninteractive", *words, check=check)

    def property(self, name):
        return self.run("systemctl", "show", "-P", name, "capbridge").strip()

    def wait_for(self, name, value, seconds=30):
        deadline = time.monotonic() + seconds
        while (found := self.property(name)) != value:
            if time.monotonic() > deadline:
                raise SystemExit(f"{name} is {found}, not {value}, after {seconds} s\n" + self.run("journalctl", "-u", "capbridge", "-n", "30", "--no-pager"))
            time.sleep(0.3)

    def off(self):
        if getattr(self, "outside", None) and self.outside.poll() is None:
            os.kill(self.outside.pid, signal.SIGKILL)  # --kill-child takes systemd with it, and it everything
            self.outside.wait()
        for _ in range(50):
            try:
                for below in sorted((p for p in self.group.rglob("*") if p.is_dir()), reverse=True):
                    below.rmdir()
                self.group.rmdir()
                return
            except FileNotFoundError:
                return
            except OSError:
                time.sleep(0.1)


def bare(base):
    """A Debian with nothing but systemd; the packages that capbridge asks for are fetched, not installed."""
    if not (base / "lib/systemd/systemd").exists():
        sh("debootstrap", "--variant=minbase", "--include=ca-certificates,systemd,systemd-sysv,dbus", "bookworm", base, MIRROR)
        (base / "etc/apt/sources.list").write_text(f"deb {MIRROR} bookworm main\ndeb {MIRROR} bookworm-updates main\n"
                                                   f"deb {MIRROR}-security bookworm-security main\n")
        shutil.copyfile("/etc/resolv.conf", base / "etc/resolv.conf")
    return base


def step(words):
    now = time.monotonic()
    if step.before:
        print(f"  {now - step.before[1]:6.1f} s  {step.before[0]}", flush=True)
    step.before = (words, now)


step.before = None


def must(condition, what, shown=""):
    if not condition:
        raise SystemExit(f"machine: {what}\n{shown}")


def as_version(deb, version, work, change=None):
    tree = work / f"tree-{version}"
    sh("dpkg-deb", "-R", deb, tree)
    control = tree / "DEBIAN/control"
    control.write_text(re.sub(r"^Version: .*$", f"Version: {version}", control.read_text(), flags=re.M))
    if change:
        change(tree)
    out = work / f"capbridge_{version}_amd64.deb"
    sh("dpkg-deb", "-Znone", "--root-owner-group", "-b", tree, out)
    shutil.rmtree(tree)
    return out


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("packages", type=pathlib.Path, help="folder with capbridge_*_amd64.deb")
    options.add_argument("--base", type=pathlib.Path, help="folder of a bare Debian, made when it is not there")
    options.add_argument("--show", action="store_true", help="print what the commands of the first hour say")
    options.add_argument("--keep", action="store_true", help="leave the machine's folder")
    given = options.parse_args()
    if os.geteuid() != 0 or not shutil.which("debootstrap"):
        print("machine: skipped: it needs root and debootstrap")
        return
    deb = sorted(given.packages.glob("capbridge_*_amd64.deb"))[-1]
    work = pathlib.Path(tempfile.mkdtemp(prefix="capbridge-machine-"))
    machine = Machine(work / "root")
    try:
        step("a bare Debian 12")
        base = bare(given.base or work / "base")
        shutil.copyfile(deb, base / "srv/capbridge.deb")
        sh("chroot", base, "apt-get", "update", "-q")
        sh("chroot", base, "apt-get", "install", "-y", "-q", "--no-install-recommends", "-d", "/srv/capbridge.deb")
        sh("cp", "-a", base, machine.root)
        step("boot")
        machine.boot()
        walk(machine, deb, work, given.show)
        step("done")
    finally:
        machine.off()
        if given.keep:
            print(f"machine: left in {work}")
        else:
            shutil.rmtree(work, ignore_errors=True)


def walk(machine, deb, work, show):
    run, root = machine.run, machine.root
    from machine_walk import first_hour, incidents, leaving, upgrades
    first_hour.show = show
    first_hour(machine, run, root, step, must)
    incidents(machine, run, root, step, must)
    upgrades(machine, run, root, step, must, lambda version, change=None: as_version(deb, version, work, change))
    leaving(machine, run, root, step, must)


if __name__ == "__main__":
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
    main()
