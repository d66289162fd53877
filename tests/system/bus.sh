#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The bus as callers meet it: the running daemon against its contract, who may do what, what each one gets to see.
# shellcheck source=tests/host/lib.sh
. "$HOST_LIB"

name=org.openstack.Freezer1
manager=(org.openstack.Freezer1 /org/openstack/Freezer1 org.openstack.Freezer1.Manager)
call() { busctl --system --json=short call "${manager[@]}" "$@"; }
object() { sed -n 's/.*"\(\/org[^"]*\)".*/\1/p'; }
document() { # description, command
    printf '{"description":"%s","job_actions":[{"freezer_action":{"action":"exec","command":"%s"}}]}' "$1" "$2"
}

works 'enabled' systemctl enable -q freezerd.service
works 'a call starts it' busctl --system get-property "${manager[@]}" Version
is "$(systemctl is-active freezerd.service)" active 'and it is active'

# objects: one job of root's, one of alice's, a run of each
root_job=$(call CreateJob 'sa{sv}' "$(document secret '/bin/true')" 0 | object)
alice_job=$(in_session alice busctl --system --json=short call "${manager[@]}" CreateJob 'sa{sv}' \
    "$(document mine '/bin/true')" 0 | object)
like "$root_job" "^/org/openstack/Freezer1/job/" 'root has a job'
like "$alice_job" "^/org/openstack/Freezer1/job/" 'alice has a job'
root_id=$(prop Job "$root_job" Id)
root_run=$(busctl --system --json=short call "$name" "$root_job" "$name.Job" Start 'a{sv}' 0 | object)
alice_run=$(as_user alice busctl --system --json=short call "$name" "$alice_job" "$name.Job" Start 'a{sv}' 0 | object)
like "$root_run" "^/org/openstack/Freezer1/run/" "root's runs"
like "$alice_run" "^/org/openstack/Freezer1/run/" "alice's runs, from no session at all"
happens "root's has ended" 20 run_ended "${root_run##*/}"
happens "alice's has ended" 20 run_ended "${alice_run##*/}"

# the contract
mkdir /tmp/xml
busctl --system --xml-interface introspect "$name" /org/openstack/Freezer1 > /tmp/xml/manager.xml
busctl --system --xml-interface introspect "$name" "$root_job" > /tmp/xml/job.xml
busctl --system --xml-interface introspect "$name" "$root_run" > /tmp/xml/run.xml
works 'introspection, XML, policy, polkit, table and pages agree' \
    "$SOURCE_ROOT/tests/contract.py" "$SOURCE_ROOT" /tmp/xml/manager.xml /tmp/xml/job.xml /tmp/xml/run.xml
for action in view-own view-all manage-own-jobs manage-jobs run-own-job run-job cancel-run restore-own restore \
    restore-in-place reload; do
    works "polkit knows $action" pkaction --action-id "org.openstack.freezer1.$action"
done

# what is not alice's does not exist for her
as_alice() { as_user alice busctl --system --json=short "$@"; }
unlike "$(as_alice call "${manager[@]}" ListJobs)" 'secret' "lists have no job of root's"
like "$(as_alice call "${manager[@]}" ListJobs)" '"mine"' 'but her own'
unlike "$(as_alice call "${manager[@]}" ListRuns 'a{sv}' 0)" "${root_run##*/}" "nor root's run"
objects=$(as_alice call "$name" /org/openstack/Freezer1 org.freedesktop.DBus.ObjectManager GetManagedObjects)
unlike "$objects" 'secret' "nor does the object manager"
like "$objects" "$alice_job" 'which has her own'
unlike "$(as_user alice busctl --system --list tree "$name")" "$root_job" 'nor the tree'
no_object='Unknown object|No such|no such'
refused 'no property' "$no_object" as_alice get-property "$name" "$root_job" "$name.Job" Document
refused 'no run property' "$no_object" as_alice get-property "$name" "$root_run" "$name.Run" Record
refused 'no introspection' "$no_object" as_alice --xml-interface introspect "$name" "$root_job"
for method in GetJob DeleteJob; do
    said=$(as_user alice busctl --system call "${manager[@]}" "$method" s "$root_id" 2>&1 || true)
    other=$(as_user alice busctl --system call "${manager[@]}" "$method" s nobodys 2>&1 || true)
    is "${said//$root_id/ID}" "${other//nobodys/ID}" "$method: the same words for root's job as for none"
done
refused 'no start' 'There is no job' as_alice call "${manager[@]}" StartJob 'sa{sv}' "$root_id" 0
refused 'no abort' "$no_object" as_alice call "$name" "$root_run" "$name.Run" Abort
refused 'no reload' 'password|polkit' as_alice call "${manager[@]}" Reload
refused 'no job for root' 'password|polkit' as_alice call "${manager[@]}" CreateJob 'sa{sv}' "$(document x /bin/true)" 1 owner u 0
refused 'not as timer' 'Only root' as_alice call "$name" "$alice_job" "$name.Job" Start 'a{sv}' 1 trigger s timer
works 'root sees hers' busctl --system get-property "$name" "$alice_job" "$name.Job" Document

