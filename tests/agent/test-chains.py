#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Chains by the whole program: three of six levels; each level restored by freezer-agent at its date into a new
directory, and by gzip and GNU tar alone, level upon level. Both are the source as it was."""
import os
import pathlib
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "engine"))
import trees  # noqa: E402
from common import EXTRACT, Failure, gnu, manifest, run, same  # noqa: E402

AGENT = os.environ["FREEZER_AGENT"]
LEVELS = 6


def agent(work, *args):
    done = subprocess.run([AGENT, "--backup-name", "b", "--hostname", "h", "--container", work.path("store"), *args],
                          capture_output=True, text=True, timeout=300, env={"PATH": os.environ["PATH"], "TZ": "UTC"})
    if done.returncode != 0:
        raise Failure(f"freezer-agent {args}: status {done.returncode}\n{done.stdout}{done.stderr}")


def stored(work):
    """(level, time, directory) of all levels, by level."""
    found = pathlib.Path(work.path("store")).glob("data/tar/h_b/*/*")
    return sorted((*map(int, path.name.split("_")), path) for path in found)


def check_level(work, name, level, source):
    agent(work, "--path-to-backup", source)
    wanted = manifest(source)
    number, when, path = stored(work)[-1]
    if number != level:
        raise Failure(f"{name}: level {number} was made, {level} is next")
    out = work.path(f"out{level}")
    agent(work, "--action", "restore", "--restore-abs-path", out,
          "--restore-from-date", time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(when)))
    same(f"{name} level {level}, restored by freezer-agent", wanted, manifest(out))
    with subprocess.Popen(["gzip", "-dc", path / "data"], stdout=subprocess.PIPE) as gzip:
        gnu([*EXTRACT, "--directory", work.path("gnu")], stdin=gzip.stdout)
    same(f"{name} level {level}, restored by GNU tar", wanted, manifest(work.path("gnu")))
    return len(wanted)


def written(name):
    def test(work):
        source, count = work.fresh("source"), 0
        work.fresh("gnu")
        for level in range(LEVELS):
            trees.CHAINS[name](trees.Tree(source), level)
            count += check_level(work, name, level, source)
        return f"{LEVELS} levels, {count} names compared twice"
    test.__name__ = name
    return test


run([written(name) for name in trees.CHAINS])
