#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Waiting for runs: what is shown, and that no end is missed whatever happens to freezerd and the bus."""
import json
import os
import random
import re
import signal
import sys
import time
import unittest

from peer import CTL, Peer, document


class Watch(unittest.TestCase):
    def setUp(self):
        self.p = Peer()
        self.p.start()
        self.addCleanup(self.p.close)

    def create(self, name, **fake):
        return json.loads(self.p.good("job", "create", "-", "--json", input=document(name, fake=fake)))["id"]

    def until(self, p, line):
        """Reads what it tells until this line."""
        told = []
        while not told or told[-1] != line + "\n":
            told.append(p.stderr.readline())
            self.assertTrue(told[-1], f"it ended without saying '{line}': {told}")

    def test_quiet_lines(self):
        self.create("home", seconds=1.5)
        status, out, err = self.p.ctl("job", "start", "--wait", "home")
        self.assertEqual(status, 0)
        self.assertRegex(out, r"^home: success in 1\.\ds: 2\.7G read, 953M stored, 4000 files\n$")
        self.assertRegex(err, r"^(home: starting\n)?home: running\n$")

    def test_bar(self):
        self.create("home", seconds=2.5)
        status, shown = self.p.terminal("job", "start", "--wait", "home", columns=90)
        self.assertEqual(status, 0)
        lines = re.split(r"\r\033\[K|\r\n", shown)
        self.assertTrue(all(len(line) < 90 for line in lines), lines)
        bars = [line for line in lines if re.match(r"home: backup +\d+% \[#*-*\] [\d.]+[MG] of 2\.7G, .* \d+ files, ", line)]
        self.assertGreater(len(bars), 2)
        self.assertTrue(any(line.endswith(" left") for line in bars), bars)
        self.assertTrue(lines[-2].startswith("home: success in 2."), lines[-3:])
        # several, a line each
        self.create("srv", seconds=1)
        status, shown = self.p.terminal("job", "start", "--wait", "home", "srv", columns=70)
        self.assertEqual(status, 0)
        self.assertIn("\033[A", shown)

    def test_json_lines(self):
        self.create("home", seconds=1)
        self.p.good("job", "start", "home")
        rows = [json.loads(line) for line in self.p.good("run", "watch", "--json").splitlines()]
        self.assertGreater(len(rows), 1)
        self.assertEqual((rows[0]["state"] != "ended", rows[-1]["state"], rows[-1]["result"]), (True, "ended", "success"))

    def test_watch_what_has_ended(self):
        self.create("home", result="failed")
        self.p.ctl("job", "start", "-q", "--wait", "home")
        self.assertEqual(self.p.ctl("run", "watch", "home")[0], 1)
        self.assertEqual(self.p.ctl("run", "watch", "home", "--json")[0], 1)

    def test_interrupt(self):
        self.create("home", seconds=60)
        p = self.p.popen("job", "start", "--wait", "home")
        self.until(p, "home: running")
        p.send_signal(signal.SIGINT)
        out, err = p.communicate(timeout=20)
        self.assertEqual(p.returncode, 130)
        self.assertIn("No longer waiting; home goes on", err)
        self.assertIn("freezerctl run abort", err)
        self.assertNotEqual(self.p.json("run", "show", "home")["state"], "ended")
        status, shown = self.p.terminal("run", "watch", keys=b"\x03")
        self.assertEqual(status, 130)
        self.assertIn("No longer waiting", shown)

    def test_pause_is_shown(self):
        self.create("home", seconds=60)
        p = self.p.popen("job", "start", "--wait", "home")
        self.until(p, "home: running")
        self.p.good("run", "pause", "home")
        self.until(p, "home: paused")
        self.p.good("run", "abort", "home")
        out, _ = p.communicate(timeout=20)
        self.assertEqual((p.returncode, out.split(":")[1].split()[0]), (4, "aborted"))

    def test_killed_again_and_again(self):
        """freezerd is killed at random moments; each wait ends with the run's result."""
        for i, result in enumerate(("success", "failed", "incomplete") * 2):
            self.create(f"job{i}", seconds=random.uniform(0.1, 1.5), result=result)
        for mode in ([], ["--quiet"]):
            waiting = [self.p.popen("job", "start", "--wait", *mode, f"job{i}") for i in range(6)]
            for _ in range(8):
                time.sleep(random.uniform(0, 0.3))
                self.p.kill()
                time.sleep(random.uniform(0, 0.3))
                self.p.start()
            for i, p in enumerate(waiting):
                out, err = p.communicate(timeout=60)
                self.assertEqual(p.returncode, (0, 1, 3)[i % 3], out + err)
        runs = self.p.json("run", "list")
        self.assertEqual([sum(r["job_id"] == j["id"] for r in runs) for j in self.p.json("job", "list")], [2] * 6)

    def test_killed_before_it_answers(self):
        """Whether or not the run was noted before freezerd died: it runs once."""
        for die in ("before", "after"):
            id = self.create(f"dies {die}", seconds=0.5, die=die)
            p = self.p.popen("job", "start", "--wait", "--quiet", "--trigger=timer", id)
            self.p.freezerd.wait(timeout=20)
            time.sleep(0.5)
            self.p.start()
            out, err = p.communicate(timeout=60)
            self.assertEqual((p.returncode, out), (0, ""), err)
            self.assertEqual(len(self.p.json("run", "list", f"dies {die}")), 1)

    def test_freezerd_away_is_told(self):
        self.create("home", seconds=3)
        p = self.p.popen("job", "start", "--wait", "home")
        self.until(p, "home: running")
        self.p.kill()
        self.until(p, "freezerd is away; the run goes on, waiting for freezerd to return")
        self.p.start()
        self.until(p, "freezerd is back")
        p.communicate(timeout=20)
        self.assertEqual(p.returncode, 0)

    def test_bus_restarted(self):
        self.create("home", seconds=3, result="incomplete")
        p = self.p.popen("job", "start", "--wait", "home")
        self.until(p, "home: running")
        self.p.kill()
        self.p.bus.kill()
        self.p.bus.wait()
        (self.p.path / "bus").unlink()
        time.sleep(1)
        self.p.start_bus()
        self.p.start()
        out, err = p.communicate(timeout=30)
        self.assertEqual(p.returncode, 3, out + err)

    def test_run_vanishes(self):
        self.create("home", seconds=60)
        p = self.p.popen("job", "start", "--wait", "home")
        self.until(p, "home: running")
        self.p.change(lambda s: s["runs"].clear())
        out, err = p.communicate(timeout=30)
        self.assertEqual(p.returncode, 1)
        self.assertIn("freezerd no longer knows the run", err)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]])
