#!/bin/sh
# Add packages to a root directory without starting anything. $1 root, the rest are packages.
set -eu
root=$1
shift
trap 'umount "$root/proc" "$root/dev"; rm -f "$root/usr/sbin/policy-rc.d"' EXIT
mount -t proc proc "$root/proc"
mount --bind /dev "$root/dev"
printf '#!/bin/sh\nexit 101\n' > "$root/usr/sbin/policy-rc.d"
chmod 755 "$root/usr/sbin/policy-rc.d"
cp /etc/resolv.conf "$root/etc/resolv.conf"
DEBIAN_FRONTEND=noninteractive chroot "$root" apt-get install -q -y --no-install-recommends "$@"
chroot "$root" apt-get clean
# Installed is enough: the roles say what runs.
for unit in docker.service docker.socket containerd.service nfs-server.service nfs-client.target rpcbind.service \
    rpcbind.socket podman.service podman.socket podman-auto-update.timer podman-restart.service nftables.service \
    tlshd.service gssproxy.service krb5-kdc.service krb5-admin-server.service; do
    chroot "$root" systemctl disable -q "$unit" || true
done
