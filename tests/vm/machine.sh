#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The virtual machine itself: what the other tests here rely on.
# shellcheck source=tests/host/lib.sh
. "$HOST_LIB"

case $HOST_BOOT in
    1)
        like "$(systemctl is-system-running --wait)" running 'systemd runs'
        is "$(stat -fc %T /sys/fs/cgroup)" cgroup2fs 'with cgroup v2 alone'
        works 'a process within its limits ends well' systemd-run -q --wait --collect -p MemoryMax=100M -p MemorySwapMax=0 true
        systemd-run -q --unit=eater -p MemoryMax=16M -p MemorySwapMax=0 tail /dev/zero
        happens 'MemoryMax kills' 60 systemctl is-failed eater
        is "$(systemctl show -P Result eater)" oom-kill 'and systemd knows why'
        systemd-run -q --unit=spinner -p CPUQuota=20% -p CPUQuotaPeriodSec=100ms sh -c 'while :; do :; done'
        sleep 10
        used=$(($(systemctl show -P CPUUsageNSec spinner) / 1000000))
        at_most "$used" 3500 'CPUQuota=20% holds for 10 seconds (ms)'
        at_least "$used" 500 'and the process did run'
        systemctl freeze spinner
        is "$(systemctl show -P FreezerState spinner)" frozen 'a unit can be frozen'
        systemctl thaw spinner
        systemctl stop spinner
        day=$(date +%s)
        set_clock '+1 day'
        at_least "$(date +%s)" $((day + 86400)) "the machine's clock can be set"
        set_clock '-1 day'
        echo kept > /root/synced
        sync /root/synced
        next_boot reboot
        ;;
    2)
        is "$(cat /root/synced)" kept 'a reboot keeps the files'
        is "$(journalctl -q --list-boots | wc -l)" 2 'and the journal'
        echo lost > /root/unsynced
        next_boot crash
        ;;
    3)
        is "$(cat /root/synced)" kept 'a power cut keeps what was synced'
        is "$(cat /root/unsynced 2> /dev/null)" '' 'and loses what was not'
        like "$(journalctl -q -k -b -o cat)" 'recovery complete' 'the file system recovered'
        ;;
esac
