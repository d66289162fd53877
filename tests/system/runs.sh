#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Runs: their scopes and limits, results, abort, the agent killed, double triggers, the queue, history.
. "$HOST_LIB"
freezerd=org.openstack.Freezer1 base=/org/openstack/Freezer1
call() { busctl --system call $freezerd $base $freezerd.Manager "$@"; }
path() { cut -d'"' -f2; }
method() { busctl --system call $freezerd "$@"; } # method PATH INTERFACE MEMBER…
# job ID COMMAND [MORE]
job() { call CreateJob 'sa{sv}' "{\"job_id\":\"$1\",\"job_actions\":[{\"freezer_action\":{\"action\":\"exec\",\"command\":\"$2\"}}]${3:-}}" 0 > /dev/null; }
start() { call StartJob 'sa{sv}' "$1" 0 | path; }
paused() { [ "$(prop Run "$1" State)" = paused ]; }
running() { [ "$(prop Run "$1" State)" = running ]; }
ended() { [ "$(prop Run "$1" State)" = ended ]; }
result() { prop Run "$1" Result; }
unit() { prop Run "$1" Unit; }
show() { systemctl show -P "$2" "$1"; }

mkdir -p /etc/freezer/freezerd.conf.d
printf '[Runs]\nMaxParallelRuns=2\nAbortGraceSec=1s\nKillGraceSec=1s\n[History]\nMaxRunsPerJob=3\n' > /etc/freezer/freezerd.conf.d/test.conf
systemctl enable -q --now freezerd

# results
job true /bin/true; job false /bin/false; job long '/bin/sleep 60'
r=$(start true); happens 'a run ends' 5 ended "$r"; is "$(result "$r")" success 'success'
r=$(start false); happens 'another ends' 5 ended "$r"; is "$(result "$r")" failed 'failure'
like "$(prop Run "$r" Reason)" 'false' 'which says why'
happens 'the journal has it' 5 journal_has 'failed' FREEZER_JOB_ID=false FREEZER_RESULT=failed
is "$(ls /var/lib/freezer/runs)" '' 'no directory is left'

# scope and limits
job limits '/bin/sleep 60' ',"systemd":{"MemoryMax":"64M","CPUQuota":"50%","TasksMax":40,"RuntimeMaxSec":"1h"}'
r=$(start limits); happens 'it runs' 5 running "$r"; u=$(unit "$r")
is "$(show "$u" MemoryMax)" $((64 * 1024 * 1024)) 'MemoryMax'
is "$(show "$u" CPUQuotaPerSecUSec)" 500ms 'CPUQuota'
is "$(show "$u" TasksMax)" 40 'TasksMax'
is "$(show "$u" RuntimeMaxUSec)" 1h 'RuntimeMaxSec'
is "$(show "$u" Slice)" freezer-system.slice 'slice'
is "$(show "$u" TimeoutStopUSec)" 1s 'TimeoutStopUSec'
is "$(show freezer-system.slice Slice)" freezer.slice 'below freezer.slice'
works 'limits are changed while it runs' method "$r" $freezerd.Run SetLimits 'a{sv}' 2 MemoryMax s 100M TasksMax s 77
is "$(show "$u" MemoryMax)/$(show "$u" TasksMax)" $((100 * 1024 * 1024))/77 'and are so'
refused 'an unknown limit' 'did you mean MemoryMax' method "$r" $freezerd.Run SetLimits 'a{sv}' 1 MemoryMix s 100M
refused 'a number' 'must be a string' method "$r" $freezerd.Run SetLimits 'a{sv}' 1 MemoryMax t 100
if [ "$HOST_CGROUP" = v2 ]; then
    works 'pause' method "$r" $freezerd.Run Pause
    is "$(prop Run "$r" State)" paused 'it is paused'
    is "$(show "$u" FreezerState)" frozen 'and frozen'
    works 'pause again' method "$r" $freezerd.Run Pause
    systemctl kill -s KILL freezerd
    happens 'freezerd is back' 20 busctl --system get-property $freezerd $base $freezerd.Manager Version
    happens 'still paused after a restart' 20 paused "$r"
    works 'resume' method "$r" $freezerd.Run Resume
    is "$(prop Run "$r" State)" running 'it runs again'
    is "$(show "$u" FreezerState)" running 'and is not frozen'
    works 'pause once more' method "$r" $freezerd.Run Pause
else
    refused 'pause says that it cannot' 'does not support freezing' method "$r" $freezerd.Run Pause
fi
works 'abort' method "$r" $freezerd.Run Abort
happens 'it ends' 5 ended "$r"; is "$(result "$r")" aborted 'aborted'
refused 'a second abort' 'ended already' method "$r" $freezerd.Run Abort

