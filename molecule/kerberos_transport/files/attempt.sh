#!/bin/sh
# Mount each volume with each flavour, and say of each the exit status of mount(8); then once without the host's key, and
# with it again.
attempt() {
    timeout 60 mount -t nfs4 -o "nfsvers=4.2,nosharecache,sec=$3" "nfs1:/srv/volumes/$2" /mnt >/dev/null 2>&1
    echo "$1=$?"
    ! mountpoint -q /mnt || umount /mnt
}
for flavour in sys krb5 krb5i krb5p; do
    attempt "site-$flavour" site "$flavour"
    attempt "logs-$flavour" logs "$flavour"
done
