#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Limits that we take must be taken by systemd as lines of a unit file, and what systemd takes we refuse only where
DELIBERATE says so."""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

SIZES = ["0", "1", "512M", "1.5G", "0.5K", "1K", "1k", "1KB", "1KiB", "1B", "infinity", "Infinity", "50%", "0%", "100%",
         "101%", "12.5%", "12.555%", "1e3", "-1", "max", "15E", "16E", "18446744073709551613", "18446744073709551615",
         "18446744073709551616", "0x10", ".5M", "100000000P", "1.2.3M", "M", "%", "1M1", "10 M", "1.2345M", "5‰"]
VALUES = {
    **dict.fromkeys(["MemoryMax", "MemoryHigh", "MemoryLow", "MemoryMin", "MemorySwapMax"], SIZES),
    "CPUQuota": ["50%", "150%", "0%", "0.01%", "0.001%", "0.1%", "12.34%", "1000000%", "50", "infinity", "100 %", "-5%",
                 "5%%", "99999999999%", "21474836%", "21474837%"],
    **dict.fromkeys(["CPUWeight", "IOWeight"], ["1", "10000", "0", "10001", "100", "idle", "infinity", "-1", "1.5", "+5"]),
    "TasksMax": ["1", "0", "infinity", "10%", "0%", "100%", "101%", "4294967296", "18446744073709551615", "-1", "1.5",
                 "1K", "0.01%"],
    **dict.fromkeys(["IOReadBandwidthMax", "IOWriteBandwidthMax", "IOReadIOPSMax", "IOWriteIOPSMax"],
                    ["/srv 5M", "/srv 0", "/srv infinity", "/srv", "srv 5M", "/srv/../etc 5M", "/srv/ 5M", "/dev/sda 1000",
                     "/a b 5M", "/srv  5M", "/srv 1.5K", "/./srv 5M", "/ 5M", "/srv 5m", '"/a b" 5M', "/a%b 5M"]),
    "AllowedCPUs": ["0", "0-3,5", "0 1 2", "3-1", "a", "0-", "0,,1", ",0", "0-3 5-6", "1023", "1024", "8192", "0-1-2",
                    "0,1,", "-1", "1:2"],
    "RuntimeMaxSec": ["6h", "90min", "infinity", "0", "5", "1h 30min", "1.5h", "5x", "-1", "10ms", "1h30", "5 minutes"],
}
# Odd forms of what can be said plainly, numbers no machine has, and values that mean "no limit".
DELIBERATE = {"10 M", "1M1", "18446744073709551613", "/a%b 5M", "1.2345M", "5‰", "idle", "+5", "1024", "srv 5M", "/srv/ 5M", "/./srv 5M", '"/a b" 5M', "1.5h"}
DELIBERATE_ZERO = {("TasksMax", "0%"), ("RuntimeMaxSec", "0")}


def systemd_takes(cases):
    with tempfile.TemporaryDirectory() as directory:
        unit = pathlib.Path(directory) / "limit.service"
        unit.write_text("[Service]\nExecStart=/bin/true\n" + "".join(f"{n}={v}\n" for n, v in cases))
        said = subprocess.run(["systemd-analyze", "verify", unit], stderr=subprocess.PIPE, check=False).stderr.decode()
    refused = {int(line) for line in re.findall(r"limit\.service:(\d+): ", said)}
    return [i + 3 not in refused for i in range(len(cases))]


def main():
    if not shutil.which("systemd-analyze"):
        return 77
    cases = [(name, value) for name, values in VALUES.items() for value in values]
    out = subprocess.run([sys.argv[1]], input="".join(f"{n}={v}\n" for n, v in cases).encode(),
                         stdout=subprocess.PIPE, check=True).stdout.decode().split()
    theirs = systemd_takes(cases)
    wrong = [f"{n}={v}: we say {ours}, systemd {'yes' if sd else 'no'}"
             for (n, v), ours, sd in zip(cases, out, theirs, strict=True)
             if (ours == "yes") != sd and not (ours == "no" and (v in DELIBERATE or (n, v) in DELIBERATE_ZERO))]
    print("\n".join(wrong) or f"{out.count('yes')} taken, {out.count('no')} refused, as systemd does")
    return 1 if wrong or sum(theirs) in (0, len(theirs)) else 0


sys.exit(main())
