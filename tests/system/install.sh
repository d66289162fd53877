#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What an administrator finds after the installation.
# shellcheck source=tests/host/lib.sh
. "$HOST_LIB"

name=org.openstack.Freezer1 root=/org/openstack/Freezer1

for file in /usr/bin/freezerctl /usr/bin/freezer-agent /usr/lib/freezer/freezerd /etc/freezer/freezerd.conf \
    /lib/systemd/system/freezerd.service /lib/systemd/system/freezer.slice /usr/lib/sysusers.d/freezer.conf \
    /usr/lib/tmpfiles.d/freezer.conf /usr/lib/systemd/catalog/freezer.catalog \
    /usr/share/dbus-1/system.d/$name.conf /usr/share/dbus-1/system-services/$name.service \
    /usr/share/dbus-1/interfaces/$name.xml /usr/share/polkit-1/actions/org.openstack.freezer1.policy \
    /usr/share/bash-completion/completions/freezerctl; do
    works "$file is there" test -s "$file"
done
is "$(stat -c '%a %U' /var/lib/freezer)" '711 root' 'the state is entered by name, not listed'
works 'the group and user exist' id freezer

is "$(systemd-analyze verify --man=no freezerd.service freezer.slice freezer-system.slice 2>&1)" '' \
    'systemd-analyze has nothing to say about the units'
is "$(systemctl is-active freezerd)" inactive 'freezerd does not run yet'
works 'it can be enabled' systemctl enable freezerd
is "$(systemctl is-active freezerd)" inactive 'which does not start it'
works 'a bus call does' busctl call $name $root org.freedesktop.DBus.Peer Ping
is "$(systemctl is-active freezerd)" active 'now it does'
status_text() { systemctl show -P StatusText freezerd | grep -q '[a-z]'; }
happens 'it tells systemd what it is doing' 5 status_text
like "$(systemctl show -P WatchdogUSec freezerd)" 's$' 'with a watchdog'

like "$(busctl tree --list $name)" "$root" 'busctl tree shows its objects'
introspection=$(busctl introspect $name $root)
for word in org.openstack.Freezer1.Manager .CreateJob .StartJob .ListJobs .Version org.freedesktop.DBus.ObjectManager; do
    like "$introspection" "${word//./\\.}" "busctl introspect shows $word"
done
is "$(prop Manager $root Jobs)" 0 'no job yet'
works 'the log level can be changed' busctl set-property $name /org/freedesktop/LogControl1 \
    org.freedesktop.LogControl1 LogLevel s debug
is "$(systemctl service-log-level freezerd.service)" debug 'and systemctl sees it'

mkdir -p /etc/freezer/jobs.d
echo '{"job_id": "filed", "job_actions": [{"freezer_action": {"action": "exec", "command": "true"}}]}' \
    > /etc/freezer/jobs.d/filed.json
works 'systemctl reload' systemctl reload freezerd
is "$(prop Job "$(job_path filed)" Origin)" file 'has read the job of a file'
refused 'which cannot be deleted by a call' 'jobs\.d|file' manager DeleteJob s filed
echo '{"job_id": ' > /etc/freezer/jobs.d/broken.json
systemctl reload freezerd || true
happens 'a broken file is named in the journal' 5 journal_has 'broken\.json' -u freezerd
broken() { journalctl --sync; journal -u freezerd | grep -c 'broken\.json'; }
systemctl reload freezerd
is "$(broken)" 1 'once, not with each reload'
echo '{"job_id": [' > /etc/freezer/jobs.d/broken.json
systemctl reload freezerd
is "$(broken)" 2 'and again when it is broken in another way'
echo '{"job_id": "broken", "job_actions": [{"freezer_action": {"action": "exec", "command": "true"}}]}' \
    > /etc/freezer/jobs.d/broken.json
systemctl reload freezerd
is "$(broken)/$(prop Job "$(job_path broken)" Origin)" 2/file 'corrected, it is a job'
echo '{"job_id": [' > /etc/freezer/jobs.d/broken.json
systemctl reload freezerd
is "$(broken)" 3 'or when it was good in between'
is "$(prop Job "$(job_path broken)" Origin)" file 'while its job stays'
rm /etc/freezer/jobs.d/*.json
works 'systemctl reload again' systemctl reload freezerd
is "$(prop Manager $root Jobs)" 0 'the job goes with its file'

works 'a run' freezerctl backup /usr/share/common-licenses --to /var/backups/freezer
journalctl --sync
like "$(journalctl -q -x -o short --no-pager -u freezerd)" 'Subject: .*(run|Run).*Documentation' 'journalctl -x explains it'
works 'freezerctl tells its version' freezerctl --version
works 'systemctl restart' systemctl restart freezerd
works 'systemctl stop' systemctl stop freezerd
is "$(systemctl show -P Result freezerd)" success 'ends well'
is "$(systemctl --failed --no-legend --plain)" '' 'no unit failed'
