#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The other direction: what GNU tar makes is restored by us, in all its forms; chains that one began and the other
continues; excludes as tar understands them; followed links; files that change while they are read."""
import os
import random
import re
import shutil
import subprocess
import time

import trees
from common import CREATE, EXTRACT, Failure, gnu, manifest, ours, run, same

LEVELS = 6


def gnu_create(work, source, level, meta, *options):
    """One level by GNU tar; its snapshot file is changed in place by each run."""
    time.sleep(0.02)  # a change right after its start can carry an older stamp and be missed by it
    gnu([*CREATE, *options, "--file", work.path("stream"), "--listed-incremental=" + work.path(meta), "."], cwd=source)
    time.sleep(0.02)


def from_gnu(work, name, *options, levels=LEVELS):
    source, target = work.fresh("source"), work.fresh("ours")
    for level in range(levels):
        trees.CHAINS[name](trees.Tree(source), level)
        gnu_create(work, source, level, "snap", *options)
        wanted = manifest(source)
        ours("restore", target, work.path("stream"))
        same(f"{name} {options} level {level}", wanted, manifest(target))
    os.remove(work.path("snap"))


def gnu_names(work):
    from_gnu(work, "names")
    from_gnu(work, "names", "--sparse")
    from_gnu(work, "names", "--sparse", "--format=posix")


def gnu_kinds(work):
    from_gnu(work, "kinds")
    from_gnu(work, "kinds", "--format=posix")


def gnu_groups(work):
    """Not beyond level 1: after a swap of directories GNU tar takes files for unchanged that it never stored."""
    from_gnu(work, "groups", levels=2)


def renamed_below(work):
    """A directory that leaves one that is renamed itself: its old name is written as it would be afterwards. And a
    rename onto a directory that is gone, but from which another one was taken."""
    source, target = work.fresh("source"), work.fresh("ours")
    t = trees.Tree(source)
    t.w("a/in/file", "1\n")
    t.w("z/keep/file", "2\n")
    t.w("z/gone", "3\n")
    t.w("y/file", "4\n")
    gnu_create(work, source, 0, "snap")
    ours("restore", target, work.path("stream"))
    t.mv("a/in", "0")
    t.mv("a", "c")
    t.mv("z/keep", "1")
    t.rm("z")
    t.mv("y", "z")
    gnu_create(work, source, 1, "snap")
    ours("restore", target, work.path("stream"))
    same("level 1", manifest(source), manifest(target))


def gnu_formats(work):
    """Whole archives without snapshots in each form that tar can write."""
    source = work.fresh("source")
    t = trees.Tree(source)
    t.w("file", "content\n", mtime=1234567890)
    t.w("d/e/other", trees.rnd(1, 70000), 0o4711)
    t.w("p" * 60 + "/" + "q" * 90, "over a hundred\n")
    t.ln("link", "file")
    t.hl("d/again", "file")
    t.d("empty", 0o700)
    for form in ("v7", "oldgnu", "gnu", "ustar", "posix"):
        leave_out = ["--exclude=ppp*"] if form == "v7" else []
        gnu([*CREATE, "--format=" + form, *leave_out, "--file", work.path("stream"), "."], cwd=source)
        target = work.fresh("ours")
        ours("restore", target, work.path("stream"))
        same(form, [e for e in manifest(source) if not (leave_out and e["path"][0] == "p")], manifest(target))


def gnu_sparse(work):
    """Every form of sparse files, with more pieces than a header holds; holes come back as holes."""
    source = work.fresh("source")
    t = trees.Tree(source)
    t.sparse("ten", 10 << 20, (1 << 20, b"x" * 8192), (5 << 20, b"y" * 4096))
    t.sparse("hole", 1 << 20)
    t.sparse("many", 60 << 16, *((i << 16, b"%d" % i) for i in range(60)))
    t.sparse("full-end", 1 << 20, ((1 << 20) - 4, b"tail"))
    for form in ([], ["--format=posix", "--sparse-version=0.0"], ["--format=posix", "--sparse-version=0.1"],
                 ["--format=posix", "--sparse-version=1.0"]):
        gnu([*CREATE, "--sparse", *form, "--file", work.path("stream"), "."], cwd=source)
        target = work.fresh("ours")
        ours("restore", target, work.path("stream"))
        same(str(form), manifest(source), manifest(target))
        for name in ("ten", "hole", "many"):
            if os.stat(f"{target}/{name}").st_blocks > os.stat(f"{source}/{name}").st_blocks + 64:
                raise Failure(f"{form}: {name} has no holes")


def gnu_large(work):
    """Fields of base-256: more than 8 GiB, as holes."""
    source, target = work.fresh("source"), work.fresh("ours")
    trees.Tree(source).sparse("large", (9 << 30) + 5, (8 << 30, b"beyond"), ((9 << 30), b"end.."))
    gnu([*CREATE, "--sparse", "--file", work.path("stream"), "."], cwd=source)
    ours("restore", target, work.path("stream"))
    with open(target + "/large", "rb") as f:
        f.seek(8 << 30)
        beyond = f.read(6)
        if beyond != b"beyond" or os.stat(f.fileno()).st_size != (9 << 30) + 5:
            raise Failure("not the same")


def plain(entries):
    """Without set-id bits: tar loses them when it writes into a file that has them."""
    return [{**e, "mode": "0" + e["mode"][1:]} for e in entries]


def continued(work):
    """Levels by turns; each snapshot is made from the other's."""
    for name in trees.CHAINS:
        source, ours_target, gnu_target = work.fresh("source"), work.fresh("ours"), work.fresh("gnu")
        for level in range(LEVELS):
            trees.CHAINS[name](trees.Tree(source), level)
            by_gnu = level % 2 == 0 and name != "groups" or level == 0
            if by_gnu:
                if level:
                    shutil.copy(work.path(f"meta{level - 1}"), work.path(f"meta{level}"))
                gnu_create(work, source, level, f"meta{level}")
            else:
                ours("backup", "--previous", work.path(f"meta{level - 1}"), source, work.path("stream"),
                     work.path(f"meta{level}"))
            ours("restore", ours_target, work.path("stream"))
            same(f"{name} level {level}", manifest(source), manifest(ours_target))
            if name != "kinds":  # a FIFO in the way stops tar when it reads its own levels
                with open(work.path("stream"), "rb") as f:
                    gnu([*EXTRACT, "--directory", gnu_target], stdin=f)
                same(f"{name} level {level} by tar", plain(manifest(source)), plain(manifest(gnu_target)))
            if level:
                os.remove(work.path(f"meta{level - 1}"))
        for left in os.listdir(work.root):
            if left.startswith("meta"):
                os.remove(work.path(left))


