#!/bin/sh
# Mount the volume with each policy, and say of each the exit status of mount(8). Nothing else of the server may be mounted
# here, since all mounts of a server are one connection. The last is with a certificate of a stranger.
attempt() {
    timeout 90 mount -t nfs4 -o "nfsvers=4.2,xprtsec=$2" 10.77.0.11:/srv/volumes/site /mnt >/dev/null 2>&1
    echo "$1=$?"
    ! mountpoint -q /mnt || umount /mnt
}
cd /etc/pki/holdfast || exit 1
attempt plain none
attempt tls tls
attempt mtls mtls
mkdir /run/kept && cp -p host.pem host.key /run/kept
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=app2 -addext subjectAltName=DNS:app2 \
    -keyout host.key -out host.pem >/dev/null 2>&1
attempt stranger mtls
cp -p /run/kept/* . && rm -r /run/kept
attempt again mtls
