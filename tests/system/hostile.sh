#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What a user can put in freezerd's way: in documents, in the run's directory, on the progress socket. freezerd goes on
# answering, believes nothing about others, and touches nothing of theirs.
# shellcheck source=tests/host/lib.sh
. "$HOST_LIB"

systemctl enable -q --now freezerd
mkdir /srv/data
echo data > /srv/data/f
job roots '{"action": "backup", "path_to_backup": "/srv/data", "backup_name": "roots", "container": "/srv/store"}'
works "root has a backup" freezerctl job start --wait --quiet roots
chain=$(basename /srv/store/metadata/tar/*/*)
freezerd=$(systemctl show -P MainPID freezerd)

all_answer() { # all_answer AFTER-WHAT
    works "jobs are listed after $1" manager ListJobs
    works "runs are listed after $1" manager ListRuns 'a{sv}' 0
    like "$(freezerctl backup list)" roots "root's backup is known after $1"
    works "objects are listed after $1" busctl --system --timeout=20 call org.openstack.Freezer1 /org/openstack/Freezer1 \
        org.freedesktop.DBus.ObjectManager GetManagedObjects
    is "$(systemctl show -P MainPID freezerd)" "$freezerd" "freezerd is the same process after $1"
}
document() { # document ESCAPED-DESCRIPTION COMMAND
    printf '{"description": "%s", "job_actions": [{"freezer_action": {"action": "exec", "command": "%s"}}]}' "$1" "$2"
}
call() { in_session alice busctl --system call org.openstack.Freezer1 /org/openstack/Freezer1 org.openstack.Freezer1.Manager "$@"; }
run_document() { call RunDocument 'sa{sv}' "$1" 0 | sed 's/.*run\/\(.*\)"/\1/'; }

# Text that the bus takes from nobody.
refused 'no character, no description' 'no character' call CreateJob 'sa{sv}' "$(document '\ufffe' true)" 0
refused 'no million of values' 'too many values' call RunDocument 'sa{sv}' "$(document x true | sed "s/}\$/, \"x\": [$(printf '{},%.0s' {1..30000})1]}/")" 0

# Descriptions are text to PID 1, too.
odd='%n %H \"quoted\" $HOME \\\\ 100%'
call CreateJob 'sa{sv}' "{\"job_id\": \"odd\", \"description\": \"$odd\", \"job_schedule\": {\"schedule_interval\": \"5 days\"},
    \"job_actions\": [{\"freezer_action\": {\"action\": \"exec\", \"command\": \"true\"}}]}" 0 > /dev/null
happens 'its timer is armed' 10 systemctl is-active --quiet freezer-job@odd.timer
shown=$(systemctl show -P Description freezer-job@odd.timer)
like "$shown" '%n %H "quoted" \$HOME \\\\ 100%' 'the description is what it was'
systemctl daemon-reload
is "$(systemctl show -P Description freezer-job@odd.timer)" "$shown" 'also after a daemon-reload'
refused "an id is one job's" 'already' call CreateJob 'sa{sv}' "{\"job_id\": \"roots\", \"job_actions\": [{\"freezer_action\": {\"action\": \"exec\", \"command\": \"true\"}}]}" 0

# The run's directory is the user's. Each of these puts something there and takes the agent's life.
plant() { # plant NAME LINE…: a program of alice's; its directory is $dir
    local file=/home/alice/plant-$1
    {
        echo '#!/bin/bash'
        # shellcheck disable=SC2016
        echo 'exec 2> /dev/null; dir=$(tr "\0" "\n" < /proc/$PPID/cmdline | tail -1); run=${dir##*/}; cd "$dir" || exit 1'
        printf '%s\n' "${@:2}"
        # shellcheck disable=SC2016
        echo 'kill -KILL "$(ps -o ppid= -p $PPID)"; sleep 10'
    } > "$file"
    chmod 755 "$file"
    planted=$(run_document "$(document "$1" "$file")")
    happens "the run ends: $1" 20 run_ended "$planted"
    all_answer "$1"
}
# shellcheck disable=SC2016 # for the programs
{
    plant link 'ln -s /etc/shadow record.json'
    like "$(run_reason "$planted")" 'cannot be read|symbolic' 'a link is not followed'
    plant fifo 'mkfifo record.json'
    plant huge 'truncate -s 1T record.json'
    plant other-run 'echo "{\"run_id\": \"00112233445566778899aabbccddeeff\", \"result\": \"success\"}" > record.json'
    isnt "$(run_result "$planted")" success 'the record of another run is none'
    plant no-character 'printf "{\"run_id\": \"$run\", \"result\": \"success\", \"reason\": \"\\\\ufffe\"}" > record.json'
    plant raw-no-character 'printf "{\"run_id\": \"$run\", \"result\": \"success\", \"x\": \"\357\277\276\"}" > record.json'
    plant bomb '{ printf "{\"run_id\": \"$run\", \"actions\": ["; yes "{}," | head -1000000 | tr -d "\n"; printf "{}]}"; } > record.json'
    plant removed "printf '{\"run_id\": \"%s\", \"result\": \"success\", \"actions\": [{\"removed\": [{\"name\": \"roots\", \"hostname\": \"$(hostname)\", \"engine\": \"tar\", \"storage\": \"local\", \"container\": \"/srv/store\", \"chain\": $chain}]}]}' \"\$run\" > record.json"
    plant empty-backup 'printf "{\"run_id\": \"$run\", \"result\": \"success\", \"actions\": [{\"backup\": {}}, {\"removed\": [{}]}, {\"backup\": {\"chain\": 18446744073709551615}}]}" > record.json'
    is "$(run_result "$planted")" success 'what a record leaves out does not keep the run from ending'
    plant lines 'printf "{\"run_id\": \"$run\", \"result\": \"failed\", \"reason\": \"a\\\\nFREEZER_JOB_ID=roots\"}" > record.json'
    journalctl --sync
    is "$(journalctl -q -o json FREEZER_JOB_ID=roots "FREEZER_RUN_ID=$planted" | wc -l)" 0 'no line of a reason is a field of the journal'

    plant many 'for i in {1..3000}; do : > "$i"; done'
    plant deep 'python3 -c "import os
for _ in range(1500):
    os.mkdir(\"d\")
    os.chdir(\"d\")"'
    like "$(journal -u freezerd)" "Cannot remove .*$(prop Run "$(run_path "$planted")" Id)" 'what was not removed is told'
    plant endless 'setsid sh -c "while :; do for i in 1 2 3 4 5 6 7 8 9; do : > \$i.\$i; done; done" & sleep 0.2'
}
at_most "$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$freezerd/status")" 150000 'freezerd never took much memory'

# What the user's program gets from freezerd: three descriptors, no secrets.
cat > /home/alice/look << 'EOF'
#!/bin/bash
{ ls -l /proc/$PPID/fd; tr '\0' '\n' < /proc/$PPID/environ; grep -E '^(Cap|Seccomp:|Groups)' /proc/$PPID/status; } > /home/alice/seen 2>&1
EOF
chmod 755 /home/alice/look
run=$(run_document "$(document look /home/alice/look)")
happens 'it ends' 20 run_ended "$run"
unlike "$(cat /home/alice/seen)" 'freezer\.db|dbus|NOTIFY_SOCKET|WATCHDOG|INVOCATION|LISTEN_' "nothing of freezerd's is in its hands"
like "$(cat /home/alice/seen)" 'CapPrm:.0000000000000000' 'no capability'

# Progress of somebody else's run.
job sleeper '{"action": "exec", "command": "sleep 30"}'
victim=$(start sleeper)
is_running() { [ "$(run_state "$victim")" = running ]; }
happens 'a run of root' 10 is_running
as_user alice python3 -c "
import socket
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
for _ in range(2000):
    try:
        s.sendto(b'run_id=$victim\nphase=forged\nbytes_read=77\n', socket.MSG_DONTWAIT, '/run/freezer/progress')
    except OSError:
        pass
"
sleep 1
isnt "$(prop Run "$(run_path "$victim")" Phase)" forged 'is told by its own processes only'
is "$(prop Run "$(run_path "$victim")" BytesRead)" 0 'its counters, too'
freezerctl run abort "$victim" > /dev/null
works "root's job still runs" freezerctl job start --wait --quiet roots
