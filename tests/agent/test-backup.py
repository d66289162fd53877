#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Backups and restores as a user makes them; GNU tar and gzip say whether the store is right. Needs root."""
import json
import os
import subprocess
import time
import unittest

from harness import NOBODY, SOURCE_ROOT, AgentTest, tree


def evolve(src, step):
    """The tree at its steps: files come, change, go, move, turn into directories and back."""
    if step == 0:
        (src / "sub").mkdir()
        (src / "sub" / "kept").write_bytes(b"kept\n")
        (src / "changed").write_bytes(b"one")
        (src / "gone").write_bytes(b"gone")
        (src / "turns").write_bytes(b"file")
        (src / "odd name\n\xe4").write_bytes(b"odd")
        os.symlink("changed", src / "link")
        os.link(src / "changed", src / "hard")
        os.chmod(src / "sub" / "kept", 0o4711)
        os.chown(src / "sub" / "kept", 1234, 4321)
        os.mkfifo(src / "fifo")
    elif step == 1:
        (src / "changed").write_bytes(b"two, longer")
        (src / "gone").unlink()
        (src / "turns").unlink()
        (src / "turns").mkdir()
        (src / "turns" / "inside").write_bytes(b"x" * 100000)
    elif step == 2:
        os.rename(src / "sub", src / "moved")
        (src / "new").write_bytes(os.urandom(300000))
        os.unlink(src / "link")
        os.symlink("moved", src / "link")
    elif step == 3:
        (src / "turns" / "inside").unlink()
        (src / "turns").rmdir()
        (src / "turns").write_bytes(b"file again")
        os.unlink(src / "hard")
        (src / "hard").write_bytes(b"alone")
    elif step == 4:
        (src / "moved" / "kept").write_bytes(b"")
        os.chmod(src / "new", 0o600)