# a rule of the administrator's
mkdir -p /etc/polkit-1/rules.d
cat > /etc/polkit-1/rules.d/10-test.rules << 'RULES'
polkit.addRule(function(action, subject) {
    if (action.id == "org.openstack.freezer1.view-all" && subject.user == "bob") return polkit.Result.YES;
    if (action.id == "org.openstack.freezer1.run-job" && subject.user == "bob" && action.lookup("owner") == "0")
        return polkit.Result.YES;
});
RULES
sleep 1
bob_sees() { as_user bob busctl --system --json=short call "${manager[@]}" ListJobs | grep -q secret; }
happens 'bob sees all by a rule' 5 bob_sees
works 'and starts a job of root by owner' as_user bob busctl --system call "${manager[@]}" StartJob 'sa{sv}' "$root_id" 0
refused 'but deletes none' 'password|polkit' as_user bob busctl --system call "${manager[@]}" DeleteJob s "$root_id"
refused "and starts none of alice's" 'password|polkit' as_user bob busctl --system call "${manager[@]}" StartJob \
    'sa{sv}' "${alice_job##*/}" 0

# signals are for root
as_user alice timeout 3 busctl --system --match "type=signal,sender=$name" monitor > /tmp/alice.signals 2>&1 &
timeout 3 dbus-monitor --system "type=signal,sender=$name" > /tmp/root.signals 2>&1 &
sleep 1
busctl --system call "$name" "$root_job" "$name.Job" Start 'a{sv}' 0 > /dev/null
sleep 2.5
like "$(cat /tmp/root.signals)" 'RunNew' 'root hears signals'
unlike "$(cat /tmp/alice.signals)" 'RunNew' 'alice does not'

# nobody keeps root's runs from going
sleepers=$(printf '{"job_actions":[{"freezer_action":{"action":"exec","command":"/bin/sleep 60"}}]}')
for _ in 1 2 3; do
    as_alice call "${manager[@]}" RunDocument 'sa{sv}' "$sleepers" 0 > /dev/null
done
is "$(prop Manager /org/openstack/Freezer1 QueuedRuns)" 1 "alice's third run waits"
root_run=$(busctl --system --json=short call "$name" "$root_job" "$name.Job" Start 'a{sv}' 0 | object)
happens "root's does not" 10 run_ended "${root_run##*/}"
as_alice call "${manager[@]}" ListRuns 'a{sv}' 1 state s running | grep -o '/org/openstack/Freezer1/run/[0-9a-f_]*' |
    while read -r run; do as_alice call "$name" "$run" "$name.Run" Abort > /dev/null; done

# nobody leads root's restore astray
backup() { # container: as a document
    printf '{"job_actions":[{"freezer_action":{"action":"backup","mode":"fs","path_to_backup":"%s","backup_name":"%s","storage":"local","container":"%s"}}]}' "$1" "$2" "$3"
}
one_off() { # AS… DOCUMENT: waits for the run's end
    local run
    run=$("${@:1:$#-1}" busctl --system --json=short call "${manager[@]}" RunDocument 'sa{sv}' "${!#}" 0 | object)
    wait_for 20 run_ended "${run##*/}"
    is "$(run_result "${run##*/}")" success "$(prop Run "$run" Description)"
}
restored_as() { # NAME: the uid that root's restore of it runs as
    local run
    run=$(busctl --system --json=short call "${manager[@]}" Restore 'a{sv}sa{sv}' 1 name s "$1" /srv/restored 0 | object)
    prop Run "$run" Owner
}
install -d -o alice /home/alice/stuff /home/alice/store
one_off env "$(backup /etc/dbus-1 same /root/store)"
one_off as_user alice "$(backup /home/alice/stuff same /home/alice/store)"
one_off as_user alice "$(backup /home/alice/stuff hers /home/alice/store)"
is "$(restored_as same)" 0 "root's own backup comes before a later one of alice's of the same name"
is "$(restored_as hers)" 2001 "alice's is restored as alice"

# names that would not fit into a message
text=$(printf 'a%.0s' {1..63})é
refused 'an id cut within a character' 'There is no job' as_alice call "${manager[@]}" GetJob s "$text"
refused 'a run cut within a character' 'There is no run' as_alice call "${manager[@]}" GetRun s "${text:32}"
refused 'a trigger cut within a character' 'trigger' as_alice call "$name" "$alice_job" "$name.Job" Start 'a{sv}' 1 trigger s "$text"
refused 'a name cut within a character' 'There is no backup' as_alice call "${manager[@]}" Restore 'a{sv}sa{sv}' 1 name s "$text" /tmp/x 0
pid=$(systemctl show -P MainPID freezerd.service)
is "$(systemctl show -P NRestarts freezerd.service)" 0 'it has lived through all that'

# log control
works 'root sets the log level' systemctl service-log-level freezerd.service debug
is "$(systemctl service-log-level freezerd.service)" debug 'which is then so'
refused 'alice does not' '' as_alice set-property "$name" /org/freedesktop/LogControl1 org.freedesktop.LogControl1 LogLevel s info
is "$(systemctl service-log-level freezerd.service)" debug 'it stays'

works 'reload is a call that ends when it is done' systemctl reload freezerd.service
has_status() { systemctl show -P StatusText freezerd.service | grep -q 'jobs,'; }
happens 'the status line is there' 5 has_status
is "$(systemctl show -P MainPID freezerd.service)" "$pid" 'the same process all the time'
journalctl --sync
like "$(journalctl -q -x -b --no-pager FREEZER_RUN_ID="$(prop Run "$root_run" Id)")" 'Documentation: man:freezerd' \
    'journalctl -x explains'
