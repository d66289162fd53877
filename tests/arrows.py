#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Folders of src/ are layers: every #include must follow the table in src/README.md."""
import pathlib
import re
import sys

src = pathlib.Path(sys.argv[1]) / "src"
ROW = re.compile(r"^\| `(\w+)/` \|.*\| ([^|]*) \|$", re.M)
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.M)
IFDEF = re.compile(r"^\s*#\s*(ifdef|ifndef|if|elif)\b", re.M)


def main():
    allowed = {layer: set(re.findall(r"\w+", uses)) for layer, uses in ROW.findall((src / "README.md").read_text())}
    folders = {p.name for p in src.iterdir() if p.is_dir()}
    wrong = [f"src/{f}: not in the table of src/README.md" for f in folders ^ set(allowed)]
    count = 0
    for path in sorted(src.rglob("*.[ch]")):
        layer = path.relative_to(src).parts[0]
        text = path.read_text()
        for name in INCLUDE.findall(text):
            count += 1
            target = name.split("/")[0]
            if "/" not in name:
                if name != "freezer-config.h":
                    wrong.append(f"{path}: #include \"{name}\" names no folder")
            elif target != layer and target not in allowed.get(layer, ()):
                wrong.append(f"{path}: {layer}/ may not use {target}/ (\"{name}\")")
        if layer != "base" and IFDEF.search(text):
            wrong.append(f"{path}: conditional compilation belongs in base/")
        if path.suffix == ".c" and text.count("\n") > 500:
            wrong.append(f"{path}: over 500 lines")
    print("\n".join(wrong) or f"{count} includes, {len(allowed)} layers")
    return 1 if wrong or count == 0 else 0


sys.exit(main())
