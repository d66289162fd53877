#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A run can be halted and go on. In the test host's v2 mode, and in the virtual machine.
# shellcheck source=tests/host/lib.sh
. "$HOST_LIB"

systemctl enable -q --now freezerd
cat > /usr/local/bin/tick <<'E'
#!/bin/sh
while :; do echo >> /var/tmp/ticks; sleep 0.1; done
E
chmod +x /usr/local/bin/tick
ticks() { wc -l < /var/tmp/ticks; }
ticking() {
    local before
    before=$(ticks)
    sleep 1
    [ "$(ticks)" -gt "$before" ]
}

job tick '{"action": "exec", "command": "/usr/local/bin/tick"}'
run=$(start tick)
happens 'the run runs' 20 ticking
works 'it can be paused' freezerctl run pause "$run"
is "$(run_state "$run")" paused 'it is paused'
is "$(systemctl show -P FreezerState "freezer-run-$run.scope")" frozen 'systemd says so, too'
sleep 1
before=$(ticks)
sleep 2
is "$(ticks)" "$before" 'nothing of it goes on'
works 'it can be resumed' freezerctl run resume "$run"
is "$(run_state "$run")" running 'it runs'
happens 'it goes on' 10 ticking
works 'paused again' freezerctl run pause "$run"
works 'a paused run can be aborted' freezerctl run abort "$run"
happens 'and ends' 40 run_ended "$run"
is "$(run_result "$run")" aborted 'as aborted'
