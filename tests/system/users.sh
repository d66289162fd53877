#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Any user may protect their own files; nobody gets more through us than they have without us.
# shellcheck source=tests/host/lib.sh
. "$HOST_LIB"

systemctl enable -q --now freezerd
ctl() { as_user "$1" freezerctl --no-ask-password "${@:2}"; }

as_user alice mkdir /home/alice/files
as_user alice sh -c 'echo mine > /home/alice/files/one; chmod 600 /home/alice/files/one'
echo secret > /srv/secret
chmod 600 /srv/secret
mkdir /srv/mixed
cp /srv/secret /srv/mixed/secret
chmod 600 /srv/mixed/secret
echo open > /srv/mixed/open
job roots '{"action": "exec", "command": "true"}'

# Their own.
works 'a user makes a job of their files' in_session alice \
    freezerctl job create --path /home/alice/files --to /home/alice/backups --name files --description 'files of alice'
id=$(ctl alice job list --json | sed -n 's/^ *"id": *"\([^"]*\)".*/\1/p')
is "$(prop Job "$(job_path "$id")" Owner)" 2001 'it is theirs'
works 'runs it, also without a session' ctl alice job start --wait --quiet "$id"
is "$(stat -c %U /home/alice/backups)" alice 'the backup is theirs'
is "$(find /home/alice/backups -not -user alice | wc -l)" 0 'all of it'
run=$(run_ids "$id" | head -1)
is "$(prop Run "$(run_path "$run")" Owner)" 2001 'the run was theirs'
journalctl --sync
is "$(journalctl -q -o json "FREEZER_RUN_ID=$run" _COMM=freezer-agent | grep -c '"_UID":"2001"')" \
    "$(journalctl -q -o json "FREEZER_RUN_ID=$run" _COMM=freezer-agent | wc -l)" 'by their user id from the first line on'
as_user alice rm /home/alice/files/one
works 'restores it' in_session alice freezerctl restore files --to /home/alice/again
is "$(cat /home/alice/again/one)" mine 'and has the file back'
is "$(stat -c '%U %a' /home/alice/again/one)" 'alice 600' 'with owner and mode'

# Of others: it does not exist.
is "$(ctl bob job list --json | tr -d ' \n')" '[]' "bob sees no job of alice's or root's"
unlike "$(ctl alice job list)" roots "alice sees no job of root's"
is "$(ctl bob run list --json | tr -d ' \n')" '[]' 'bob sees no run'
for them in "$id" roots; do
    refused "bob can't see $them" "no job" ctl bob job show "$them"
    refused "bob can't start $them" "no job" ctl bob job start "$them"
    refused "bob can't stop $them" "no job" ctl bob job stop "$them"
    refused "bob can't delete $them" "no job" ctl bob job delete "$them"
done
bus() { as_user bob busctl call org.openstack.Freezer1 "$@"; }
refused "not over the bus either: start" 'Unknown object' bus "$(job_path "$id")" \
    org.openstack.Freezer1.Job Start 'a{sv}' 0
refused 'nor change' 'Unknown object' bus "$(job_path "$id")" org.openstack.Freezer1.Job Update 'sa{sv}' '{}' 0
refused 'nor delete' 'Unknown object' bus "$(job_path "$id")" org.openstack.Freezer1.Job Delete
refused 'nor abort a run' 'Unknown object' bus "$(run_path "$run")" org.openstack.Freezer1.Run Abort
unlike "$(as_user bob busctl tree --list org.openstack.Freezer1)" "$(encode "$id")" "busctl tree does not show it to bob"
refused "bob may not reload freezerd" 'denied|password' bus /org/openstack/Freezer1 org.openstack.Freezer1.Manager Reload
works "root still sees alice's" freezerctl job show "$id"

# What the user can't read, the job can't.
works 'a job of files that are not theirs' in_session alice \
    freezerctl job create --path /srv/mixed --to /home/alice/backups --name mixed --description mixed
mixed=$(ctl alice job list --json | tr -d '\n' | sed 's/.*"id": *"\([^"]*\)", *"description": *"mixed".*/\1/')
ctl alice job start --wait --quiet "$mixed" || true
mixed_run=$(run_ids "$mixed" | head -1)
isnt "$(run_result "$mixed_run")" success 'does not succeed: a file could not be read'
is "$(find /home/alice/backups -name data -exec zcat {} + 2> /dev/null | grep -ac '^secret$')" 0 'no secret is in the backup'
# The program of a user's job is the user.
cat > /usr/local/bin/who << 'E'
#!/bin/sh
{ id; cat /srv/secret; grep -E '^Cap(Eff|Prm|Amb)' /proc/self/status; } > "$HOME/who" 2>&1
E
chmod 755 /usr/local/bin/who
echo '{"job_id": "who", "job_actions": [{"freezer_action": {"action": "exec", "command": "/usr/local/bin/who"}}]}' > /home/alice/who.json
works 'a job that runs a program' in_session alice freezerctl job create /home/alice/who.json
ctl alice job start --wait --quiet who || true
who=$(cat /home/alice/who)
like "$who" '^uid=2001\(alice\) gid=2001\(alice\) groups=2001\(alice\)' 'runs it as the user, in their groups alone'
like "$who" 'Permission denied' "it can't read root's file"
like "$who" 'CapEff:.0000000000000000' 'it has no capability'
like "$(systemctl show -P ActiveState "freezer-user-2001.slice")" 'active' 'in a slice of their own'
