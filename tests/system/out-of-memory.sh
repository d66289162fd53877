#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Out of memory: the process that works is killed, the run says so and has left nothing.
# shellcheck source=tests/host/lib.sh
. "$HOST_LIB"

systemctl enable -q --now freezerd
# So many names that a backup has to hold more than it may.
mkdir -p /srv/names
python3 - << 'E'
import os
for n in range(60000):
    os.close(os.open(f"/srv/names/{n:0180}", os.O_CREAT | os.O_WRONLY, 0o600))
E
job names '{"action": "backup", "path_to_backup": "/srv/names", "backup_name": "names", "container": "/srv/store"}' \
    '{"MemoryMax": "10M", "MemorySwapMax": "0"}'
run=$(start names)
happens 'a backup that needs more memory than it may ends' 120 run_ended "$run"
is "$(run_result "$run")" interrupted 'as interrupted'
like "$(run_reason "$run")" '^out of memory: the limit MemoryMax=10M .*freezerctl job edit names' \
    'because it was out of memory, with advice'
happens 'the journal names job, backup, action and result' 20 journal_has 'out of memory' FREEZER_JOB_ID=names \
    FREEZER_BACKUP=names FREEZER_ACTION=backup FREEZER_RESULT=interrupted "FREEZER_RUN_ID=$run"
refused 'no backup is there' '' ls /srv/store/metadata

job eat '{"action": "exec", "command": "awk '"'"'BEGIN { s = \"x\"; while (length(s) < 200000000) s = s s }'"'"'"}' \
    '{"MemoryMax": "48M", "MemorySwapMax": "0"}'
run=$(start eat)
happens 'a command that needs more memory than it may ends' 120 run_ended "$run"
is "$(run_result "$run")" interrupted 'as interrupted, too'
like "$(run_reason "$run")" '^out of memory: the limit MemoryMax=48M .*awk was killed' 'for that reason'
