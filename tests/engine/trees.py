# SPDX-License-Identifier: Apache-2.0
"""Trees that change: written ones (CHAINS) and random ones (Wild)."""
import os
import random
import shutil
import socket
import stat


class Tree:
    """Changes below a directory, by name. Names may be text or bytes."""

    def __init__(self, root):
        self.root = os.fsencode(root)

    def p(self, name):
        return os.path.join(self.root, os.fsencode(name))

    def parents(self, name):
        os.makedirs(os.path.dirname(self.p(name)), exist_ok=True)
        return self.p(name)

    def w(self, name, data="", mode=None, mtime=None, append=False):
        with open(self.parents(name), "ab" if append else "wb") as f:
            f.write(data if isinstance(data, bytes) else data.encode())
        if mode is not None:
            os.chmod(self.p(name), mode)
        if mtime is not None:
            os.utime(self.p(name), ns=(int(mtime * 1e9),) * 2)

    def d(self, name, mode=0o755):
        os.makedirs(self.p(name), exist_ok=True)
        os.chmod(self.p(name), mode)

    def ln(self, name, target):
        os.symlink(os.fsencode(target), self.parents(name))

    def hl(self, name, old):
        os.link(self.p(old), self.parents(name), follow_symlinks=False)

    def rm(self, name):
        p = self.p(name)
        if os.path.isdir(p) and not os.path.islink(p):
            shutil.rmtree(p)
        else:
            os.unlink(p)

    def mv(self, a, b):
        os.rename(self.p(a), self.parents(b))

    def sparse(self, name, size, *pieces):
        with open(self.parents(name), "wb") as f:
            f.truncate(size)
            for offset, data in pieces:
                f.seek(offset)
                f.write(data)

    def node(self, name, kind, major=0, minor=0, mode=0o640):
        os.mknod(self.parents(name), mode | kind, os.makedev(major, minor))
        os.chmod(self.p(name), mode)

    def sock(self, name):
        here = os.getcwd()
        os.chdir(os.path.dirname(self.parents(name)))
        with socket.socket(socket.AF_UNIX) as s:
            s.bind(os.path.basename(os.fsencode(name)))
        os.chdir(here)


def rnd(seed, n):
    return random.Random(seed).randbytes(n)


DEEP = "/".join("deep%02d" % i + "y" * 50 for i in range(7))
ODD = ["new\nline", "tab\there", "back\\slash", "qu\"ote's", " lead", "trail ", "-dash", "*glob?[x]", "$(id)", "...",
       "\u00fcn\u00efc\u00f8d\u00e9", "nfc-e\u0301", b"bad-\xff\xfe", b"\x01\x7f", "x" * 255, "L" * 98, "M" * 97, "N" * 99]


def names(t, level):
    """Names of every sort, long paths, times and owners at the edges of their fields."""
    if level == 0:
        for i, n in enumerate(ODD):
            t.w(n, "%d\n" % i)
        t.w(DEEP + "/leaf", "deep\n")
        t.ln("long-target", "t" * 300)
        t.hl("N-hl-" + "z" * 120, "x" * 255)
        t.w("big-id", "o\n")
        os.chown(t.p("big-id"), 2**21 + 3, 2**31 + 9)
        t.w("owned", "o\n")
        os.chown(t.p("owned"), 1, 8)
        for n, when in (("epoch", 0), ("before", -86400.5), ("y2038", 2**31 + 5), ("y2106", 2**33 + 1), ("frac", 1.75)):
            t.w("t/" + n, n, mtime=when)
        t.d("e/m/p/t/y")
        t.d("sticky", 0o1777)
        t.d("setgid", 0o2755)
        t.w("setuid", "s\n", 0o4755)
        t.sparse("sparse", 300000, (0, b"head"), (131072, b"M" * 4096), (299990, b"tail"))
        t.sock("socket")
    elif level == 1:
        for n in ODD[::2]:
            t.w(n, "changed at one\n")
        os.utime(t.p("t/y2106"), ns=(-10**9, -10**9))
        t.w("setuid", "longer than it was\n")
        os.chmod(t.p("setuid"), 0o6711)
        t.w("t/frac", "same time, other content", mtime=1.75)
    elif level == 2:
        for n in ODD[1::2]:
            t.rm(n)
        t.mv(DEEP, "moved-" + "u" * 200)
        t.w(ODD[0], "again\n", append=True)
        t.rm("socket")
        t.w("socket", "now a file\n")
    elif level == 3:
        for n in ODD[1::2]:
            t.d(n)
            t.w(os.fsencode(n) + b"/in", "a file in what was a file\n")
        os.chown(t.p("owned"), 3, 4)
        os.chmod(t.p("sticky"), 0o700)
        t.sparse("sparse", 5000000, (4999000, b"end"))
    elif level == 4:
        for n in ODD[1::2]:
            t.rm(n)
            t.ln(n, "was a directory")
        t.rm("t")
        t.d("t")
    elif level == 5:
        t.w(DEEP + "/leaf", "deep again\n")
        t.rm("moved-" + "u" * 200)
        os.utime(t.p("e/m"), ns=(10**18, 10**18))


