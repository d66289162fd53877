#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Archives made to do harm: nothing outside the target changes, nothing grows without bounds, damage is named."""
import io
import os
import random
import resource
import subprocess
import tarfile

import trees
from common import TOOL, Failure, manifest, ours, run, same


def header(name, kind=b"0", size=0, link=b"", mode=0o644, raw_size=None):
    """A GNU header; NAME and LINK as bytes of at most 100."""
    h = bytearray(512)
    h[0:len(name)] = name
    h[100:108] = b"%07o\0" % mode
    h[108:124] = b"0000000\0" * 2
    h[124:136] = raw_size or b"%011o\0" % size
    h[136:148] = b"%011o\0" % 1234567890
    h[148:156] = b" " * 8
    h[156:157] = kind
    h[157:157 + len(link)] = link
    h[257:265] = b"ustar  \0"
    h[148:156] = b"%06o\0 " % sum(h)
    return bytes(h)


def member(name, kind=b"0", data=b"", **more):
    out = b""
    if len(name) > 100:
        out = member(b"././@LongLink", b"L", name + b"\0")
        name = name[:100]
    return out + header(name, kind, len(data), **more) + data + bytes(-len(data) % 512)


END = bytes(10240)
SANITIZED = os.environ.get("SANITIZED") == "true"  # they reserve all addresses


def restore(work, stream, status, target=None, limit=None):
    """Into a target beside which other things lie that must not change."""
    target = target or work.fresh("target")
    with open(work.path("stream"), "wb") as f:
        f.write(stream)
    outside = work.path("outside")
    if not os.path.exists(outside):
        t = trees.Tree(outside)
        t.w("dir/secret", "must not change\n", 0o600)
        t.w("passwd", "must not change\n")

    def limits():
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    before = manifest(outside)
    r = ours("restore", target, work.path("stream"), status=status, preexec_fn=limits if limit and not SANITIZED else None)
    same("outside", before, manifest(outside))
    return r


def names_that_lead_out(work):
    for name in (b"../outside/passwd", b"a/../../outside/passwd", b"..", b"./..", b"a/.."):
        for kind in (b"0", b"5", b"D", b"2", b"1", b"6"):
            data = b"\0" if kind == b"D" else b""
            r = restore(work, member(name, kind, data, link=b"x") + member(b"after", data=b"a") + END, 3)
            if not r.incomplete or os.listdir(work.path("target")) != ["after"]:
                raise Failure(f"{name} {kind}: {r.out} {os.listdir(work.path('target'))}")
    outside = os.fsencode(work.path("outside"))
    restore(work, member((outside + b"/passwd")[:99], data=b"evil") + END, 0)
    if not os.path.exists(work.path("target") + work.path("outside") + "/passwd"):
        raise Failure("an absolute name is not below the target")


def through_links(work):
    outside = os.fsencode(work.path("outside"))
    link = member(b"./l", b"2", link=b"../outside") + member(b"./f", b"2", link=b"../outside/passwd")
    for bad in (member(b"./l/passwd", data=b"evil"), member(b"./l/new", data=b"evil"), member(b"./l/dir", b"5"),
                member(b"./l/dir/new", b"6"), member(b"./l/dir/new", b"2", link=b"x"),
                member(b"./h", b"1", link=b"./l/dir/secret"), member(b"./h", b"1", link=b"../outside/passwd"),
                member(b"./h", b"1", link=outside[:90] + b"/passwd")):
        r = restore(work, link + bad + member(b"./f", data=b"a file now") + END, 3)
        if open(work.path("target/f")).read() != "a file now":
            raise Failure("the link was not replaced")
    # a directory member in the place of a link: the link goes, what it points to stays
    restore(work, link + member(b"./l", b"D", b"\0") + member(b"./l/x", data=b"x") + END, 0)
    if os.path.islink(work.path("target/l")):
        raise Failure("still a link")
    # a hard link to a link is to the link itself
    restore(work, link + member(b"./h", b"1", link=b"./f") + member(b"./h", data=b"evil") + END, 0)


def existing_links(work):
    """Links that lie in the target already are not followed, either."""
    for bad in (member(b"./l/passwd", data=b"evil"), member(b"./l/sub/deep/x", data=b"evil")):
        target = work.fresh("target")
        os.symlink("../outside", target + "/l")
        restore(work, bad + END, 3, target)


def moves(work):
    def list_of(*pairs):
        return b"".join(b"%s\0" % p for p in pairs) + b"\0"
    t = lambda *pairs: member(b"./", b"D", list_of(b"Ya", b"Dd", *pairs))
    d = member(b"./d/", b"D", b"\0")
    for pairs in ([b"R./d", b"T../outside/moved"], [b"R../outside/dir", b"T./stolen"], [b"R./d", b"T."],
                  [b"R.", b"T./d"], [b"R./d", b"T./d/e"]):
        target = work.fresh("target")
        os.mkdir(target + "/d")
        os.symlink("../outside", target + "/l")
        restore(work, t(*pairs) + d + END, 3, target)
    # absolute names are below the target; a move through a link makes a directory of the link
    for pairs in ([b"R/" + os.fsencode(work.path("outside/dir")), b"T./stolen"], [b"R./d", b"T./l/moved"],
                  [b"R./l/dir", b"T./stolen"], [b"R./l", b"T./stolen"],
                  [b"X", b"X", b"Rq"], [b"T./d"], [b"R", b"T"], [b"R./d", b"T", b"R", b"T./e"], [b"X./d"] * 1000):
        target = work.fresh("target")
        os.mkdir(target + "/d")
        os.symlink("../outside", target + "/l")
        restore(work, t(*pairs) + d + END, None, target)


