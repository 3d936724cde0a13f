"""What machine.py does on the bare machine: the first hour by the very lines of docs/operate.md, then what goes wrong, upgrades, the end."""
import json
import pathlib
import re
import shutil

CONFIGURATION = "etc/capbridge/capbridge.json"
OPERATE = pathlib.Path(__file__).resolve().parents[2] / "docs/operate.md"


def blocks(section):
    """The code blocks below a heading of operate.md."""
    text = OPERATE.read_text().split(f"\n## {section}\n")[1].split("\n## ")[0]
    return re.findall(r"^```[a-z]*\n(.*?)^```", text, re.M | re.S)


def block(section, word):
    return next(one for one in blocks(section) if word in one)


def as_the_page_says(root):
    """The default configuration with what the page says to put into it."""
    text = (root / CONFIGURATION).read_text()
    text = text.replace('// "organisation"', '"organisation"').replace('// "iri_base"', '"iri_base"')
    mapped = block("The first hour", '"sources": [{').rstrip()
    return "// ours\n" + text.replace('  "mappings": [],\n  "sources": []\n', mapped + "\n")


def write_configuration(root, **more):
    text = write_configuration.text
    for name, value in more.items():
        text, times = re.subn(rf'"{name}": "[^"]*"', f'"{name}": {json.dumps(value)}', text)
        assert times == 1, name
    (root / CONFIGURATION).write_text(text)


def first_hour(machine, run, root, step, must):
    step("apt install ./capbridge.deb")
    said = run("apt-get", "install", "-y", "--no-install-recommends", "/srv/capbridge.deb")
    must("not started" in said, "apt says that nothing was started and what to do", said)
    must(run("systemctl", "is-active", "capbridge", check=False).strip() == "inactive", "nothing runs before it is configured")
    must(run("systemctl", "is-enabled", "capbridge", check=False).strip() == "disabled", "nothing starts at boot before somebody says so")

    step("check, enable, start: ready as Type=notify says")
    run("runuser", "-u", "capbridge", "--", "capbridge", "check", "--config", "/" + CONFIGURATION)  # the default one is good
    said = run("capbridge", "framework", "publish", "hee-ai-confidence", check=False)
    must("wrong_user" in said and not (root / "var/lib/capbridge/capbridge.db").exists(), "root makes no data that the daemon could not open", said)
    text = (root / CONFIGURATION).read_text()
    (root / CONFIGURATION).write_text(text.replace('// "organisation"', '"organisation"').replace('// "iri_base"', '"iri_base"'))
    run("bash", "-e", "-c", block("The first hour", "systemctl enable --now"))
    must(machine.property("ActiveState") == "active", "active")
    must(machine.property("Type") == "notify", "Type=notify")
    exposure = run("systemd-analyze", "security", "capbridge", "--no-pager")
    found = float(re.search(r"exposure level for capbridge.service: ([0-9.]+)", exposure)[1])
    must(found <= 2.0, f"exposure {found}", exposure)

    step("first records, by an adapter's process under the unit")
    run("bash", "-e", "-c", block("The first hour", "cat >/srv/first/people.csv"))
    write_configuration.text = as_the_page_says(root)
    write_configuration(root)
    # The page leaves a file alone that is younger than this.
    run("touch", "-d", "2 minutes ago", "/var/spool/capbridge/lms/export.csv")
    said = run("bash", "-e", "-x", "-c", block("The first hour", "capbridge people import"))
    # By its schedule, which begins when the source is there, or by the page's own sync: whoever was first.
    runs = json.loads(run("capbridge", "run", "list", "--source", "lms", "--json"))["runs"]
    must(sum(one["counts"].get("added", 0) for one in runs if one["kind"] == "sync") > 0, "rows are read", said)
    must("met" in said.lower(), "a record is met", said)
    print(re.sub(r"^", "      ", said, flags=re.M) if first_hour.show else "", end="")
    must(oct((root / "var/lib/capbridge").stat().st_mode)[-3:] == "700", "the data is the daemon's alone")
    step("a backup, and the drill")
    said = run("bash", "-e", "-c", block("The first hour", "restore --drill"))
    print(re.sub(r"^", "      ", said, flags=re.M) if first_hour.show else "", end="")
    journal = run("journalctl", "-u", "capbridge", "--no-pager")
    must("Operation not permitted" not in journal and "adapters_not_loaded" not in journal, "nothing was forbidden that is needed", journal)


first_hour.show = False


