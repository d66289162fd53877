#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds together what says the same in several places: dbus/*.xml, the table of permissions, the names of actions and
errors, bus policy, polkit file, activation, message catalogue, man pages, and the introspection of a running freezerd.

usage: contract.py SOURCE [XML...]     XML: output of busctl --xml-interface introspect BUS PATH, in all for the
                                       manager, one job and one run
"""
import pathlib
import re
import sys
import xml.etree.ElementTree as ET

NAME = "org.openstack.Freezer1"
STANDARD = {"org.freedesktop.DBus." + i for i in ("ObjectManager", "Properties", "Introspectable", "Peer")}
EMITS = "org.freedesktop.DBus.Property.EmitsChangedSignal"
PRIVILEGED = "org.freedesktop.systemd1.Privileged"
# Fields that messages may have, for the catalogue.
FIELDS = {"FREEZER_" + f for f in ("JOB_ID", "RUN_ID", "BACKUP", "ACTION", "RESULT", "BYTES_READ", "BYTES_STORED", "FILES")}
# Asked in the middle of a call, so that no row names them.
ASKED_ELSEWHERE = {"restore-in-place"}

wrong = []


def differ(what, one, other, one_name, other_name):
    """Notes what only one of two sets (or mappings) has, or what they have differently."""
    for key in sorted(set(one) - set(other)):
        wrong.append(f"{what} {key}: in {one_name}, and not in {other_name}")
    for key in sorted(set(other) - set(one)):
        wrong.append(f"{what} {key}: in {other_name}, and not in {one_name}")
    if isinstance(one, dict):
        for key in sorted(set(one) & set(other)):
            if one[key] != other[key]:
                wrong.append(f"{what} {key}: {one[key]} in {one_name}, {other[key]} in {other_name}")


def args(element):
    return tuple((a.get("name"), a.get("type"), a.get("direction", "in")) for a in element.findall("arg"))


def annotation(element, name):
    return next((a.get("value") for a in element.findall("annotation") if a.get("name") == name), None)


def interface_members(interface):
    """(kind, name) → shape."""
    members = {}
    for m in interface.findall("method"):
        members["method", m.get("name")] = args(m)
    for s in interface.findall("signal"):
        members["signal", s.get("name")] = tuple((n, t) for n, t, _ in args(s))
    for p in interface.findall("property"):
        members["property", p.get("name")] = p.get("type"), p.get("access"), annotation(p, EMITS) or "true"
    return members


def interfaces(path):
    return {i.get("name"): i for i in ET.parse(path).getroot().iter("interface")}


def check_introspection(declared, files):
    live = {}
    for file in files:
        for name, interface in interfaces(file).items():
            if name.startswith(NAME + "."):
                live[name] = interface_members(interface)
                for m in interface.findall("method"):
                    if annotation(m, PRIVILEGED):
                        wrong.append(f"{name}.{m.get('name')}: for root only by sd-bus; the table of permissions decides")
    differ("interface", declared.keys(), live.keys(), "dbus/*.xml", "the running daemon")
    for name in declared.keys() & live.keys():
        differ(name, {" ".join(k): v for k, v in declared[name].items()},
               {" ".join(k): v for k, v in live[name].items()}, "dbus/*.xml", "the running daemon")


def check_names(declared):
    for interface, members in declared.items():
        for (kind, name), shape in members.items():
            if not re.fullmatch(r"([A-Z]+[a-z]*)+", name):
                wrong.append(f"{interface}.{name}: not CamelCase")
            if kind != "property" and not all(re.fullmatch(r"[a-z_]+", a[0] or "") for a in shape):
                wrong.append(f"{interface}.{name}: has an argument without a name")


def table_rows(text):
    """(interface, method) → (own, other) as names of constants."""
    rows = re.findall(r'^\s+(MANAGER|JOB|RUN)\("(\w+)", (\w+), (\w+)\),$', text, re.M)
    if text.count("),\n") != len(rows):
        wrong.append("permission-table.c: has rows that this test cannot read")
    return {(f"{NAME}.{i.capitalize()}", m): (own, other) for i, m, own, other in rows}


def check_permissions(declared, rows, constants):
    methods = {(i, name) for i, members in declared.items() for kind, name in members if kind == "method"}
    differ("method", {".".join(m) for m in methods}, {".".join(m) for m in rows}, "dbus/*.xml", "permission-table.c")
    used = {c for row in rows.values() for c in row if c != "NULL"}
    for constant in sorted(used - constants.keys()):
        wrong.append(f"permission-table.c: {constant} is not in name.h")
    idle = {constants[c] for c in constants.keys() - used} - {f"{NAME.lower()}.{a}" for a in ASKED_ELSEWHERE}
    for action in sorted(idle):
        wrong.append(f"polkit action {action}: no method asks for it")


def check_polkit(root, rows, constants):
    actions = {a.get("id"): a for a in ET.parse(root / "polkit/org.openstack.freezer1.policy").getroot().findall("action")}
    differ("polkit action", set(constants.values()), set(actions), "name.h", "the polkit file")
    other = {constants.get(o) for _, o in rows.values()} - {None}
    for name, action in actions.items():
        defaults = {d.tag: d.text for d in action.find("defaults")}
        if set(defaults) != {"allow_any", "allow_inactive", "allow_active"}:
            wrong.append(f"polkit action {name}: does not say all three defaults")
        if name in other and not all(d.startswith("auth_admin") for d in defaults.values()):
            wrong.append(f"polkit action {name}: lets somebody at other users' objects without an administrator")
        if not all(action.findtext(t) for t in ("description", "message")):
            wrong.append(f"polkit action {name}: has no words for people")


def check_bus_policy(root, declared):
    policies = ET.parse(root / f"dbus/{NAME}.conf").getroot().findall("policy")
    for policy in policies:
        for rule in policy:
            if NAME not in (rule.get("own"), rule.get("send_destination"), rule.get("receive_sender")):
                wrong.append(f"bus policy: <{rule.tag} {rule.attrib}> is not about {NAME}")
            if policy.get("context") == "default" and rule.tag == "allow" and not rule.get("send_interface"):
                wrong.append(f"bus policy: everybody is allowed {rule.attrib}")
    default = next(p for p in policies if p.get("context") == "default")
    allowed = {r.get("send_interface") for r in default.findall("allow")}
    differ("interface", declared.keys() | STANDARD, allowed, "dbus/*.xml", "the bus policy")
    if not any(r.get("receive_type") == "signal" for r in default.findall("deny")):
        wrong.append("bus policy: everybody receives signals")
    owners = [p.get("user") for p in policies for r in p.findall("allow") if r.get("own")]
    if owners != ["root"]:
        wrong.append(f"bus policy: the name may be owned by {owners}")


def key(text, name):
    return re.findall(rf"^{name}=(.*)$", text, re.M)


def check_activation(root, name_h):
    unit = (root / "units/freezerd.service.in").read_text()
    service = (root / f"dbus/{NAME}.service").read_text()
    said = {
        "name.h": re.findall(r'#define BUS_NAME "(.*)"', name_h),
        "freezerd.service": key(unit, "BusName"),
        "the activation file": key(service, "Name"),
        "this test": [NAME],
    }
    if len({tuple(v) for v in said.values()}) != 1:
        wrong.append(f"bus name: {said}")
    if key(service, "SystemdService") != key(unit, "Alias"):
        wrong.append("the activation file starts a unit that freezerd.service is no alias of")


def check_catalogue(root):
    events = {i: n for n, i in re.findall(r'X\((\w+),\s*"([0-9a-f]{32})"\)', (root / "src/model/event.h").read_text())}
    text = (root / "units/freezer.catalog").read_text()
    entries = {i: n for n, i in re.findall(r"^# (\w+)\n-- ([0-9a-f]{32})$", text, re.M)}
    differ("message id", events, entries, "event.h", "the catalogue")
    for field in set(re.findall(r"@(\w+)@", text)) - FIELDS:
        wrong.append(f"catalogue: @{field}@ is a field that messages do not have")
    for entry in re.split(r"^-- ", text, flags=re.M)[1:]:
        if len(entry.split("\n\n")) < 2 or "Subject: " not in entry:
            wrong.append(f"catalogue: {entry[:32]} has no subject or no text")
        if "@@" in entry:
            wrong.append(f"catalogue: {entry[:32]} has a field right behind an @")


def man_text(path):
    """The page's words: roff's escapes and font changes taken away."""
    text = path.read_text()
    text = re.sub(r"\\f.|\\&", "", text).replace("\\-", "-").replace("\\(aq", "'")
    return re.sub(r"^\.\w+ ", "", text, flags=re.M)


def page_line(kind, name, shape):
    """A member as the page's synopsis has it."""
    if kind == "property":
        note = {"true": "", "const": " (const)", "invalidates": " (invalidated)", "false": " (no signal)"}[shape[2]]
        return f"readonly {shape[0]} {name}{note};"
    if kind == "signal":
        return f"signal {name}({', '.join(f'{t} {n}' for n, t in shape)});"
    return f"{name}({', '.join(f'{d} {t} {n}' for n, t, d in shape)});"


