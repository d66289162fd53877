#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The bus face of freezerd with made-up jobs and runs, for tests of freezerctl without systemd.

fake-freezerd.py STATE: keeps everything in the file STATE, so that it may be killed and started again at any time
like the real one. What a run does is said by the job document's member "fake":
  {"seconds": 2, "result": "failed", "reason": "…", "die": "before"|"after"}
die: it kills itself once when the job is started, before or after the run is noted.
"""
import json
import os
import re
import sys
import time
import uuid

import dbus
import dbus.mainloop.glib
import dbus.service
from gi.repository import GLib

NAME = "org.openstack.Freezer1"
ROOT = "/org/openstack/Freezer1"
PROPERTIES = "org.freedesktop.DBus.Properties"
NEVER = 2 ** 64 - 1


class Error(dbus.DBusException):
    def __init__(self, name, text):
        super().__init__(text, name=f"{NAME}.Error.{name}")
        self._dbus_error_name = f"{NAME}.Error.{name}"


def usec():
    return int(time.time() * 1000000)


def encode(text):
    return "".join(c if c.isalnum() and (i or not c.isdigit()) else f"_{ord(c):02x}" for i, c in enumerate(text))


def decode(label):
    return re.sub("_([0-9a-f]{2})", lambda m: chr(int(m[1], 16)), label)


class State:
    def __init__(self, path):
        self.path, self.jobs, self.runs, self.backups, self.calls = path, {}, {}, [], []
        if os.path.exists(path):
            with open(path) as f:
                self.__dict__.update(json.load(f))

    def save(self):
        with open(self.path + ".new", "w") as f:
            json.dump({k: v for k, v in self.__dict__.items() if k != "path"}, f)
        os.rename(self.path + ".new", self.path)

    def note(self, *call):
        self.calls.append(call)
        self.save()

    def job(self, id):
        if id not in self.jobs:
            raise Error("NoSuchJob", f"There is no job {id}")
        return self.jobs[id]

    def run(self, id):
        if id not in self.runs:
            raise Error("NoSuchRun", f"There is no run {id}")
        return self.runs[id]

    def progress(self, run):
        """A run as it is at this moment: time moves it on."""
        seconds, done = run["seconds"], (usec() - run["StartedUSec"]) / 1e6
        if run["State"] not in ("ended", "paused"):
            part = 1 if seconds == 0 else max(0, min(1, done / seconds))
            run.update(BytesRead=int(run["BytesTotal"] * part), Files=int(run["FilesTotal"] * part),
                       BytesStored=int(run["BytesTotal"] * part / 3), Phase="backup",
                       State="starting" if done < 0.1 * min(seconds, 1) else "running")
            if part == 1:
                self.end(run, run["final"], run["why"])
        return run

    def end(self, run, result, reason):
        run.update(State="ended", Result=result, Reason=reason, EndedUSec=usec())
        run["Record"] = json.dumps({"run_id": run["Id"], "result": result, "reason": reason, "actions": [
            {"action": "backup", "description": "backup of /home/ada as home", "result": result, "reason": reason,
             "backup": {"name": "home", "level": 0, "container": "/var/backups", "bytes_read": 10, "bytes_stored": 3,
                        "verified": True}, "incomplete": ["/home/ada/x: Permission denied"]}]})
        job = self.jobs.get(run["JobId"])
        if job:
            job.update(LastRun=run["Id"], LastResult=result, LastReason=reason, LastEndUSec=run["EndedUSec"])
        self.save()

    def active(self, job_id):
        return [r for r in self.runs.values() if r["JobId"] == job_id and self.progress(r)["State"] != "ended"]

    def start(self, job_id, document, trigger):
        fake = document.get("fake", {})
        job = self.jobs.get(job_id)
        if fake.get("die") == "before" and job and not job.get("died"):
            job["died"] = True
            self.save()
            os.kill(os.getpid(), 9)
        going = self.active(job_id) if job_id else []
        if going:
            return going[0]
        id = uuid.uuid4().hex
        self.runs[id] = {
            "Id": id, "JobId": job_id, "Description": document.get("description", "a backup"),
            "Unit": f"freezer-run-{id}.scope", "Owner": job["Owner"] if job else os.getuid(), "Trigger": trigger,
            "State": "starting", "Result": "", "Reason": "", "QueuedUSec": usec(), "StartedUSec": usec(),
            "EndedUSec": 0, "Phase": "", "ActionIndex": 0, "Actions": 1, "Attempt": 1, "BytesRead": 0,
            "BytesStored": 0, "Files": 0, "BytesTotal": 3000000000, "FilesTotal": 4000, "FilesIncomplete": 0,
            "Record": "", "seconds": fake.get("seconds", 0), "final": fake.get("result", "success"),
            "why": fake.get("reason", "")}
        self.save()
        if fake.get("die") == "after" and job and not job.get("died"):
            job["died"] = True
            self.save()
            os.kill(os.getpid(), 9)
        return self.runs[id]


NUMBERS = {"Owner": "u", "ActionIndex": "u", "Actions": "u", "Attempt": "u", "CreatedUSec": "t", "NextElapseUSec": "t",
           "LastEndUSec": "t", "QueuedUSec": "t", "StartedUSec": "t", "EndedUSec": "t", "BytesRead": "t",
           "BytesStored": "t", "Files": "t", "BytesTotal": "t", "FilesTotal": "t", "FilesIncomplete": "t"}


def properties(values, paths=()):
    out = {}
    for key, value in values.items():
        if key[0].islower():
            continue
        kind = NUMBERS.get(key)
        out[key] = (dbus.UInt64(value) if kind == "t" else dbus.UInt32(value) if kind == "u" else
                    dbus.ObjectPath(value) if key in paths else dbus.String(value))
    return dbus.Dictionary(out, signature="sv")


def stored(run):
    """The state as freezerd's database has it: it knows nothing of pauses and stops."""
    return "running" if run["State"] in ("paused", "stopping") else run["State"]


