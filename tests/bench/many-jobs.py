#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What many jobs cost: run inside a test host, as root, with the number of jobs.

    tests/host/host --dest DEST -- tests/bench/many-jobs.py 10 100 1000 10000

Prints one Markdown table. Absolute times are of this machine; the ones without any job (row 0) are the peer in
the same run that the others are to be compared with.
"""
import json
import os
import subprocess
import sys
import time

import dbus

NAME, PATH = "org.openstack.Freezer1", "/org/openstack/Freezer1"


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def timed(call):
    begin = time.monotonic()
    call()
    return time.monotonic() - begin


def manager():
    proxy = dbus.SystemBus().get_object(NAME, PATH, introspect=False)
    return dbus.Interface(proxy, NAME + ".Manager")


def document(number):
    """Spread over the day, none due during the measurement of a few minutes."""
    then = (time.time() - 3600 + number * 7 % 3000) % 86400
    return json.dumps({
        "job_id": f"bench-{number:05}", "description": f"bench {number}",
        "job_schedule": {},
        "systemd": {"OnCalendar": time.strftime("*-*-* %H:%M:%S", time.gmtime(then)) + " UTC"},
        "job_actions": [{"freezer_action": {"action": "exec", "command": "/bin/true"}}]})


def create(first, last):
    m = manager()
    for number in range(first, last):
        m.CreateJob(document(number), dbus.Dictionary({}, signature="sv"), timeout=120)


def loaded_timers():
    return run("systemctl", "list-units", "--all", "--no-legend", "--plain", "freezer-job@*.timer").count("\n")


def wait_armed(count):
    deadline = time.monotonic() + 300
    while loaded_timers() < count:
        if time.monotonic() > deadline:
            sys.exit(f"only {loaded_timers()} of {count} timers were armed in 5 minutes")
        time.sleep(0.5)


def memory_mib():
    pid = run("systemctl", "show", "--value", "-p", "MainPID", "freezerd").strip()
    with open(f"/proc/{pid}/status") as f:
        return next(int(line.split()[1]) for line in f if line.startswith("VmRSS")) / 1024


def median(values):
    return sorted(values)[len(values) // 2]


def start_latency(tries=9):
    """Seconds from the bus call to the agent's first journal line."""
    m, found = manager(), []
    for _ in range(tries):
        begin = time.time()
        path = m.RunDocument(json.dumps({"job_actions": [{"freezer_action": {
            "action": "exec", "command": "/bin/true"}}]}), dbus.Dictionary({}, signature="sv"))
        identity = dbus.SystemBus().get_object(NAME, path, introspect=False).Get(
            NAME + ".Run", "Id", dbus_interface=dbus.PROPERTIES_IFACE)
        for _ in range(200):
            lines = run("journalctl", "-q", "-o", "json", "-t", "freezer-agent", f"FREEZER_RUN_ID={identity}").splitlines()
            if lines:
                break
            time.sleep(0.02)
        found.append(int(json.loads(lines[0])["_SOURCE_REALTIME_TIMESTAMP"]) / 1e6 - begin)
    return median(found)


def manager_cpu():
    """Seconds of processor time PID 1 has had: what a busy machine does not change."""
    with open("/proc/1/stat") as f:
        fields = f.read().rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def daemon_reload():
    walls, cpus = [], []
    for _ in range(3):
        before = manager_cpu()
        walls.append(timed(lambda: run("systemctl", "daemon-reload")))
        cpus.append(manager_cpu() - before)
    return f"{median(walls):.2f} s ({median(cpus):.2f} s)"


def row(*cells):
    print("| " + " | ".join(cells) + " |", flush=True)


def main():
    row("jobs", "creation, each", "list over the bus", "restart to READY", "freezerd RSS", "start latency", "daemon-reload (CPU of PID 1)")
    row(*["---"] * 7)
    bare = daemon_reload()
    run("systemctl", "start", "freezerd")
    row("0", "–", f"{timed(lambda: manager().ListJobs()) * 1e3:.1f} ms", f"{timed(lambda: run('systemctl', 'restart', 'freezerd')):.2f} s",
        f"{memory_mib():.1f} MiB", f"{start_latency() * 1e3:.0f} ms", bare)
    have = 0
    for count in map(int, sys.argv[1:]):
        creation = timed(lambda: create(have, count)) / max(count - have, 1)
        have = count
        wait_armed(count)
        listed = median([timed(lambda: manager().ListJobs(timeout=120)) for _ in range(3)])
        restart = median([timed(lambda: run("systemctl", "restart", "freezerd")) for _ in range(3)])
        wait_armed(count)
        row(f"{count:,}", f"{creation * 1e3:.1f} ms", f"{listed * 1e3:.1f} ms", f"{restart:.2f} s", f"{memory_mib():.1f} MiB",
            f"{start_latency() * 1e3:.0f} ms", daemon_reload())


main()