def check_interface_page(root, declared, rows, constants, name_h):
    path = root / f"man/{NAME}.5"
    if not path.exists():
        return
    text = man_text(path)
    words = set(re.findall(r"[\w.-]*\w", text))
    for interface, members in declared.items():
        synopsis = text[text.find(f"\n{interface}:"):]
        synopsis = synopsis[:synopsis.find(".EE")].splitlines()
        lines = {page_line(kind, name, shape) for (kind, name), shape in members.items()}
        differ(f"{path.name}, {interface}:", lines, {l.strip() for l in synopsis if l.endswith(";")}, "dbus/*.xml", "the page")
    page_rows = dict(((f"{NAME}.{i}", m), (own, other)) for i, m, own, other in
                     re.findall(r"^(Manager|Job|Run)\.(\w+)\t(\S+)\t(.+)$", text, re.M))
    short = {c: a.rsplit(".", 1)[1] for c, a in constants.items()} | {"NULL": "(the same)"}
    differ(f"{path.name}:", {".".join(k): (short.get(o), short.get(t)) for k, (o, t) in rows.items()},
           {".".join(k): v for k, v in page_rows.items()}, "permission-table.c", "the page")
    for name in re.findall(r'BUS_ERROR_PREFIX "(\w+)"', name_h):
        if name not in words and f"{NAME}.Error.{name}" not in words:
            wrong.append(f"{path.name}: says nothing of the error {name}")
    for action in constants.values():
        if action not in words and action.rsplit(".", 1)[1] not in words:
            wrong.append(f"{path.name}: says nothing of the polkit action {action}")
    for word in words:
        if word.startswith(NAME.lower() + ".") and word not in constants.values():
            wrong.append(f"{path.name}: names {word}, and there is no such action")


