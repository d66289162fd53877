#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# freezerd killed (or restarted) KILLS times (environment; 200, a good minute, when not set) at random moments while jobs are
# started by timers and by hand: each run happens once and is recorded once, no timer is lost or doubled.
. "$HOST_LIB"
kills=${KILLS:-200}
manager="org.openstack.Freezer1 /org/openstack/Freezer1 org.openstack.Freezer1.Manager"
done_file=/run/done # one line for each time that a job's command ran

# shellcheck disable=SC2086
call() { busctl --system call $manager "$@"; }
job() { call CreateJob 'sa{sv}' "$1" 0; }
sql() { python3 - "$1" <<'P'; }
import sqlite3, sys
for row in sqlite3.connect("file:/var/lib/freezer/freezer.db?mode=ro", uri=True).execute(sys.argv[1]):
    print(*row)
P
runs() { sql "select count(*) from runs where $1"; }

mkdir -p /etc/systemd/system/freezerd.service.d /etc/freezer/freezerd.conf.d
printf '[Unit]\nStartLimitIntervalSec=0\n[Service]\nRestart=always\nRestartSec=20ms\n' > /etc/systemd/system/freezerd.service.d/test.conf
printf '[Runs]\nMaxParallelRuns=3\n[History]\nMaxRunsPerJob=100000\n' > /etc/freezer/freezerd.conf.d/test.conf
systemctl daemon-reload
systemctl enable -q --now freezerd

command='/bin/sh -c \"echo ran >> /run/done; sleep 0.'
job '{"job_id":"calendar","job_actions":[{"freezer_action":{"action":"exec","command":"'"$command"'2\""}}],"systemd":{"OnCalendar":"*:*:0/5","AccuracySec":"1ms"}}'
job '{"job_id":"interval","job_schedule":{"schedule_interval":"3 seconds"},"job_actions":[{"freezer_action":{"action":"exec","command":"'"$command"'3\""}}],"systemd":{"AccuracySec":"1ms"}}'
for i in 1 2 3; do
    job '{"job_id":"hand'$i'","job_actions":[{"freezer_action":{"action":"exec","command":"'"$command"'1\""}}]}'
done
# a run that goes on all the time
job '{"job_id":"long","job_actions":[{"freezer_action":{"action":"exec","command":"/bin/sh -c \"echo ran >> /run/done; sleep 20\""}}]}'

begin=$SECONDS
for ((i = 0; i < kills; i++)); do
    for j in hand1 hand2 hand3 long; do
        timeout 20 freezerctl job start -q "$j" > /dev/null 2>&1 &
    done
    sleep "$(printf 0.%03d $((RANDOM % 350 + 10)))"
    if ((i % 5 == 4)); then
        systemctl restart freezerd &
    else
        systemctl kill -s KILL freezerd 2> /dev/null || true
    fi
    wait
done
took=$((SECONDS - begin))
call GetJob s calendar > /dev/null

state() { call ListRuns 'a{sv}' 1 limit u 100000; }
none_left() { [ "$(runs "state <> 'ended'")" = 0 ]; }
call DeleteJob s interval
busctl call org.openstack.Freezer1 /org/openstack/Freezer1/job/calendar org.openstack.Freezer1.Job Stop
happens "all runs end" 60 none_left
for p in /proc/[0-9]*; do
    grep -q 'freezer-run-' "$p/cgroup" 2> /dev/null || continue
    printf '# %s: %s; syscall %s; wchan %s\n' "$p" "$(tr '\0' ' ' < "$p/cmdline")" "$(cat "$p/syscall")" "$(cat "$p/wchan")"
    ls -l "$p/fd" | sed 's/^/# /'
    grep State "$p/status"
    cat "$p/stack" || true
done

total=$(runs "result <> 'skipped'")
at_least "$total" $((kills / 2)) "there were runs ($total in $took s, $(runs "result = 'skipped'") skipped)"
is "$(runs "result not in ('success', 'skipped')")" 0 "none was harmed"
[ "$(runs "result not in ('success', 'skipped')")" = 0 ] || sql "select * from runs where result not in ('success', 'skipped')"
is "$(wc -l < "$done_file")" "$total" "each ran once"
is "$(ls /var/lib/freezer/runs)" "" "no directory is left"
is "$(systemctl list-units --plain --no-legend 'freezer-run-*')" "" "no scope is left"
ended=$(journalctl -q -b -o json FREEZER_RESULT=success | grep -c FREEZER_RUN_ID)
doubled=$(journalctl -q -b -o json _COMM=freezerd FREEZER_RESULT=success |
    python3 -c 'import sys,json,collections; c=collections.Counter(json.loads(l)["FREEZER_RUN_ID"] for l in sys.stdin); print(sum(n>1 for n in c.values()))')
is "$doubled" 0 "no result was told twice (of $ended)"

# the calendar's instants: each has a run or a skipped row of its own; one that comes while its trigger still waits for
# the run before it is the same run, which a slow machine may do to a few
calendar=$(runs "job_id = 'calendar' and \"trigger\" in ('timer', 'catch-up')")
at_least "$calendar" $((took / 5 - 3)) "no instant of the calendar job was lost ($calendar in $took s)"
at_most "$calendar" $((took / 5 + 3)) "none was doubled"
timers=$(systemctl list-units --plain --no-legend 'freezer-job@*.timer' | wc -l)
is "$timers" 0 "stopped and deleted jobs have no timer"

# and the timers still come
busctl call org.openstack.Freezer1 /org/openstack/Freezer1/job/calendar org.openstack.Freezer1.Job Start 'a{sv}' 0 > /dev/null
before=$(runs "job_id = 'calendar' and \"trigger\" = 'timer'")
sleep 11
at_least "$(runs "job_id = 'calendar' and \"trigger\" = 'timer'")" $((before + 2)) "the timer comes on time again"
journalctl -q -b -u freezerd -p warning -o cat | grep -v "Main process exited\|Failed with result" | sort | uniq -c | sort -rn | head -20 || true
