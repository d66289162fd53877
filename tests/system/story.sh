#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The main job, whole: a timer fires twice, what it made is restored and compared.
# shellcheck source=tests/host/lib.sh
. "$HOST_LIB"

tree=/srv/tree store=/var/backups/freezer
mkdir -p $tree $store
cp -a /usr/share/common-licenses /usr/share/doc/dpkg /usr/share/doc/apt $tree/
ln $tree/apt/copyright $tree/hard-link
ln -s copyright $tree/apt/soft-link
touch "$tree/a name with spaces" "$tree/"$'new\nline'

backups() { find $store -name metadata -type f | wc -l; }

systemctl enable -q --now freezerd
freezerctl job create --path $tree --to $store --name tree --description 'the tree' --every '4 seconds' --limit MemoryMax=256M
id=$(freezerctl job list --json | sed -n 's/^ *"id": *"\([^"]*\)".*/\1/p')
like "$(systemctl list-timers --no-legend "freezer-job@*")" "freezer-job@$id\.timer +freezer-job@$id\.service" \
    'systemctl list-timers shows the job'
like "$(systemctl show -P Description "freezer-job@$id.timer")" 'the tree' 'by its name'

succeeded() { [ "$(freezerctl run list --json | grep -c '"result": *"success"')" -ge "$1" ]; }
happens 'the timer fires' 30 succeeded 1
happens 'one backup is there' 10 test "$(backups)" -ge 1
echo changed >> $tree/apt/copyright
rm -r $tree/dpkg
mkdir $tree/new
echo new > $tree/new/file
sleep 1
before=$(freezerctl run list --json | grep -c '"result": *"success"')
happens 'it fires again' 40 succeeded $((before + 2))
freezerctl job stop "$id"
idle() { [ "$(prop Manager /org/openstack/Freezer1 ActiveRuns)" = 0 ]; }
happens 'a job that is stopped fires no more' 20 idle
at_least "$(backups)" 2 'there are two backups at least'

list=$(freezerctl backup list)
like "$list" tree 'freezerctl lists them'
freezerctl backup show tree
levels=$(find $store -name metadata -type f -printf '%h\n' | sed 's|.*/||' | sort -u | tr '\n' ' ')
like "$levels" '(^| )0_' 'a full one'
like "$levels" '(^| )1_' 'and an incremental one'

works 'a restore into a new folder' freezerctl restore tree --to /srv/restored
same_tree /srv/restored $tree 'is the same as the tree'

run=$(run_ids "$id" | head -1)
like "$(freezerctl run show "$run")" 'success' 'the run can be seen'
journalctl --sync
like "$(journalctl -q -o json "FREEZER_JOB_ID=$id")" '"FREEZER_RESULT":"success"' 'and is in the journal, with its fields'
like "$(freezerctl log "$id")" 'the tree' 'freezerctl log shows it'
like "$(freezerctl job why "$id")" '.' 'freezerctl job why answers'
