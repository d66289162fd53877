#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The command line and --config files: what is refused, in which words, and who wins."""
import json
import re
import socket
import unittest

from harness import SOURCE_ROOT, AgentTest

# Arguments, and what the message has to name.
WRONG = [
    (["--no-such-option"], "--no-such-option"),
    (["--action"], "--action"),
    (["--action", "backups"], "backup, restore, admin, info, exec"),
    (["--action="], "--action"),
    (["--path_to_backup", "/x"], "--path_to_backup"),
    (["--overwrite=true"], "--nooverwrite"),
    (["--overwrite", "true"], "true"),
    (["--noaction"], "--noaction"),
    (["--re", "x"], "--restore-abs-path, --restore-from-date"),
    (["-x"], "-x"),
    (["-F"], "--path-to-backup"),
    (["stray"], "stray"),
    (["-"], "only options"),
    (["--"], "only options"),
    (["--max-level", "two"], "--max-level"),
    (["--max-level", "-1"], "from 0"),
    (["--max-level", "99999999999999999999"], "--max-level"),
    (["--always-level", "1.5"], "--always-level"),
    (["--restart-always-level", "soon"], "days"),
    (["--remove-older-than", "-3"], "days"),
    (["--restore-from-date", "yesterday"], "2026-11-20T02:00:00"),
    (["--restore-from-date", "2026-02-30T00:00:00"], "--restore-from-date"),
    (["--max-segment-size", "0"], "--max-segment-size"),
    (["--compression", "zip"], "gzip"),
    (["--compression", "xz"], "not available"),
    (["--storage", "swift"], "not available"),
    (["--engine", "rsync"], "not available"),
    (["--mode", "mysql"], "not available"),
    (["--dereference-symlink", "some"], "none, soft, hard, all"),
    (["--backup-name", "a/b"], "without"),
    (["--backup-name", "x" * 300], "190"),
    (["--hostname", ".."], "--hostname"),
    (["--action", "backup"], "--path-to-backup"),
    (["-F", "/x"], "--backup-name"),
    (["-F", "/x", "-N", "b"], "--container"),
    (["-F", "/x", "-N", "b", "-C", "/c", "--no-incremental", "1", "--max-level", "2"], "--max-level"),
    (["--action", "restore", "-N", "b", "-C", "/c"], "--restore-abs-path"),
    (["--action", "restore", "-C", "/c", "--restore-abs-path", "/t"], "--backup-name"),
    (["--action", "admin", "-N", "b", "-C", "/c"], "--remove-older-than"),
    (["--action", "admin", "-N", "b", "-C", "/c", "-R", "0"], "--remove-older-than"),
    (["--action", "exec"], "--command"),
    (["--config", "/no/such/file"], "/no/such/file"),
    (["--run-directory", "/x", "-N", "b"], "--run-directory"),
    (["--run-directory", ""], "--run-directory"),
]


class CommandLine(AgentTest):
    def test_wrong(self):
        self.assertGreaterEqual(len(WRONG), 40)
        for args, words in WRONG:
            r = self.agent(*args, check=2)
            self.assertIn(words, r.stderr, args)
            self.assertEqual(r.stdout, "")
            self.assertEqual(r.stderr.count("\n"), 1, r.stderr)
            self.assertTrue(r.stderr.startswith("freezer-agent: -") or "only options" in r.stderr, r.stderr)

    def test_help(self):
        help = self.agent("--help").stdout
        self.assertEqual(self.agent("-h").stdout, help)
        self.assertEqual(self.agent(check=1).stdout, help)
        self.assertEqual([line for line in help.splitlines() if len(line) > 80], [])
        for word in ("--path-to-backup", "-F", "--[no]overwrite", "--config", "--run-directory", "--version"):
            self.assertIn(word, help)
        self.assertRegex(self.agent("--version").stdout, r"^\d+\.\d+\.\d+\n$")

    def test_manual(self):
        """Each option of the help is in the manual page, and the other way round."""
        manual = (SOURCE_ROOT / "man/freezer-agent.1").read_text().replace("\\-", "-")
        options = set(re.findall(r"--(?:\[no\])?([a-z][a-z-]+)", self.agent("--help").stdout))
        entries = set(re.findall(r"^\.TP\n\.BR? (?:-\w \", \" )?--([a-z-]+)", manual, re.M))
        self.assertGreater(len(options), 30)
        self.assertEqual(options - entries, set())
        self.assertEqual(entries - options, set())

    def test_forms(self):
        """`--x v`, `--x=v`, prefixes, letters with and without blank; the last one wins."""
        (self.src / "f").write_text("x")
        self.agent("--path-to", "src", "--backup-na=wrong", "--backup-name", "b", "-Cstore", "--hostn", "h", "-qd",
                   "--noquiet", "--nosync", "--overwrite", "--noov")
        self.assertEqual(self.levels(), [[0]])

    def test_hostname_default(self):
        (self.src / "f").write_text("x")
        self.agent("-F", self.src, "-N", "b", "-C", self.store)
        self.assertTrue((self.store / "metadata/tar" / f"{socket.gethostname()}_b").is_dir())

    def test_quiet(self):
        (self.src / "f").write_text("x")
        r = self.agent(*self.backup_args("--quiet"))
        self.assertEqual((r.stdout, r.stderr), ("", ""))

    def test_log_file(self):
        (self.src / "f").write_text("x")
        self.agent(*self.backup_args("--log-file", "log", "-q"))
        log = (self.dir / "log").read_text()
        self.assertIn("backup of", log)
        self.assertIn("success", log)
        self.assertEqual((self.dir / "log").stat().st_mode & 0o777, 0o600)


class Config(AgentTest):
    def config(self, text):
        (self.dir / "c.ini").write_text(text)
        return ["--config", "c.ini"]

    def test_scheduler_form(self):
        """As freezer-scheduler writes it from a job."""
        (self.src / "f").write_text("x")
        args = self.config(f"[action]\naction = backup\nmode = fs\npath_to_backup = {self.src}\nbackup_name = b\n"
                           f"storage = local\ncontainer = {self.store}\nhostname = h\nmax_level = 1\nno_incremental = "
                           f"False\nexclude = None\nsync = True\n")
        for _ in range(3):
            self.agent("--metadata-out", "-", *args)
        self.assertEqual(self.levels(), [[0, 1], [0]])

    def test_command_line_wins(self):
        (self.src / "f").write_text("x")
        args = self.config(f"[job]\nbackup_name = from-file\npath_to_backup = {self.src}\ncontainer = {self.store}\n"
                           "hostname: h\n")
        self.agent("-N", "b", *args)
        self.agent(*args, "-N", "b")
        self.assertEqual(self.levels(), [[0, 1]])
        self.assertEqual(json.loads(self.agent(*args, "--metadata-out", "-").stdout)["backup_name"], "from-file")

    def test_wrong(self):
        for text, words in (("no section\n", "c.ini"), ("[a]\nmax_level = x\n", "max_level"),
                            ("[a]\ncompression = zip\n", "gzip"), ("[a]\nx = %\n", "%"),
                            ("[a]\nx = 1\nx = 2\n", "x"), ("[a]\nencrypt_pass_file = /k\n", "encrypt_pass_file")):
            r = self.agent("-F", self.src, "-N", "b", "-C", self.store, *self.config(text), check=2)
            self.assertIn(words, r.stderr)
            self.assertFalse(self.store.exists())


if __name__ == "__main__":
    unittest.main(verbosity=0)
