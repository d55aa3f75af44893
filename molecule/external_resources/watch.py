"""Look again and again, as a user without rights, for words in what every process shows of itself.

Arguments: the file that ends it when it is there, and regular expressions that do not match themselves, such as [w]ord.
Prints as JSON how often it looked, how much it could read, and which words it saw where.
"""

import itertools
import json
import os
import re
import sys
import time

enough, patterns = sys.argv[1], [re.compile(word.encode()) for word in sys.argv[2:]]
os.setgroups([])
os.setgid(65534)
os.setuid(65534)
told = {"looks": 0, "cmdline": 0, "environ": 0, "seen": []}
looks = {}
while not os.path.exists(enough):
    told["looks"] += 1
    looks = {pid: looks.get(pid, 0) + 1 for pid in os.listdir("/proc") if pid.isdigit()}
    # A new process may soon show something else (exec); one that stays is looked at now and then.
    due = [pid for pid, times in looks.items() if times < 6 or times % 50 == 0]
    for pid, kind in itertools.product(due, ("cmdline", "environ")):
        try:
            with open(f"/proc/{pid}/{kind}", "rb") as file:
                text = file.read()
        except OSError:
            continue  # it ended, or it is not for us
        told[kind] += 1
        seen = [f"{found[0].decode()} in {kind}" for pattern in patterns for found in pattern.finditer(text)]
        told["seen"] = sorted({*told["seen"], *seen})
    time.sleep(0.2)
print(json.dumps(told))