def same_members(work):
    """Our stream of level 0 has the members that tar's has, in its order, and the same lists and snapshot."""
    source = work.fresh("source")
    trees.names(trees.Tree(source), 0)
    gnu_create(work, source, 0, "snap")
    ours("backup", source, work.path("mine"), work.path("meta"))
    listing = ["tar", "--list", "--incremental", "--verbose", "--verbose", "--full-time", "--numeric-owner", "--file"]
    if gnu([*listing, work.path("stream")]).out != gnu([*listing, work.path("mine")]).out:
        raise Failure("the listings differ")

    def records(path):
        with open(path, "rb") as f:
            return f.read().split(b"\n", 1)[1].split(b"\0", 2)[2]
    a, b = records(work.path("snap")), records(work.path("meta"))
    if sorted(a.split(b"\0\0\0")) != sorted(b.split(b"\0\0\0")) and len(a) != len(b):
        raise Failure("the snapshots differ")


def headers_equal(work):
    """Byte for byte: one archive by each of a quiet tree."""
    source = work.fresh("source")
    t = trees.Tree(source)
    t.w("a", "content\n", mtime=1234567890)
    t.w("n" * 120, "long\n", mtime=-5)
    t.w("z/big", trees.rnd(2, 30000), 0o4755)
    t.ln("l", "t" * 130)
    t.hl("z/m" + "n" * 110, "n" * 120)
    t.node("dev", 0o020000, 5, 300)
    os.chown(t.p("a"), 2**21 + 3, 2**31 + 9)
    for folder, dirs, files in os.walk(source):
        for n in dirs + files:
            os.utime(os.path.join(folder, n), ns=(10**18, 10**18), follow_symlinks=False)
    os.readlink(t.p("l"))  # reading it sets its access time the first time
    ours("backup", source, work.path("mine"), work.path("meta"))
    gnu_create(work, source, 0, "snap", "--atime-preserve=system")
    with open(work.path("mine"), "rb") as a, open(work.path("stream"), "rb") as b:
        mine, theirs = a.read(), b.read()
    if mine != theirs:
        at = next((i for i, (x, y) in enumerate(zip(mine, theirs)) if x != y), min(len(mine), len(theirs)))
        raise Failure(f"{len(mine)} and {len(theirs)} bytes, differ at {at} (field {at % 512}):"
                      f" {mine[at - at % 512:][:100]!r} {mine[at:at + 30]!r} {theirs[at:at + 30]!r}")


