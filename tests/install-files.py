#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Has the files that are installed for other programs read by those programs.

usage: install-files.py SOURCE BUILD
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

source, build = (pathlib.Path(a).resolve() for a in sys.argv[1:3])
wrong = []


def run(*command, expect_silence=True):
    """The output; a failure, or words where silence is expected, is noted."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace")
    if done.returncode != 0 or (expect_silence and done.stdout.strip()):
        wrong.append(f"{' '.join(map(str, command))}: {done.returncode}\n{done.stdout}")
    return done.stdout


def put(root, path, text="", mode=0o644):
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    file.chmod(mode)


def check_units(root):
    """systemd-analyze in a root where the programs and targets exist that the units name."""
    units = root / "usr/lib/systemd/system"
    for target in ("sysinit", "basic", "shutdown", "multi-user", "slices", "sockets"):
        put(units, f"{target}.target", "[Unit]\nDescription=x\n")
    put(units, "dbus.socket", "[Socket]\nListenStream=/run/dbus\n")
    put(units, "dbus.service", "[Service]\nExecStart=/usr/bin/busctl\n")
    put(units, "system.slice")
    put(root, "usr/bin/busctl", mode=0o755)
    put(root, "usr/lib/freezer/freezerd", mode=0o755)
    os.symlink("usr/lib", root / "lib")
    os.symlink("usr/bin", root / "bin")
    names = ["freezer.slice", "freezer-system.slice", "freezer-trigger.slice"]
    for name in names:
        shutil.copy(source / "units" / name, units)
    shutil.copy(build / "units/freezerd.service", units)
    for name in names + ["freezerd.service"]:
        run("systemd-analyze", "verify", "--man=no", f"--root={root}", f"/usr/lib/systemd/system/{name}")


def check_catalogue(root):
    put(root, "usr/lib/systemd/catalog/freezer.catalog", (source / "units/freezer.catalog").read_text())
    (root / "var/lib/systemd/catalog").mkdir(parents=True)
    run("journalctl", "--update-catalog", f"--root={root}")
    listed = run("journalctl", "--list-catalog", f"--root={root}", expect_silence=False).splitlines()
    if len(listed) != (source / "units/freezer.catalog").read_text().count("\n-- "):
        wrong.append(f"journalctl reads {len(listed)} entries of the catalogue")


def check_users_and_files(root):
    put(root, "usr/lib/sysusers.d/freezer.conf", (source / "units/freezer.sysusers").read_text())
    put(root, "usr/lib/tmpfiles.d/freezer.conf", (build / "units/freezer.conf").read_text())
    put(root, "etc/passwd", "root:x:0:0:root:/root:/bin/sh\n")
    put(root, "etc/group", "root:x:0:\n")
    if "freezer" not in run("systemd-sysusers", "--dry-run", f"--root={root}", "freezer.conf", expect_silence=False):
        wrong.append("systemd-sysusers makes no user freezer")
    if os.geteuid() != 0:
        return
    run("systemd-tmpfiles", "--create", f"--root={root}", "freezer.conf")
    for path, mode in {"var/lib/freezer": 0o711, "var/lib/freezer/runs": 0o711, "etc/freezer/jobs.d": 0o755,
                       "run/freezer": 0o755, "var/backups/freezer": 0o700}.items():
        if not (root / path).is_dir() or (root / path).stat().st_mode & 0o7777 != mode:
            wrong.append(f"systemd-tmpfiles did not make /{path} with mode {mode:o}")


def check_bus_policy(root):
    """dbus-daemon starts with the policy in its configuration, and ends when it is told to."""
    put(root, "bus.conf", f"<busconfig><listen>unix:tmpdir={root}</listen><include>"
        f"{source}/dbus/org.openstack.Freezer1.conf</include></busconfig>")
    daemon = subprocess.Popen(["dbus-daemon", f"--config-file={root}/bus.conf", "--nofork", "--nopidfile", "--nosyslog",
                               "--print-address"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    address = daemon.stdout.readline()
    daemon.terminate()
    errors = daemon.communicate()[1]
    if not address.startswith("unix:") or "Freezer1" in errors:
        wrong.append(f"dbus-daemon: {errors}")


with tempfile.TemporaryDirectory(prefix="freezer-install-") as directory:
    root_directory = pathlib.Path(directory)
    root_directory.chmod(0o755)
    check_units(root_directory)
    check_catalogue(root_directory)
    check_users_and_files(root_directory)
    check_bus_policy(root_directory)
print("\n".join(wrong) or "units, catalogue, user, directories and bus policy are read without complaint")
sys.exit(1 if wrong else 0)
