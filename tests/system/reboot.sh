#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The machine goes down in the middle of a run, once in order and once all at once: the run is interrupted, nothing of it
# shows, and what was missed is made up once. In the test host (files survive the crash), and in the virtual machine, where
# unsynced data is lost as in a power cut.
# shellcheck source=tests/host/lib.sh
. "$HOST_LIB"

store=/var/backups/freezer tree=/srv/tree
big=200000000
[ "$HOST_CGROUP" != vm ] || big=40000000 # slow
listed() { find $store -name metadata -type f | sort; }
whole() {
    is "$(sqlite3 /var/lib/freezer/freezer.db 'PRAGMA integrity_check')" ok 'the database is whole'
    local metadata
    while read -r metadata; do
        data=${metadata/$store\/metadata/$store/data}
        works "whole: ${metadata#"$store"/}" sh -c "gzip -t < '${data%/metadata}/data'"
    done < <(listed)
}
end_of() { wait_for 600 run_ended "$1"; }

# Long enough to be caught in the middle: the processor is held back.
middle() {
    local run
    run=$(start tree)
    wait_for 60 sh -c "busctl get-property org.openstack.Freezer1 $(run_path "$run") org.openstack.Freezer1.Run BytesRead |
        grep -q 't [1-9]'"
    echo "$run" > /srv/run
    is "$(run_state "$run")" running 'a run is going on'
    listed > /srv/listed
    sync
}

after() { # after HOW
    local run
    run=$(cat /srv/run)
    wait_for 30 systemctl is-active freezerd
    happens "after the $1 the run has ended" 60 run_ended "$run"
    is "$(run_result "$run")" interrupted 'as interrupted'
    like "$(run_reason "$run")" 'machine went down|shut|SIGTERM|terminated' 'because the machine went down'
    is "$(listed | head -n "$(wc -l < /srv/listed)")" "$(cat /srv/listed)" 'the backups of before are as they were'
    whole
}

case $HOST_BOOT in
    1)
        systemctl enable -q --now freezerd
        mkdir -p $store $tree
        head -c 3000000 /dev/urandom > $tree/small
        action='{"action": "backup", "mode": "fs", "path_to_backup": "/srv/tree", "backup_name": "tree", "storage": "local",
            "container": "/var/backups/freezer", "no_incremental": true}'
        # Every year on one day: not due now, and made up when interrupted.
        job tree "$action" '{"OnCalendar": ["*-01-01 00:00:00"], "Persistent": true}'
        run=$(start tree)
        end_of "$run"
        is "$(run_result "$run")" success 'a first run succeeds'
        is "$(listed | wc -l)" 1 'and leaves a backup'
        head -c "$big" /dev/urandom > $tree/big
        middle
        next_boot reboot
        ;;
    2)
        after reboot
        happens 'a run makes up for it' 60 sh -c "freezerctl run list --json tree | grep -q catch-up ||
            [ \$(freezerctl run list --json tree | grep -c '\"id\"') -ge 3 ]"
        made_up=$(run_ids tree | head -1)
        is "$(prop Run "$(run_path "$made_up")" Trigger)" catch-up 'as its trigger tells'
        end_of "$made_up"
        is "$(run_result "$made_up")" success 'and succeeds'
        is "$(run_ids tree | wc -l)" 3 'once'
        middle
        next_boot crash
        ;;
    3)
        after 'power cut'
        end_of "$(run_ids tree | head -1)"
        is "$(run_ids tree | wc -l)" 5 'made up once again'
        run=$(start tree)
        end_of "$run"
        is "$(run_result "$run")" success 'the next run is good'
        whole
        works 'and can be restored' freezerctl restore tree --to /srv/restored
        same_tree /srv/restored $tree 'to what it was'
        ;;
esac
