"""Hold what was acknowledged against what the server has, and print whatever is wrong, or how much there is.

Arguments: the notes, the directory of the app that may write everywhere, that of the single writer, and the hosts that
the latter was on, one after the other.
"""

import os
import pathlib
import sys

notes, pages, ledger, *moves = sys.argv[1:]
acknowledged = [line.split() for line in pathlib.Path(notes).read_text(encoding="utf-8").splitlines()]
directories = {"8090": pages, "8091": ledger}
wrong = []
for port, name in acknowledged:
    path = pathlib.Path(directories[port], name)
    if not path.is_file() or path.read_text(encoding="utf-8") != name:
        wrong.append(f"{path} was acknowledged and is not there")

# By the server's own clock, since a client that writes a file leaves its time to the server.
written = sorted(pathlib.Path(ledger).glob("*.txt"), key=lambda path: os.stat(path).st_mtime_ns)
writers = [path.name.split("-")[0] for path in written]
turns = [host for index, host in enumerate(writers) if index == 0 or host != writers[index - 1]]
if turns != moves:
    wrong.append(f"the single writer was on {', '.join(turns)}, one after the other, and not on {', '.join(moves)}")
through = {port: {name.split("-")[0] for of_port, name in acknowledged if of_port == port} for port in directories}
if any(hosts != {"10.77.0.21", "10.77.0.22"} for hosts in through.values()) or len(acknowledged) < 50:
    wrong.append(f"too little was acknowledged to show anything: {len(acknowledged)}, {through}")
print("\n".join(wrong) or f"{len(acknowledged)} acknowledged, {len(written)} by the single writer")
sys.exit(1 if wrong else 0)
