"""Python's multiprocessing managers, measured as the others are: `python3 bench/peers/python_manager.py 'sequential'`.

Says `{}` when it is ready to measure the row, or why it can't. Each line that it reads then is the length of a slice in
milliseconds, which it answers with what bench/measure.ts calls an Answer.
"""

import datetime
import json
import sys
from multiprocessing import Pipe, Pool, Process
from multiprocessing.managers import IteratorProxy, SyncManager
from time import clock_gettime, perf_counter, process_time

CLIENTS = 4


class Subject:
    def __init__(self):
        self._count = 0

    def increment(self, by):
        self._count += by
        return self._count

    def echo(self, value):
        return value

    def count(self, items):
        return iter(range(items))


class Manager(SyncManager):
    pass


Manager.register("Items", proxytype=IteratorProxy, create_method=False)
Manager.register("Subject", Subject, method_to_typeid={"count": "Items"})


def plain():
    return [
        {"id": i, "name": f"record {i}", "tags": ["one", "two", "three"], "score": i / 7}
        for i in range(1000)
    ]


def rich():
    return [
        {
            "id": i,
            "at": datetime.datetime.fromtimestamp(1_700_000_000 + i / 1000),
            "tags": {"one", "two", "three"},
            "scores": {"first": i / 7, "second": i / 3},
            "total": 10**20 + i,
        }
        for i in range(1000)
    ]


def increment(number):
    return number + 1


def repeat(slice_ms, operation):
    """The same as `repeat` of bench/measure.ts, one at a time."""
    operations = 0
    end = perf_counter() + slice_ms / 1000
    while True:
        operation()
        operations += 1
        if perf_counter() >= end:
            return operations


def processor_us(pids):
    """Of these processes, with the threads that have ended: on Linux, by what clock_getcpuclockid(3) makes of a pid."""
    return sum(clock_gettime(~pid << 3 | 2) for pid in pids) * 1e6


def timed(work, pids):
    """What `work` costs, which returns how many operations it did."""
    is_linux = sys.platform == "linux"
    server_before = processor_us(pids()) if is_linux else None
    cpu_before = process_time()
    start = perf_counter()
    operations = work()
    amount = (perf_counter() - start) * 1e6
    answer = {
        "operations": operations,
        "amount": amount,
        "clientUs": (process_time() - cpu_before) * 1e6,
    }
    if is_linux:
        answer["serverUs"] = processor_us(pids()) - server_before
    return answer


def run_client(subject, pipe):
    """What each client process does: calls whenever it is told to."""
    while slice_ms := pipe.recv():
        pipe.send(timed(lambda: repeat(slice_ms, lambda: subject.increment(1)), lambda: []))


class Clients:
    def __init__(self, subject):
        self.pipes = []
        for _ in range(CLIENTS):
            near, far = Pipe()
            Process(target=run_client, args=(subject, far), daemon=True).start()
            self.pipes.append(near)

    def measure(self, slice_ms, pids):
        answers = []

        def work():
            for pipe in self.pipes:
                pipe.send(slice_ms)
            answers.extend(pipe.recv() for pipe in self.pipes)
            return sum(answer["operations"] for answer in answers)

        whole = timed(work, pids)
        whole["clientUs"] = sum(answer["clientUs"] for answer in answers)
        return whole


def start(holders):
    manager = Manager()
    manager.start()
    holders.append(manager)
    subject = manager.Subject()
    subject.increment(1)
    return 1


def count(subject):
    return sum(1 for _ in subject.count(2000))


def lock_and_release(lock):
    lock.acquire()
    lock.release()


def put_and_get(queue):
    queue.put(1)
    queue.get()


def measurement(row):
    """What measures a slice of the row; None where Python has no such thing."""
    if row == "start to first call":
        holders = []
        # The server begins with this: all that it has used is what its start took.
        pids = lambda: [holder._process.pid for holder in holders]
        return lambda _: timed(lambda: start(holders), pids)
    if row.startswith("pool"):
        pool = Pool(2)
        items, chunksize = (40_000, None) if "40,000" in row else (4000, 1)
        work = lambda: len([pool.map(increment, range(items), chunksize)])
        return lambda _: timed(work, lambda: [process.pid for process in pool._pool])

    manager = Manager()
    manager.start()
    subject = manager.Subject()
    pids = lambda: [manager._process.pid]
    operations = {
        "sequential": lambda: subject.increment(1),
        # The proxy is dropped at once, and with it the object.
        "create + release": manager.Subject,
        "lock acquire + release": lambda lock=manager.Lock(): lock_and_release(lock),
        "queue put + get": lambda queue=manager.Queue(): put_and_get(queue),
    }
    values = {
        "1,000 plain records": plain,
        "1,000 rich records": rich,
        "1 MiB of bytes": lambda: b"\x07" * (1024 * 1024),
        "100,000 numbers": lambda: [i / 7 for i in range(100_000)],
    }
    if row in operations:
        return lambda ms: timed(lambda: repeat(ms, operations[row]), pids)
    if row in values:
        value = values[row]()
        assert subject.echo(value) == value
        return lambda ms: timed(lambda: repeat(ms, lambda: subject.echo(value)), pids)
    if row == "cold, first 100 calls":
        return lambda _: timed(lambda: len([subject.increment(1) for _ in range(100)]), pids)
    if row == "stream items":
        return lambda ms: timed(lambda: repeat(ms, lambda: count(subject)) * 2000, pids)
    if row == "4 client processes":
        clients = Clients(subject)
        return lambda ms: clients.measure(ms, pids)
    return None


def main():
    measure = measurement(sys.argv[1])
    print(json.dumps({} if measure else {"refused": "has no such thing"}), flush=True)
    if measure:
        for line in sys.stdin:
            print(json.dumps(measure(float(line))), flush=True)


if __name__ == "__main__":
    main()
