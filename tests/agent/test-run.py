#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs that are killed, stopped, retried, out of room; nothing of it may be seen afterwards. Needs root."""
import os
import pathlib
import random
import signal
import socket
import subprocess
import threading
import time
import unittest

from harness import NOBODY, RUN_ID, AgentTest, children, wait_for


class Killed(AgentTest):
    def setUp(self):
        super().setUp()
        (self.src / "small").write_text("x")
        self.backup()
        self.slow_source()

    def assert_recovers(self):
        self.assertEqual(self.levels(), [[0]])  # nothing of the killed one is visible
        self.backup()
        self.assertEqual(self.levels(), [[0, 1]])
        self.assert_clean()
        out, _ = self.restore()
        self.assert_same_tree(self.src, out)

    def test_child(self):
        p = self.start(*self.backup_args())
        os.kill(self.caught(p), signal.SIGKILL)
        _, err = p.communicate()
        self.assertEqual(p.returncode, 5)
        self.assertIn("killed (SIGKILL)", err)
        self.assert_recovers()

    def test_supervisor(self):
        """The child goes with it, and no record is left."""
        run = self.run_directory(self.backup_action())
        p = self.start("--run-directory", run)
        child = self.caught(p)
        p.kill()
        p.communicate()
        wait_for(lambda: not os.path.exists(f"/proc/{child}"), "end of the child")
        self.assertFalse((run / "record.json").exists())
        self.assert_recovers()

    def test_first_of_a_chain(self):
        subprocess.run(["rm", "-rf", self.store], check=True)
        p = self.start(*self.backup_args())
        os.kill(self.caught(p), signal.SIGKILL)
        p.communicate()
        self.assertEqual(self.levels(), [])
        self.backup()
        self.assertEqual(self.levels(), [[0]])
        self.assert_clean()

    def test_retried_in_the_same_run(self):
        """A crash counts as a failed attempt."""
        run = self.run_directory({"freezer_action": self.backup_action(), "max_retries": 1, "max_retries_interval": 0})
        p = self.start("--run-directory", run)
        os.kill(self.caught(p), signal.SIGABRT)
        _, err = p.communicate()
        self.assertEqual(p.returncode, 0, err)
        record = self.record(run)
        self.assertEqual((record["result"], record["actions"][0]["attempts"]), ("success", 2))
        self.assertIn("SIGABRT", err)
        self.assertEqual(self.levels(), [[0, 1]])
        self.assert_clean()

    def test_any_moment(self):
        """Whenever it is killed, what is listed is whole."""
        os.unlink(self.src / "large")
        (self.src / "part").write_bytes(os.urandom(1 << 20))
        for n in range(25):
            (self.src / "part").write_bytes(os.urandom(1 << 18) * 2 + bytes([n]))
            # the leak sanitizer's helper is a child, too: without it the program would wait for ever at its end
            p = self.start(*self.backup_args("--max-level", "3"), env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0"})
            time.sleep(random.random() * 0.08)
            try:
                os.kill(random.choice([p.pid, *children(p.pid)]), signal.SIGKILL)
            except ProcessLookupError:
                pass
            p.communicate()
        self.restore()  # verifies all levels
        self.backup()
        self.assert_clean()
        out, _ = self.restore()
        self.assert_same_tree(self.src, out)

    def test_removal(self):
        """A chain whose removal was cut short does not come back, and its data goes."""
        os.unlink(self.src / "large")
        (chain,) = (self.store / "metadata/tar/h_b").iterdir()
        data = self.store / "data/tar/h_b/1700000000"
        (data.parent / chain.name).rename(data)
        (data / "freezerd-unfinished").write_text(RUN_ID)  # as the removal leaves it
        subprocess.run(["rm", "-r", chain], check=True)
        self.backup()
        self.assertFalse(data.exists())
        self.assert_clean()

    def test_killed_after_the_commit(self):
        """Complete, only its mark was not taken away any more."""
        os.unlink(self.src / "large")
        (data,) = self.store.glob("data/tar/h_b/*/0_*")
        (data / "freezerd-unfinished").write_text(RUN_ID)
        self.backup()
        self.assertEqual(self.levels(), [[0, 1]])
        self.assert_clean()

    def test_others_leftovers_stay(self):
        """Data without metadata that is not marked as ours may be Freezer's, at work this minute."""
        os.unlink(self.src / "large")
        foreign = self.store / "data/tar/h_b/1700000000/0_1700000000"
        foreign.mkdir(parents=True)
        (foreign / "data").write_text("x")
        self.backup()
        self.assertTrue((foreign / "data").exists())


class Stopped(AgentTest):
    def setUp(self):
        super().setUp()
        self.slow_source()

    def stop(self, number, group=False):
        run = self.run_directory(self.backup_action(), {"action": "exec", "command": "touch never"},
                                 {"freezer_action": {"action": "exec", "command": "touch never"}, "mandatory": True})
        p = self.start("--run-directory", run, start_new_session=True)
        child = self.caught(p)
        for pid in (p.pid, child) if group else (p.pid,):
            os.kill(pid, number)
        _, err = p.communicate()
        self.assertEqual(self.levels(), [])
        self.assertFalse((self.dir / "never").exists())
        self.assert_leftovers()
        return p.returncode, self.record(run)

    def assert_leftovers(self):
        self.assertEqual([p for p in self.store.rglob("*") if p.is_file()], [])

    def test_abort(self):
        status, record = self.stop(signal.SIGINT)
        self.assertEqual((status, record["result"], record["reason"]), (4, "aborted", "action 1 (backup of "
                         f"{self.src} as b): aborted"))
        self.assertEqual([a["result"] for a in record["actions"]], ["aborted", "skipped", "skipped"])

    def test_abort_of_all_processes(self):
        self.assertEqual(self.stop(signal.SIGINT, group=True)[0], 4)

    def test_terminate(self):
        status, record = self.stop(signal.SIGTERM, group=True)
        self.assertEqual((status, record["actions"][0]["reason"]), (5, "terminated (SIGTERM)"))

    def test_abort_during_wait(self):
        run = self.run_directory({"freezer_action": {"action": "exec", "command": "false"}, "max_retries": 3,
                                  "max_retries_interval": 3600})
        p = self.start("--run-directory", run)
        self.assertIn("Begins", p.stderr.readline())
        self.assertIn("next attempt in 3600 s", p.stderr.readline())
        p.send_signal(signal.SIGINT)
        p.communicate()
        record = self.record(run)
        self.assertEqual((p.returncode, record["result"], record["actions"][0]["attempts"]), (4, "aborted", 1))


class Exec(AgentTest):
    def test_abort_ends_the_group(self):
        script = self.dir / "script"
        script.write_text("#!/bin/sh\nsleep 3600 &\necho $! > pids\nmv pids pid\nwait\n")
        script.chmod(0o755)
        run = self.run_directory({"action": "exec", "command": str(script)})
        p = self.start("--run-directory", run)
        wait_for((self.dir / "pid").exists, "start of the script")
        sleeper = int((self.dir / "pid").read_text())
        p.send_signal(signal.SIGINT)
        p.communicate()
        self.assertEqual(p.returncode, 4)

        def gone():
            try:
                return "State:\tZ" in pathlib.Path(f"/proc/{sleeper}/status").read_text()
            except FileNotFoundError:
                return True
        wait_for(gone, "end of the script's own process")

    def test_timeout(self):
        r = self.agent("--action", "exec", "--command", "sleep 3600", "--timeout", "1", check=1)
        self.assertIn("did not end within 1 s", r.stderr)

    def test_words(self):
        r = self.agent("--action", "exec", "--command", r"""sh -c 'printf "[%s]" "$@"' - "a  b" 'c"d' e\ f '' "x\"y" """)
        self.assertEqual(r.stderr, '[a  b][c"d][e f][][x"y]')
        self.assertEqual(self.agent("--action", "exec", "--command", "echo $HOME *").stderr, "$HOME *\n")

    def test_failures(self):
        for command, words in (("false", "status 1"), ("sh -c 'kill -TERM $$'", "SIGTERM"), ("/no/such", "cannot run"),
                               ("a | b", "needs a shell"), ("echo 'x", "not closed"), ("echo x\\", "backslash"),
                               ("   ", "is empty")):
            r = self.agent("--action", "exec", "--command", command, check=1)
            self.assertIn(words, r.stderr)


class Job(AgentTest):
    def test_order_retries_and_mandatory(self):
        count = self.dir / "count"
        script = self.dir / "third-time-lucky"
        script.write_text(f"#!/bin/sh\necho x >> {count}\ntest $(wc -l < {count}) -ge 3\n")
        script.chmod(0o755)
        run = self.run_directory(
            {"freezer_action": {"action": "exec", "command": str(script)}, "max_retries": 5, "max_retries_interval": 0},
            {"freezer_action": {"action": "exec", "command": "false"}, "max_retries": 1, "max_retries_interval": 0},
            {"action": "exec", "command": "touch never"},
            {"freezer_action": {"action": "exec", "command": "touch always"}, "mandatory": True})
        record, err = self.do_run(run, check=1)
        self.assertEqual([(a["result"], a["attempts"]) for a in record["actions"]],
                         [("success", 3), ("failed", 2), ("skipped", 0), ("success", 1)])
        self.assertEqual((record["result"], record["run_id"], record["job_id"]), ("failed", RUN_ID, "j1"))
        self.assertIn("action 2", record["reason"])
        self.assertFalse((self.dir / "never").exists())
        self.assertTrue((self.dir / "always").exists())
        self.assertEqual(err.count("next attempt"), 3)

    def test_backup_record(self):
        (self.src / "f").write_bytes(b"12345")
        record, _ = self.do_run(self.run_directory(self.backup_action(), self.backup_action()))
        first, second = (a["backup"] for a in record["actions"])
        self.assertEqual((first["level"], second["level"], first["chain"]), (0, 1, second["chain"]))
        self.assertEqual((first["bytes_read"], first["verified"], first["name"], first["hostname"]),
                         (5, True, "b", "h"))
        self.assertEqual(record["bytes_read"], first["bytes_read"] + second["bytes_read"])
        self.assertEqual(record["actions"][0]["metadata"]["time_stamp"], first["timestamp"])

    def test_incomplete_is_not_retried(self):
        (self.src / "secret").write_text("x")
        os.chmod(self.src / "secret", 0)
        run = self.run_directory({"freezer_action": self.backup_action(), "max_retries": 3}, uid=NOBODY)
        self.store.mkdir()
        for path in (self.store, run, *run.iterdir()):
            os.chown(path, NOBODY, NOBODY)
        self.agent("--run-directory", run, check=3, user=NOBODY)
        record = self.record(run)
        self.assertEqual((record["result"], record["actions"][0]["attempts"]), ("incomplete", 1))
        self.assertEqual(record["files_incomplete"], 1)
        self.assertIn("secret", record["actions"][0]["incomplete"][0])

    def test_wrong_user(self):
        run = self.run_directory({"action": "exec", "command": "touch never"}, uid=NOBODY)
        r = self.agent("--run-directory", run, check=1)
        self.assertIn("belongs to user 65534", r.stderr)
        self.assertFalse((self.dir / "never").exists())

    def test_unusable_job(self):
        run = self.run_directory({"action": "exec", "command": "true"})
        (run / "job.json").write_text("{")
        record, _ = self.do_run(run, check=1)
        self.assertEqual(record["result"], "failed")
        self.assertIn("job.json", record["reason"])
        self.agent("--run-directory", self.dir / "none", check=1)
        (run / "run.json").write_text('{"job_id": "x"}')
        self.assertIn("run_id", self.agent("--run-directory", run, check=1).stderr)

    def test_progress(self):
        """Datagrams name run, action and counts; nobody listening is no harm."""
        self.slow_source()
        path = str(self.dir / "progress")
        s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(s.close)
        s.bind(path)
        seen = []

        def listen():
            while (data := s.recv(2048)) != b"end":
                seen.append(dict(line.split("=") for line in data.decode().splitlines()))
        listener = threading.Thread(target=listen)
        listener.start()
        self.do_run(self.run_directory(self.backup_action(), progress=path))
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as end:
            end.sendto(b"end", path)
        listener.join()
        self.assertEqual({d["run_id"] for d in seen}, {RUN_ID})
        phases = [d["phase"] for d in seen]
        self.assertEqual(sorted(set(phases), key=phases.index), ["scan", "backup", "verify"])
        self.assertEqual({(d["action_index"], d["actions"], d["attempt"]) for d in seen}, {("0", "1", "1")})
        read = [int(d["bytes_read"]) for d in seen]
        self.assertEqual(read, sorted(read))
        self.assertGreaterEqual(read[-1], 48 << 20)
        self.do_run(self.run_directory(self.backup_action(), progress=str(self.dir / "nobody")))

    def test_one_at_a_time(self):
        self.slow_source()
        p = self.start(*self.backup_args())
        self.caught(p)
        r = self.agent(*self.backup_args(), check=1)
        self.assertIn("another run is working on h_b", r.stderr)
        p.communicate()
        self.assertEqual((p.returncode, self.levels()), (0, [[0]]))
        self.assert_clean()


class FullDisk(AgentTest):
    def setUp(self):
        super().setUp()
        self.disk = self.dir / "disk"
        self.disk.mkdir()
        r = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", self.disk], capture_output=True)
        if r.returncode != 0:
            self.skipTest("no mounts here")
        self.addCleanup(subprocess.run, ["umount", "-l", self.disk])
        self.store = self.disk / "store"

    def test_full(self):
        """Failed with advice, nothing left but what was there; the record stands beside it on the same disk."""
        (self.src / "f").write_text("x")
        self.backup()
        used = sum(p.stat().st_blocks for p in self.store.rglob("*"))
        (self.src / "large").write_bytes(os.urandom(20 << 20))
        record, _ = self.do_run(self.run_directory(self.backup_action(), where=self.disk), check=1)
        self.assertIn("No space left on device; free some space there", record["reason"])
        self.assertEqual(self.levels(), [[0]])
        self.assert_clean()
        self.assertEqual(sum(p.stat().st_blocks for p in self.store.rglob("*")), used)
        (self.src / "large").unlink()
        self.backup()
        self.assertEqual(self.levels(), [[0, 1]])

    def test_no_room_for_the_record(self):
        """Room for it was set aside."""
        script = self.dir / "fill"
        script.write_text(f"#!/bin/sh\ndd if=/dev/zero of={self.disk}/zero bs=4k 2>/dev/null\nexit 1\n")
        script.chmod(0o755)
        run = self.run_directory({"action": "exec", "command": str(script)}, where=self.disk)
        record, _ = self.do_run(run, check=1)
        self.assertEqual(record["result"], "failed")
        with self.assertRaises(OSError):
            (self.disk / "more").write_bytes(b"x" * 4096 * 200)
        self.assertEqual(sorted(p.name for p in run.iterdir()), ["job.json", "record.json", "run.json"])


class Sandbox(AgentTest):
    def status(self, pid):
        return dict(line.split(":\t", 1) for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines())

    def test_rights_are_given_up(self):
        """A backup by root can read everything and do little else."""
        self.slow_source()
        p = self.start(*self.backup_args())
        child = self.caught(p)
        os.kill(child, signal.SIGSTOP)
        status = self.status(child)
        os.kill(child, signal.SIGCONT)
        p.communicate()
        self.assertEqual(p.returncode, 0)
        self.assertEqual(int(status["CapEff"], 16), 1 << 2)  # CAP_DAC_READ_SEARCH
        self.assertEqual(int(status["CapPrm"], 16), 1 << 2)
        self.assertEqual(int(status["CapBnd"], 16), 0)
        self.assertEqual((status["NoNewPrivs"], status["Seccomp"]), ("1", "2"))

    def test_container_of_another_user(self):
        (self.src / "f").write_text("x")
        self.store.mkdir(mode=0o700)
        os.chown(self.store, NOBODY, NOBODY)
        for _ in range(2):
            self.backup()
        self.assertEqual(self.levels(), [[0, 1]])
        out, _ = self.restore()
        self.assert_same_tree(self.src, out)


if __name__ == "__main__":
    if os.geteuid() != 0:
        raise SystemExit(77)
    unittest.main(verbosity=0)