# aborted against its will
job deaf '/bin/sh -c \"trap : INT TERM; while :; do sleep 1; done\"'
r=$(start deaf); happens 'it runs' 5 running "$r"
method "$r" $freezerd.Run Abort
happens 'it is killed in the end' 10 ended "$r"; is "$(result "$r")" aborted 'aborted'

# the agent killed
r=$(start long); happens 'it runs' 5 running "$r"
systemctl kill -s KILL "$(unit "$r")"
happens 'it ends' 5 ended "$r"; is "$(result "$r")" interrupted 'interrupted'
like "$(prop Run "$r" Reason)" 'SIGKILL' 'the signal is named'
r=$(start long); happens 'the next one runs' 5 running "$r"
systemctl stop "$(unit "$r")"
happens 'it ends' 8 ended "$r"; is "$(result "$r")" interrupted 'interrupted'
like "$(prop Run "$r" Reason)" 'SIGTERM' 'the signal is named'

# only the supervisor is killed: what it left is killed, too
r=$(start long); happens 'it runs' 5 running "$r"; u=$(unit "$r")
kill -KILL "$(systemctl show -P ControlGroup "$u" | xargs -I{} sh -c 'head -n1 /sys/fs/cgroup/{systemd,}{}/cgroup.procs 2>/dev/null' | grep -E '^[0-9]+$' | head -n1)" 2> /dev/null ||
    pkill -KILL -o -f "freezer-agent --run-directory /var/lib/freezer/runs/$(prop Run "$r" Id)"
happens 'it ends' 8 ended "$r"; is "$(result "$r")" interrupted 'interrupted'
is "$(systemctl is-active "$u" || true)" inactive 'nothing of it is left'

# limits that PID 1 refuses come back as its words
if call CreateJob 'sa{sv}' '{"job_id":"baddev","job_actions":[{"freezer_action":{"action":"exec","command":"/bin/true"}}],"systemd":{"IOReadBandwidthMax":"/nonexistent 5M"}}' 0 > /dev/null 2>&1; then
    r=$(start baddev); happens 'it ends' 5 ended "$r"
    unlike "$(result "$r")" running 'with a result'
fi

# one run of a job at a time, a queue for all
r=$(start long)
is "$(start long)" "$r" 'a second start gives the same run'
s=$(call StartJob 'sa{sv}' long 1 trigger s timer | path)
is "$s" "$r" 'a timer as well'
like "$(call ListRuns 'a{sv}' 2 job s long result s skipped)" "run $(prop Run "$r" Id) of the job is still" 'and the skipped one is in the history, with its reason'
job second '/bin/sleep 60'; job third /bin/true
happens 'the first runs' 5 running "$r"
r2=$(start second); happens 'the second runs' 5 running "$r2"
r3=$(start third); sleep 0.5
is "$(prop Run "$r3" State)" queued 'the third waits'
is "$(prop Job $base/job/third State)" queued 'and its job says so'
is "$(prop Manager $base QueuedRuns)" 1 'as the manager does'
r4=$(start true)
works 'a queued one is aborted' method "$r4" $freezerd.Run Abort
is "$(result "$r4")" aborted 'at once'
works 'a restart' systemctl restart freezerd
happens 'the running one is adopted' 5 running "$r"
is "$(prop Run "$r3" State)" queued 'the queued one still waits'
works 'abort by the job' method $base/job/second $freezerd.Job Abort
happens 'the third has its turn' 5 ended "$r3"; is "$(result "$r3")" success 'and succeeds'

# the job goes, its run stays
works 'delete a job that runs' call DeleteJob s long
is "$(prop Run "$r" State)" running 'its run goes on'
is "$(prop Run "$r" Job)" / 'without a job'
method "$r" $freezerd.Run Abort; happens 'and ends' 5 ended "$r"
like "$(call ListRuns 'a{sv}' 1 job s long)" aborted 'and stays in the history'

# a run once
r=$(call RunDocument 'sa{sv}' '{"job_actions":[{"freezer_action":{"action":"exec","command":"/bin/true"}}]}' 0 | path)
happens 'a document runs once' 5 ended "$r"; is "$(result "$r")" success 'and succeeds'

# history is trimmed, at start too
for _ in 1 2 3 4 5; do r=$(start true); happens 'again' 5 ended "$r"; done
systemctl restart freezerd
is "$(call ListRuns 'a{sv}' 1 job s true | grep -o '"success"' | wc -l)" 3 'three runs are kept'
is "$(prop Job $base/job/true LastResult)" success 'the job says how the last one ended'
is "$(prop Job $base/job/true LastRun)" "$(prop Run "$r" Id)" 'and which it was'
