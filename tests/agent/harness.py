# SPDX-License-Identifier: Apache-2.0
"""What the agent's tests share: a scratch directory, the program, trees to save and to compare."""
import json
import os
import pathlib
import shutil
import stat
import subprocess
import tempfile
import time
import unittest

AGENT = os.environ["FREEZER_AGENT"]
SOURCE_ROOT = pathlib.Path(os.environ.get("SOURCE_ROOT", "."))
RUN_ID = "0123456789abcdef0123456789abcdef"
NOBODY = 65534


def tree(top):
    """Everything a restore has to bring back, name by name."""
    found, inodes = {}, {}
    top = os.fsencode(top)
    for folder, dirs, files in os.walk(top):
        for name in dirs + files + ([b"."] if folder == top else []):
            path = os.path.join(folder, name)
            s = os.lstat(path)
            rel = os.path.relpath(path, top)
            entry = [stat.S_IFMT(s.st_mode), s.st_mode & 0o7777, s.st_uid, s.st_gid]
            if stat.S_ISREG(s.st_mode):
                entry += [s.st_mtime_ns // 10**9, s.st_size, pathlib.Path(os.fsdecode(path)).read_bytes()]
                if s.st_nlink > 1:
                    inodes.setdefault(s.st_ino, []).append(rel)
            elif stat.S_ISLNK(s.st_mode):
                entry = [entry[0], os.readlink(path)]
            elif stat.S_ISDIR(s.st_mode):
                entry += [s.st_mtime_ns // 10**9]
            found[rel] = entry
    return found, sorted(sorted(names) for names in inodes.values())


def wait_for(condition, what, seconds=60):
    """Only a bound for a broken program; no test depends on how long things take."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.005)
    raise AssertionError("did not happen: " + what)


def parent_of(pid):
    return int(pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])


def children(pid):
    """Processes whose parent is PID."""
    found = []
    for entry in os.listdir("/proc"):
        try:
            if entry.isdigit() and parent_of(entry) == pid:
                found.append(int(entry))
        except (OSError, IndexError):
            pass
    return found


class AgentTest(unittest.TestCase):
    maxDiff = 2000

    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="test-agent-"))
        self.dir.chmod(0o755)
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)
        self.src, self.store = self.dir / "src", self.dir / "store"
        self.src.mkdir()
        self.n_out = 0

    def agent(self, *args, check=0, user=None, env=None, cwd=None):
        """Runs the program; CHECK: the status it has to end with."""
        r = subprocess.run([AGENT, *map(str, args)], capture_output=True, text=True, timeout=300,
                           cwd=cwd or self.dir, env={"PATH": os.environ["PATH"], "TZ": "UTC", **(env or {})},
                           **({"user": user, "group": user, "extra_groups": []} if user else {}))
        self.assertEqual(r.returncode, check, f"{args}\nstdout: {r.stdout}\nstderr: {r.stderr}")
        return r

    def start(self, *args, **options):
        p = subprocess.Popen([AGENT, *map(str, args)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                             cwd=self.dir, **options)
        self.addCleanup(lambda: (p.poll() is None and p.kill(), p.communicate()))
        return p

    def backup_args(self, *more):
        return ["--path-to-backup", self.src, "-N", "b", "-C", self.store, "--hostname", "h", *more]

    def backup(self, *more, check=0, **options):
        """The result document."""
        r = self.agent(*self.backup_args("--metadata-out", "-", *more), check=check, **options)
        return json.loads(r.stdout) if r.stdout else None

    def restore(self, *more, check=0, **options):
        self.n_out += 1
        out = self.dir / f"out{self.n_out}"
        r = self.agent("--action", "restore", "-N", "b", "--hostname", "h", "-C", self.store,
                       "--restore-abs-path", out, *more, check=check, **options)
        return out, r

    def listed(self):
        """Levels of the store's backups, as Freezer's own listing would see them."""
        base = self.store / "metadata" / "tar" / "h_b"
        if not base.exists():
            return {}
        return {int(c.name): sorted(tuple(map(int, l.name.split("_"))) for l in c.iterdir()) for c in base.iterdir()}

    def levels(self):
        return [[level for level, _ in levels] for _, levels in sorted(self.listed().items())]

    def assert_same_tree(self, a, b):
        for x, y in zip(tree(a), tree(b)):
            self.assertEqual(x, y)

    def assert_clean(self):
        """No staging, no lock, no mark, no data without metadata."""
        self.assertEqual([p.name for p in self.store.iterdir() if p.name.startswith(".freezer")], [])
        names = lambda kind: {(p.parent.name, p.name) for p in (self.store / kind).glob("tar/h_b/*/*")}
        self.assertEqual(names("data"), names("metadata"))
        self.assertEqual(list(self.store.rglob("freezerd-unfinished")), [])

    def slow_source(self):
        """Enough that a backup can be caught in the middle."""
        with open(self.src / "large", "wb") as f:
            for _ in range(48):
                f.write(os.urandom(1 << 20))

    def caught(self, p):
        """Waits until the backup of P is in the middle of its data. Its working process."""
        def writing():
            sizes = [f.stat().st_size for f in self.store.glob(".freezer-*/[0-9]*") if f.is_file()]
            return sizes and max(sizes) > 1 << 20
        wait_for(lambda: writing() or p.poll() is not None, "data in the staging directory")
        self.assertIsNone(p.poll(), "the backup was over before it could be caught")
        return children(p.pid)[0]

    def run_directory(self, *actions, **run):
        """A run directory as freezerd makes it. ACTIONS: freezer_action objects, or whole members."""
        path = pathlib.Path(tempfile.mkdtemp(prefix="run-", dir=run.pop("where", self.dir)))
        members = [a if "freezer_action" in a else {"freezer_action": a} for a in actions]
        (path / "job.json").write_text(json.dumps({"job_id": "j1", "job_actions": members}))
        (path / "run.json").write_text(json.dumps({"run_id": RUN_ID, "job_id": "j1", "uid": 0, **run}))
        return path

    def record(self, path):
        return json.loads((path / "record.json").read_text())

    def do_run(self, path, check=0, **options):
        r = self.agent("--run-directory", path, check=check, **options)
        return self.record(path), r.stderr

    def backup_action(self, **more):
        return {"action": "backup", "path_to_backup": str(self.src), "backup_name": "b", "storage": "local",
                "container": str(self.store), "hostname": "h", **more}
