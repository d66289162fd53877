# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# For scripts that run in a test host: . "$HOST_LIB"
# A failed expectation prints what was expected and seen, and the script goes on; its exit status is 1 at the end.
set -euo pipefail

checks=0
failures=0

ok() {
    checks=$((checks + 1))
    printf 'ok %d - %s\n' "$checks" "$*"
}

# fail WHAT [DETAIL…]: one more failure; details on lines of their own
fail() {
    local detail
    checks=$((checks + 1)) failures=$((failures + 1))
    printf 'not ok %d - %s\n' "$checks" "$1"
    shift
    for detail; do printf '    %s\n' "${detail//$'\n'/$'\n'    }"; done
}

# When nothing after it makes sense.
die() {
    fail "$@"
    exit 1
}

skip() {
    printf '# skipped: %s\n' "$*"
    exit 77
}

_finish() {
    local status=$?
    if [ "$status" -ne 0 ] && [ "$status" -ne 77 ]; then
        printf '# ended with status %d after %d checks\n' "$status" "$checks"
    elif [ "$failures" -gt 0 ]; then
        printf '# %d of %d checks failed\n' "$failures" "$checks"
        rm -f "$HOST_CONTROL/next"
        exit 1
    fi
}
trap _finish EXIT
trap 'printf "# line %s: \"%s\" gave %s\n" "$LINENO" "$BASH_COMMAND" "$?"' ERR

is() { # is SEEN EXPECTED WHAT
    if [ "$1" = "$2" ]; then ok "$3"; else fail "$3" "expected: $2" "seen:     $1"; fi
}

isnt() { # isnt SEEN UNEXPECTED WHAT
    if [ "$1" != "$2" ]; then ok "$3"; else fail "$3" "seen, and it must not be: $1"; fi
}

like() { # like SEEN REGEX WHAT
    if [[ $1 =~ $2 ]]; then ok "$3"; else fail "$3" "expected: /$2/" "seen:     $1"; fi
}

unlike() { # unlike SEEN REGEX WHAT
    if [[ $1 =~ $2 ]]; then fail "$3" "must not match: /$2/" "seen: $1"; else ok "$3"; fi
}

at_least() { # at_least SEEN BOUND WHAT
    if [ "$1" -ge "$2" ]; then ok "$3"; else fail "$3" "expected: at least $2" "seen:     $1"; fi
}

at_most() { # at_most SEEN BOUND WHAT
    if [ "$1" -le "$2" ]; then ok "$3"; else fail "$3" "expected: at most $2" "seen:     $1"; fi
}

works() { # works WHAT COMMAND…: it must end with 0
    local what=$1 out status=0
    shift
    out=$("$@" 2>&1) || status=$?
    if [ "$status" -eq 0 ]; then ok "$what"; else fail "$what" "command:  $*" "status:   $status" "said:     $out"; fi
}

# refused WHAT REGEX COMMAND…: it must fail, saying REGEX
refused() {
    local what=$1 pattern=$2 out status=0
    shift 2
    out=$("$@" 2>&1) || status=$?
    if [ "$status" -ne 0 ] && [[ $out =~ $pattern ]]; then
        ok "$what"
    else
        fail "$what" "command:  $*" "expected: failure, saying /$pattern/" "seen:     status $status, $out"
    fi
}

# manifest DIR: names, types, modes, owners, times (to the second, as tar keeps them), links and contents below it
manifest() {
    (
        cd "$1"
        find . -print0 | sort -z | xargs -0 stat -c '%N %F %a %u:%g %Y %h'
        find . -type f -print0 | sort -z | xargs -0 -r sha256sum
    )
}

same_tree() { # same_tree DIR DIR WHAT
    local difference
    if difference=$(diff <(manifest "$1") <(manifest "$2")); then ok "$3"; else
        fail "$3" "differences from $1 (<) to $2 (>):" "$(head -20 <<< "$difference")"
    fi
}

# wait_for SECONDS COMMAND…: until it works
wait_for() {
    local deadline=$((SECONDS + $1 + 1))
    shift
    until "$@" > /dev/null 2>&1; do
        [ "$SECONDS" -lt "$deadline" ] || return 1
        sleep 0.1
    done
}

happens() { # happens WHAT SECONDS COMMAND…
    local what=$1 seconds=$2
    shift 2
    if wait_for "$seconds" "$@"; then ok "$what"; else
        fail "$what" "waited $seconds s for: $*" "last:     $("$@" 2>&1 || true)"
    fi
}

