#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Chains of levels: what we write is restored by us and by GNU tar, and both trees are the source as it was. Three
written chains of six levels and random ones; SEED and SEEDS in the environment choose those."""
import os
import random

import trees
from common import EXTRACT, Failure, gnu, manifest, ours, run, same

LEVELS = 6


def check_level(work, name, level, source):
    """Backs up one level and applies it to both restored trees."""
    previous = ["--previous", work.path(f"meta{level - 1}")] if level else []
    stream = work.path("stream")
    ours("backup", *previous, source, stream, work.path(f"meta{level}"))
    wanted = manifest(source)
    ours("restore", work.path("ours"), stream)
    same(f"{name} level {level}, restored by us", wanted, manifest(work.path("ours")))
    with open(stream, "rb") as f:
        gnu([*EXTRACT, "--directory", work.path("gnu")], stdin=f)
    same(f"{name} level {level}, restored by GNU tar", wanted, manifest(work.path("gnu")))
    return len(wanted)


def check_chain(work, name, change):
    source = work.fresh("source")
    work.fresh("ours")
    work.fresh("gnu")
    count = 0
    for level in range(LEVELS):
        change(source, level)
        count += check_level(work, name, level, source)
    return f"{LEVELS} levels, {count} names compared"


def written(name):
    def test(work):
        return check_chain(work, name, lambda root, level: trees.CHAINS[name](trees.Tree(root), level))
    test.__name__ = name
    return test


def wild(work):
    first = int(os.environ.get("SEED", random.randrange(10**9)))
    seeds = range(first, first + int(os.environ.get("SEEDS", 5)))
    print(f"seeds {seeds.start} to {seeds.stop - 1}", flush=True)
    for seed in seeds:
        tree = None

        def change(root, level):
            nonlocal tree
            tree = tree or trees.Wild(root, seed)
            if level:
                tree.step()

        try:
            check_chain(work, f"SEED={seed}", change)
        except Failure as e:
            raise Failure(f"SEED={seed} SEEDS=1: {e}") from e
    return f"{len(seeds)} chains of {LEVELS} levels"


run([*(written(name) for name in trees.CHAINS), wild])
