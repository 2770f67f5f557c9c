"""Python's multiprocessing managers, measured as referent is.

Reads requests, one per line: the name of a measurement and the length of a slice in seconds. Answers each with the
microseconds that one operation took.
"""

import sys
from multiprocessing import Pipe, Pool, Process
from multiprocessing.managers import BaseManager, SyncManager
from time import perf_counter

CLIENTS = 4
WORKERS = 2
RECORDS = [
    {"id": i, "name": f"record {i}", "tags": ["one", "two", "three"], "score": i / 7}
    for i in range(1000)
]
MEBIBYTE = b"\x07" * (1024 * 1024)


class Subject:
    def __init__(self):
        self._count = 0

    def increment(self, by):
        self._count += by
        return self._count

    def echo(self, value):
        return value


class SubjectManager(BaseManager):
    pass


SubjectManager.register("Subject", Subject)


def us_per_operation(slice_s, operation):
    operations = 0
    start = now = perf_counter()
    while now - start < slice_s:
        operation()
        operations += 1
        now = perf_counter()
    return (now - start) * 1e6 / operations


class Operations:
    """What client processes do with the objects that they share."""

    def __init__(self, subject, sync):
        self.subject = subject
        self.numbers = sync.dict(n=0)
        self.queue = sync.Queue()
        self.lock = sync.Lock()

    def call(self):
        self.subject.increment(1)

    def increment(self):
        # Two calls, and updates are lost between them: there is nothing better without a lock.
        self.numbers["n"] = self.numbers["n"] + 1

    def get(self):
        return self.numbers["n"]

    def put_and_get(self):
        self.queue.put(1)
        self.queue.get()

    def acquire_and_release(self):
        self.lock.acquire()
        self.lock.release()


def run(operations, pipe):
    """What each client process does: repeats an operation whenever it is told to."""
    while order := pipe.recv():
        name, slice_s = order
        pipe.send(us_per_operation(slice_s, getattr(operations, name)))


def start_runner(operations):
    near, far = Pipe()
    Process(target=run, args=(operations, far), daemon=True).start()
    return near


def run_all(pipes, name, slice_s):
    for pipe in pipes:
        pipe.send((name, slice_s))
    return 1 / sum(1 / pipe.recv() for pipe in pipes)


def start_manager(_slice_s):
    start = perf_counter()
    manager = SubjectManager()
    manager.start()
    us = (perf_counter() - start) * 1e6
    manager.shutdown()
    return us


def increment(number):
    return number + 1


def map_items(pool, items, chunksize):
    start = perf_counter()
    pool.map(increment, range(items), chunksize)
    return (perf_counter() - start) * 1e6


def main():
    with SubjectManager() as manager, SyncManager() as sync, Pool(WORKERS) as pool:
        subject = manager.Subject()
        operations = Operations(subject, sync)
        pipes = [start_runner(operations) for _ in range(CLIENTS)]
        measurements = {
            "call": lambda s: us_per_operation(s, operations.call),
            "clients": lambda s: run_all(pipes, "call", s),
            # The proxy is dropped at once, and with it the object.
            "create": lambda s: us_per_operation(s, manager.Subject),
            "records": lambda s: us_per_operation(s, lambda: subject.echo(RECORDS)),
            "bytes": lambda s: us_per_operation(s, lambda: subject.echo(MEBIBYTE)),
            "start": start_manager,
            "pool": lambda _: map_items(pool, 40000, None),
            "pool_tasks": lambda _: map_items(pool, 4000, 1),
        }
        for line in sys.stdin:
            name, slice_s = line.split()
            measure = measurements.get(name) or (lambda s: run_all(pipes, name, s))
            print(measure(float(slice_s)), flush=True)
        for pipe in pipes:
            pipe.send(None)


if __name__ == "__main__":
    main()
