#!/bin/sh
# capture ENGINE: what root of a container of that engine may try, or with the word host root of the host; JSON comes out.
set -eu
engine=$1
disk="\"disk\": [$(stat -c '%Hr, %Lr' /dev/vda)], \"device\": \"/dev/vda\""
socket='"socket": "/run/docker.sock"'
[ -e /run/docker.sock ] || socket='"socket": "/run/podman/podman.sock"'
interface=$(ip -o -4 address show to 10.77.0.0/24 | awk '{print $2}')
address=$(ip -o -4 address show to 10.77.0.0/24 | awk '{split($4, a, "/"); print a[1]}')
about="$disk, $socket, \"interface\": \"$interface\", \"address\": \"$address\""
if [ "$engine" = host ]; then
    exec python3 -B /root/attempts.py container - "{\"place\": \"/root\", \"scratch\": \"/root\", $about}"
fi
loot=/srv/holdfast/loot
cp /root/attempts.py "$loot/attempts.py"
echo "{\"place\": \"/loot\", \"scratch\": \"/tmp\", $about}" > "$loot/$engine.given"
rm -f "$loot/$engine.json"
set -- python3 -B /loot/attempts.py container "/loot/$engine.json"
case $engine in
    podman) systemd-run --wait --quiet --collect podman exec holdfast-captive-podman "$@" ;;
    docker) docker exec holdfast-captive-docker "$@" ;;
    nspawn)
        systemctl start holdfast-captive-nspawn.service
        while systemctl is-active --quiet holdfast-captive-nspawn.service; do sleep 1; done
        ;;
esac
cat "$loot/$engine.json"