PATTERNS = ["*.log", "skip", "keep/b", "./skip", "keep", "./keep/*", "keep/", "*", "?", "[ab]*", "a*", "*/b", "b", ".", "./",
            "sub*log", "k*b", "/skip", "\\*lit", "[", "[!k]*", "keep/b/c", "*.LOG", ".*", "./.*", "**", "deep/*/x", "x", ""]


def excludes(work):
    """The same members and the same lists as tar makes, for many patterns."""
    source = work.fresh("source")
    t = trees.Tree(source)
    for n in ("a.log", "skip", "keep/b", "keep/c", "keep/x.log", "sub/skip/in", "sub/a", "b", "*lit", "deep/er/x",
              "deep/x", ".hidden", "sub/keep/b", "[", "lit", "sub/log", "keepb"):
        t.w(n, n)
    for pattern in PATTERNS:
        if os.path.exists(work.path("snap")):
            os.remove(work.path("snap"))
        gnu_create(work, source, 0, "snap", "--exclude=" + pattern)
        ours("backup", "--exclude", pattern, source, work.path("mine"), work.path("meta"))
        listing = ["tar", "--list", "--incremental", "--verbose", "--verbose", "--file"]
        a, b = gnu([*listing, work.path("stream")]).out, gnu([*listing, work.path("mine")]).out
        if a != b and a:  # nothing: the pattern matched the top directory; then we go on with its parts
            raise Failure(f"{pattern!r}:\n{a}\n{b}")
        if not a and ("D deep\n" in b) != (pattern in (".", "?", ".*")):
            raise Failure(f"{pattern!r}:\n{b}")
    return f"{len(PATTERNS)} patterns"


def excluded_survives(work):
    """What was excluded is not deleted by a restore, and comes in when it no longer is."""
    source, target = work.fresh("source"), work.fresh("ours")
    t = trees.Tree(source)
    t.w("a.log", "excluded\n")
    t.w("b", "b\n")
    trees.Tree(target).w("a.log", "old one of the target\n")
    ours("backup", "--exclude", "*.log", source, work.path("s0"), work.path("m0"))
    ours("restore", target, work.path("s0"))
    if open(target + "/a.log").read() != "old one of the target\n":
        raise Failure("the excluded name was touched")
    ours("backup", "--previous", work.path("m0"), source, work.path("s1"), work.path("m1"))
    ours("restore", target, work.path("s1"))
    same("no longer excluded", manifest(source), manifest(target))


def followed(work):
    source = work.fresh("source")
    t = trees.Tree(source)
    t.w("real/file", "real\n")
    t.ln("to-file", "real/file")
    t.ln("to-dir", "real")
    t.ln("dangling", "nowhere")
    t.ln("real/loop", "..")
    t.w("ha", "hard\n")
    t.hl("hb", "ha")
    expected = {"none": (True, True), "soft": (False, True), "hard": (True, False), "all": (False, False)}
    for kind, (links, hard) in expected.items():
        target = work.fresh("ours")
        soft = not links
        r = ours("backup", "--dereference", kind, source, work.path("s"), work.path("m"), status=3 if soft else 0)
        if soft and not any("loop" in l for l in r.incomplete):
            raise Failure(f"{kind}: {r.incomplete}")
        ours("restore", target, work.path("s"))
        got = (os.path.islink(target + "/to-file") and os.path.islink(target + "/to-dir"),
               os.stat(target + "/ha").st_nlink == 2)
        if got != (links, hard) or open(target + "/to-dir/file").read() != "real\n":
            raise Failure(f"{kind}: {got}")
        if not os.path.islink(target + "/dangling"):
            raise Failure(f"{kind}: dangling link lost")


