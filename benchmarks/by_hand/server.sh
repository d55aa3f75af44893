#!/bin/sh
# The server by hand. Before it comes `volumes`, a function that prints NAME OWNER MODE LEVEL of each volume.
set -eu
umask 022

dpkg-query -W nfs-kernel-server >/dev/null 2>&1 || apt-get install -qq -y --no-install-recommends nfs-kernel-server

mkdir -p /srv/volumes /etc/nfs.conf.d
volumes | while read -r name owner mode _; do
    install -d -o "$owner" -g "$owner" -m "$mode" "/srv/volumes/$name"
done

# replace FILE: whether what comes in was new.
replace() {
    cat > "$1.new"
    if cmp -s "$1.new" "$1"; then
        rm "$1.new"
        return 1
    fi
    mv "$1.new" "$1"
}

if printf '[nfsd]\nthreads=8\nvers3=n\nvers4=y\nvers4.0=n\nvers4.1=y\nvers4.2=y\n' | replace /etc/nfs.conf.d/benchmark.conf
then
    systemctl enable -q nfs-server.service
    systemctl restart nfs-server.service
fi

if volumes | while read -r name owner _ _; do
    echo "/srv/volumes/$name ${client:?}(rw,sync,no_subtree_check,all_squash,anonuid=$owner,anongid=$owner,sec=sys)"
done | replace /etc/exports
then
    exportfs -ra
fi
