#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Wrong calls over the bus: each is refused with words that name what is wrong, and nothing is left of it.
. "$HOST_LIB"
systemctl enable -q --now freezerd
name=org.openstack.Freezer1
good='{"job_actions":[{"freezer_action":{"action":"exec","command":"/bin/true"}}]}'

# wrong TITLE WORDS METHOD ARGUMENTS…: on the manager; the answer must hold WORDS, a regular expression
wrong() {
    local title=$1 words=$2
    shift 2
    like "$(busctl --system call $name /org/openstack/Freezer1 $name.Manager "$@" 2>&1 && echo "was accepted")" \
        "$words" "$title"
}

wrong 'no document' 'not valid JSON' CreateJob 'sa{sv}' '' 0
wrong 'half a document' 'line 1, column 16' CreateJob 'sa{sv}' '{"job_actions":' 0
wrong 'a document without actions' 'job_actions' CreateJob 'sa{sv}' '{}' 0
wrong 'a wrong limit' 'MemoryMax' CreateJob 'sa{sv}' "${good%\}},\"systemd\":{\"MemoryMax\":\"much\"}}" 0
wrong 'a wrong time' 'OnCalendar' CreateJob 'sa{sv}' "${good%\}},\"systemd\":{\"OnCalendar\":\"noon\"}}" 0
wrong 'an unknown option of CreateJob' 'colour' CreateJob 'sa{sv}' "$good" 1 colour s red
wrong 'an option of the wrong type' 'owner' CreateJob 'sa{sv}' "$good" 1 owner s root
wrong 'a job that is not there' 'nothing' GetJob s nothing
wrong 'a job that cannot be' '\.\./x' StartJob 'sa{sv}' ../x 0
wrong 'a run that is not there' '0123' GetRun s 0123
freezerctl job create - <<< "{\"job_id\":\"there\",${good#\{}" > /dev/null
wrong 'a trigger that is none' 'thunder' StartJob 'sa{sv}' there 1 trigger s thunder
wrong 'an id that is taken' 'there' CreateJob 'sa{sv}' "{\"job_id\":\"there\",${good#\{}" 0
freezerctl job delete there > /dev/null
wrong 'a filter that is none' 'size' ListRuns 'a{sv}' 1 size t 5
wrong 'a filter of the wrong type' 'limit' ListRuns 'a{sv}' 1 limit s many
wrong 'a filter of backups that is none' 'level' ListBackups 'a{sv}' 1 level u 1
wrong 'a restore of nothing' 'name' Restore 'a{sv}sa{sv}' 0 /tmp/r 0
wrong 'a restore of what is not there' 'ghost' Restore 'a{sv}sa{sv}' 1 name s ghost /tmp/r 0
wrong 'a restore into a relative path' 'absolute' Restore 'a{sv}sa{sv}' 1 name s ghost r 0
wrong 'an unknown option of a restore' 'force' Restore 'a{sv}sa{sv}' 1 name s ghost /tmp/r 1 force b true
wrong 'deleting what is not there' 'nothing' DeleteJob s nothing
wrong 'a method that is not there' 'Unknown method' Explode
wrong 'arguments of another kind' 'Invalid arguments' GetJob u 5

is "$(freezerctl job list --json)" "[]" "no job is left of all that"
is "$(systemctl list-units --plain --no-legend 'freezer-*@*' 'freezer-run-*')" "" "and no unit"
is "$(systemctl show -P NRestarts freezerd)" 0 "and freezerd is well"