def kinds(t, level):
    """Everything becomes everything else."""
    def put(kind, n):
        if kind == 0:
            t.w(n, "file %s at %d\n" % (n, level))
        elif kind == 1:
            t.w(n + "/in/side", "in %s at %d\n" % (n, level))
        elif kind == 2:
            t.ln(n, "target of %s" % n)
        elif kind == 3:
            t.node(n, stat.S_IFIFO)
        elif kind == 4:
            t.node(n, stat.S_IFCHR, 5, 300 + level)
        elif kind == 5:
            t.node(n, stat.S_IFBLK, 7, 200)
        elif kind == 6:
            t.hl(n, "anchor")

    if level == 0:
        t.w("anchor", "several names\n")
        t.w("still", "never changes\n")
    for i in range(14):
        n = "k%02d" % i
        if level > 0 and os.path.lexists(t.p(n)):
            t.rm(n)
        if (i + level) % 8 != 7:
            put((i // 2 * 3 + level * (1 + i % 2)) % 7, n)
    if level == 3:
        t.w("anchor", "several names changed\n")
    if level == 4:
        t.rm("anchor")
        t.w("anchor", "a new file with the old name\n")


def groups(t, level):
    """Hard links made and split, directories renamed, swapped, rotated and replaced, numbers used again."""
    if level == 0:
        t.w("h1", "one\n")
        t.hl("h2", "h1")
        t.hl("sub/h3", "h1")
        for x in "abcdef":
            t.w(f"{x}/file-{x}", f"in {x}\n")
            t.w(f"{x}/sub/f{x}", x)
        t.w("deltree/a/b", "1\n")
        t.w("f2d", "file first\n")
        t.ln("s1", "a/file-a")
        t.hl("s2", "s1")
    elif level == 1:
        t.rm("h2")
        t.w("h2", "own content now, longer than before\n")
        t.mv("a", "tmp")
        t.mv("b", "a")
        t.mv("tmp", "b")
        t.rm("deltree")
        t.rm("f2d")
        t.w("f2d/inside", "now a directory\n")
    elif level == 2:
        t.mv("c", "tmp")
        t.mv("d", "c")
        t.mv("e", "d")
        t.mv("tmp", "e")
        t.hl("h4", "h1")
        t.w("sub/h3", "all of the group\n")
    elif level == 3:
        shutil.copytree(t.p("f"), t.p("f-copy"))
        t.rm("f")
        t.mv("f-copy", "f")
        t.mv("sub", "elsewhere/sub")
        t.hl("h5", "h2")
    elif level == 4:
        t.rm("h1")
        t.mv("h4", "h1")
        t.rm("s1")
        t.w("d/sub/new", "n\n")
        t.mv("c", "c/../c2")
    elif level == 5:
        for n in ("elsewhere", "f", "a", "b"):
            t.rm(n)
        t.w("a", "a file where a directory was\n")


CHAINS = {"names": names, "kinds": kinds, "groups": groups}


class Wild:
    """A random tree and random changes, the same for the same seed."""

    def __init__(self, root, seed):
        self.t = Tree(root)
        self.r = random.Random(seed)
        self.n = 0
        t = self.t
        for _ in range(40):
            self.create(t)

    def names(self):
        out = []
        for folder, dirs, files in os.walk(self.t.root):
            out += [os.path.relpath(os.path.join(folder, n), self.t.root) for n in dirs + files]
        return sorted(out)

    def dirs(self):
        return [b"."] + [n for n in self.names()
                         if os.path.isdir(self.t.p(n)) and not os.path.islink(self.t.p(n))]

    def files(self):
        return [n for n in self.names() if stat.S_ISREG(os.lstat(self.t.p(n)).st_mode)]

    def pick(self, of):
        return self.r.choice(of) if of else None

    def name(self):
        self.n += 1
        base = b"n%d" % self.n if self.r.random() < 0.6 else bytes(
            self.r.choice(b"abc \n\\\xff\xc3\x01*.-") for _ in range(self.r.choice((1, 2, 3, 5, 90, 110, 250))))
        if base in (b".", b".."):
            base = b"dots"
        return os.path.normpath(os.path.join(self.pick(self.dirs()), base))

    def free(self):
        while True:
            n = self.name()
            if not os.path.lexists(self.t.p(n)) and len(n) < 2500:
                return n

    def create(self, t):
        n, kind = self.free(), self.r.randrange(12)
        if kind < 5:
            t.w(n, self.r.randbytes(self.r.choice((0, 1, 511, 512, 513, 3000, 70000))),
                self.r.choice((0o644, 0o600, 0o4755, 0o2755, 0o000, 0o777)))
        elif kind < 8:
            # not set-group-id: GNU tar leaves that bit on directories that it makes below one
            t.d(n, self.r.choice((0o755, 0o700, 0o1777, 0o000)))
        elif kind == 8:
            t.ln(n, self.r.choice((b"nowhere", b"..", b"/etc/passwd", b"q" * 150, n)))
        elif kind == 9:
            t.node(n, self.r.choice((stat.S_IFIFO, stat.S_IFCHR, stat.S_IFBLK)), 9, self.r.randrange(400))
        elif kind == 10:
            old = self.pick([x for x in self.names() if not stat.S_ISDIR(os.lstat(t.p(x)).st_mode)])
            if old:
                t.hl(n, old)
        else:
            t.sparse(n, self.r.randrange(1, 400000), (self.r.randrange(300000), b"data"))

    def modify(self, t):
        n = self.pick(self.files())
        if n:
            t.w(n, self.r.randbytes(self.r.randrange(2000)), append=self.r.random() < 0.5)

    def remove(self, t):
        n = self.pick(self.names())
        if n:
            t.rm(n)

    def move(self, t):
        a, b = self.pick(self.names()), self.free()
        if a and not b.startswith(a + b"/"):
            t.mv(a, b)

    def swap(self, t):
        a, b = self.pick(self.names()), self.pick(self.names())
        if a and b and a != b and not a.startswith(b + b"/") and not b.startswith(a + b"/"):
            t.mv(a, b".swap")
            t.mv(b, a)
            t.mv(b".swap", b)

    def replace(self, t):
        n = self.pick(self.names())
        if n:
            t.rm(n)
            self.pick((lambda: t.w(n, "replaced"), lambda: t.w(n + b"/in", "replaced"), lambda: t.ln(n, "replaced"),
                       lambda: t.node(n, stat.S_IFIFO)))()

    def attribute(self, t):
        n = self.pick(self.names())
        if not n:
            return
        if self.r.random() < 0.4:
            os.chown(t.p(n), self.r.randrange(5), self.r.choice((0, 4, 2**22)), follow_symlinks=False)
        if not os.path.islink(t.p(n)):
            os.chmod(t.p(n), self.r.choice((0o755, 0o640, 0o4711, 0o000)))
        when = self.r.choice((0, -10**15, 10**18, 4 * 10**18, 1234567890123456789))
        os.utime(t.p(n), ns=(when, when), follow_symlinks=False)

    def step(self):
        for _ in range(self.r.randrange(3, 25)):
            self.pick((self.create, self.create, self.modify, self.modify, self.remove, self.move, self.swap,
                       self.replace, self.attribute))(self.t)
