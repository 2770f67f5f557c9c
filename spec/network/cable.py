"""A cable between two network namespaces that takes its time and loses packets, as netem would where the kernel has it.

cable.py NAMESPACE NAMESPACE DELAY_MS LOST_PERCENT SEED: makes a device `cable` in each, says so, and carries what is sent.
"""

import ctypes
import fcntl
import heapq
import os
import random
import select
import struct
import sys
import time

TUNSETIFF, IFF_TUN, IFF_NO_PI, CLONE_NEWNET = 0x400454CA, 0x0001, 0x1000, 0x40000000


def device(namespace):
    with open(f"/run/netns/{namespace}") as there:
        if ctypes.CDLL(None, use_errno=True).setns(there.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns")
    tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH22x", b"cable", IFF_TUN | IFF_NO_PI))
    return tun


one, other, delay_ms, lost_percent, seed = sys.argv[1:]
dice = random.Random(int(seed))
ends = [device(one), device(other)]
on_the_way = []
print("carries", flush=True)
sent = 0
while True:
    wait = max(0.0, on_the_way[0][0] - time.monotonic()) if on_the_way else None
    for end in select.select(ends, [], [], wait)[0]:
        packet = os.read(end, 65536)
        if dice.random() * 100 >= float(lost_percent):
            arrives = time.monotonic() + float(delay_ms) / 1000
            heapq.heappush(on_the_way, (arrives, sent := sent + 1, ends[1 - ends.index(end)], packet))
    while on_the_way and on_the_way[0][0] <= time.monotonic():
        _, _, end, packet = heapq.heappop(on_the_way)
        try:
            os.write(end, packet)
        except OSError:
            pass  # The device is down: the packet is lost.
