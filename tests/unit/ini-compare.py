#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Generated `--config` files must mean to us what they mean to Python's ConfigParser, merged as Freezer does."""
import configparser
import json
import random
import subprocess
import sys

BLANKS = ["", "", " ", "  ", "\t", "   ", "\u00a0", "\x0b", "\x1f", "\u3000", "\u2003"]
KEYS = ["a", "b", "C", "max_level", "Backup-Name", "key with blanks", "\u00fc", "p(q", "%", "x;y", "#k"]
ATOMS = ["x", "1", "/srv/data", "%%", "%(a)s", "%(b)s", "%(C)s", "%(max_level)s", "%(MAX_LEVEL)s", "; no comment",
         "# none", "=", ":", "[z]", "]", '"q"', " ", "\u00e9", "True", "None", "%", "%(", "%(nope)s", "%()s", "%(a)", "s"]
RARE = 20  # the last atoms are mostly mistakes: take them seldom


def value(r):
    atoms = ATOMS if r.random() < 0.1 else ATOMS[:RARE]
    return "".join(r.choice(atoms) for _ in range(r.randrange(4)))


def line(r):
    kind = r.random()
    if kind < 0.55:
        return f"{r.choice(BLANKS[:3])}{r.choice(KEYS)}{r.choice(BLANKS)}{r.choice('=:')}{r.choice(BLANKS)}{value(r)}{r.choice(BLANKS)}"
    if kind < 0.65:
        return f"{r.choice(BLANKS[:3])}[{r.choice(['DEFAULT', 'default', 'action', 'job', 'x]y', ' s '])}]{r.choice(['', ' ', ' x'])}"
    if kind < 0.80:
        return r.choice(BLANKS[2:]) * r.randrange(1, 4) + value(r)
    if kind < 0.88:
        return r.choice(BLANKS)
    if kind < 0.97:
        return r.choice(BLANKS) + r.choice("#;") + value(r)
    return r.choice(["[]", "[x", "no sign", "= nothing", "[a]b", "[]=1", "[ = 2"])


def chain(length):
    """References one through the other: ConfigParser follows ten."""
    return "[a]\nk0 = end\n" + "".join(f"k{i} = %(k{i - 1})s.\n" for i in range(1, length))


def document(r):
    lines = [] if r.random() < 0.03 else [r.choice(["[DEFAULT]", "[default]", "[action]"])]
    lines += [line(r) for _ in range(r.randrange(9))]
    return r.choice(["\n", "\n", "\n", "\r\n", "\r"]).join(lines) + r.choice(["", "\n"])


def freezer(text):
    """Freezer's merge; values that are done with stay as they are instead of being interpolated again."""
    parser = configparser.ConfigParser()
    parser.read_file(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    merged = parser.defaults()
    if not parser.sections():
        return {key: parser.get("DEFAULT", key) for key in merged}
    for section in parser.sections():
        for key, val in {k: parser.get(section, k) for k in parser.options(section)}.items():
            merged[key] = val.replace("%", "%%")
    return {key: val.replace("%%", "%") for key, val in merged.items()}


def main():
    r = random.Random(13)
    documents = [document(r) for _ in range(6000)] + [chain(n) for n in range(2, 20)]
    blob = b"".join(b"%d\n%s" % (len(d.encode()), d.encode()) for d in documents)
    out = subprocess.run([sys.argv[1]], input=blob, stdout=subprocess.PIPE, check=True).stdout
    good = bad = 0
    for text, ours in zip(documents, out.decode().split("\n")[:-1], strict=True):
        ours = json.loads(ours)
        try:
            theirs = freezer(text)
        except configparser.Error as error:
            theirs = error
        if isinstance(theirs, dict) != isinstance(ours, list) or (isinstance(ours, list) and dict(ours) != theirs):
            sys.exit(f"file   {text!r}\nours   {ours!r}\npython {theirs!r}")
        good += isinstance(ours, list)
        bad += isinstance(ours, str)
    print(f"{good} files read alike, {bad} refused alike")
    assert good > 1000 and bad > 1000


main()
