#!/bin/sh
# The first process in User-Mode Linux, whose root is this machine's own, read-only: modules, then the agent.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 HOME=/run TMPDIR=/run
here=${0%/tests/guest/usermode.sh}
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t tmpfs tmpfs /run
dmesg -n 1
for module in vfat nls_cp437 nls_ascii nls_utf8 nls_iso8859-1; do
    modprobe -d "$here/.venv/usermode" "$module"
done
stty -F /dev/ttyS0 raw -echo
cd "$here" || exit
.venv/bin/python -P -s -m tests.guest.agent /dev/ttyS0
echo o >/proc/sysrq-trigger
sleep 60
