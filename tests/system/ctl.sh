#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# freezerctl with the real freezerd: a job's life, waiting through kills, what a user may do, what the words say.
# shellcheck source=tests/host/lib.sh
. "$HOST_LIB"

status_of() { # exit status of a command, output to /run/out
    local status=0
    "$@" > /run/out 2>&1 < /dev/null || status=$?
    echo "$status"
}

like "$(freezerctl 2>&1 || true)" 'systemctl enable --now freezerd' 'without freezerd it says what to do'
systemctl enable -q --now freezerd
mkdir /run/data # a tmpfs
for i in $(seq 300); do echo "$i" > "/run/data/$i"; done
head -c 60000000 /dev/urandom > /run/data/big

# A job's life
freezerctl job create --path /run/data --to /var/backups/freezer --every '24 hours' --limit CPUQuota=60% --no-incremental \
    > /run/out
like "$(cat /run/out)" 'Next run: .*in 23h 59min' 'a job is made from options'
like "$(freezerctl job list)" '[0-9a-f]{8}  data +scheduled  root +in 23h' 'and listed'
is "$(freezerctl job next data --json -n 2 | python3 -c 'import json, sys; a, b = json.load(sys.stdin); print(b - a)')" \
    86400000000 'its next runs are a day apart'
is "$(freezerctl job next data --json -n 1 | tr -d '[] \n')" \
    "$(freezerctl job show data --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["next_elapse_usec"])')" \
    'freezerctl reckons as freezerd does'
is "$(status_of freezerctl job start data --wait)" 0 'it runs'
like "$(cat /run/out)" 'data: success in .*301|302 files' 'and says what it did'
like "$(freezerctl run show data)" 'read back and verified' 'the run can be shown'
like "$(freezerctl backup list)" 'data .* /var/backups/freezer$' 'the backup is listed'
is "$(freezerctl backup list --container /var/backups/freezer --json |
    python3 -c 'import json, sys; print([(b["name"], b["level"]) for b in json.load(sys.stdin)])')" "[('data', 0)]" \
    'the directory itself knows it'
works 'it is restored' freezerctl restore data --to /run/back
works 'and is the same' diff -r /run/data /run/back
like "$(freezerctl log data)" 'Run of .data. succeeded' 'the journal is shown'
EDITOR='sed -i s/CPUQuota/CPUWeight/' status_of freezerctl job edit data > /run/status
is "$(cat /run/status)" 1 'an edit that systemd would refuse is refused'
kept=$(grep -o '/tmp/freezer-job-[A-Za-z0-9]*.json' /run/out | head -n 1)
works 'the text is kept' grep -q CPUWeight "$kept"
EDITOR='sed -i s/60%/70%/' freezerctl job edit data > /run/out
like "$(freezerctl job show --document data)" 'CPUQuota": "70%' 'an edit that is right is taken'

# Waiting
freezerctl job start data --wait > /run/wait 2>&1 &
waiting=$!
for _ in 1 2 3 4 5; do
    systemctl kill -s KILL freezerd
    sleep 0.3
done
status=0
wait "$waiting" || status=$?
is "$status" 0 'the wait lives through five kills of freezerd'
like "$(cat /run/wait)" 'freezerd is away' 'and tells so'
like "$(tail -n 1 /run/wait)" 'data: success' 'and what came of it'
freezerctl job start data --wait --quiet > /run/wait 2>&1 &
waiting=$!
happens 'a run is going on' 10 freezerctl run show data --json
sleep 0.5
works 'its limits can be changed' freezerctl run limit data CPUQuota=20%
id=$(freezerctl run show data --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["unit"])')
is "$(systemctl show -P CPUQuotaPerSecUSec "$id")" 200ms 'and are'
if [ "$HOST_CGROUP" = v2 ]; then
    works 'it can be paused' freezerctl run pause data
    is "$(freezerctl run list --state=paused --json | grep -c '"id"')" 1 'and is'
    works 'and resumed' freezerctl run resume data
fi
works 'it can be aborted' freezerctl run abort data
status=0
wait "$waiting" || status=$?
is "$status" 4 'the wait ends with the result'
is "$(cat /run/wait)" '' 'and is quiet'
like "$(freezerctl job why data)" 'Last run: aborted' 'freezerctl knows why'
like "$(freezerctl status)" 'data +aborted|Coming next' 'the status is shown'

# A user
as_user alice sh -c 'mkdir /home/alice/docs; echo hi > /home/alice/docs/x'
works 'alice makes a job' in_session alice freezerctl job create --path /home/alice/docs --to /home/alice/store
works 'runs it' in_session alice freezerctl job start --wait docs
works 'and restores it' in_session alice freezerctl restore docs --to /home/alice/back
is "$(stat -c %U /home/alice/store /home/alice/back | sort -u)" alice 'as herself'
refused "root's job is not there for her" 'There is no job data' in_session alice freezerctl job show data
isnt "$(status_of as_user bob freezerctl job show docs)" 0 "nor is alice's for bob"
is "$(as_user bob freezerctl job list --json)" '[]' 'who has none'
works 'a one-off backup' as_user bob freezerctl backup /usr/share/doc/bash --to /home/bob/store --name bash
like "$(as_user bob freezerctl run show bash)" 'document' 'is found by its name'

# A password is asked for on a terminal (restoring over what is there needs an administrator)
echo 'root:secret' | chpasswd
cat > /run/type.py << 'end'
import os, pty, select, sys, time
pid, fd = pty.fork()
if pid == 0:
    os.execvp("freezerctl", ["freezerctl", "restore", "docs", "--to", "/home/alice/docs", "--overwrite"])
shown, typed, end = b"", False, time.monotonic() + 30
while time.monotonic() < end:
    if not select.select([fd], [], [], 0.1)[0]:
        continue
    try:
        piece = os.read(fd, 4096)
    except OSError:
        break
    shown += piece
    if b"Password:" in shown and not typed:
        typed = True
        time.sleep(0.3) # the terminal's echo is put off first
        os.write(fd, b"secret\n")
print(shown.decode())
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
end
in_session alice python3 /run/type.py > /run/out
like "$(cat /run/out)" 'restore-in-place' 'polkit asks on the terminal'
like "$(cat /run/out)" 'success' 'and lets her go on with the password'
refused 'without it she may not' 'password' in_session alice freezerctl restore docs --to /home/alice/docs --no-ask-password