def job_path(id):
    return f"{ROOT}/job/{encode(id)}"


def run_path(id):
    return f"{ROOT}/run/{encode(id)}"


class Manager(dbus.service.Object):
    def __init__(self, bus, state):
        super().__init__(bus, ROOT)
        self.state = state

    @dbus.service.method(PROPERTIES, in_signature="s", out_signature="a{sv}")
    def GetAll(self, interface):
        going = sum(self.state.progress(r)["State"] != "ended" for r in self.state.runs.values())
        return {"Version": dbus.String("0.1.0"), "Jobs": dbus.UInt32(len(self.state.jobs)),
                "ActiveRuns": dbus.UInt32(going), "QueuedRuns": dbus.UInt32(0), "MaxParallelRuns": dbus.UInt32(2)}

    @dbus.service.method(NAME + ".Manager", in_signature="sa{sv}", out_signature="o")
    def CreateJob(self, document, options):
        content = json.loads(document)
        if content["description"] == "forbidden":
            raise dbus.DBusException("You may not", name="org.freedesktop.DBus.Error.AccessDenied")
        id = content.get("job_id") or uuid.uuid4().hex
        if id in self.state.jobs:
            raise Error("JobExists", f"There is a job {id} already")
        scheduled = "job_schedule" in content or "systemd" in content
        self.state.jobs[id] = {
            "Id": id, "Description": content["description"], "Owner": content.get("fake", {}).get("owner", os.getuid()),
            "Origin": content.get("fake", {}).get("origin", "local"), "State": "scheduled" if scheduled else "idle",
            "Document": document, "Schedule": "", "Timer": "", "CreatedUSec": usec(),
            "NextElapseUSec": usec() + 5 * 3600 * 1000000 if scheduled else NEVER, "LastRun": "", "LastResult": "",
            "LastReason": "", "LastEndUSec": 0}
        self.state.note("CreateJob", document)
        return job_path(id)

    @dbus.service.method(NAME + ".Manager", in_signature="s", out_signature="o")
    def GetJob(self, id):
        self.state.job(id)
        return job_path(id)

    @dbus.service.method(NAME + ".Manager", out_signature="a(sssuo)")
    def ListJobs(self):
        return [(j["Id"], j["Description"], j["State"], dbus.UInt32(j["Owner"]), dbus.ObjectPath(job_path(j["Id"])))
                for j in self.state.jobs.values()]

    @dbus.service.method(NAME + ".Manager", in_signature="sa{sv}", out_signature="o")
    def StartJob(self, id, options):
        job = self.state.job(id)
        self.state.note("StartJob", id, {str(k): str(v) for k, v in options.items()})
        return run_path(self.state.start(id, json.loads(job["Document"]), str(options.get("trigger", "manual")))["Id"])

    @dbus.service.method(NAME + ".Manager", in_signature="sa{sv}", out_signature="o")
    def RunDocument(self, document, options):
        self.state.note("RunDocument", document)
        return run_path(self.state.start("", json.loads(document), "document")["Id"])

    @dbus.service.method(NAME + ".Manager", in_signature="s", out_signature="o")
    def GetRun(self, id):
        self.state.run(id)
        return run_path(id)

    @dbus.service.method(NAME + ".Manager", in_signature="a{sv}", out_signature="a(sssssuttto)")
    def ListRuns(self, query):
        unknown = set(query) - {"job", "state", "result", "since", "limit"}
        if unknown:
            raise Error("BadOption", f"Unknown filter {unknown}")
        runs = [self.state.progress(r) for r in self.state.runs.values()]
        runs = [r for r in runs if query.get("job", r["JobId"]) == r["JobId"] and
                query.get("state", stored(r)) == stored(r) and query.get("result", r["Result"]) == r["Result"] and
                query.get("since", 0) <= r["QueuedUSec"]]
        runs.sort(key=lambda r: -r["QueuedUSec"])
        return [(r["Id"], r["JobId"], r["State"], r["Result"], r["Reason"], dbus.UInt32(r["Owner"]),
                 dbus.UInt64(r["StartedUSec"]), dbus.UInt64(r["EndedUSec"]), dbus.UInt64(r["BytesRead"]),
                 dbus.ObjectPath(run_path(r["Id"]))) for r in runs[:int(query.get("limit", 100))]]

    @dbus.service.method(NAME + ".Manager", in_signature="a{sv}", out_signature="aa{sv}")
    def ListBackups(self, query):
        unknown = set(query) - {"name", "hostname", "container", "job", "limit"}
        if unknown:
            raise Error("BadOption", f"Unknown filter {unknown}")
        numbers = {"Chain", "Level", "Timestamp", "BytesRead", "BytesStored", "Files", "FilesIncomplete"}
        keys = {"name": "Name", "hostname": "Hostname", "container": "Container", "job": "Job"}
        found = [b for b in self.state.backups if all(b[keys[k]] == v for k, v in query.items() if k != "limit")]
        return dbus.Array([dbus.Dictionary(
            {k: dbus.UInt64(v) if k in numbers else dbus.UInt32(v) if k == "Owner" else
             dbus.Boolean(v) if k == "Verified" else dbus.String(v) for k, v in b.items()}, signature="sv")
            for b in found], signature="a{sv}")

    @dbus.service.method(NAME + ".Manager", in_signature="a{sv}sa{sv}", out_signature="o")
    def Restore(self, what, target, options):
        self.state.note("Restore", {str(k): str(v) for k, v in what.items()}, str(target),
                        {str(k): str(v) for k, v in options.items()})
        if what["name"] not in [b["Name"] for b in self.state.backups]:
            raise Error("NoSuchBackup", f"There is no backup {what['name']}")
        return run_path(self.state.start("", {"description": f"restore of {what['name']}"}, "restore")["Id"])


