#!/bin/sh
# Build one root file system from Debian packages and pack what the image keeps. $1 work directory, $2 suite,
# $3 archive (may be empty), $4 packages (commas), $5 directory with files of the image, $6 result; the rest is kept:
# paths in the root, libraries of the programs among them included. Runs as root.
set -eu
root=$1/root suite=$2 archive=$3 packages=$4 files=$5 result=$6
shift 6
if [ -n "$archive" ]; then archive="deb $archive $suite main"; fi
mmdebstrap --variant=minbase --format=directory --include="$packages" "$suite" "$root" ${archive:+"$archive"}
cp -r --no-preserve=ownership "$files/." "$root/"
find "$root/usr/local" -name package-lock.json -not -path '*/node_modules/*' | while read -r lock; do
    npm ci --omit=dev --ignore-scripts --no-audit --no-fund --prefix "$(dirname "$lock")"
done
cat > "$root/list.sh" <<'LIST'
set -eu
for path in /bin /sbin /lib /lib64 /usr/bin/sh /usr/bin/dash /usr/bin/mkdir /usr/bin/rm /etc/passwd /etc/group "$@"; do
    find $path -not -name 'llvmjit*' -not -path '*/bitcode/*' \( -type f -o -type l \)
done > /kept
# Every ELF file asks for its libraries, each by the name of its link and by that of its target.
xargs -r -a /kept ldd 2>/dev/null | grep -o '/[^ ]*' | grep -v ':$' | sort -u | while read -r library; do
    echo "$library"
    readlink -f "$library"
done >> /kept
printf '%s\n' /tmp /run /proc /sys /dev /var/log /var/lib >> /kept
# /bin, /lib and the like are links into /usr: what is below them goes there, or no engine can unpack the layer.
sed -E 's,^/(bin|sbin|lib|lib64)/,/usr/\1/,; s,^/,,' /kept | sort -u > /list
LIST
chroot "$root" sh /list.sh "$@"
tar -C "$root" --no-recursion --numeric-owner --ignore-failed-read -cf "$result" -T "$root/list"
rm -rf --one-file-system "$root"
