#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Schedules as PID 1's timers: they fire, are left alone by a restart of freezerd, are made anew after a reboot with
# what was missed, and go when their job does.
. "$HOST_LIB"
freezerd=org.openstack.Freezer1 base=/org/openstack/Freezer1
call() { busctl --system call $freezerd $base $freezerd.Manager "$@"; }
document() { printf '{"job_id":"%s","description":"%s","job_actions":[{"freezer_action":{"action":"exec","command":"%s"}}]%s}' "$1" "$1" "$2" "$3"; }
job() { call CreateJob 'sa{sv}' "$(document "$@")" 0 > /dev/null; }
timers() { systemctl list-units --plain --no-legend --all 'freezer-job@*.timer' | cut -d' ' -f1 | sort | tr '\n' ' '; }
timer() { systemctl show -P "$2" "freezer-job@$1.timer"; }
has_timer() { [ "$(systemctl is-active "freezer-job@$1.timer")" = active ]; }
no_timer() { [ "$(systemctl show -P LoadState "freezer-job@$1.timer")" = not-found ] || ! has_timer "$1"; }
# count JOB SQL-CONDITION
count() {
    python3 - "$1" "$2" << 'P'
import sqlite3, sys
db = sqlite3.connect("file:/var/lib/freezer/freezer.db?mode=ro", uri=True)
print(db.execute(f'select count(*) from runs where job_id = ? and ({sys.argv[2]})', [sys.argv[1]]).fetchone()[0])
P
}
count_is() { [ "$(count "$1" "$2")" = "$3" ]; }
count_least() { [ "$(count "$1" "$2")" -ge "$3" ]; }
all_ended() { [ "$(prop Manager $base ActiveRuns)/$(prop Manager $base QueuedRuns)" = 0/0 ]; }
inst() { systemctl show -P ActiveEnterTimestampMonotonic "freezer-job@$1.timer"; }