def incidents(machine, run, root, step, must):
    step("a good configuration is reloaded; a bad one is refused and the old one stays")
    before = machine.property("MainPID")
    write_configuration(root, organisation="Another Trust")
    run("systemctl", "reload", "capbridge")
    write_configuration(root, listen="nowhere")
    said = run("systemctl", "reload", "capbridge", check=False)
    must("fail" in said.lower(), "systemctl says that the reload failed", said)
    must(machine.property("MainPID") == before and machine.property("ActiveState") == "active", "the daemon went on")
    write_configuration(root)
    run("systemctl", "reload", "capbridge")

    step("killed: systemd starts it again")
    run("systemctl", "kill", "-s", "KILL", "--kill-whom=main", "capbridge")
    machine.wait_for("ActiveState", "active")
    must(machine.property("MainPID") != before, "another process")

    step("hanging: the watchdog ends it, systemd starts it again")
    (root / "etc/systemd/system/capbridge.service.d").mkdir(exist_ok=True)
    (root / "etc/systemd/system/capbridge.service.d/quick.conf").write_text("[Service]\nWatchdogSec=4s\nTimeoutAbortSec=2s\n")
    run("systemctl", "daemon-reload")
    run("systemctl", "restart", "capbridge")
    before = machine.property("NRestarts")
    run("systemctl", "kill", "-s", "STOP", "--kill-whom=main", "capbridge")
    machine.wait_for("NRestarts", str(int(before) + 1))
    machine.wait_for("ActiveState", "active")
    shutil.rmtree(root / "etc/systemd/system/capbridge.service.d")
    run("systemctl", "daemon-reload")

    step("started with a bad configuration: it ends with code 2 and is not tried again")
    write_configuration(root, listen="nowhere")
    run("systemctl", "restart", "capbridge", check=False)
    machine.wait_for("ActiveState", "failed", 10)
    must(machine.property("ExecMainStatus") == "2", "exit code 2")
    write_configuration(root)
    run("systemctl", "reset-failed", "capbridge")
    run("systemctl", "start", "capbridge")


def upgrades(machine, run, root, step, must, as_version):
    journal = json.loads(run("capbridge", "status", "--json"))["journal"]
    step("before an upgrade, as root and by the page: whose records it would change, and a backup")
    shutil.copyfile(as_version("98.0.0"), root / "srv/98.deb")
    data = root / "var/lib/capbridge"
    shutil.rmtree(data / "scratch", ignore_errors=True)
    preview, backup = block("The first upgrade", "--preview").splitlines()[:2]
    must("upgrade --preview" in preview and "backup" in backup, "the page's first two lines")
    for line in (preview, backup):
        run("sh", "-ec", line.replace("capbridge_NEXT_amd64.deb", "/srv/98.deb"))
    must((data / "scratch").stat().st_uid == data.stat().st_uid, "what root asked made nothing of root's")
    step("upgraded: checked, then restarted; the configuration stays")
    before = machine.property("MainPID")
    run("dpkg", "-i", "/srv/98.deb")
    machine.wait_for("ActiveState", "active")
    must(machine.property("MainPID") != before, "restarted")
    must("// ours" in (root / CONFIGURATION).read_text(), "our configuration")
    must(json.loads(run("capbridge", "status", "--json"))["journal"] >= journal, "the data is there")

    step("upgraded with a configuration that is bad by now: the old daemon goes on")
    shutil.copyfile(as_version("99.0.0"), root / "srv/99.deb")
    write_configuration(root, listen="nowhere")
    before = machine.property("MainPID")
    said = run("dpkg", "-i", "/srv/99.deb")
    must("goes on running" in said, "the package says so", said)
    must(machine.property("MainPID") == before and machine.property("ActiveState") == "active", "and it does")
    write_configuration(root)

    step("downgraded")
    run("dpkg", "-i", "/srv/capbridge.deb")
    machine.wait_for("ActiveState", "active")
    must(json.loads(run("capbridge", "status", "--json"))["journal"] >= journal, "the data is there")


def leaving(machine, run, root, step, must):
    step("removed and purged: the data stays")
    run("apt-get", "remove", "-y", "capbridge")
    must(run("systemctl", "is-active", "capbridge", check=False).strip() != "active", "stopped")
    must((root / "var/lib/capbridge/capbridge.db").exists() and (root / CONFIGURATION).exists(), "data and configuration stay")
    said = run("apt-get", "purge", "-y", "capbridge")
    must("/var/lib/capbridge" in said, "purge says where the data is", said)
    must((root / "var/lib/capbridge/capbridge.db").exists(), "the data stays")
    must(not (root / CONFIGURATION).exists(), "the configuration goes")
    step("installed again: it finds its data")
    run("apt-get", "install", "-y", "--no-install-recommends", "/srv/capbridge.deb")
    write_configuration(root)
    run("systemctl", "enable", "--now", "capbridge")
    must(json.loads(run("capbridge", "status", "--json"))["journal"] > 0, "the data is there")
