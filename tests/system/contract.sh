#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The running daemon's introspection is what dbus/*.xml says.
. "$HOST_LIB"
systemctl enable -q --now freezerd
freezerd=org.openstack.Freezer1 base=/org/openstack/Freezer1
busctl --system call $freezerd $base $freezerd.Manager CreateJob 'sa{sv}' \
    '{"job_id":"j","job_actions":[{"freezer_action":{"action":"exec","command":"/bin/true"}}]}' 0 > /dev/null
run=$(busctl --system call $freezerd $base $freezerd.Manager StartJob 'sa{sv}' j 0 | cut -d'"' -f2)
i=0
for path in $base $base/job/j "$run"; do
    i=$((i + 1))
    busctl --system --xml-interface introspect $freezerd "$path" > /run/$i.xml
done
works "the XML agrees with the daemon" python3 "$SOURCE_ROOT/tests/contract.py" "$SOURCE_ROOT" /run/[123].xml
like "$(busctl --system tree $freezerd)" "$run" "the run is in the tree"
like "$(busctl --system --json=short call $freezerd $base org.freedesktop.DBus.ObjectManager GetManagedObjects)" \
    '"/org/openstack/Freezer1/job/j":\{' "the job is a managed object"
