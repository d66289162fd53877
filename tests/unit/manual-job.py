#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""freezer-job(5) against the tables of model/: all settings and limits in their order with options, defaults and
choices, and examples that are valid jobs."""
import json
import pathlib
import re
import shlex
import shutil
import subprocess
import sys

dump, page = sys.argv[1], pathlib.Path(sys.argv[2]) / "man/freezer-job.5"


def plain(text):
    """The text a reader sees, without roff."""
    lines = []
    for line in text.replace("\\-", "-").splitlines():
        macro = re.match(r"\.(BR|RB|BI|IR|B|I) (.*)", line)
        if macro:
            line = ("" if len(macro[1]) == 2 else " ").join(shlex.split(macro[2]))
        lines.append(line)
    return "\n".join(lines)


def section(name, text):
    return re.search(rf"^\.SH {name}\n(.*?)^\.(?:SH|PP)\b", text, re.M | re.S).group(1)


def entries(text):
    for entry in text.split(".TP\n")[1:]:
        heading, body = entry.split("\n", 1)
        yield plain(heading), plain(body)


def main():
    tables = json.loads(subprocess.run([dump], stdout=subprocess.PIPE, check=True).stdout)
    text = page.read_text()
    wrong = []
    said = list(entries(section("SETTINGS", text)))
    want = [", ".join([row["key"], "--" + row["option"]] + ["-" + row["letter"]] * bool(row["letter"]))
            for row in tables["settings"]]
    if [heading for heading, _ in said] != want:
        wrong.append(f"SETTINGS: page {[h for h, _ in said]}, table {want}")
    for row, (heading, body) in zip(tables["settings"], said):
        if row["fallback"] and not re.search(rf"^Default[^:\n]*: {re.escape(row['fallback'])}$", body, re.M):
            wrong.append(f"{heading}: no \"Default: {row['fallback']}\"")
        for choice in (row["choices"] or "").split("|"):
            if not re.search(rf"\b{choice}\b", body):
                wrong.append(f"{heading}: does not tell of {choice}")
    limits = [heading for heading, _ in entries(section("LIMITS", text))]
    if limits != tables["limits"]:
        wrong.append(f"LIMITS: page {limits}, table {tables['limits']}")
    examples = re.findall(r"^\.EX\n(.*?)^\.EE$", text, re.M | re.S)
    for example in examples:
        done = subprocess.run([dump, "check"], input=example.replace("\\-", "-").encode(), stdout=subprocess.PIPE,
                              check=False)
        if done.returncode != 0:
            wrong.append(f"an example: {done.stdout.decode().strip()}")
    if shutil.which("groff"):
        roff = subprocess.run(["groff", "-man", "-Tutf8", "-ww", "-z", page], stderr=subprocess.PIPE, check=False)
        wrong.extend(roff.stderr.decode().splitlines())
    print("\n".join(wrong) or f"{len(said)} settings, {len(limits)} limits, {len(examples)} examples")
    return 1 if wrong or not examples else 0


sys.exit(main())
