#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The limits of a job are the limits of its scope, and hold: memory, processor, tasks. Also changed while it runs.
# In the test host's hybrid mode, and in the virtual machine.
# shellcheck source=tests/host/lib.sh
. "$HOST_LIB"

systemctl enable -q --now freezerd
mkdir -p /usr/local/libexec
cat > /usr/local/libexec/eat <<'E'
#!/bin/sh
# 200 MB: the file's pages count as memory of the scope only until they are dropped, so hold it in the process.
exec awk 'BEGIN { s = "x"; while (length(s) < 200000000) s = s s; print length(s) }'
E
cat > /usr/local/libexec/spin <<'E'
#!/bin/sh
while :; do :; done
E
cat > /usr/local/libexec/fork <<'E'
#!/bin/sh
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do sleep 20 & done || exit 9
wait
E
chmod +x /usr/local/libexec/*

job spin '{"action": "exec", "command": "/usr/local/libexec/spin"}' \
    '{"MemoryMax": "64M", "CPUQuota": "20%", "TasksMax": 30, "IOWeight": 50}'
run=$(start spin)
scope=freezer-run-$run.scope
happens 'the scope is there' 20 systemctl is-active "$scope"
is "$(systemctl show -P MemoryMax "$scope")" $((64 << 20)) 'MemoryMax is that of the job'
is "$(systemctl show -P CPUQuotaPerSecUSec "$scope")" 200ms 'CPUQuota too'
is "$(systemctl show -P TasksMax "$scope")" 30 'TasksMax too'
is "$(systemctl show -P Slice "$scope")" freezer-system.slice 'it is in the slice of the system'
isnt "$(systemctl show -P TimeoutStopUSec "$scope")" infinity 'stopping it has an end'
like "$(systemctl status --no-pager "$scope")" 'freezer-agent --run-directory' 'systemctl status shows the agent'

# What the processes of the scope have used, in ms, whatever the cgroup mode.
used() {
    local pid ticks=0
    while read -r pid; do
        ticks=$((ticks + $(awk '{ print $14 + $15 }' "/proc/$pid/stat")))
    done < "/sys/fs/cgroup$1/freezer.slice/freezer-system.slice/$scope/cgroup.procs"
    echo $((ticks * 10))
}
hierarchy=
[ "$HOST_CGROUP" != hybrid ] || hierarchy=/systemd
wait_for 20 pgrep -f libexec/spin
before=$(used "$hierarchy")
sleep 5
spent=$(($(used "$hierarchy") - before))
at_most "$spent" 1500 'in 5 seconds 20 % of a processor are about 1 second (ms)'
at_least "$spent" 300 'and it did run'
works 'the limit can be changed while it runs' freezerctl run limit "$run" CPUQuota=60%
is "$(systemctl show -P CPUQuotaPerSecUSec "$scope")" 600ms 'systemd has the new one'
before=$(used "$hierarchy")
sleep 5
at_least $(($(used "$hierarchy") - before)) $((spent + 200)) 'and more is used'
refused 'an unknown limit is refused by name' 'NoSuchLimit' freezerctl run limit "$run" NoSuchLimit=1
works 'the run can be aborted' freezerctl run abort "$run"
happens 'and ends' 30 run_ended "$run"
is "$(run_result "$run")" aborted 'as aborted'

job eat '{"action": "exec", "command": "/usr/local/libexec/eat"}' '{"MemoryMax": "48M", "MemorySwapMax": "0"}'
run=$(start eat)
happens 'a run that wants more memory than it may ends' 120 run_ended "$run"
is "$(run_result "$run")" interrupted 'as interrupted'
like "$(run_reason "$run")" \
    '^out of memory: the limit MemoryMax=48M of the run was reached; raise it with: freezerctl job edit eat' \
    'because it was out of memory, with advice'

# The supervisor itself is killed, and leaves no record. Under cgroup v2 systemd tells what freezerd needs.
if [ "$HOST_CGROUP" = vm ]; then
    cat > /usr/local/libexec/eat-agent <<'E'
#!/bin/sh
echo 1000 > "/proc/$(cut -d' ' -f4 "/proc/$PPID/stat")/oom_score_adj"
echo 0 > /proc/$$/oom_score_adj
/usr/local/libexec/eat & /usr/local/libexec/eat
E
    chmod +x /usr/local/libexec/eat-agent
    job eat-agent '{"action": "exec", "command": "/usr/local/libexec/eat-agent"}' \
        '{"MemoryMax": "48M", "MemorySwapMax": "0"}'
    run=$(start eat-agent)
    happens 'a run whose agent is killed for lack of memory ends' 120 run_ended "$run"
    is "$(run_result "$run")" interrupted 'as interrupted'
    like "$(run_reason "$run")" '^out of memory: .* freezerctl job edit$' 'for the same reason'
fi

job fork '{"action": "exec", "command": "/usr/local/libexec/fork"}' '{"TasksMax": 8}'
run=$(start fork)
happens 'a run that wants more tasks than it may ends' 60 run_ended "$run"
is "$(run_result "$run")" failed 'as failed'