first_boot() {
    mkdir -p /etc/freezer/freezerd.conf.d
    printf '[Runs]\nMaxParallelRuns=9\n' > /etc/freezer/freezerd.conf.d/test.conf
    systemctl enable -q --now freezerd
    # every form makes a timer
    job daily /bin/true ',"systemd":{"OnCalendar":"*-*-* 02:00","RandomizedDelaySec":"30min"}'
    job six /bin/true ',"job_schedule":{"schedule_interval":"6 hours"}'
    job ninety /bin/true ',"job_schedule":{"schedule_interval":"90 minutes"}'
    job cron /bin/true ',"job_schedule":{"schedule_day_of_week":"0","schedule_hour":"3"}'
    job friday /bin/true ',"job_schedule":{"schedule_day":"2nd fri","schedule_hour":"3"}'
    job once /bin/true ",\"job_schedule\":{\"schedule_date\":\"$(date -d '+3 seconds' +%FT%T)\"},\"systemd\":{\"AccuracySec\":\"1ms\"}"
    job past /bin/true ',"job_schedule":{"schedule_date":"2020-01-01T00:00:00"}'
    job idle /bin/true ''
    job stopped /bin/true ',"job_schedule":{"schedule_interval":"1 hours","status":"stop"}'
    for j in daily six ninety cron friday once; do happens "$j has its timer" 5 has_timer "$j"; done
    for j in past idle stopped; do works "$j has none" no_timer "$j"; done
    is "$(prop Job $base/job/past State)" completed 'a date in the past is completed'
    is "$(prop Job $base/job/idle State)" idle 'no schedule: idle'
    is "$(prop Job $base/job/stopped State)" stopped 'stopped'
    is "$(prop Job $base/job/daily State)" scheduled 'scheduled'
    like "$(timer daily Description)" 'Backup job daily' 'its description is for people'
    is "$(timer daily RandomizedDelayUSec)/$(timer daily FixedRandomDelay)/$(timer daily Persistent)" 30min/yes/no 'delay as said, stable'
    like "$(systemctl show -P Slice freezer-job@daily.service)" 'freezer-trigger-[0-9][0-9].slice' 'the service is spread over slices'
    like "$(systemctl list-timers --no-pager 'freezer-job@*')" 'freezer-job@six.timer' 'list-timers shows it'
    happens 'the date comes' 8 count_is once "result = 'success'" 1
    happens 'and was the last' 5 no_timer once
    is "$(prop Job $base/job/once State)" completed 'completed'

    # firing: by calendar, by single instants, one after the other
    job two /bin/true ',"systemd":{"OnCalendar":"*:*:0/2","AccuracySec":"1ms"}'
    job three /bin/true ',"job_schedule":{"schedule_interval":"3 seconds"},"systemd":{"AccuracySec":"1ms"}'
    job always '/bin/sleep 0.5' ',"job_schedule":{"schedule_interval":"continuous"},"systemd":{"AccuracySec":"1ms"}'
    job slow '/bin/sleep 5' ',"systemd":{"OnCalendar":"*:*:0/2","AccuracySec":"1ms"}'
    before=$(date +%s)
    sleep 12
    took=$(($(date +%s) - before))
    at_least "$(count two "\"trigger\" = 'timer'")" $((took / 2 - 1)) 'the calendar fires'
    at_most "$(count two "\"trigger\" = 'timer'")" $((took / 2 + 1)) 'and not too often'
    at_least "$(count three "result = 'success'")" $((took / 3 - 1)) 'instants follow each other'
    at_most "$(count three "1")" $((took / 3 + 1)) 'and not too often'
    at_least "$(count always "result = 'success'")" 4 'continuous goes on'
    is "$(count always "result = 'skipped'")" 0 'without skipped ones'
    at_least "$(count slow 1)" 2 'instants in a run make one behind it'
    at_most "$(count slow 1)" 4 'and one only'
    is "$(systemctl --failed --plain --no-legend)" '' 'no unit failed'
    systemctl --failed --plain --no-legend | while read -r u _; do systemctl status --no-pager "$u"; done || true

    # a restart leaves timers alone, and those of jobs that changed meanwhile not
    for j in always slow two three; do call DeleteJob s $j; happens "deleted: $j has no timer" 5 no_timer $j; done
    list=$(timers) daily=$(inst daily) ninety=$(inst ninety)
    systemctl restart freezerd; happens 'it is up' 5 has_timer daily; sleep 1
    is "$(timers)" "$list" 'the same timers'
    is "$(inst daily)/$(inst ninety)" "$daily/$ninety" 'not even made anew'
    systemctl daemon-reload
    is "$(timers)" "$list" 'daemon-reload leaves them'
    systemctl stop freezer-job@six.timer
    systemctl restart freezerd
    happens 'one that somebody stopped is made again' 5 has_timer six
    systemd-run -q --unit freezer-job@nobody --on-calendar=yearly /bin/true
    systemctl restart freezerd
    happens 'one of no job goes' 5 no_timer nobody

    # stop and start, update
    busctl --system call $freezerd $base/job/six $freezerd.Job Stop
    happens 'stopped: no timer' 5 no_timer six
    call StartJob 'sa{sv}' six 0 > /dev/null
    happens 'started: armed again' 5 has_timer six
    works 'update' busctl --system call $freezerd $base/job/six $freezerd.Job Update 'sa{sv}' "$(document six /bin/true ',"systemd":{"OnCalendar":"*-*-* 05:00"}')" 0
    has_five() { [[ $(timer six TimersCalendar) == *05:00* ]]; }
    happens 'the timer follows' 5 has_five
    refused 'another id' 'cannot be changed' busctl --system call $freezerd $base/job/six $freezerd.Job Update 'sa{sv}' "$(document sixty /bin/true '')" 0

    # PID 1 is executed anew
    systemctl daemon-reexec
    works 'after daemon-reexec' call StartJob 'sa{sv}' idle 0
    happens 'runs run' 8 count_least idle "result = 'success'" 1
    is "$(timers)" "$list" 'timers are there'

    # what the next boot finds
    job missed /bin/true ",\"systemd\":{\"OnCalendar\":\"$(date -d '+4 seconds' '+%H:%M:%S')\"}"
    job careless /bin/true ",\"systemd\":{\"OnCalendar\":\"$(date -d '+4 seconds' '+%H:%M:%S')\",\"Persistent\":false}"
    job cut '/bin/sleep 60' ',"systemd":{"OnCalendar":"*-*-* 03:00"}'
    job byhand '/bin/sleep 60' ''
    call StartJob 'sa{sv}' cut 0 > /dev/null
    call StartJob 'sa{sv}' byhand 0 > /dev/null
    sleep 1.5
    is "$(prop Job $base/job/cut State)/$(prop Job $base/job/byhand State)" running/running 'two run as the power goes'
    next_boot crash
}

second_boot() {
    sleep 5 # freezerd comes with multi-user.target; the instants may lie a little behind the boot
    happens 'freezerd is up' 10 systemctl is-active freezerd
    happens 'the missed run is made up' 20 count_is missed "\"trigger\" in ('catch-up', 'timer') and result = 'success'" 1
    for j in cut byhand; do is "$(count $j "result = 'interrupted' and reason like 'the machine went down%'")" 1 "$j was interrupted"; done
    happens 'the scheduled one is caught up' 5 count_is cut "\"trigger\" = 'catch-up'" 1
    is "$(count byhand 1)" 1 'the one by hand is not'
    at_most "$(count careless 1)" 1 'Persistent=false makes up nothing'
    for j in daily six ninety cron friday missed; do happens "$j has its timer again" 5 has_timer "$j"; done
    is "$(count missed 1)" 1 'once'
    systemctl restart freezerd; sleep 1
    is "$(count missed 1)" 1 'and no second time'
    is "$(prop Job $base/job/cut State)" running 'the made up run goes on as the machine is restarted in order'
    next_boot reboot
}

third_boot() {
    happens 'freezerd is up' 10 systemctl is-active freezerd
    happens 'both ends are told' 10 count_is cut "result = 'interrupted'" 2
    happens 'made up again' 5 count_is cut "\"trigger\" = 'catch-up'" 2
    is "$(count cut "state <> 'ended'")" 1 'by one run'
    busctl --system call $freezerd $base/job/cut $freezerd.Job Abort
}

case $HOST_BOOT in
1) first_boot ;;
2) second_boot ;;
3) third_boot ;;
esac