class Jobs(dbus.service.FallbackObject):
    def __init__(self, bus, state):
        super().__init__(bus, ROOT + "/job")
        self.state = state

    def job(self, path):
        try:
            return self.state.job(decode(path.rsplit("/", 1)[1]))
        except Error:
            raise dbus.DBusException("Unknown object", name="org.freedesktop.DBus.Error.UnknownObject")

    @dbus.service.method(PROPERTIES, in_signature="s", out_signature="a{sv}", path_keyword="path")
    def GetAll(self, interface, path=None):
        job = dict(self.job(path))
        going = self.state.active(job["Id"])
        job["ActiveRun"] = run_path(going[0]["Id"]) if going else "/"
        if going:
            job["State"] = "running"
        return properties(job, ["ActiveRun"])

    @dbus.service.method(NAME + ".Job", path_keyword="path")
    def Stop(self, path=None):
        self.job(path).update(State="stopped", NextElapseUSec=NEVER)
        self.state.note("Stop", path)

    @dbus.service.method(NAME + ".Job", path_keyword="path")
    def Abort(self, path=None):
        going = self.state.active(self.job(path)["Id"])
        if not going:
            raise Error("NotRunning", "The job is not running")
        self.state.end(going[0], "aborted", "asked for")

    @dbus.service.method(NAME + ".Job", path_keyword="path")
    def Delete(self, path=None):
        job = self.job(path)
        if job["Origin"] == "file":
            raise Error("ReadOnly", "The job comes from a file")
        del self.state.jobs[job["Id"]]
        self.state.note("Delete", path)

    @dbus.service.method(NAME + ".Job", in_signature="sa{sv}", path_keyword="path")
    def Update(self, document, options, path=None):
        content = json.loads(document)
        if content["description"] == "refused":
            raise Error("BadDocument", "description: refused for the test")
        self.job(path).update(Document=document, Description=content["description"])
        self.state.note("Update", path, document)