def many_cycles(work):
    """Quadratic work is not to be had."""
    pairs = []
    for i in range(30000):
        pairs += [b"X.", b"R./a%d" % i, b"T", b"R", b"T./b%d" % i]
    data = b"".join(p + b"\0" for p in pairs) + b"\0"
    restore(work, member(b"./", b"D", data) + END, 0)
    data = b"".join(b"R./a%d\0T./b%d\0" % (i, i) for i in range(30000)) + b"\0"
    restore(work, member(b"./", b"D", data) + END, 0)


def replaced_things(work):
    """Directories, FIFOs and devices in the way of files, and files in the way of directories."""
    target = work.fresh("target")
    t = trees.Tree(target)
    t.w("a/b/c/d", "x")
    os.mkfifo(target + "/f")
    t.w("file", "x")
    restore(work, member(b"a", data=b"1") + member(b"f", data=b"2") + member(b"file/", b"5") +
            member(b"file/x", data=b"3") + END, 0, target)
    if [open(f"{target}/{n}").read() for n in ("a", "f", "file/x")] != ["1", "2", "3"]:
        raise Failure("not replaced")


def deep_names(work):
    """Twenty thousand directories in each other (40 kB of name), made, and removed by the next level."""
    name = b"./" + b"a/" * 20000
    target = work.fresh("target")
    restore(work, member(b"./", b"D", b"Da\0\0") + member(name, b"D", b"\0") + END, 0, target)
    restore(work, member(b"./", b"D", b"\0") + END, 0, target)
    if os.listdir(target):
        raise Failure("not removed")


def long_names(work):
    for name in (b"n" * 65536, b"n" * 256, b"d/" * 5000 + b"n" * 300):
        r = restore(work, member(name, data=b"x") + member(b"after", data=b"y") + END, 3)
        if not r.incomplete or not os.path.exists(work.path("target/after")):
            raise Failure(f"{len(name)}: {r.out[:200]}")
    r = restore(work, member(b"././@LongLink", b"L", b"n" * (3 << 20)) + member(b"x") + END, 1)
    if "too long" not in r.err:
        raise Failure(r.err)
    restore(work, member(b"s", b"2", link=b"t" * 100) + member(b"", data=b"no name") + END, 3)


def bombs(work):
    """Sizes that are not there cost no memory."""
    limit = 300 << 20
    huge = b"\x80" + bytes(3) + b"\x7f" + b"\xff" * 7
    for kind in (b"0", b"D", b"L", b"K", b"x", b"g", b"S", b"5", b"V", b"?"):
        restore(work, header(b"x", kind, raw_size=huge) + b"some data" * 100, 1, limit=limit)
        restore(work, header(b"x", kind, raw_size=b"%011o\0" % (100 << 20)) + b"some data" * 100, 1, limit=limit)
        restore(work, header(b"x", kind, raw_size=b"\xff" * 12) + b"some data" * 100, 1, limit=limit)
        restore(work, header(b"x", kind, raw_size=b"\xbf" + b"\xff" * 11) + b"some data" * 100, 1, limit=limit)
    # a hole of eight exabytes: most file systems refuse it, and only this file is missing; tmpfs takes it
    try:
        with open(work.path("probe"), "wb") as f:
            os.ftruncate(f.fileno(), 9000000000000000000)
        refused = False
    except OSError:
        refused = True
    pax = b"GNU.sparse.major=1\nGNU.sparse.minor=0\nGNU.sparse.realsize=9000000000000000000\n"
    records = b"".join(b"%d %s\n" % (len(r) + 4, r) for r in pax.split(b"\n")[:-1])
    r = restore(work, member(b"h", b"x", records) + member(b"hole", data=b"0\n" + bytes(510)) +
                member(b"after", data=b"y") + END, 3 if refused else 0, limit=limit)
    if not os.path.exists(work.path("target/after")):
        raise Failure(r.out + r.err)


def damage(work):
    """Cut or changed anywhere, the restore ends with an error that says where, and never crashes."""
    source = work.fresh("source")
    trees.names(trees.Tree(source), 0)
    ours("backup", source, work.path("whole"), work.path("meta"))
    whole = open(work.path("whole"), "rb").read()
    seed = int(os.environ.get("SEED", random.randrange(10**9)))
    r = random.Random(seed)
    end = len(whole.rstrip(b"\0"))
    for at in [0, 1, 511, 512, 513, 1024] + [r.randrange(end) for _ in range(25)]:
        out = restore(work, whole[:at], 1)
        if "at byte" not in out.err:
            raise Failure(f"SEED={seed} cut at {at}: {out.err}")
    for _ in range(60):
        at = r.randrange(end)
        restore(work, whole[:at] + r.randbytes(r.choice((1, 1, 8, 512))) + whole[at + 1:], None)
    return f"SEED={seed}"


