#!/bin/sh
# A realm of its own with a principal nfs/NAME and its keytab for each NAME.
set -e
kdb5_util create -s -r HOLDFAST.TEST -P "$(head -c 18 /dev/urandom | base64)"
# Debian's policy has no rule for where Debian keeps this database.
chcon -t krb5kdc_principal_t /var/lib/krb5kdc/*
for name in "$@"; do
    kadmin.local -q "addprinc -randkey nfs/$name"
    kadmin.local -q "ktadd -k /root/$name.keytab nfs/$name"
done
systemctl restart krb5-kdc.service
systemctl is-active krb5-kdc.service
