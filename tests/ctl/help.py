#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every help: on standard output, within 80 columns, -h the same as --help; the man page has each command with its
arguments and each option with its argument; completion offers what the table has."""
import json
import os
import re
import subprocess
import sys
import unittest

from peer import CTL, HERE, Peer, backup, document

MAN = (HERE / "../../man/freezerctl.1").read_text()
COMPLETION = HERE / "../../src/ctl/freezerctl.bash"
ENV = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}


def run(*args):
    return subprocess.run([CTL, *args], env=ENV, capture_output=True, text=True)


TABLE = json.loads(run("help", "--json").stdout)


def plain(roff):
    return re.sub(r"\\f[BIRP]", "", roff).replace("\\-", "-").replace("\\&", "").replace('"', "")


class Help(unittest.TestCase):
    def test_help(self):
        commands = [[]] + [c["command"].split() for c in TABLE] + [["job"], ["run"]]
        self.assertGreater(len(commands), 25)
        for words in commands:
            long, short = run(*words, "--help"), run(*words, "-h")
            self.assertEqual((long.returncode, long.stderr, long.stdout), (0, "", short.stdout), words)
            self.assertGreater(len(long.stdout.splitlines()), 4)
            for line in long.stdout.splitlines():
                self.assertLessEqual(len(line), 80, line)
                self.assertEqual(line, line.rstrip())
            if words != ["backup"]:  # which is a noun, too
                self.assertEqual(run("help", *words).stdout, long.stdout)
        for entry in TABLE:
            self.assertIn(f"freezerctl {entry['command']} [OPTION...]", run(*entry["command"].split(), "-h").stdout)
            self.assertIn(entry["command"], run("--help").stdout)
            self.assertTrue(all(o["help"] for o in entry["options"]), entry)
            if " " in entry["command"]:
                self.assertEqual(run(entry["command"].replace(" ", "-"), "-h").stdout,
                                 run(*entry["command"].split(), "-h").stdout)
        self.assertRegex(run("--version").stdout, r"^freezerctl \d+\.\d+\.\d+\n$")

    def test_full_disk(self):
        with open("/dev/full", "w") as full:
            r = subprocess.run([CTL, "--help"], env=ENV, stdout=full, stderr=subprocess.PIPE, text=True)
        self.assertEqual(r.returncode, 1)
        self.assertIn("No space left", r.stderr)

    def test_man_page(self):
        headings = {plain(h) for h in re.findall(r"^\.SS (.*)$", MAN, re.M)}
        wanted = {f"{c['command']} {c['arguments']}".strip() for c in TABLE}
        self.assertEqual(wanted - headings, set())
        self.assertEqual({h for h in headings if h.split()[0] in {c["command"].split()[0] for c in TABLE}} - wanted, set())
        options = {plain(o) for o in re.findall(r"^\.B[RI]? (\\-.*)$", MAN, re.M)}
        for entry in TABLE:
            for o in entry["options"]:
                text = (f"-{o['letter']}, " if o["letter"] else "") + f"--{o['name']}" + \
                       (f"={o['argument']}" if o["argument"] else "")
                self.assertIn(text, {x.replace(" =", "=").replace("= ", "=") for x in options})
        check = subprocess.run(["man", "--warnings", "-l", "-Tutf8", str(HERE / "../../man/freezerctl.1")],
                               capture_output=True, text=True, env={**ENV, "MANROFFSEQ": "", "MANWIDTH": "80"}) \
            if os.access("/usr/bin/man", os.X_OK) else None
        self.assertEqual(check.stderr if check else "", "")


class Completion(unittest.TestCase):
    def setUp(self):
        self.p = Peer()
        self.addCleanup(self.p.close)
        self.p.start()

    def complete(self, *words):
        """What bash offers after these words; the last one is being typed."""
        script = (f"source {COMPLETION}; COMP_WORDS=(\"$@\"); COMP_CWORD=$(($#-1)); compopt() {{ :; }}; _freezerctl; "
                  "printf '%s\\n' \"${COMPREPLY[@]}\"")
        r = subprocess.run(["bash", "-c", script, "bash", CTL, *words], env=self.p.env, cwd=self.p.path, text=True,
                           capture_output=True)
        self.assertEqual(r.stderr, "")
        return sorted(filter(None, r.stdout.splitlines()))

    def test_table(self):
        nouns = {c["command"].split()[0] for c in TABLE}
        self.assertEqual(set(self.complete("")), nouns)
        for noun in ("job", "run"):
            self.assertEqual(set(self.complete(noun, "")), {c["command"].split()[1] for c in TABLE
                                                            if c["command"].startswith(noun + " ")})
        for entry in TABLE:
            self.assertEqual(self.complete(*entry["command"].split(), "--"),
                             sorted(f"--{o['name']}" + ("=" if o["argument"] else "") for o in entry["options"]))

    def test_names(self):
        for name, more in (("home", {}), ("my files", {}), ("long", {"fake": {"seconds": 60}})):
            self.p.good("job", "create", "-", input=document(name, job_id="id-" + name.split()[0], **more))
        run = self.p.json("job", "start", "long")[0]["id"]
        old = self.p.json("job", "start", "home")[0]["id"]
        self.p.change(lambda s: s["backups"].extend([backup(), backup(level=1), backup("etc")]))
        (self.p.path / "directory").mkdir()
        (self.p.path / "file").touch()
        self.assertEqual(self.complete("job", "show", ""), ["home", "long", "my\\ files"])
        self.assertEqual(self.complete("job", "show", "ho"), ["home"])
        self.assertEqual(self.complete("job", "show", "id-m"), ["id-my"])
        self.assertEqual(self.complete("job-start", "--wait", "l"), ["long"])
        self.assertEqual(self.complete("run", "show", ""), sorted([run, old]))
        self.assertEqual(self.complete("run", "abort", ""), [run])
        self.assertEqual(self.complete("restore", ""), ["etc", "files"])
        self.assertEqual(self.complete("backup", ""), sorted(["list", "show", "directory", "file"] + self.files()))
        self.assertEqual(self.complete("restore", "etc", "--to", "=", "d"), ["directory"])
        self.assertEqual(self.complete("restore", "etc", "--to", "d"), ["directory"])
        self.assertEqual(self.complete("run", "list", "--state", "=", "ru"), ["running"])
        self.assertEqual(self.complete("run", "list", "--result", "="),
                         sorted("success incomplete failed aborted interrupted skipped".split()))
        self.assertEqual(self.complete("run", "limit", run, "MemoryM"), ["MemoryMax=", "MemoryMin="])
        self.assertEqual(self.complete("job", "start", "--trigger", ""), ["manual", "timer"])

    def files(self):
        return [p.name for p in self.p.path.iterdir() if p.name not in ("directory", "file")]


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]])