def compressed_damage(work):
    source = work.fresh("source")
    trees.names(trees.Tree(source), 0)
    ours("backup", "--gzip", source, work.path("whole"), work.path("meta"))
    whole = open(work.path("whole"), "rb").read()
    middle = len(whole) // 2
    for bad in (b"", whole[:10], whole[:middle], whole[:-1], whole + b"garbage", b"garbage" + whole,
                whole[:-8] + b"\0\0\0\0" + whole[-4:], whole + bytes(100) + whole,
                whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1:]):
        with open(work.path("stream"), "wb") as f:
            f.write(bad)
        r = ours("restore", "--gzip", work.fresh("target"), work.path("stream"), status=1)
        if "at byte" not in r.err:
            raise Failure(r.err)
    for good in (whole + bytes(1000), whole + whole):
        with open(work.path("stream"), "wb") as f:
            f.write(good)
        ours("restore", "--gzip", work.fresh("target"), work.path("stream"))


def snapshots(work):
    """Wrong ones are refused with words, cut ones too."""
    source = work.fresh("source")
    trees.names(trees.Tree(source), 0)
    ours("backup", source, work.path("s"), work.path("meta"))
    whole = open(work.path("meta"), "rb").read()
    bad = [b"garbage", b"GNU tar-1.34-3\n1\0002\0", b"{}\n", b"GNU tar-1.34-2\n", b"GNU tar-1.34-2\nx\0001\0", whole + b"0\0",
           b"GNU tar-1.34-2\n1\0001\0000\0001\0001\0001\0001\0.\0Ya\0\0x"]
    bad += [whole[:i] for i in range(1, len(whole) - 1, 97)]
    for data in bad:
        with open(work.path("bad"), "wb") as f:
            f.write(data)
        r = ours("backup", "--previous", work.path("bad"), source, work.path("s"), work.path("m"), status=None)
        if r.status != 1 and data not in (whole[:i] for i in range(len(whole))) or r.status == 1 and "level 0" not in r.err:
            raise Failure(f"{data[:60]!r}: {r.status} {r.err}")
    for good in (b"", whole, whole.replace(b"1.34", b"1.35", 1)):
        with open(work.path("good"), "wb") as f:
            f.write(good)
        ours("backup", "--previous", work.path("good"), source, work.path("s"), work.path("m"))


def mounts(work):
    """A purge does not reach into what is mounted in the target."""
    target, other = work.fresh("target"), work.fresh("other")
    for name in ("mnt", "gone/mnt"):
        os.makedirs(f"{target}/{name}")
    trees.Tree(other).w("precious", "p\n")
    with open(work.path("stream"), "wb") as f:
        f.write(member(b"./", b"D", b"Dmnt\0\0") + member(b"./mnt/", b"D", b"\0") + END)
    script = 'mount --bind "$1" "$2/mnt" && mount --bind "$1" "$2/gone/mnt" && "$3" restore "$2" "$4"'
    r = subprocess.run(["unshare", "--mount", "--propagation", "private", "sh", "-c", script, "sh", other, target, TOOL,
                        work.path("stream")], capture_output=True, check=False)
    if r.returncode != 3 or not os.path.exists(other + "/precious") or os.path.exists(target + "/gone/x"):
        raise Failure(f"{r.returncode} {r.stdout} {r.stderr}")


def set_id_of_another(work):
    """A user's restore does not turn somebody's set-user-ID program into the user's own."""
    target = work.fresh("target")
    os.chmod(work.root, 0o777)
    os.chown(target, 4321, 4321)
    with open(work.path("stream"), "wb") as f:
        f.write(member(b"root-s", data=b"x", mode=0o6755) + END)
    os.chmod(work.path("stream"), 0o644)
    subprocess.run(["setpriv", "--reuid=4321", "--regid=4321", "--clear-groups", TOOL, "restore", target,
                    work.path("stream")], check=True)
    if os.stat(target + "/root-s").st_mode & 0o7777 != 0o755:
        raise Failure(oct(os.stat(target + "/root-s").st_mode))


def foreign_archives(work):
    """Python's tarfile as another writer."""
    for form in (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        data = io.BytesIO()
        with tarfile.open(fileobj=data, mode="w", format=form, pax_headers={"comment": "global"}) as tar:
            for name, size in (("a", 3), ("b" * 90 + "/" + "c" * 60, 600), ("d", 0)):
                info = tarfile.TarInfo(name)
                info.size, info.mtime = size, 1234567890
                tar.addfile(info, io.BytesIO(b"x" * size))
        restore(work, data.getvalue(), 0)
        if os.stat(work.path("target/" + "b" * 90 + "/" + "c" * 60)).st_size != 600:
            raise Failure(str(form))


run([names_that_lead_out, through_links, existing_links, moves, many_cycles, replaced_things, deep_names, long_names, bombs,
     damage, compressed_damage, snapshots, mounts, set_id_of_another, foreign_archives])
