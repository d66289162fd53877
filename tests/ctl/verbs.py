#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every command of freezerctl against a fake freezerd: what it asks, what it shows, how it ends."""
import json
import os
import sys
import unittest

from peer import CTL, Peer, backup, document


class Verbs(unittest.TestCase):
    def setUp(self):
        self.p = Peer()
        self.p.start()
        self.addCleanup(self.p.close)

    def create(self, *args, **kwargs):
        return json.loads(self.p.good("job", "create", "-", "--json", input=document(*args, **kwargs)))["id"]

    def calls(self, name):
        return [c[1:] for c in self.p.state()["calls"] if c[0] == name]

    def test_create_from_a_document(self):
        out = self.p.good("job", "create", "-", input=document("home of ada"))
        self.assertIn("home of ada", out)
        file = self.p.path / "job.json"
        file.write_text(document("from a file", job_id="fixed"))
        self.p.good("job-create", str(file))
        self.assertEqual(json.loads(self.calls("CreateJob")[1][0])["job_id"], "fixed")

    def test_create_from_options(self):
        self.p.good("job", "create", "--path", "some/./dir/", "--to", "/var/backups", "--name", "home", "--every",
                    "24 hours", "--max-level", "6", "--exclude", "*.o", "--limit", "MemoryMax=512M",
                    "--limit=CPUQuota=50%", "--max-retries=2")
        made = json.loads(self.calls("CreateJob")[0][0])
        self.assertEqual(made["description"], "home")
        self.assertEqual(made["job_schedule"], {"schedule_interval": "24 hours"})
        self.assertEqual(made["systemd"], {"MemoryMax": "512M", "CPUQuota": "50%"})
        self.assertEqual(made["job_actions"], [{"max_retries": 2, "freezer_action": {
            "action": "backup", "mode": "fs", "path_to_backup": f"{os.path.realpath(self.p.path)}/some/dir",
            "backup_name": "home", "storage": "local", "container": "/var/backups", "max_level": 6,
            "exclude": "*.o"}}])
        self.p.good("job", "create", "--path", "/", "--to", "/b", "--calendar", "Mon..Fri 02:00", "--calendar",
                    "Sat 04:00", "--random-delay", "5min", "--description", "all")
        made = json.loads(self.calls("CreateJob")[1][0])
        self.assertEqual(made["systemd"], {"OnCalendar": ["Mon..Fri 02:00", "Sat 04:00"], "RandomizedDelaySec": "5min"})
        self.assertEqual((made["description"], made["job_actions"][0]["freezer_action"]["backup_name"]),
                         ("all", "root"))

    def test_list(self):
        self.assertIn("There are no jobs", self.p.good("job", "list"))
        self.assertEqual(self.p.json("job", "list"), [])
        self.create("zebra")
        self.create("ärger 日本", job_schedule={"schedule_interval": "2 hours"})
        rows = self.p.good("job-list").splitlines()
        self.assertEqual(rows[0].split(), ["ID", "DESCRIPTION", "STATE", "OWNER", "NEXT", "LAST"])
        self.assertEqual(len(rows), 3)
        self.assertIn("zebra", rows[1])
        self.assertIn("in 4h 59min", rows[2])
        found = self.p.json("job", "list", "--state=scheduled")
        self.assertEqual([(j["description"], j["document"]["job_schedule"]) for j in found],
                         [("ärger 日本", {"schedule_interval": "2 hours"})])
        self.assertIsNone(self.p.json("job", "list", "--state=idle")[0]["next_elapse_usec"])
        # aligned by what is seen, and cut to the terminal
        status, shown = self.p.terminal("job", "list", columns=60, env={"NO_COLOR": "1"})
        self.assertEqual(status, 0)
        self.assertNotIn("\033", shown)
        self.assertTrue(all(len(line) <= 60 for line in shown.splitlines()), shown)
        self.assertIn("\033[1m", self.p.terminal("job", "list")[1])

    def test_names(self):
        one = self.create("home", job_id="abc123", backup="x")
        two = self.create("srv", job_id="abd456", backup="x")
        self.create("twice", job_id="t1", backup="only")
        self.create("twice", job_id="t2", backup="other")
        for name in (one, "abc", "home"):
            self.assertEqual(self.p.json("job", "show", name)["id"], one)
        self.assertEqual(self.p.json("job", "show", "srv")["id"], two)
        self.assertEqual(self.p.json("job", "show", "only")["id"], "t1")
        for name, text in (("ab", "any of 2 jobs: abc123 (home), abd456 (srv)"), ("twice", "any of 2 jobs"),
                           ("x", "any of 2 jobs"), ("nope", "There is no job nope"), ("hoem", "Did you mean home?")):
            status, out, err = self.p.ctl("job", "show", name)
            self.assertEqual((status, out), (1, ""))
            self.assertIn(text, err)

    def test_show(self):
        self.create("home", job_schedule={"schedule_interval": "2 hours"})
        self.create("weekly")
        out = self.p.good("job", "show", "home", "weekly")
        for text in ("Job: home", "Job: weekly", "State: scheduled", "/home/ada", "Owner: root" if os.getuid() == 0 else "Owner"):
            self.assertIn(text, out)
        self.assertEqual(len(self.p.json("job", "show", "home", "weekly")), 2)
        self.assertEqual(json.loads(self.p.good("job", "show", "--document", "home"))["description"], "home")

    def test_update_and_edit(self):
        id = self.create("home")
        file = self.p.path / "new.json"
        file.write_text(document("new name"))
        self.p.good("job", "update", id, str(file))
        self.assertEqual(self.p.json("job", "show", id)["description"], "new name")
        edit = {"EDITOR": "sed -i s/new.name/edited/"}
        self.assertIn("Updated", self.p.good("job", "edit", id, env=edit))
        self.assertEqual(self.p.json("job", "show", id)["description"], "edited")
        self.assertIn("Nothing was changed", self.p.good("job", "edit", id, env={"VISUAL": "true"}))
        self.assertEqual(list(self.p.path.glob("freezer-job-*")), [])
        self.assertIn("needs a terminal", self.p.ctl("job", "edit", id, env={"EDITOR": "", "VISUAL": ""})[2])
        for editor, text in (("sed -i s/edited/refused/", "refused for the test"), ("false", "The editor false failed"),
                             ("sed -i s/backup_name/wrong_name/", "backup_name"), ("truncate -s 7", "freezer-job-")):
            status, out, err = self.p.ctl("job", "edit", id, env={"EDITOR": editor})
            self.assertEqual((status, out), (1, ""))
            self.assertIn(text, err)
            self.assertIn("Your text is kept in ", err)
            kept = list(self.p.path.glob("freezer-job-*"))
            self.assertEqual([str(k) in err for k in kept], [True])
            kept[0].unlink()
        self.assertIn("Cannot run the editor /no/such", self.p.ctl("job", "edit", id, env={"EDITOR": "/no/such"})[2])
        from_file = self.create("rigid", fake={"origin": "file"})
        self.assertIn("comes from a file", self.p.ctl("job", "edit", from_file)[2])
        self.assertIn("jobs.d", self.p.ctl("job", "delete", from_file)[2])

    def test_delete_stop_abort(self):
        one, two = self.create("one"), self.create("two", fake={"seconds": 60})
        self.p.good("job", "stop", "one")
        self.assertIn("was stopped", self.p.good("job", "why", "one"))
        status, _, err = self.p.ctl("job", "abort", "one")
        self.assertIn("not running", err)
        self.p.good("job", "start", "two")
        self.p.good("job", "abort", "two")
        self.assertEqual(self.p.json("job", "show", "two")["last_result"], "aborted")
        self.p.good("job", "delete", one, two)
        self.assertEqual(self.p.json("job", "list"), [])

    def test_start_and_results(self):
        for result, status in (("success", 0), ("failed", 1), ("incomplete", 3), ("aborted", 4), ("interrupted", 5),
                               ("skipped", 6)):
            self.create(result, fake={"seconds": 0.3, "result": result, "reason": f"because {result}"})
            got, out, err = self.p.ctl("job", "start", "--wait", result)
            self.assertEqual(got, status)
            self.assertIn(f"{result}: {result}", out)
            self.assertIn(f"because {result}", out)
            self.assertEqual("freezerctl log" in err, result != "success")
            self.assertEqual(self.p.ctl("job", "start", "--wait", "--quiet", result), (status, "", ""))
        self.assertEqual(self.p.ctl("job", "start", "--wait", "-q", "success", "failed", "incomplete")[0], 1)
        run = self.p.json("job", "start", "--wait", "success")
        self.assertEqual((run[0]["state"], run[0]["record"]["result"]), ("ended", "success"))
        self.assertIn("Started run", self.p.good("job", "start", "success"))
        self.assertEqual(self.calls("StartJob")[0][1], {"trigger": "manual"})
        id = self.p.json("job", "show", "success")["id"]
        self.p.good("job", "start", "--wait", "--quiet", "--trigger=timer", id)
        self.assertEqual(self.calls("StartJob")[-1], [id, {"trigger": "timer"}])

    def test_next(self):
        self.create("hourly", job_schedule={"schedule_interval": "1 hours"}, systemd={"RandomizedDelaySec": "30min"})
        self.create("idle")
        self.create("past", job_schedule={"schedule_date": "2020-01-01T00:00:00"})
        times = self.p.json("job", "next", "hourly", "-n", "3")
        self.assertEqual([b - a for a, b in zip(times, times[1:])], [3600 * 1000000] * 2)
        out = self.p.good("job", "next", "hourly")
        self.assertEqual(len(out.splitlines()), 7)
        self.assertIn("delayed by up to 30min", out)
        self.assertIn("no schedule", self.p.good("job", "next", "idle"))
        self.assertIn("never runs again", self.p.good("job", "next", "past"))
        self.assertEqual(self.p.json("job", "next", "idle"), [])

    def test_why(self):
        self.create("bad", fake={"result": "failed", "reason": "the disk is full"})
        self.assertIn("It has not run yet", self.p.good("job", "why", "bad"))
        self.p.ctl("job", "start", "--wait", "bad")
        out = self.p.good("job", "why", "bad")
        for text in ("no schedule", "Last run: failed", "Reason: the disk is full", "What to do:",
                     "No run of it was a success yet.", "freezerctl log"):
            self.assertIn(text, out)
        self.create("due", job_schedule={"schedule_interval": "1 hours"})
        self.assertIn("not time yet", self.p.good("job", "why", "due"))
        why = self.p.json("job", "why", "bad")
        self.assertEqual((why["last_reason"], len(why["runs"])), ("the disk is full", 1))

    def test_runs(self):
        self.create("long", fake={"seconds": 60})
        self.create("short", fake={"result": "failed", "reason": "bad luck"})
        self.assertIn("no such runs", self.p.good("run", "list"))
        self.assertIn("No run is going on", self.p.good("run", "watch"))
        self.p.ctl("job", "start", "--wait", "short")
        self.p.good("job", "start", "long")
        rows = self.p.good("run", "list").splitlines()
        self.assertEqual(len(rows), 3)
        self.assertIn("long", rows[1])
        self.assertIn("bad luck", rows[2])
        self.assertEqual([r["result"] for r in self.p.json("run", "list", "short")], ["failed"])
        self.assertEqual(len(self.p.json("run", "list", "--result=failed")), 1)
        self.assertEqual(len(self.p.json("run", "list", "--since=1h", "-n1")), 1)
        self.assertEqual(self.p.json("run", "list", "--since", "2100-01-01"), [])
        run = self.p.json("run", "show", "short")
        self.assertEqual(run["record"]["actions"][0]["backup"]["name"], "home")
        self.assertEqual(self.p.json("run", "show", run["id"][:10])["id"], run["id"])
        shown = self.p.good("run", "show", "short")
        for text in ("Result: failed", "bad luck", "Permission denied", "verified"):
            self.assertIn(text, shown)
        self.p.good("run", "pause", "long")
        self.assertEqual(self.p.json("run", "show", "long")["state"], "paused")
        self.assertEqual(len(self.p.json("run", "list", "--state=paused")), 1)
        self.assertEqual(self.p.json("run", "list", "--state=running"), [])
        self.p.good("run", "resume", "long")
        self.p.good("run", "limit", "long", "MemoryMax=1G", "CPUQuota=20%")
        self.assertEqual(self.calls("SetLimits"), [[{"MemoryMax": "1G", "CPUQuota": "20%"}]])
        status, _, err = self.p.ctl("run", "limit", "long", "MemoryMax=lots")
        self.assertEqual(status, 2)
        self.assertIn("MemoryMax", err)
        self.p.good("run", "abort", "long")
        status, _, err = self.p.ctl("run", "abort", "long")
        self.assertIn("not running", err)

    def test_backups(self):
        self.assertIn("no such backups", self.p.good("backup", "list"))
        self.p.change(lambda s: s["backups"].extend([backup(), backup(level=1, FilesIncomplete=2), backup("etc")]))
        rows = self.p.good("backup", "list").splitlines()
        self.assertEqual(len(rows), 4)
        self.assertIn("7 (-2)", rows[2])
        self.assertRegex(rows[1], r" \d{4}-\d\d-\d\d \d\d:\d\d:\d\d  ")
        self.assertEqual(len(self.p.json("backup", "list", "--name", "etc")), 1)
        self.assertEqual(self.p.json("backup", "list", "--host", "other"), [])
        self.assertEqual([b["level"] for b in self.p.json("backup", "show", "files")], [0, 1])
        self.assertIn("Verified: yes", self.p.good("backup", "show", "files", "1"))
        self.assertIn("There is no backup files of level 7", self.p.ctl("backup", "show", "files", "7")[2])

    def test_backups_of_a_directory(self):
        agent = self.p.path / "agent"
        agent.write_text("#!/bin/sh\necho \"$@\" >&2\necho '{\"backups\": [{\"backup_name\": \"a\", \"hostname\": \"h\", "
                         "\"level\": 3, \"time\": 5}, {\"backup_name\": \"b\"}]}'\n")
        agent.chmod(0o755)
        status, out, err = self.p.ctl("backup", "list", "--container", "store", "--json", "--name=a",
                                      env={"FREEZER_AGENT": str(agent)})
        self.assertEqual(json.loads(out), [{"name": "a", "hostname": "h", "level": 3, "timestamp": 5, "storage": "local",
                                            "container": f"{os.path.realpath(self.p.path)}/store"}])
        self.assertEqual(err.split(), ["--action", "info", "--storage", "local", "--container",
                                       f"{os.path.realpath(self.p.path)}/store", "--metadata-out", "-"])
        agent.write_text("#!/bin/sh\nexit 1\n")
        self.assertIn("could not list", self.p.ctl("backup", "list", "--container", "x",
                                                   env={"FREEZER_AGENT": str(agent)})[2])
        agent.write_text("#!/bin/sh\necho '[]'\n")
        self.assertIn("without \"backups\"", self.p.ctl("backup", "list", "--container", "x",
                                                        env={"FREEZER_AGENT": str(agent)})[2])
        self.assertIn("Is freezer-agent installed", self.p.ctl("backup", "list", "--container", "x",
                                                               env={"FREEZER_AGENT": "/no/such"})[2])

    def test_backup_once(self):
        out = self.p.good("backup", "/etc", "--to", "/var/backups", "--name", "conf", "--max-level", "3")
        self.assertIn("conf: success", out)
        action = json.loads(self.calls("RunDocument")[0][0])["job_actions"][0]["freezer_action"]
        self.assertEqual((action["path_to_backup"], action["container"], action["max_level"]), ("/etc", "/var/backups", 3))
        self.assertIn("Started run", self.p.good("backup", "./list", "--to=/b", "--no-wait"))
        self.assertEqual(self.p.json("run", "show", "conf")["description"], "conf")
        self.assertIn(" conf ", self.p.good("run", "list"))

    def test_restore(self):
        self.p.change(lambda s: s["backups"].append(backup()))
        self.assertIn("restore of files: success", self.p.good(
            "restore", "files", "--to", "out", "--at", "2026-11-20 02:00:00", "--host", "box", "--container", "/b",
            "--overwrite", "--dry-run", "--as", "root"))
        self.assertEqual(self.calls("Restore"), [[
            {"name": "files", "hostname": "box", "container": "/b", "at": "1795140000000000"},
            f"{os.path.realpath(self.p.path)}/out", {"overwrite": "1", "dry_run": "1", "owner": "0"}]])
        status, _, err = self.p.ctl("restore", "nope", "--to", "/x")
        self.assertEqual(status, 1)
        self.assertIn("freezerctl backup list", err)
        self.assertIn("freezer-agent --action restore -N nope -C /b --restore-abs-path /x --hostname h",
                      self.p.ctl("restore", "nope", "--to", "/x", "--container=/b", "--host=h")[2])

    def test_status(self):
        self.assertIn("Make a first job", self.p.good())
        self.create("good", job_schedule={"schedule_interval": "1 hours"})
        self.create("bad", fake={"result": "failed", "reason": "bad luck"})
        self.create("long", fake={"seconds": 60})
        self.p.ctl("job", "start", "--wait", "bad")
        self.p.good("job", "start", "long")
        out = self.p.good("status")
        for text in ("freezerd 0.1.0: 3 jobs, 1 running", "1 job was no success", "Going on:", "Coming next:", "bad luck"):
            self.assertIn(text, out)
        status = self.p.json("status")
        self.assertEqual(status["problems"][0]["record"]["actions"][0]["backup"]["name"], "home")
        self.assertEqual((len(status["active"]), len(status["problems"]), len(status["job_list"])), (1, 1, 3))

    def test_refusals(self):
        status, out, err = self.p.ctl("job", "create", "-", input=document("forbidden"))
        self.assertEqual((status, out), (1, ""))
        self.assertIn("sudo", err)
        self.create("home", job_id="one")
        self.assertIn("job update", self.p.ctl("job", "create", "-", input=document("again", job_id="one"))[2])
        self.p.kill()
        for args in (["job", "list"], ["status"], ["run", "list"], ["job", "start", "home"], ["backup", "list"]):
            status, out, err = self.p.ctl(*args)
            self.assertEqual((status, out), (1, ""))
            self.assertIn("systemctl start freezerd", err)
        self.p.bus.kill()
        self.p.bus.wait()
        (self.p.path / "bus").unlink(missing_ok=True)
        self.assertIn("Cannot connect to the system bus", self.p.ctl("job", "list")[2])


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]], verbosity=1)