class Runs(dbus.service.FallbackObject):
    def __init__(self, bus, state):
        super().__init__(bus, ROOT + "/run")
        self.bus, self.state, self.told = bus, state, {}
        GLib.timeout_add(100, self.tell)

    def run(self, path):
        try:
            return self.state.progress(self.state.run(decode(path.rsplit("/", 1)[1])))
        except Error:
            raise dbus.DBusException("Unknown object", name="org.freedesktop.DBus.Error.UnknownObject")

    def tell(self):
        for run in self.state.runs.values():
            self.state.progress(run)
            if self.told.get(run["Id"]) == (run["State"], run["BytesRead"]):
                continue
            self.told[run["Id"]] = (run["State"], run["BytesRead"])
            message = dbus.lowlevel.SignalMessage(run_path(run["Id"]), PROPERTIES, "PropertiesChanged")
            keys = ("State", "BytesRead", "Files", "Result")
            message.append(NAME + ".Run", properties({k: run[k] for k in keys}), dbus.Array([], signature="s"),
                           signature="sa{sv}as")
            self.bus.send_message(message)
        return True

    @dbus.service.method(PROPERTIES, in_signature="s", out_signature="a{sv}", path_keyword="path")
    def GetAll(self, interface, path=None):
        run = dict(self.run(path))
        run["Job"] = job_path(run["JobId"]) if run["JobId"] else "/"
        return properties(run, ["Job"])

    def change(self, path, state):
        run = self.run(path)
        if run["State"] == "ended":
            raise Error("NotRunning", "The run has ended")
        run["State"] = state
        self.state.save()

    @dbus.service.method(NAME + ".Run", path_keyword="path")
    def Abort(self, path=None):
        self.change(path, "stopping")
        self.state.end(self.run(path), "aborted", "asked for")

    @dbus.service.method(NAME + ".Run", path_keyword="path")
    def Pause(self, path=None):
        self.change(path, "paused")

    @dbus.service.method(NAME + ".Run", path_keyword="path")
    def Resume(self, path=None):
        self.change(path, "running")

    @dbus.service.method(NAME + ".Run", in_signature="a{sv}", path_keyword="path")
    def SetLimits(self, limits, path=None):
        self.change(path, "running")
        self.state.note("SetLimits", {str(k): str(v) for k, v in limits.items()})


def main():
    dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
    bus = dbus.SystemBus()
    state = State(sys.argv[1])
    objects = Manager(bus, state), Jobs(bus, state), Runs(bus, state)
    name = dbus.service.BusName(NAME, bus)
    GLib.MainLoop().run()
    return objects, name


main()
