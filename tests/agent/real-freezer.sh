#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# freezer-agent and OpenStack Freezer's own, on one store, both ways. By hand, as root, since the root directory takes
# minutes and a network to make:
#   mmdebstrap --variant=apt --include=python3-freezer bookworm ROOT && tests/agent/real-freezer.sh AGENT ROOT
set -eu
[ $# -eq 2 ] || { sed -n 3,5p "$0" >&2; exit 2; }
agent=$1 root=$2 work=$2/srv/real-freezer
args="--hostname h --log-file /srv/real-freezer/log"

real() {
        chroot "$root" env -i OS_AUTH_URL=http://127.0.0.1:9/v3 OS_USERNAME=u OS_PASSWORD=p OS_PROJECT_NAME=p \
                OS_USER_DOMAIN_NAME=Default OS_PROJECT_DOMAIN_NAME=Default TZ=UTC HOME=/root \
                PATH=/usr/bin:/bin:/usr/sbin:/sbin freezer-agent --storage local --container /srv/real-freezer/store \
                --backup-name b $args "$@" >/dev/null
}

ours() {
        "$agent" -C "$work/store" -N b --hostname h -q "$@"
}

# Names, types, modes, owners, whole seconds, link targets and contents.
same() {
        for tree in "$1" "$2"; do
                (cd "$tree" && find . -printf '%P|%y|%m|%U|%G|%Ts|%l\n' | sort && find . -type f -exec sha256sum {} + |
                        sort) > "$tree.list"
        done
        diff "$1.list" "$2.list"
}

# The state after a level, kept to compare with; the next second gives the next level its own time.
keep() {
        cp -a src "want$1"
        sleep 1
}

rm -rf "$work"
mkdir -p "$work/src/sub"
cd "$work"
echo kept > src/sub/kept; chmod 4711 src/sub/kept
echo one > src/changed; ln src/changed src/hard; ln -s changed src/link
echo gone > src/gone; chown 1234:4321 src/gone; mkfifo src/fifo
ours -F src; keep 0
echo two >> src/changed; rm src/gone; mkdir src/turns; echo x > src/turns/inside
ours -F src; keep 1
mv src/sub src/moved; echo new > src/new; rm -r src/turns; echo file > src/turns
ours -F src; keep 2
for level in 0 1 2; do
        stamp=$(ls store/metadata/tar/h_b/* | sed -n "s/^${level}_//p")
        real --action restore --restore-abs-path "/srv/real-freezer/real$level" \
                --restore-from-date "$(date -u -d "@$stamp" +%Y-%m-%dT%H:%M:%S)"
        same "want$level" "real$level"
        echo "Freezer restores our level $level"
done
echo three > src/third; rm src/new
real --action backup --path-to-backup /srv/real-freezer/src --nosync; keep 3
ours --action restore --restore-abs-path ours3
same want3 ours3
echo "Freezer continues our chain, and we restore it"
echo four > src/fourth; rm src/third
ours -F src; keep 4
ls store/metadata/tar/h_b/*/ | grep -q '^4_'
real --action restore --restore-abs-path /srv/real-freezer/real4
same want4 real4
echo "We continue Freezer's chain, and it restores it"
