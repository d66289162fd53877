# SPDX-License-Identifier: Apache-2.0
"""What the engine's tests share: trees, manifests, our engine and GNU tar side by side. Needs root."""
import hashlib
import os
import stat
import subprocess
import sys
import tempfile

TOOL = os.environ.get("ENGINE_TOOL", "engine-tool")
KINDS = {stat.S_IFREG: "file", stat.S_IFDIR: "dir", stat.S_IFLNK: "symlink", stat.S_IFIFO: "fifo",
         stat.S_IFCHR: "char", stat.S_IFBLK: "block", stat.S_IFSOCK: "socket"}
CREATE = ["tar", "--create", "--warning=none", "--no-check-device", "--one-file-system", "--preserve-permissions",
          "--same-owner", "--seek", "--ignore-failed-read"]
EXTRACT = ["tar", "--incremental", "--extract", "--ignore-zeros", "--warning=none", "--overwrite"]


def need_root():
    if os.geteuid() != 0:
        print("needs root: owners and devices are compared")
        sys.exit(77)
    os.umask(0o022)


def describe(path, rel, links):
    st = os.lstat(path)
    kind = KINDS[stat.S_IFMT(st.st_mode)]
    entry = {"path": os.fsdecode(rel), "type": kind, "mode": "%04o" % stat.S_IMODE(st.st_mode), "uid": st.st_uid,
             "gid": st.st_gid, "mtime": st.st_mtime_ns // 10**9}
    if kind == "file":
        entry["size"] = st.st_size
        with open(path, "rb") as f:
            entry["sha256"] = hashlib.sha256(f.read()).hexdigest()
    elif kind == "symlink":
        entry["target"] = os.fsdecode(os.readlink(path))
    elif kind in ("char", "block"):
        entry["rdev"] = "%d,%d" % (os.major(st.st_rdev), os.minor(st.st_rdev))
    if kind != "dir" and st.st_nlink > 1:
        first = links.setdefault((st.st_dev, st.st_ino), entry["path"])
        if first != entry["path"]:
            entry["hardlink_of"] = first
    return entry


def manifest(root):
    """One object per name, sorted by bytes; sockets are not in archives."""
    root = os.fsencode(root)
    names = [b"."]
    for folder, dirs, files in os.walk(root):
        names += [os.path.relpath(os.path.join(folder, n), root) for n in dirs + files]
    links = {}
    return [e for e in (describe(os.path.join(root, n), n, links) for n in sorted(names)) if e["type"] != "socket"]


def difference(wanted, got):
    """Lines for a person; empty when equal."""
    wanted = {e["path"]: e for e in wanted}
    got = {e["path"]: e for e in got}
    lines = []
    for path in sorted(wanted.keys() | got.keys()):
        a, b = wanted.get(path), got.get(path)
        if a is None or b is None:
            lines.append(f"{path!r}: {'missing' if b is None else 'too much'}: {a or b}")
        elif a != b:
            changes = {k: (a.get(k), b.get(k)) for k in a.keys() | b.keys() if a.get(k) != b.get(k)}
            lines.append(f"{path!r}: wanted, got: {changes}")
    return lines


class Failure(Exception):
    pass


def same(what, wanted, got):
    lines = difference(wanted, got)
    if lines:
        raise Failure(f"{what}: {len(lines)} differences\n  " + "\n  ".join(lines[:12]))


class Result:
    def __init__(self, done):
        self.status, self.err = done.returncode, done.stderr.decode("utf-8", "replace")
        self.out = done.stdout.decode("utf-8", "surrogateescape")
        self.incomplete = [l[12:] for l in self.out.split("\n") if l.startswith("incomplete: ")]


def ours(*args, status=0, **more):
    r = Result(subprocess.run([TOOL, *args], capture_output=True, timeout=300, **more))
    if status is not None and r.status != status:
        raise Failure(f"engine-tool {args}: status {r.status}, wanted {status}\n{r.out[-1500:]}{r.err[-1500:]}")
    return r


def gnu(args, status=0, **more):
    r = Result(subprocess.run(args, capture_output=True, timeout=300, **more))
    if r.status != status:
        raise Failure(f"{args}: status {r.status}\n{r.out[-1000:]}{r.err[-1500:]}")
    return r


class Work:
    """A directory for one test, gone afterwards."""

    def __init__(self):
        self.root = tempfile.mkdtemp(prefix="engine-", dir=os.environ.get("TEST_TMPDIR"))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        subprocess.run(["rm", "-rf", self.root], check=False)

    def path(self, name):
        return os.path.join(self.root, name)

    def fresh(self, name):
        p = self.path(name)
        subprocess.run(["rm", "-rf", p], check=True)
        os.makedirs(p)
        return p


def run(tests):
    """Runs functions by name; those named on the command line, or all."""
    need_root()
    wanted = [t for t in tests if not sys.argv[1:] or t.__name__ in sys.argv[1:]]
    failed = 0
    for test in wanted:
        try:
            with Work() as work:
                note = test(work)
            print(f"ok {test.__name__}{': ' + note if note else ''}", flush=True)
        except Failure as e:
            failed += 1
            print(f"FAILED {test.__name__}: {e}", flush=True)
    print(f"{len(wanted) - failed} of {len(wanted)} passed")
    sys.exit(1 if failed or not wanted else 0)
