#!/bin/sh
# Become a simulated host: a root of its own, then systemd. $1 its name, $2 a directory for its writes, which is in
# memory, $3 lower layers as overlay takes them, $4 kernel modules to show (may be empty). Runs as the first process of
# new pid, mount, uts, ipc, network and control group namespaces.
set -eu
name=$1 place=$2 layers=$3 modules=$4
mkdir -p "$place/upper" "$place/work" "$place/root"
mount -t overlay overlay -o "lowerdir=$layers,upperdir=$place/upper,workdir=$place/work" "$place/root"
cd "$place/root"
mount -t proc proc proc
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs -o mode=755 tmpfs dev
for device in null zero full random urandom tty; do
    touch "dev/$device"
    mount --bind "/dev/$device" "dev/$device"
done
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=666 devpts dev/pts
ln -s pts/ptmx dev/ptmx
mount -t tmpfs -o mode=1777 tmpfs dev/shm
if [ -n "$modules" ]; then
    mkdir -p "lib/modules/${modules##*/}"
    mount --bind -o ro "$modules" "lib/modules/${modules##*/}"
fi
hostname "$name"
echo "$name" > etc/hostname
printf '%s' "$name" | md5sum | cut -c1-32 > etc/machine-id
# As on a host whose package lists are fresh: no role has to fetch them.
touch var/lib/apt/lists
mkdir .outside
pivot_root . .outside
umount -l /.outside
rmdir /.outside
exec env -i container=holdfast-benchmark PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd </dev/null >/dev/null 2>&1