class Chain(AgentTest):
    def test_five_levels(self):
        """Every level, by our restore at its date and by tar and gzip alone."""
        states, stamps = [], []
        for step in range(5):
            evolve(self.src, step)
            document = self.backup()
            self.assertEqual(document["curr_backup_level"], step)
            states.append(tree(self.src))
            stamps.append(document["time_stamp"])
        self.assertEqual(stamps, sorted(set(stamps)))
        self.assertEqual(self.levels(), [[0, 1, 2, 3, 4]])
        self.assert_clean()
        by_tar = self.dir / "by-tar"
        by_tar.mkdir()
        for step, stamp in enumerate(stamps):
            date = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(stamp))
            out, _ = self.restore("--restore-from-date", date)
            self.assertEqual(tree(out), states[step])
            data = self.store / f"data/tar/h_b/{stamps[0]}/{step}_{stamp}/data"
            plain = subprocess.run(["gzip", "-dc", data], capture_output=True, check=True).stdout
            subprocess.run(["tar", "--listed-incremental=/dev/null", "-xpf", "-", "-C", by_tar], input=plain,
                           check=True)
            if step < 3:  # GNU tar writes into a hard link that was split
                self.assertEqual(tree(by_tar), states[step])

    def test_whole_metadata(self):
        evolve(self.src, 0)
        self.backup()
        (file,) = self.store.glob("metadata/tar/h_b/*/*/metadata")
        text = file.read_text()
        document = json.loads(text)
        self.assertEqual(text, json.dumps(document, ensure_ascii=False))
        self.assertEqual(list(document)[:3], ["engine_name", "compression", "encryption"])
        self.assertEqual((document["engine_name"], document["compression"], document["encryption"]),
                         ("tar", "gzip", False))
        data = next(self.store.glob("data/tar/h_b/*/*/data"))
        ours = document["freezerd"]
        self.assertEqual(ours["data"]["bytes"], data.stat().st_size)
        self.assertEqual(ours["data"]["sha256"], subprocess.run(["sha256sum", data], capture_output=True, text=True)
                         .stdout.split()[0])
        self.assertEqual(oct(data.stat().st_mode & 0o777), "0o600")
        self.assertEqual(oct(self.store.stat().st_mode & 0o777), "0o700")
        self.assertEqual({p.name for p in self.store.iterdir()}, {"data", "metadata"})

    def test_document_order(self):
        (self.src / "f").write_text("x")
        document = self.backup("--max-level", "3")
        self.assertEqual(list(document), [
            "curr_backup_level", "fs_real_path", "vol_snap_path", "client_os", "client_version", "time_stamp",
            "action", "always_level", "backup_media", "backup_name", "container", "container_segments", "dry_run",
            "hostname", "path_to_backup", "max_level", "mode", "log_file", "storage", "proxy", "compression",
            "ssh_key", "ssh_username", "ssh_host", "ssh_port", "consistency_checksum"])
        self.assertEqual(document["max_level"], 3)
        self.assertEqual(document["always_level"], "")

    def test_metadata_out_relative(self):
        (self.src / "f").write_text("x")
        self.agent(*self.backup_args("--metadata-out", "result.json"))
        self.assertEqual(json.loads((self.dir / "result.json").read_text())["action"], "backup")
        self.assertFalse((self.src / "result.json").exists())

    def test_level_settings(self):
        (self.src / "f").write_text("x")
        for args, levels in ((["--max-level", "2"], [[0, 1, 2], [0, 1]]), (["--always-level", "1"], [[0, 1, 1, 1, 1]]),
                             (["--no-incremental", "true"], [[0]] * 5)):
            for _ in range(5):
                self.backup(*args)
            self.assertEqual(self.levels(), levels)
            subprocess.run(["rm", "-rf", self.store], check=True)

    def test_always_level_restores_the_newest(self):
        for n in range(4):
            (self.src / "f").write_text(str(n) * (n + 1))
            (self.src / f"only{n}").write_text("x")
            if n > 0:
                (self.src / f"only{n - 1}").unlink()
            self.backup("--always-level", "1")
        out, _ = self.restore()
        self.assert_same_tree(self.src, out)

    def test_single_file(self):
        odd = self.dir / "a file;with 'odd' name"
        odd.write_bytes(b"content")
        for _ in range(2):
            self.agent("--path-to-backup", odd, "-N", "b", "-C", self.store, "--hostname", "h")
            odd.write_bytes(b"new content")
        self.assertEqual(self.levels(), [[0, 1]])
        out, _ = self.restore()
        self.assertEqual([p.name for p in out.iterdir()], [odd.name])
        self.assertEqual((out / odd.name).read_bytes(), b"new content")

    def test_dry_run_writes_nothing(self):
        (self.src / "f").write_text("x")
        self.agent(*self.backup_args("--dry-run"))
        self.assertFalse(self.store.exists())
        self.backup()
        before = tree(self.store)
        r = self.agent(*self.backup_args("--dry-run"))
        self.assertIn("level 1 would have been made", r.stdout)
        out, r = self.restore("--dry-run")
        self.assertFalse(out.exists())
        self.assertIn("0 f", r.stdout.splitlines())
        self.assertEqual(tree(self.store), before)

    def test_exclude(self):
        (self.src / "a.log").write_text("x")
        (self.src / "b.txt").write_text("x")
        self.backup("--exclude", "*.log")
        out, _ = self.restore()
        self.assertEqual([p.name for p in out.iterdir()], ["b.txt"])

    def test_store_inside(self):
        """A store in the directory that is backed up is not stored in itself."""
        (self.src / "f").write_text("x")
        self.store = self.src / "backups"
        for _ in range(2):
            self.backup()
        out, _ = self.restore()
        self.assertEqual([p.name for p in out.iterdir()], ["f"])

    def test_another_path_begins_a_new_chain(self):
        (self.src / "f").write_text("x")
        other = self.dir / "other"
        other.mkdir()
        self.backup()
        r = self.agent("--path-to-backup", other, "-N", "b", "-C", self.store, "--hostname", "h")
        self.assertIn("another path", r.stdout)
        self.agent("--path-to-backup", f"{self.dir}//./other/", "-N", "b", "-C", self.store, "--hostname", "h")
        self.assertEqual(self.levels(), [[0], [0, 1]])


    def test_another_host_of_the_same_name_begins_a_new_chain(self):
        """web and prod_db, web_prod and db: both are web_prod_db in a container they share."""
        (self.src / "f").write_text("x")
        self.agent("--path-to-backup", self.src, "-N", "prod_db", "-C", self.store, "--hostname", "web")
        r = self.agent("--path-to-backup", self.src, "-N", "db", "-C", self.store, "--hostname", "web_prod")
        self.assertIn("another host", r.stdout)
        self.assertEqual([c.name.split("_")[0] for c in self.store.glob("metadata/tar/web_prod_db/*/*")], ["0", "0"])