# as_user NAME COMMAND…: with that user's ids and groups and nothing of root's environment; no session
as_user() {
    local user=$1
    shift
    (cd / && exec env -i PATH="$PATH" LANG=C.UTF-8 HOME="/home/$user" USER="$user" LOGNAME="$user" TERM=dumb \
        setpriv --reuid "$user" --regid "$user" --init-groups -- "$@")
}

# in_session NAME COMMAND…: as_user from a local, active login session (polkit: allow_active)
in_session() {
    local user=$1
    shift
    systemd-run -q --wait --pipe --collect -p "User=$user" -p PAMName=login -p "WorkingDirectory=/home/$user" \
        -p "Environment=XDG_SEAT=seat0 XDG_SESSION_TYPE=x11 XDG_SESSION_CLASS=user" -- "$@"
}

# journal [FIELD=VALUE…]: messages of this boot, one per line
journal() { journalctl -q -b --no-pager -o cat "$@"; }

journal_has() { # journal_has REGEX [FIELD=VALUE…]
    local pattern=$1
    shift
    journalctl --sync
    journal "$@" | grep -Eq -- "$pattern"
}

# prop INTERFACE OBJECT-PATH PROPERTY: the value as busctl prints it, without type
prop() {
    busctl --system get-property org.openstack.Freezer1 "$2" "org.openstack.Freezer1.$1" "$3" | cut -d' ' -f2- | sed 's/^"\(.*\)"$/\1/'
}

# encode ID: as the last part of an object path, as sd_bus_path_encode(3) does
encode() {
    local text=$1 out='' char i
    for ((i = 0; i < ${#text}; i++)); do
        char=${text:i:1}
        if [[ $char == [A-Za-z] || ($char == [0-9] && $i -gt 0) ]]; then
            out+=$char
        else
            printf -v out '%s_%02x' "$out" "'$char"
        fi
    done
    printf '%s' "$out"
}

job_path() { printf '/org/openstack/Freezer1/job/%s' "$(encode "$1")"; }
run_path() { # also of what is encoded already, as the last part of a path is
    if [[ $1 == _3* ]]; then set -- "$(printf '%b' "\\x${1:1:2}")${1:3}"; fi
    printf '/org/openstack/Freezer1/run/%s' "$(encode "$1")"
}
run_state() { prop Run "$(run_path "$1")" State; }
run_result() { prop Run "$(run_path "$1")" Result; }
run_reason() { prop Run "$(run_path "$1")" Reason; }
run_ended() { [ "$(run_state "$1")" = ended ]; }

manager() { # manager METHOD [SIGNATURE ARG…]: a bus call, its answer without type and quotes
    busctl --system call org.openstack.Freezer1 /org/openstack/Freezer1 org.openstack.Freezer1.Manager "$@" |
        cut -d' ' -f2- | sed 's/^"\(.*\)"$/\1/'
}

# start JOB: starts it over the bus and prints the run's id
start() {
    local path
    path=$(manager StartJob 'sa{sv}' "$1" 0)
    prop Run "$path" Id
}

# job ID ACTION-JSON [SYSTEMD-JSON] [SCHEDULE-JSON]: makes a job of root's from one action
job() {
    manager CreateJob 'sa{sv}' "{\"job_id\": \"$1\", \"description\": \"$1\", \"job_actions\": [{\"freezer_action\": $2}],
        \"systemd\": ${3-{\}}, \"job_schedule\": ${4-{\}}}" 0 > /dev/null
}

# run_ids [JOB]: all its runs, the newest first
run_ids() { freezerctl run list --json "$@" | sed -n 's/^ *"id": *"\([0-9a-f]*\)".*/\1/p'; }

# set_clock DATE: in the virtual machine only; anywhere else it would be the clock of somebody's machine.
set_clock() {
    if [ "$HOST_CGROUP" != vm ] || [ ! -e /opt/test/script ] || [ ! -c /dev/virtio-ports/test ]; then
        die 'set_clock outside of the virtual machine: nothing was done'
    fi
    date -s "$1" > /dev/null
}

# next_boot reboot|crash: ends this script; the host goes down (cleanly, or all at once), comes up again with the same
# files, and runs the script once more with $HOST_BOOT one higher.
next_boot() {
    [ "$failures" -eq 0 ] || exit 1
    echo "$1" > "$HOST_CONTROL/next"
    exit 0
}
