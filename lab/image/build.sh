#!/bin/sh
# Build both disks. $1 result directory, $2 suite, $3 archive (may be empty), $4 disk size,
# $5 packages of the bare guest (commas), $6 packages of the fleet guest (spaces). Runs as root.
set -eu
files=$(dirname "$0")
root=$1/root
if [ -n "$3" ]; then set -- "$@" "deb $3 $2 main"; fi
mmdebstrap --variant=minbase --format=directory --include="$5" --skip=cleanup/apt/lists \
    --dpkgopt=force-confold --dpkgopt='path-exclude=/usr/share/doc/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/usr/share/man/*' \
    --essential-hook='mkdir -p "$1/etc/initramfs-tools/conf.d" "$1/usr/share/initramfs-tools/modules.d"' \
    --essential-hook='echo MODULES=list > "$1/etc/initramfs-tools/conf.d/lab"' \
    --essential-hook="cp '$files/modules' \"\$1/usr/share/initramfs-tools/modules.d/lab\"" \
    "$2" "$root" ${7:+"$7"}
sh "$files/bare.sh" "$root" "$1"
sh "$files/policy.sh" "$root"
cp "$root/vmlinuz" "$1/vmlinuz"
cp "$root/initrd.img" "$1/initrd.img"
sh "$files/disk.sh" "$root" "$1/bare.img" "$4"
# shellcheck disable=SC2086  # a list of packages
sh "$files/fleet.sh" "$root" $6
sh "$files/disk.sh" "$root" "$1/fleet.img" "$4"
rm -rf --one-file-system "$root"
