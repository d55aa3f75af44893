"""Wait on a guest until so many volumes are mounted, and print when that was, in seconds after the kernel started."""

import json
import re
import subprocess
import sys
import time

PARENT, LIMIT = "/srv/holdfast", 900.0
wanted = int(sys.argv[1])


def count():
    with open("/proc/self/mountinfo") as file:
        return len([line for line in file if line.split()[4].startswith(f"{PARENT}/")])


def entered(*units):
    """When each of these units became active; units that never did are left out."""
    words = ["systemctl", "show", "--property=ActiveEnterTimestampMonotonic", *units]
    text = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    return [int(number) / 1e6 for number in re.findall(r"=(\d+)$", text, re.M) if int(number)]


deadline = time.monotonic() + LIMIT
while count() < wanted or not entered("multi-user.target"):
    if time.monotonic() > deadline:
        sys.exit(f"{count()} of {wanted} volumes are mounted after {LIMIT:.0f} s")
    time.sleep(0.5)
mounts = entered("srv-holdfast-*.mount") if wanted else []
if len(mounts) != wanted:
    sys.exit(f"systemd knows {len(mounts)} active mount units of {wanted} volumes")
answer = {
    "mounted": max(mounts, default=0.0),
    "login": entered("ssh.service")[0],
    "multi_user": entered("multi-user.target")[0],
}
# Last: whoever started the guest takes the time since for that of its firmware, and systemd takes long to tell of many.
with open("/proc/uptime") as file:
    answer["uptime"] = float(file.read().split()[0])
print(json.dumps(answer))
