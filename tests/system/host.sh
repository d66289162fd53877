#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The test host itself: what all other system tests rely on.
# shellcheck source=tests/host/lib.sh
. "$HOST_LIB"

capabilities() { # of process $1, set $2
    echo "0x$(sed -n "s/^$2:\t//p" "/proc/$1/status")"
}

boot_id=$(cat /proc/sys/kernel/random/boot_id)
case $HOST_BOOT in
    1)
        is "$(systemctl is-system-running)" running 'systemd runs, no unit failed'
        is "$(as_user alice id -un)" alice 'a user can be had'
        is "$(as_user bob sh -c 'cat /home/alice/x 2> /dev/null || echo no')" no "bob can't look into alice's home"
        # shellcheck disable=SC2016
        is "$(in_session alice sh -c 'echo $XDG_SEAT')" seat0 'a login session can be had'
        works 'polkit answers' busctl call org.freedesktop.PolicyKit1 /org/freedesktop/PolicyKit1/Authority \
            org.freedesktop.DBus.Peer Ping
        refused 'polkit refuses a user' 'authentication required|Access denied' \
            as_user alice systemctl --no-ask-password restart dbus.service
        works 'transient services run' systemd-run -q --wait --collect true
        logger -t host-test 'a line of the first boot'
        happens 'the journal takes lines' 5 journal_has 'first boot' SYSLOG_IDENTIFIER=host-test
        # Looked at, never tried: were the host wrong, trying would harm the machine.
        for whose in self 1; do
            for set in CapBnd CapPrm; do
                is "$(($(capabilities "$whose" "$set") & (1 << 25 | 1 << 16)))" 0 \
                    "no CAP_SYS_TIME, no CAP_SYS_MODULE in $set of $whose"
            done
        done
        like ",$(findmnt -n -o OPTIONS /proc/sys)," ',ro,' "the machine's kernel settings can't be written"
        if [ "$HOST_CGROUP" = hybrid ]; then
            refused 'MemoryMax is enforced' '' systemd-run -q --wait --collect -p MemoryMax=32M \
                python3 -c 'x = b"x" * 100000000'
        else
            systemd-run -q --unit=sleeper sleep 1000
            works 'units can be frozen' systemctl freeze sleeper
            is "$(systemctl show -P FreezerState sleeper)" frozen 'and are'
            systemctl thaw sleeper
        fi
        echo "$boot_id" > /root/boot
        next_boot reboot
        ;;
    2)
        isnt "$boot_id" "$(cat /root/boot)" 'a reboot is another boot, with the same files'
        is "$(journalctl -q --list-boots | wc -l)" 2 'the journal knows both'
        journalctl -q -b -1 -o cat | grep -q 'Reached target.*reboot' && ok 'and that the first ended well'
        next_boot crash
        ;;
    3)
        is "$(journalctl -q --list-boots | wc -l)" 3 'a crash leads to a third'
        like "$(systemctl is-system-running)" running 'which works'
        ;;
esac
