#!/bin/sh
# Make a guest of a root directory: log-in, network by hardware address, SELinux enforcing. $1 root, $2 directory of the key.
set -eu
root=$1

mkdir -p "$root/root/.ssh"
cp "$2/id_ed25519.pub" "$root/root/.ssh/authorized_keys"
chmod 700 "$root/root/.ssh"
echo 'UseDNS no' > "$root/etc/ssh/sshd_config.d/lab.conf"

printf 'SELINUX=enforcing\nSELINUXTYPE=default\n' > "$root/etc/selinux/config"
: > "$root/etc/fstab"
: > "$root/etc/machine-id"

network=$root/etc/systemd/network
mkdir -p "$network"
printf '[Match]\nMACAddress=52:54:00:10:*:*\nName=eth0\n\n[Network]\nDHCP=ipv4\nLinkLocalAddressing=no\nIPv6AcceptRA=no\n' > "$network/10-outside.network"
# The last octet of the lab network card's address is that of its IP address.
for number in $(seq 11 60); do
    printf '[Match]\nMACAddress=52:54:00:77:00:%02x\n\n[Network]\nAddress=10.77.0.%d/24\nLinkLocalAddressing=no\nIPv6AcceptRA=no\n' \
        "$number" "$number" > "$network/20-lab-$number.network"
done
for host in 11:nfs1 12:nfs2 21:app1 22:app2 23:app3 31:ops1 41:bare1; do
    echo "10.77.0.${host%%:*} ${host#*:}" >> "$root/etc/hosts"
done

chroot "$root" systemctl enable -q systemd-networkd ssh
# The generator fails under this policy, and emulated guests have no use for these timers.
chroot "$root" systemctl mask -q systemd-network-generator.service apt-daily.timer apt-daily-upgrade.timer \
    fstrim.timer e2scrub_all.timer e2scrub_reap.service dpkg-db-backup.timer man-db.timer selinux-autorelabel.service \
    modprobe@drm.service modprobe@efi_pstore.service getty@tty1.service

# Each reload of systemd runs every generator; these have nothing to find in a guest.
install -d "$root/etc/systemd/system-generators"
for name in debug getty gpt-auto hibernate-resume import rc-local run ssh system-update sysv tpm2; do
    ln -s /dev/null "$root/etc/systemd/system-generators/systemd-$name-generator"
done

# The kernel and its initial ramdisk come from the host: none is made anew when a package asks for it.
echo 'update_initramfs=no' > "$root/etc/initramfs-tools/update-initramfs.conf"

# Modules of Ansible, whose source each task sends anew, are compiled once.
for directory in "$root"/etc/python3.*/; do
    cp "$(dirname "$0")/sitecustomize.py" "$directory"
done
install -d -m 700 "$root/var/cache/lab-python"

# The host's own way to its package source: proxies and certificates, as apt and the system have them.
apt-config dump | grep -Ei '^Acquire::[^"]*(proxy|cainfo|capath|verify)[^"]*"' > "$root/etc/apt/apt.conf.d/90lab" || true
[ ! -e /etc/ssl/certs/ca-certificates.crt ] || cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
