#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# In the middle of a run: its job is updated, its file changed or removed, the job deleted, the configuration read again, PID 1
# executed anew. The run goes on as it began and is recorded once.
. "$HOST_LIB"
base=/org/openstack/Freezer1
# document JOB WORD [MORE]: its command writes down the word, and waits until the test lets it end
document() {
    printf '{"job_id": "%s", "job_actions": [{"freezer_action": {"action": "exec", "command":
        "/bin/sh -c \\"echo %s >> /run/%s; until test -e /run/%s.end; do sleep 0.1; done\\""}}]%s}' "$1" "$2" "$1" "$1" "${3:-}"
}
running() { [ "$(run_state "$1")" = running ]; }
begin() { # begin JOB: starts it and waits until its command runs; its id in $run
    rm -f "/run/$1" "/run/$1.end"
    run=$(start "$1")
    happens "$1 runs" 5 test -s "/run/$1"
}
goes_on() {
    works "$1: the run goes on" running "$run"
}
ends_once() { # ends_once JOB WHAT
    : > "/run/$1.end"
    happens "$2: it ends" 15 run_ended "$run"
    is "$(run_result "$run")" success "$2: in success"
    is "$(cat "/run/$1")" old "$2: it did what was asked when it began"
    journalctl --sync
    is "$(journal "FREEZER_RUN_ID=$run" FREEZER_RESULT=success _COMM=freezerd | wc -l)" 1 "$2: told once"
    is "$(sqlite3 /var/lib/freezer/freezer.db "select state, result from runs where id = '$run'")" 'ended|success' \
        "$2: recorded once"
    is "$(ls /var/lib/freezer/runs)" '' "$2: its directory is gone"
}
again() { # again JOB: the next run is that of the new document
    local run
    rm -f "/run/$1"
    run=$(start "$1")
    happens "$1: the next run ends" 15 run_ended "$run"
    is "$(cat "/run/$1")" new "$1: and did what is asked now"
}
timer_says() { [[ $(systemctl show -P TimersCalendar "freezer-job@$1.timer") == *"$2"* ]]; }

systemctl enable -q --now freezerd
yearly=', "systemd": {"OnCalendar": "*-01-01 02:00"}'

# updated
manager CreateJob 'sa{sv}' "$(document updated old "$yearly")" 0 > /dev/null
begin updated
works 'update' busctl call org.openstack.Freezer1 $base/job/updated org.openstack.Freezer1.Job Update 'sa{sv}' \
    "$(document updated new "${yearly/02:00/05:00}")" 0
goes_on update
is "$(prop Job $base/job/updated State)" running 'update: the job says so'
is "$(start updated)" "$run" 'update: no second run beside it'
happens 'update: the timer follows at once' 5 timer_says updated 05:00
ends_once updated update
again updated

# its file changed, then removed
mkdir -p /etc/freezer/jobs.d
document filed old "$yearly" > /etc/freezer/jobs.d/filed.json
systemctl reload freezerd
begin filed
document filed new "${yearly/02:00/06:00}" > /etc/freezer/jobs.d/filed.json
works 'reload' systemctl reload freezerd
goes_on reload
happens 'reload: the timer follows' 5 timer_says filed 06:00
ends_once filed reload
again filed
document filed old > /etc/freezer/jobs.d/filed.json
systemctl reload freezerd
begin filed
rm /etc/freezer/jobs.d/filed.json
works 'the file removed' systemctl reload freezerd
refused 'the file removed: no job any more' 'There is no job' busctl call org.openstack.Freezer1 $base \
    org.openstack.Freezer1.Manager GetJob s filed
goes_on 'the file removed'
is "$(prop Run "$(run_path "$run")" Job)" / 'the file removed: a run of no job'
ends_once filed 'the file removed'

# deleted, and made again under the same id while its run goes on
manager CreateJob 'sa{sv}' "$(document gone old)" 0 > /dev/null
begin gone
first=$run
works 'delete' manager DeleteJob s gone
goes_on delete
works 'delete: the id is free' manager CreateJob 'sa{sv}' "$(document gone new)" 0
is "$(prop Job $base/job/gone State)" idle 'delete: the new job has no run'
ends_once gone delete
again gone
like "$(run_ids gone | tr '\n' ' ')" "$first" 'delete: the history has both'

# PID 1 executed anew, and its units read again
manager CreateJob 'sa{sv}' "$(document exec old "$yearly")" 0 > /dev/null
begin exec
scope=$(prop Run "$(run_path "$run")" Unit)
systemctl daemon-reexec
works 'daemon-reexec: the scope is there' systemctl is-active -q "$scope"
goes_on daemon-reexec
systemctl daemon-reload
goes_on daemon-reload
works 'daemon-reexec: the timer is there' systemctl is-active -q freezer-job@exec.timer
is "$(start exec)" "$run" 'daemon-reexec: no second run beside it'
ends_once exec daemon-reexec
begin exec
scope=$(prop Run "$(run_path "$run")" Unit)
systemctl daemon-reexec
works 'abort after daemon-reexec' busctl call org.openstack.Freezer1 "$(run_path "$run")" org.openstack.Freezer1.Run Abort
happens 'it ends' 10 run_ended "$run"
is "$(run_result "$run")" aborted 'aborted'
gone() { ! systemctl is-active -q "$scope"; }
happens 'its scope is gone' 5 gone
is "$(prop Manager $base ActiveRuns)/$(prop Manager $base QueuedRuns)" 0/0 'nothing is left'
is "$(journal -u freezerd -p warning)" '' 'nothing to complain of'
