# The first process after the initramfs: modules, udev, then the agent, which does what the host asks for.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 HOME=/tmp
here=$(sed 's/.*start=//; s|/tests/guest/start.sh.*||' /proc/cmdline)
mount -t tmpfs tmpfs /dev/shm 2>/dev/null || mkdir -p /dev/shm
for module in $(sed 's/.*modules=//; s/ .*//; s/,/ /g' /proc/cmdline); do
    modprobe -d "$here/.venv/guest" "$module"
done
/lib/systemd/systemd-udevd --daemon
udevadm trigger --action=add
udevadm settle
cd "$here" || exit
.venv/bin/python -P -s -m tests.guest.agent /dev/virtio-ports/host
echo o >/proc/sysrq-trigger
sleep 60
