#!/bin/sh
# Write the labels of the policy into a root directory and make a disk of it. $1 root, $2 disk, $3 size.
set -eu
root=$1
echo 'nameserver 10.0.2.3' > "$root/etc/resolv.conf"
# Nothing to update at the first boot: ldconfig, hwdb and the like are as the packages left them.
touch "$root/etc/.updated" "$root/var/.updated"
chroot "$root" setfiles -F /etc/selinux/default/contexts/files/file_contexts /
rm -f "$2"
truncate -s "$3" "$2"
mkfs.ext4 -q -F -d "$root" -E lazy_itable_init=1,lazy_journal_init=1 "$2"
