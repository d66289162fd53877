#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# KILLS (environment; 25 when not set, each takes a second or two) backups killed at random moments: the whole scope, freezer-agent that stands above, or its child that does the work.
# The run is interrupted (or had ended), nothing of it can be seen in the store, and the next one is good.
. "$HOST_LIB"
kills=${KILLS:-25}
store=/var/backups/freezer tree=/srv/tree
metadata() { find $store -name metadata -type f | sort; }
backups() { freezerctl backup list --container $store --json | grep -c '"name"' || true; }
agents() { # agents UNIT: pids, that of the supervisor first
    local group root
    group=$(systemctl show -P ControlGroup "$1")
    [ -n "$group" ] || return 0
    for root in "" /systemd /unified; do
        cat "/sys/fs/cgroup$root$group/cgroup.procs" 2> /dev/null || true
    done | sort -nu
}
# hit UNIT HOW: false when nothing was there any more
hit() {
    local pids
    case $2 in
        scope) systemctl kill -s KILL "$1" 2> /dev/null ;;
        supervisor) pids=$(agents "$1" | head -n 1) && [ -n "$pids" ] && kill -KILL "$pids" 2> /dev/null ;;
        child) pids=$(agents "$1" | tail -n +2 | head -n 1) && [ -n "$pids" ] && kill -KILL "$pids" 2> /dev/null ;;
    esac
}

mkdir -p $tree $store
head -c 8000000 /dev/urandom > $tree/big
for ((i = 0; i < 300; i++)); do echo "$i" > "$tree/$i"; done
systemctl enable -q --now freezerd
mkdir -p /etc/freezer/freezerd.conf.d
printf '[History]\nMaxRunsPerJob=100000\n' > /etc/freezer/freezerd.conf.d/test.conf
systemctl reload freezerd
job tree "{\"action\": \"backup\", \"mode\": \"fs\", \"path_to_backup\": \"$tree\", \"backup_name\": \"tree\",
    \"storage\": \"local\", \"container\": \"$store\", \"max_level\": 3}" '{"CPUQuota": "40%"}' # long enough to be hit
began=$(date +%s%N)
run=$(start tree)
wait_for 60 run_ended "$run"
is "$(run_result "$run")" success 'a first backup'
span=$((($(date +%s%N) - began) / 1000000))
echo "# it takes $span ms"

interrupted=0 bad=''
expected=1 # backups
declare -A seen
for ((i = 0; i < kills; i++)); do
    case $((i % 3)) in 0) how=scope ;; 1) how=supervisor ;; 2) how=child ;; esac
    echo "$i" > $tree/changed
    head -c 8000000 /dev/urandom > $tree/big
    before=$(metadata)
    run=$(start tree)
    sleep "$(printf 0.%03d $((RANDOM % (span < 1500 ? span : 1500))))"
    hit "$(prop Run "$(run_path "$run")" Unit)" $how || true
    wait_for 30 run_ended "$run" || bad+="run $run does not end after its $how was killed; "
    result=$(run_result "$run")
    seen[$how/$result]=$((${seen[$how/$result]:-0} + 1))
    case $result in
        interrupted)
            interrupted=$((interrupted + 1))
            [ "$(metadata)" = "$before" ] || bad+="$how killed, interrupted, and a backup can be seen; "
            ;;
        success) expected=$((expected + 1)) ;;
        *) bad+="run $run, $how killed: $result, $(run_reason "$run"); " ;;
    esac
    if [ $((i % 5)) = 4 ]; then
        run=$(start tree)
        wait_for 60 run_ended "$run"
        expected=$((expected + 1))
        [ "$(run_result "$run")" = success ] || bad+="the run after it: $(run_result "$run"), $(run_reason "$run"); "
    fi
done
for key in "${!seen[@]}"; do printf '# %s: %s\n' "$key" "${seen[$key]}"; done | sort
is "$bad" '' "each of $kills ended well or interrupted"
at_least "$interrupted" $((kills / 4)) "many were hit ($interrupted)"
is "$(metadata | wc -l)" "$expected" 'a backup for each success, and no other'
is "$(ls /var/lib/freezer/runs)" '' 'no directory is left'
is "$(systemctl list-units --plain --no-legend 'freezer-run-*')" '' 'no scope is left'
is "$(sqlite3 /var/lib/freezer/freezer.db "select count(*) from runs where state <> 'ended'")" 0 'no run is left'
run=$(start tree)
wait_for 60 run_ended "$run"
is "$(run_result "$run")" success 'the last backup is good'
works 'and is restored' freezerctl restore tree --container $store --to /srv/restored
same_tree /srv/restored $tree 'as the tree is'