class Incomplete(AgentTest):
    def test_unreadable_file(self):
        """A user's backup of a tree with a file that the user cannot read."""
        (self.src / "secret").write_text("root's")
        os.chmod(self.src / "secret", 0o600)
        (self.src / "mine").write_text("x")
        self.store.mkdir()
        os.chown(self.store, NOBODY, NOBODY)
        r = self.agent(*self.backup_args(), check=3, user=NOBODY)
        self.assertIn("secret", r.stdout)
        self.assertEqual(self.levels(), [[0]])
        out, r = self.restore()
        self.assertTrue((out / "mine").exists())
        self.assertFalse((out / "secret").exists())
        self.assertIn("could not be read", r.stdout)

    def test_far_too_deep(self):
        """Whoever may write to the tree must not be able to use up memory, or to spoil the archive for its reader."""
        (self.src / "f").write_text("x")
        here = os.open(self.src, os.O_RDONLY)
        for _ in range(100):
            os.mkdir("d" * 250, dir_fd=here)
            inner = os.open("d" * 250, os.O_RDONLY, dir_fd=here)
            os.close(here)
            here = inner
        os.close(here)
        r = self.agent(*self.backup_args(), check=3)
        self.assertIn("more than 16384 bytes", r.stdout)
        out, _ = self.restore()
        self.assertEqual((out / "f").read_text(), "x")

    def test_user_round_trip(self):
        self.store.mkdir()
        for path in (self.store, self.src):
            os.chown(path, NOBODY, NOBODY)
        (self.src / "f").write_text("x")
        os.chown(self.src / "f", NOBODY, NOBODY)
        self.backup(user=NOBODY)
        (self.src / "f").write_text("yy")
        self.backup(user=NOBODY)
        (self.dir / "t").mkdir()
        os.chown(self.dir / "t", NOBODY, NOBODY)
        self.agent("--action", "restore", "-N", "b", "--hostname", "h", "-C", self.store, "--restore-abs-path",
                   self.dir / "t", user=NOBODY)
        self.assert_same_tree(self.src, self.dir / "t")


class Damage(AgentTest):
    def setUp(self):
        super().setUp()
        (self.src / "f").write_bytes(os.urandom(200000))
        self.backup()
        self.data = next(self.store.glob("data/tar/h_b/*/*/data"))

    def flip(self, path, where=-100):
        content = bytearray(path.read_bytes())
        content[where] ^= 1
        path.write_bytes(content)

    def test_flipped_bit_is_refused_before_writing(self):
        self.flip(self.data)
        out, r = self.restore(check=1)
        self.assertIn("data", r.stderr)
        self.assertEqual(list(out.iterdir()), [])

    def test_cut_data_is_refused(self):
        os.truncate(self.data, self.data.stat().st_size // 2)
        out, _ = self.restore(check=1)
        self.assertEqual(list(out.iterdir()), [])

    def test_damaged_level_is_not_built_upon(self):
        os.truncate(self.data, 10)
        r = self.agent(*self.backup_args())
        self.assertIn("a new chain begins", r.stdout)
        self.assertEqual(self.levels(), [[0], [0]])
        out, _ = self.restore()
        self.assert_same_tree(self.src, out)

    def test_damaged_engine_metadata_is_not_built_upon(self):
        self.flip(self.data.parent / "engine_metadata", 0)
        self.backup()
        self.assertEqual(self.levels(), [[0], [0]])

    def test_hole(self):
        for n in range(2):
            (self.src / f"n{n}").write_text("x")
            self.backup()
        (level1,) = self.store.glob("metadata/tar/h_b/*/1_*")
        subprocess.run(["rm", "-r", level1], check=True)
        out, r = self.restore()
        self.assertIn("level 1 of the chain is missing", r.stdout)
        self.assertEqual([p.name for p in out.iterdir()], ["f"])
        r = self.agent(*self.backup_args())
        self.assertEqual(self.levels(), [[0, 2], [0]])

    def test_data_whose_metadata_cannot_be_looked_at_stays(self):
        """The mark of a run that was killed between its last two steps, and then metadata that is out of reach."""
        (level0,) = self.store.glob("metadata/tar/h_b/*/0_*")
        level0.rename(self.dir / "elsewhere")
        level0.symlink_to(self.dir / "elsewhere")
        (self.data.parent / "freezerd-unfinished").write_text("x")
        self.agent(*self.backup_args(), check=1)
        self.assertTrue(self.data.exists())
        level0.unlink()
        (self.dir / "elsewhere").rename(level0)
        self.backup()
        self.assertEqual(self.levels(), [[0, 1]])
        self.assertFalse((self.data.parent / "freezerd-unfinished").exists())

    def test_foreign_names(self):
        base = self.store / "metadata/tar/h_b"
        (base / "lost+found").mkdir()
        (next(base.glob("[0-9]*")) / "junk").mkdir()
        (base / "123").mkdir()  # an empty chain
        r = self.agent(*self.backup_args())
        self.assertIn("no backups", r.stdout)
        out, _ = self.restore()
        self.assert_same_tree(self.src, out)

    def test_malformed_metadata(self):
        (file,) = self.store.glob("metadata/tar/h_b/*/*/metadata")
        for text in ("", "{", "[]", '{"engine_name": "tar", "freezerd": {"data": 1}}', '{"engine_name": 7}'):
            file.write_text(text)
            out, r = self.restore(check=1)
            self.assertIn("metadata", r.stderr)
            self.assertFalse(out.exists())


class Restore(AgentTest):
    def setUp(self):
        super().setUp()
        (self.src / "f").write_text("x")
        self.backup()

    def test_not_empty(self):
        target = self.dir / "t"
        target.mkdir()
        (target / "other").write_text("x")
        args = ["--action", "restore", "-N", "b", "--hostname", "h", "-C", self.store, "--restore-abs-path", target]
        r = self.agent(*args, check=1)
        self.assertIn("is not empty", r.stderr)
        self.assertEqual([p.name for p in target.iterdir()], ["other"])
        self.agent(*args, "--overwrite")
        self.assert_same_tree(self.src, target)

    def test_nothing_there(self):
        r = self.agent("--action", "restore", "-N", "no", "--hostname", "h", "-C", self.store, "--restore-abs-path",
                       self.dir / "t", check=1)
        self.assertIn("there is no backup h_no", r.stderr)
        self.assertIn("h_b", r.stderr)
        self.assertFalse((self.dir / "t").exists())
        r = self.agent("--action", "restore", "-N", "b", "--hostname", "h", "-C", self.dir / "none",
                       "--restore-abs-path", self.dir / "t", check=1)
        self.assertIn("there is no container", r.stderr)

    def test_too_early(self):
        _, r = self.restore("--restore-from-date", "2001-01-01T00:00:00", check=1)
        self.assertIn("the oldest is of", r.stderr)

    def test_dates_are_local_time(self):
        stamp = next(iter(self.listed()))
        date = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(stamp + 9 * 3600))
        self.restore("--restore-from-date", date, env={"TZ": "Asia/Tokyo"})
        date = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(stamp + 9 * 3600 - 1))
        self.restore("--restore-from-date", date, env={"TZ": "Asia/Tokyo"}, check=1)
        self.restore("--restore-from-date", time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(stamp)),
                     env={"TZ": "Asia/Tokyo"})


