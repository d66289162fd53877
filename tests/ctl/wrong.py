#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Wrong command lines: each ends with status 2 (or 1 where a file is at fault), says nothing on standard output, and
names what is wrong and, where it can, what to do."""
import subprocess
import sys
import tempfile
import pathlib

CTL = sys.argv[1]
WRONG = [  # words, status, what the message must contain
    (["jbo", "list"], 2, "Unknown command jbo", "job list"),
    (["job", "lsit"], 2, "Unknown command job lsit", "job list"),
    (["job-lst"], 2, "Unknown command job-lst"),
    (["job"], 2, "job needs to be told what to do", "--help"),
    (["run"], 2, "run needs to be told"),
    (["frobnicate"], 2, "Unknown command frobnicate", "--help"),
    (["statsu"], 2, "freezerctl status"),
    (["--frob"], 2, "Unknown option --frob"),
    (["--jsno"], 2, "Did you mean --json?"),
    (["-x", "job", "list"], 2, "Unknown option -x"),
    (["job", "list", "--stat=running"], 2, "Did you mean --state?"),
    (["job", "list", "--state=runing"], 2, "--state=runing", "running"),
    (["job", "list", "--state"], 2, "--state needs a value"),
    (["job", "list", "extra"], 2, "Too many arguments", "Usage:"),
    (["job", "list", "--json=yes"], 2, "--json takes no value"),
    (["job", "show"], 2, "job show needs JOB", "Usage:"),
    (["job", "show", "--wait", "x"], 2, "Unknown option --wait of job show"),
    (["job", "create"], 2, "needs a FILE", "--path"),
    (["job", "create", "--path=/x"], 2, "--to=DIR is needed"),
    (["job", "create", "--path=/x", "--to="], 2, "--to: the path is empty"),
    (["job", "create", "x.json", "--to=/b"], 2, "not both"),
    (["job", "create", "/no/such/file"], 1, "Cannot open /no/such/file: No such file"),
    (["job", "create", "/"], 1, "Cannot read /: Is a directory"),
    (["job", "create", "@empty"], 1, "empty:"),
    (["job", "create", "@json"], 1, "json:"),
    (["job", "create", "@level"], 1, "level: job_actions[0].freezer_action.max_level", "freezer-job(5)"),
    (["job", "create", "@noaction"], 1, "noaction: job_actions"),
    (["job", "create", "@zero"], 1, "zero byte"),
    (["job", "create", "@huge"], 1, "larger than 1 MiB"),
    (["job", "create", "--path=/x", "--to=/b", "--every=often"], 1, "schedule_interval"),
    (["job", "create", "--path=/x", "--to=/b", "--max-level=many"], 1, "max_level"),
    (["job", "create", "--path=/x", "--to=/b", "--limit=MemoryMax"], 2, "NAME=VALUE is needed"),
    (["job", "create", "--path=/x", "--to=/b", "--limit=Memory=1G"], 1, "Memory"),
    (["job", "create", "--path=/x", "--to=/b", "--every=1 hours", "--calendar=daily"], 1, "The job made of these options"),
    (["job", "create", "--path=/x", "--to=/b", "--calendar=noday"], 1, "OnCalendar"),
    (["job", "create", "--path=/x", "--to=/b", "--date=tomorrow"], 1, "schedule_date"),
    (["job", "create", "--path=/x", "--to=/b", "--max-retries=0x1"], 2, "a number from 1"),
    (["job", "update", "x"], 2, "job update needs JOB FILE"),
    (["job", "edit", "a", "b"], 2, "Too many arguments"),
    (["job", "start", "x", "--trigger=moon"], 2, "--trigger=moon", "manual or timer"),
    (["job", "next", "x", "-n0"], 2, "a number from 1"),
    (["job", "next", "x", "-n"], 2, "-n needs a value"),
    (["job", "next", "x", "-n", "1000000"], 2, "to 1000"),
    (["run", "list", "--since=yesterday-ish"], 2, "--since=yesterday-ish: no time"),
    (["run", "list", "--result=good"], 2, "success"),
    (["run", "list", "--limit=-1"], 2, "a number from 1"),
    (["run", "limit", "x"], 2, "run limit needs"),
    (["backup"], 2, "backup needs PATH", "Usage:"),
    (["backup", "/x"], 2, "--to=DIR is needed"),
    (["backup", "shwo", "x"], 2, "Too many arguments"),
    (["backup", "show", "x", "full"], 2, "the level is a number"),
    (["backup", "list", "--job=x", "--container=/b"], 2, "do not go together"),
    (["restore", "x"], 2, "--to=DIR is needed"),
    (["restore", "x", "--to=/y", "--as=nobody-knows"], 2, "no such user"),
    (["restore", "x", "--to=/y", "--at=25:00"], 2, "--at=25:00: no time"),
    (["log", "-n", "ten"], 2, "--lines=ten"),
    (["help", "frob"], 2, "There is no command frob"),
    (["help", "job", "frob"], 2, "There is no command job frob"),
]
FILES = {
    "empty": b"",
    "json": b'{"job_actions": ]',
    "level": b'{"job_actions":[{"freezer_action":{"action":"backup","path_to_backup":"/x","backup_name":"x",'
             b'"container":"/b","max_level":-3}}]}',
    "noaction": b'{"description":"x"}',
    "zero": b'{"description":"\0"}',
    "huge": b" " * (1024 * 1024 + 1),
}
# Some of these reach for the bus; there is none.
ENV = {"PATH": "/usr/bin", "LANG": "C.UTF-8", "DBUS_SYSTEM_BUS_ADDRESS": "unix:path=/dev/null"}


def main():
    bad = 0
    with tempfile.TemporaryDirectory() as directory:
        for name, content in FILES.items():
            (pathlib.Path(directory) / name).write_bytes(content)
        for words, status, *texts in WRONG:
            given = [f"{directory}/{w[1:]}" if w.startswith("@") else w for w in words]
            r = subprocess.run([CTL, *given], env=ENV, stdin=subprocess.DEVNULL, capture_output=True, text=True)
            missing = [t for t in texts if t not in r.stderr]
            if r.returncode != status or r.stdout or missing or not r.stderr.startswith("freezerctl: "):
                bad += 1
                print(f"freezerctl {' '.join(words)}: status {r.returncode}, not {status}; missing {missing}\n"
                      f"{r.stdout}{r.stderr}")
    print(f"{len(WRONG)} wrong command lines, {bad} not as they should be")
    return bad != 0


sys.exit(main())
