# SPDX-License-Identifier: Apache-2.0
"""A private system bus with the fake freezerd on it, and freezerctl called there."""
import json
import os
import pathlib
import pty
import select
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import fcntl
import time

HERE = pathlib.Path(__file__).parent
CTL = os.path.abspath(sys.argv[1]) if len(sys.argv) > 1 else "freezerctl"
CONFIG = """<busconfig><type>system</type><listen>unix:path={}/bus</listen><auth>EXTERNAL</auth>
<policy context="default"><allow user="*"/><allow own="*"/><allow send_type="method_call"/>
<allow send_type="signal"/><allow send_requested_reply="true"/><allow receive_type="signal"/>
<allow receive_type="method_call"/><allow receive_requested_reply="true"/></policy></busconfig>"""


class Peer:
    def __init__(self):
        self.directory = tempfile.TemporaryDirectory(prefix="ctl-")
        self.path = pathlib.Path(self.directory.name)
        (self.path / "bus.conf").write_text(CONFIG.format(self.path))
        self.env = {"PATH": os.environ["PATH"], "HOME": str(self.path), "LANG": "C.UTF-8", "TZ": "UTC",
                    "TERM": "xterm", "TMPDIR": str(self.path),
                    "DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={self.path}/bus"}
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS"):
            if name in os.environ:
                self.env[name] = os.environ[name]
        self.bus = self.freezerd = None
        self.start_bus()

    def start_bus(self):
        self.bus = subprocess.Popen(["dbus-daemon", f"--config-file={self.path}/bus.conf", "--nofork",
                                     "--print-address"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        with self.bus.stdout as out:
            assert out.readline(), "dbus-daemon did not start"

    def start(self):
        """Starts the fake and waits until it is on the bus."""
        self.freezerd = subprocess.Popen([str(HERE / "fake-freezerd.py"), str(self.path / "state.json")], env=self.env)
        for _ in range(200):
            if self.freezerd.poll() is not None:
                raise RuntimeError("the fake freezerd ended at once")
            if self.busctl("call", "org.freedesktop.DBus", "/", "org.freedesktop.DBus", "NameHasOwner", "s",
                           "org.openstack.Freezer1").endswith("true\n"):
                return
            time.sleep(0.05)
        raise RuntimeError("the fake freezerd did not come")

    def busctl(self, *args):
        return subprocess.run(["busctl", "--address", self.env["DBUS_SYSTEM_BUS_ADDRESS"], *args], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout

    def kill(self):
        if self.freezerd and self.freezerd.poll() is None:
            self.freezerd.send_signal(signal.SIGKILL)
        if self.freezerd:
            self.freezerd.wait()

    def state(self):
        return json.loads((self.path / "state.json").read_text())

    def change(self, change):
        """Stops the fake, lets CHANGE alter its state, starts it again."""
        self.kill()
        file = self.path / "state.json"
        state = json.loads(file.read_text()) if file.exists() else {"jobs": {}, "runs": {}, "backups": [], "calls": []}
        change(state)
        file.write_text(json.dumps(state))
        self.start()

    def popen(self, *args, **kwargs):
        kwargs.setdefault("stdin", subprocess.DEVNULL)
        env = {**self.env, **kwargs.pop("env", {})}
        return subprocess.Popen([CTL, *args], env=env, text=True, cwd=self.path, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, **kwargs)

    def ctl(self, *args, input=None, env={}):
        """→ (exit status, stdout, stderr)."""
        p = self.popen(*args, stdin=subprocess.PIPE if input is not None else subprocess.DEVNULL, env=env)
        out, err = p.communicate(input, timeout=60)
        return p.returncode, out, err

    def good(self, *args, **kwargs):
        status, out, err = self.ctl(*args, **kwargs)
        assert status == 0, f"freezerctl {' '.join(args)}: {status}\n{out}{err}"
        return out

    def json(self, *args):
        return json.loads(self.good(*args, "--json"))

    def terminal(self, *args, columns=100, env={}, keys=None):
        """Runs it on a terminal; KEYS is typed after a second. → (exit status, all that was shown)."""
        pid, fd = pty.fork()
        if pid == 0:
            os.chdir(self.path)
            os.execve(CTL, [CTL, *args], {**self.env, **env})
        fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        shown, begun = b"", time.monotonic()
        while True:
            if keys and time.monotonic() > begun + 1:
                os.write(fd, keys)
                keys = None
            if not select.select([fd], [], [], 0.1)[0]:
                continue
            try:
                piece = os.read(fd, 65536)
            except OSError:
                break
            if not piece:
                break
            shown += piece
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), shown.decode()

    def close(self):
        self.kill()
        self.bus.terminate()
        self.bus.wait()
        self.directory.cleanup()


def document(description="home", **more):
    return json.dumps({"description": description, "job_actions": [{"freezer_action": {
        "action": "backup", "mode": "fs", "path_to_backup": "/home/ada", "backup_name": more.pop("backup", "files"),
        "storage": "local", "container": "/var/backups/freezer"}}], **more})


def backup(name="files", level=0, **more):
    return {"Name": name, "Hostname": "box", "Engine": "tar", "Storage": "local", "Container": "/var/backups/freezer",
            "Path": "/home/ada", "Compression": "gzip", "Job": "", "Run": "", "Owner": 0, "Chain": 1700000000,
            "Level": level, "Timestamp": 1700000000 + level * 86400, "BytesRead": 1536, "BytesStored": 512, "Files": 7,
            "FilesIncomplete": 0, "Verified": True, **more}
