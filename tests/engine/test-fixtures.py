#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Restores every backup that the original agent made (tests/fixtures) and compares with its manifest."""
import glob
import json
import os

from common import Failure, manifest, ours, run, same

FIXTURES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "fixtures")


def chain(base, level, timestamp):
    """Per level the newest backup that is not younger."""
    for n in range(level + 1):
        times = [int(os.path.basename(p).split("_")[1]) for p in glob.glob(f"{base}/{n}_*")]
        yield f"{base}/{n}_{max(t for t in times if t <= timestamp)}/data"


def restore_fixture(work, folder):
    about = json.load(open(folder + "/fixture.json"))
    data = f"{folder}/storage/data/tar/{about['hostname']}_{about['backup_name']}"
    for one in about["levels"]:
        target = work.fresh("target")
        for stream in chain(f"{data}/{one['level_zero_timestamp']}", one["level"], one["timestamp"]):
            ours("restore", "--gzip", target, stream)
        with open(f"{folder}/manifest-{one['order']}-level{one['level']}.jsonl") as f:
            wanted = [json.loads(line) for line in f]
        got = manifest(target)
        if "single-file" in folder:
            got = [e for e in got if e["path"] != "."]
        same(f"{os.path.basename(folder)} backup {one['order']} level {one['level']}", wanted, got)
    return f"{len(about['levels'])} backups"


def tests():
    folders = sorted(glob.glob(FIXTURES + "/tar-gzip-*"))
    if len(folders) < 13:
        raise Failure("fixtures are missing")
    for folder in folders:
        def test(work, folder=folder):
            return restore_fixture(work, folder)
        test.__name__ = os.path.basename(folder)
        yield test


run(list(tests()))