def single_file(work):
    source, target = work.fresh("source"), work.fresh("ours")
    t = trees.Tree(source)
    t.w("-only file", "v0\n")
    t.w("other", "o\n")
    meta, stream = work.path("m"), work.path("s")
    for level in range(3):
        if level == 1:
            t.w("-only file", "v1, longer\n")
            time.sleep(0.02)
        previous = ["--previous", meta + str(level - 1)] if level else []
        ours("backup", "--file", "-only file", *previous, source, stream, meta + str(level))
        if level == 1:
            with open(stream, "rb") as f:
                gnu([*EXTRACT, "--directory", work.fresh("gnu")], stdin=f)
        ours("restore", target, stream)
        same(f"level {level}", [e for e in manifest(source) if e["path"] == "-only file"],
             [e for e in manifest(target) if e["path"] != "."])
    same("by tar", [e for e in manifest(source) if e["path"] == "-only file"],
         [e for e in manifest(work.path("gnu")) if e["path"] != "."])
    if gnu(["tar", "-tf", stream]).out or open(meta + "2", "rb").read().count(b"\0") != 2:
        raise Failure("the last level is not empty")


def changing(work):
    """A file that grows while the tree is read is stored whole or cut, never more; the next level has it again."""
    source = work.fresh("source")
    t = trees.Tree(source)
    t.w("big", trees.rnd(3, 9 << 20))
    t.w("zz", "after it\n")
    r = ours("backup", "--scribble", source + "/big", source, work.path("s0"), work.path("m0"), status=3)
    if r.incomplete != ["big: changed while it was read"]:
        raise Failure(f"reported: {r.incomplete}")
    gnu(["tar", "-tf", work.path("s0")])
    ours("backup", "--previous", work.path("m0"), source, work.path("s1"), work.path("m1"))
    target = work.fresh("ours")
    ours("restore", target, work.path("s0"))
    ours("restore", target, work.path("s1"))
    same("after the next level", manifest(source), manifest(target))


def unreadable(work):
    """As a user: files and directories that can't be read are named, left out and come with a later level; what an
    earlier level has of them stays."""
    source, target = work.fresh("source"), work.fresh("ours")
    t = trees.Tree(source)
    t.w("open", "o\n")
    t.w("secret", "readable at first\n")
    t.w("closed/in", "i\n")
    os.chmod(work.root, 0o777)
    for p in (source, target):
        subprocess.run(["chown", "-R", "4321:4321", p], check=True)

    def user(*args, status):
        return subprocess.run(["setpriv", "--reuid=4321", "--regid=4321", "--clear-groups", os.environ["ENGINE_TOOL"],
                               *args], capture_output=True, check=False).returncode == status
    s, m = work.path("s"), work.path("m")
    ok = user("backup", source, s + "0", m + "0", status=0)
    t.w("secret", "changed and closed\n", 0)
    os.chmod(t.p("closed"), 0)
    ok = ok and user("backup", "--previous", m + "0", source, s + "1", m + "1", status=3)
    for level in ("0", "1"):
        ok = ok and user("restore", target, s + level, status=0)
    if not ok or open(target + "/secret").read() != "readable at first\n" or not os.path.exists(target + "/closed/in"):
        raise Failure("level 1")
    os.chmod(t.p("secret"), 0o640)
    os.chmod(t.p("closed"), 0o750)
    os.utime(t.p("closed/in"), ns=(5, 5))
    if not user("backup", "--previous", m + "1", source, s + "2", m + "2", status=0) or \
       not user("restore", target, s + "2", status=0):
        raise Failure("level 2")
    same("readable again", manifest(source), manifest(target))


def as_user(work):
    """A user's restore: the user's own files, exact modes also under a umask, levels over read-only directories."""
    source, target = work.fresh("source"), work.fresh("ours")
    t = trees.Tree(source)
    os.chmod(work.root, 0o777)
    os.chown(target, 4321, 4321)
    for level in range(3):
        for i, mode in enumerate((0o777, 0o666, 0o4755, 0o400)):
            t.w(f"ro{level}/f{i}", f"{level}", mode)
        t.w("ro0/changes", f"{level}\n")
        os.chmod(t.p(f"ro{level}"), 0o555)
        subprocess.run(["chown", "-R", "-h", "4321:4321", source], check=True)
        os.chmod(t.p(f"ro{level}/f2"), 0o4755)
        previous = ["--previous", work.path(f"m{level - 1}")] if level else []
        ours("backup", *previous, source, work.path("s"), work.path(f"m{level}"))
        os.chmod(work.path("s"), 0o644)
        r = subprocess.run(["setpriv", "--reuid=4321", "--regid=4321", "--clear-groups", "sh", "-c",
                            'umask 077; exec "$0" "$@"', os.environ["ENGINE_TOOL"], "restore", target,
                            work.path("s")], capture_output=True, check=False)
        if r.returncode:
            raise Failure(f"level {level}: {r.stdout} {r.stderr}")
        same(f"level {level}", manifest(source), manifest(target))


