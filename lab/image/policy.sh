#!/bin/sh
# Take out of a root directory's policy the modules of programs that no guest has. $1 root.
# What is left decides about everything that runs there, by the same rules; writing the policy anew, which emulated guests
# do at each change of a boolean or a module, takes a third of the time, and so does loading it at a boot.
set -eu
root=$1

# The base and the users of the policy, and beside them what the guests' own packages come with, each module with those
# that it cannot do without: xserver defines a user of the base, clock a type of container.
kept="base clock xserver
auditadm guest logadm secadm staff unconfined unprivuser
apt bootloader cron devicekit getty gpg hostname loadkeys logrotate lvm mandb mta netlabel netutils ntp chronyd
policykit quota raid setrans seunshare shutdown ssh su sudo sysstat tzdata xdg
brctl bubblewrap cgroup container crio dnsmasq docker firewalld iptables kubernetes podman virt
inetd kerberos sssd pcscd portmap rpc rpcbind"

# shellcheck disable=SC2046,SC2086  # names of modules, a word each
chroot "$root" semodule --noreload --priority 100 --remove \
    $(chroot "$root" semodule --list-modules | grep -vxF "$(echo $kept | tr ' ' '\n')") 2> "$root/policy.log" || {
    cat "$root/policy.log" >&2
    exit 1
}
rm "$root/policy.log"
