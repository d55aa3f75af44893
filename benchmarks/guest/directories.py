"""Make empty directories below the store of a guest, as many as it is told."""

import json
import os
import sys

for number in range(int(sys.argv[1])):
    os.makedirs(f"/srv/volumes/{number:05}", exist_ok=True)
print(json.dumps(len(os.listdir("/srv/volumes"))))