class Admin(AgentTest):
    def chains(self, *ages):
        """Chains of level 0 and 1, so many days old, made by turning names back."""
        now = int(time.time())
        for days in ages:
            (self.src / "f").write_text(str(days))
            self.backup("--no-incremental", "yes")
            self.backup()
            new = now - int(days * 86400)
            for kind in ("data", "metadata"):
                (chain,) = [c for c in (self.store / kind / "tar/h_b").iterdir() if int(c.name) > now - 86400]
                for level in chain.iterdir():
                    number = int(level.name.split("_")[0])
                    level.rename(chain / f"{number}_{new + number * 3600 * 24}")
                chain.rename(chain.parent / str(new))
        return now

    def admin(self, *args, check=0):
        return self.agent("--action", "admin", "-N", "b", "--hostname", "h", "-C", self.store, *args, check=check)

    def test_the_last_whole_one_stays(self):
        now = self.chains(30, 20, 10)
        os.unlink(self.store / f"data/tar/h_b/{now - 10 * 86400}/0_{now - 10 * 86400}/data")
        r = self.admin("--remove-older-than", "1")
        self.assertIn("1 chain removed", r.stdout)
        self.assertEqual(len(self.levels()), 2)
        out, _ = self.restore("--restore-from-date", time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now - 15 * 86400)))
        self.assertEqual((out / "f").read_text(), "20")

    def test_older_than(self):
        now = self.chains(30, 20, 10)
        self.admin("--remove-older-than", "19.5")  # the chain of 20 days has an increment of 19
        self.assertEqual(len(self.levels()), 2)
        self.admin("-R", "18")
        self.assertEqual(list(self.listed()), [now - 10 * 86400])
        self.assert_clean()
        out, _ = self.restore()
        self.assertEqual((out / "f").read_text(), "10")

    def test_newest_stays(self):
        self.chains(30, 20)
        r = self.admin("-R", "1")
        self.assertIn("the newest chain stays", r.stdout)
        self.assertEqual(self.levels(), [[0, 1]])

    def test_dry_run(self):
        self.chains(30, 20)
        before = tree(self.store)
        r = self.admin("-R", "1", "--dry-run")
        self.assertIn("Would remove b of h", r.stdout)
        self.assertEqual(tree(self.store), before)

    def test_from_date(self):
        now = self.chains(30, 20, 10)
        self.admin("--remove-from-date", time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now - 15 * 86400)))
        self.assertEqual(list(self.listed()), [now - 10 * 86400])

    def test_other_names_stay(self):
        self.chains(30, 20)
        self.agent("--path-to-backup", self.src, "-N", "b2", "-C", self.store, "--hostname", "h")
        self.admin("-R", "1")
        self.assertTrue(list(self.store.glob("metadata/tar/h_b2/*/0_*/metadata")))


