#!/bin/sh
# Cut the connections to the server, and wait until there is another and the writer has written through it.
# By its name, not by its unit: whoever shakes hands is gone before the journal has asked where it belongs.
count() {
    journalctl -t tlshd --no-pager -o cat | grep -c 'was successful'
}
lines() {
    wc -l </srv/holdfast/site/ticks
}
before=$(count)
ss -K dst 10.77.0.11 dport = 2049
for _ in $(seq 120); do
    if test "$(count)" -gt "$before"; then
        written=$(lines)
        sleep 3
        test "$(lines)" -gt "$written"
        exit
    fi
    sleep 1
done
echo "no other connection after two minutes"
exit 1
