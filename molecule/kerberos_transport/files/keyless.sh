#!/bin/sh
# Nothing of the server is mounted here: a host that lost its key, or never had one, gets no ticket and no mount.
attempt() {
    timeout 60 mount -t nfs4 -o nfsvers=4.2,sec=krb5p nfs1:/srv/volumes/site /mnt >/dev/null 2>&1
    echo "$1=$?"
    ! mountpoint -q /mnt || umount /mnt
}
forget() {
    rm -f /tmp/krb5ccmachine_* /var/lib/gssproxy/clients/krb5cc_*
    systemctl restart gssproxy.service rpc-gssd.service
}
mv /etc/krb5.keytab /run/krb5.keytab.kept
forget
attempt without
mv /run/krb5.keytab.kept /etc/krb5.keytab
forget
attempt with