class Info(AgentTest):
    def test_lists(self):
        (self.src / "f").write_text("x")
        for _ in range(2):
            self.backup()
        r = self.agent("--action", "info", "-C", self.store, "--metadata-out", "-")
        backups = json.loads(r.stdout)["backups"]
        self.assertEqual(sorted(b["level"] for b in backups), [0, 1])
        self.assertEqual({(b["hostname"], b["backup_name"], b["checksums"]) for b in backups}, {("h", "b", True)})
        data = self.store / "data/tar/h_b"
        self.assertEqual(sum(b["bytes_stored"] for b in backups), sum(p.stat().st_size for p in data.rglob("data")))
        r = self.agent("--action", "info", "-C", self.store)
        self.assertIn("2 backups", r.stdout)
        r = self.agent("--action", "info", "-C", self.store, "-N", "other", "--metadata-out", "-")
        self.assertEqual(json.loads(r.stdout)["backups"], [])
        self.agent("--action", "info", "-C", self.dir / "none", check=1)


@unittest.skipUnless((SOURCE_ROOT / "tests/fixtures").is_dir(), "no fixtures here")
class Fixtures(AgentTest):
    def test_continued(self):
        """A chain that Freezer's agent began goes on with ours."""
        fixture = SOURCE_ROOT / "tests/fixtures/tar-gzip-renames"
        subprocess.run(["cp", "-r", fixture / "storage", self.store], check=True)
        evolve(self.src, 0)
        args = ["--path-to-backup", self.src, "-N", fixture.name, "--hostname", "fixture-host", "-C", self.store]
        for step in (1, 2):
            document = json.loads(self.agent(*args, "--metadata-out", "-").stdout)
            self.assertEqual(document["curr_backup_level"], 3 + step)
            evolve(self.src, step)
        self.agent(*args)
        out = self.dir / "t"
        self.agent("--action", "restore", *args[2:], "--restore-abs-path", out)
        self.assert_same_tree(self.src, out)

    def test_tar_gzip(self):
        """What Freezer's own agent stored is restored as it was, level by level."""
        count = 0
        for folder in sorted((SOURCE_ROOT / "tests/fixtures").glob("**/tar-gzip-*")):
            if not (folder / "storage").is_dir() or "enc" in folder.name:
                continue
            fixture = json.loads((folder / "fixture.json").read_text())
            for level in fixture["levels"]:
                out = self.dir / "fixture"
                subprocess.run(["rm", "-rf", out], check=True)
                date = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(level["timestamp"]))
                r = self.agent("--action", "restore", "-N", fixture["backup_name"], "--hostname", fixture["hostname"],
                               "-C", folder / "storage", "--restore-abs-path", out, "--restore-from-date", date)
                self.assertIn("not verified", r.stdout)
                found, _ = tree(out)
                manifest = folder / f"manifest-{level['order']}-level{level['level']}.jsonl"
                for line in manifest.read_text().splitlines():
                    want = json.loads(line)
                    got = found.get(os.fsencode(want["path"]))
                    self.assertIsNotNone(got, (folder.name, want))
                    if want["type"] == "symlink":
                        self.assertEqual(os.fsdecode(got[1]), want["target"])
                    else:
                        self.assertEqual("%04o" % got[1], want["mode"], (folder.name, want))
                    if want["type"] == "file":
                        self.assertEqual(got[5], want["size"], (folder.name, want))
                    count += 1
        self.assertGreater(count, 100)


if __name__ == "__main__":
    if os.geteuid() != 0:
        raise SystemExit(77)
    unittest.main(verbosity=0)
