#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The local time zone changes, of the host alone: what is said in local time follows, in freezerd and in PID 1's timers.
. "$HOST_LIB"
base=/org/openstack/Freezer1
command='{"action": "exec", "command": "/bin/true"}'
next() { prop Job "$base/job/$1" NextElapseUSec; }
timer() { systemctl show -P "$2" "freezer-job@$1.timer"; }
timer_next() { date -d "$(timer "$1" NextElapseUSecRealtime)" +%s; }
entered() { timer "$1" ActiveEnterTimestampMonotonic; }
armed() { [ "$(systemctl is-active "freezer-job@$1.timer")" = active ]; }
# due JOB ZONE HOUR: freezerd and PID 1 both say that it comes when it is HOUR in ZONE the next time
due() {
    local at
    at=$(TZ=$2 date -d "$3:00" +%s)
    [ "$at" -gt "$(date +%s)" ] || at=$(TZ=$2 date -d "tomorrow $3:00" +%s)
    [ "$(next "$1")" = $((at * 1000000)) ] && [ "$(timer_next "$1")" = "$at" ]
}
told() { journalctl --sync; [ "$(journal MESSAGE_ID=5c8a1c9ee5f04c5a8e6bd0a3b0a4a306 | wc -l)" = "$1" ]; }
# as timedatectl does it
set_zone() {
    ln -s "../usr/share/zoneinfo/$1" /etc/localtime.new
    mv -T /etc/localtime.new /etc/localtime
}

set_zone UTC
systemctl enable -q --now freezerd
job cron "$command" '{}' '{"schedule_hour": "2"}'
job bounded "$command" '{}' '{"schedule_hour": "2", "schedule_end_date": "2099-01-01T00:00:00"}'
job calendar "$command" '{"OnCalendar": "*-*-* 02:00"}'
job elsewhere "$command" '{"OnCalendar": "*-*-* 02:00 UTC"}'
job interval "$command" '{}' '{"schedule_interval": "6 hours"}'
for j in cron bounded calendar elsewhere interval; do happens "$j has its timer" 5 armed "$j"; done
for j in cron bounded calendar elsewhere; do works "$j: two o'clock in UTC" due "$j" UTC 02; done
interval=$(next interval) kept=$(entered elsewhere)/$(entered interval)

set_zone Asia/Tokyo
for j in cron bounded calendar; do happens "$j: two o'clock in Tokyo" 8 due "$j" Asia/Tokyo 02; done
like "$(timer bounded TimersCalendar)" '17:00:00.* UTC' 'a computed instant is made anew'
works 'what names its zone stays' due elsewhere UTC 02
is "$(next interval)" "$interval" 'an interval stays'
is "$(entered elsewhere)/$(entered interval)" "$kept" 'and their timers are those from before'
happens 'it is told once' 5 told 1
touch /etc/something /etc/localtime.other
systemctl restart freezerd
works 'a restart sees the same' due bounded Asia/Tokyo 02

# an instant that only the new zone puts into the past: in an hour or two in UTC, more than three hours ago in UTC+5
set_zone UTC
happens 'told again' 8 told 2
hour=$(date -ud '+2 hours' +%H)
job west "$command" '{}' "{\"schedule_hour\": \"${hour#0}\", \"schedule_end_date\": \"2099-01-01T00:00:00\"}"
happens 'it has its timer' 5 armed west
systemctl stop freezerd
python3 - << 'P'
import sqlite3
with sqlite3.connect("/var/lib/freezer/freezer.db") as db:
    db.execute("update jobs set covered = covered - 21 * 3600 * 1000000 where id = 'west'")
P
systemctl start freezerd
works 'in an hour or two' due west UTC "$hour"
set_zone Etc/GMT-5
happens 'at that hour of the zone' 8 due west Etc/GMT-5 "$hour"
is "$(run_ids west)" '' 'it is not made up'

# removed: libc takes UTC
rm /etc/localtime
happens 'two in UTC again' 8 due bounded UTC 02
is "$(journal -u freezerd -p warning)" '' 'nothing to complain of'