def check_config_page(root):
    path = root / "man/freezerd.conf.5"
    keys = re.findall(r'SETTING\("(\w+)", "(\w+)"', (root / "src/daemon/config.c").read_text())
    example = dict(re.findall(r"^#(\w+)=(.*)$", (root / "units/freezerd.conf").read_text(), re.M))
    if not keys:
        wrong.append("config.c: has rows that this test cannot read")
    if not path.exists():
        return
    said = re.findall(r"^\.B (\w+)=(\S*)$", path.read_text().replace("\\-", "-"), re.M)
    if [k for k, _ in said] != [k for _, k in keys]:
        wrong.append(f"{path.name}: has {[k for k, _ in said]}, config.c has {[k for _, k in keys]}")
    for name, value in said:
        if example.get(name) != value:
            wrong.append(f"{path.name}: {name}={value}, and {example.get(name)} in units/freezerd.conf")


def main():
    root = pathlib.Path(sys.argv[1])
    name_h = (root / "src/bus/name.h").read_text()
    constants = dict(re.findall(r'#define (POLKIT_\w+) "(.*)"', name_h))
    declared = {n: interface_members(i) for n, i in interfaces(root / f"dbus/{NAME}.xml").items()}
    rows = table_rows((root / "src/bus/permission-table.c").read_text())
    check_names(declared)
    check_permissions(declared, rows, constants)
    check_polkit(root, rows, constants)
    check_bus_policy(root, declared)
    check_activation(root, name_h)
    check_catalogue(root)
    check_interface_page(root, declared, rows, constants, name_h)
    check_config_page(root)
    if sys.argv[2:]:
        check_introspection(declared, sys.argv[2:])
    members = sum(len(m) for m in declared.values())
    print("\n".join(wrong) or f"{members} members, {len(rows)} permissions, {len(constants)} actions agree")
    return 1 if wrong or members == 0 else 0


sys.exit(main())
