#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The clock jumps a day forward, and back: no run is lost, none comes twice.
# shellcheck source=tests/host/lib.sh
. "$HOST_LIB"

runs() { run_ids noon | wc -l; }
all_ended() { [ "$(prop Manager /org/openstack/Freezer1 ActiveRuns)" = 0 ]; }
has_runs() { [ "$(runs)" -eq "$1" ] && all_ended; }
stays() { # stays N WHAT: still N after a while
    sleep 20
    is "$(runs)" "$1" "$2"
}

systemctl enable -q --now freezerd
set_clock '2030-06-11 11:59:30 UTC'
job noon '{"action": "exec", "command": "true"}' '{"OnCalendar": ["*-*-* 12:00:00 UTC"], "Persistent": true}'
like "$(systemctl list-timers --no-legend 'freezer-job@*')" '2030-06-11 12:00:00' 'due at noon'
stays 0 'nothing runs before'
happens 'it runs at noon' 60 has_runs 1
stays 1 'once'

set_clock '2030-06-12 15:00:00 UTC'
happens 'a day forward, over the next noon: that run is made up' 90 has_runs 2
stays 2 'once'
like "$(systemctl list-timers --no-legend 'freezer-job@*')" '2030-06-13 12:00:00' 'the next is due the day after'

set_clock '2030-06-11 15:00:00 UTC'
stays 2 'a day back: nothing runs twice'
next_noon() { systemctl list-timers --no-legend 'freezer-job@*' | grep -q '2030-06-12 12:00:00'; }
happens 'the next noon is due again' 30 next_noon
set_clock '2030-06-12 11:59:50 UTC'
happens 'and is not lost' 90 has_runs 3
stays 3 'nor doubled'
is "$(freezerctl run list --json noon | grep -c '"result": *"success"')" 3 'all of them were good'