def dry_run(work):
    source, target = work.fresh("source"), work.fresh("ours")
    trees.names(trees.Tree(source), 0)
    trees.Tree(target).w("not-in-it/x", "x\n")
    trees.Tree(target).w("epoch", "x\n")
    before = manifest(target)
    ours("backup", source, work.path("s"), work.path("m"))
    out = ours("restore", "--dry-run", target, work.path("s")).out
    same("untouched", before, manifest(target))
    for line in ("- not-in-it\n", "D .\n", "- epoch\n", "D t\n", "0 t/epoch\n", "2 long-target\n"):
        if line not in out:
            raise Failure(f"{line!r} is not listed")


def deep(work):
    """Deeper than a path may be long, both ways, and removed again."""
    source, target = work.fresh("source"), work.fresh("ours")
    here = os.open(source, os.O_RDONLY)
    for i in range(1500):
        os.mkdir("dir%d" % i, dir_fd=here)
        inner = os.open("dir%d" % i, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inner
    with open(os.open("leaf", os.O_WRONLY | os.O_CREAT, dir_fd=here), "w") as f:
        f.write("bottom\n")
    os.close(here)
    ours("backup", source, work.path("s0"), work.path("m0"))
    ours("restore", target, work.path("s0"))
    r = subprocess.run(["find", target, "-name", "leaf", "-printf", "%d %s"], capture_output=True, check=True)
    if r.stdout != b"1501 7":
        raise Failure(f"restored: {r.stdout}")
    subprocess.run(["rm", "-r", source + "/dir0"], check=True)
    ours("backup", "--previous", work.path("m0"), source, work.path("s1"), work.path("m1"))
    ours("restore", target, work.path("s1"))
    if os.listdir(target):
        raise Failure("not removed")


def clock_set_back(work):
    """A level that was made when the clock was an hour ahead: what changed since looks older than it."""
    source, target = work.fresh("source"), work.fresh("ours")
    with open(source + "/f", "w") as f:
        f.write("old\n")
    ours("backup", source, work.path("s0"), work.path("m0"))
    with open(work.path("m0"), "rb") as f:
        version, sec, rest = re.fullmatch(rb"(.*\n)(\d+)(\0.*)", f.read(), re.DOTALL).groups()
    with open(work.path("m0"), "wb") as f:
        f.write(version + b"%d" % (int(sec) + 3600) + rest)
    with open(source + "/f", "w") as f:
        f.write("new\n")
    ours("backup", "--previous", work.path("m0"), source, work.path("s1"), work.path("m1"))
    ours("restore", target, work.path("s0"))
    ours("restore", target, work.path("s1"))
    with open(target + "/f") as f:
        if f.read() != "new\n":
            raise Failure("the change is lost")


def random_excludes(work):
    source = work.fresh("source")
    seed = int(os.environ.get("SEED", random.randrange(10**9)))
    r = random.Random(seed)
    trees.Wild(source, seed)
    parts = ["*", "?", "n", "1", "/", "[0-9]", "./", "a*", " ", "\\n", "[!a]", ".", "-"]
    for _ in range(40):
        pattern = "".join(r.choice(parts) for _ in range(r.randrange(1, 5)))
        if os.path.exists(work.path("snap")):
            os.remove(work.path("snap"))
        gnu_create(work, source, 0, "snap", "--exclude=" + pattern)
        ours("backup", "--exclude", pattern, source, work.path("mine"), work.path("meta"))
        listing = ["tar", "--list", "--incremental", "--file"]
        a, b = gnu([*listing, work.path("stream")]).out, gnu([*listing, work.path("mine")]).out
        if a != b and a:
            raise Failure(f"SEED={seed} {pattern!r}:\n{a}\n{b}")
    return f"SEED={seed}"


run([gnu_names, gnu_kinds, gnu_groups, renamed_below, gnu_formats, gnu_sparse, gnu_large, continued, same_members, headers_equal,
     excludes, random_excludes, excluded_survives, followed, single_file, changing, unreadable, as_user, dry_run, deep,
     clock_set_back])
