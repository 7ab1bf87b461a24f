# SPDX-License-Identifier: MIT
"""Python's own ways to hand over, measured by order of the volley program, which starts this once and keeps it.

One line of standard input is one round: NAME PARTIES TRIPS CPU CPU TIMED (a CPU of -1: any; TIMED 1: the length of
each trip too). The answer is one line: ok NS CPU_SECONDS SWITCHES [NS...], or: error TEXT.
"""
import multiprocessing
import os
import resource
import sys
import threading
import time
from _thread import allocate_lock

EVERYWHERE = os.sched_getaffinity(0)
clock = time.perf_counter_ns


def go_to(cpu):
    os.sched_setaffinity(0, {cpu} if cpu >= 0 else EVERYWHERE)


def used():
    return time.thread_time(), resource.getrusage(resource.RUSAGE_THREAD).ru_nvcsw


def since(before):
    return tuple(now - then for now, then in zip(used(), before))


class Lock:
    """Two locks, each released by the other side."""

    def __init__(self):
        self.there, self.back = allocate_lock(), allocate_lock()
        self.there.acquire()
        self.back.acquire()

    def lead(self):
        self.there.release()
        self.back.acquire()

    def follow(self):
        self.there.acquire()
        self.back.release()


class Condition:
    def __init__(self):
        self.changed, self.turn = threading.Condition(), 0

    def lead(self):
        with self.changed:
            self.turn = 1
            self.changed.notify()
            while self.turn != 0:
                self.changed.wait()

    def follow(self):
        with self.changed:
            while self.turn != 1:
                self.changed.wait()
            self.turn = 0
            self.changed.notify()


class Event:
    def __init__(self):
        self.there, self.back = threading.Event(), threading.Event()

    def lead(self):
        self.there.set()
        self.back.wait()
        self.back.clear()

    def follow(self):
        self.there.wait()
        self.there.clear()
        self.back.set()


class Pipe:
    def __init__(self):
        self.near, self.far = multiprocessing.Pipe()

    def lead(self):
        self.near.send_bytes(b'v')
        self.near.recv_bytes()

    def follow(self):
        self.far.recv_bytes()
        self.far.send_bytes(b'v')


def follow(pair, trips, cpu):
    """The follower's part of a round, in its own thread or process: yields on the spot, then with what it used."""
    go_to(cpu)
    before = used()
    yield None
    step = pair.follow
    for _ in range(trips):
        step()
    yield since(before)


class Thread:
    """A follower that lives for a round."""

    def __init__(self, pair):
        self.pair = pair

    def start(self, trips, cpu):
        self.ready, self.usage = allocate_lock(), None
        self.ready.acquire()
        self.thread = threading.Thread(target=self.run, args=(trips, cpu), daemon=True)
        self.thread.start()
        self.ready.acquire()

    def run(self, trips, cpu):
        part = follow(self.pair, trips, cpu)
        next(part)
        self.ready.release()
        self.usage = next(part)

    def end(self):
        self.thread.join()
        return self.usage


class Process:
    """A follower that lives as long as this interpreter: it ends when its orders do."""

    def __init__(self, pair):
        self.orders, theirs = multiprocessing.Pipe()
        self.process = multiprocessing.get_context('fork').Process(target=self.run, args=(pair, theirs), daemon=True)
        self.process.start()
        theirs.close()

    def run(self, pair, orders):
        self.orders.close()  # the other end: open here, it would outlive who writes to it
        try:
            while True:
                part = follow(pair, *orders.recv())
                orders.send(next(part))
                orders.send(next(part))
        except EOFError:
            os._exit(0)

    def start(self, trips, cpu):
        self.orders.send((trips, cpu))
        self.orders.recv()

    def end(self):
        return self.orders.recv()


PAIRS = {'python_lock': Lock, 'python_condition': Condition, 'python_event': Event, 'python_pipe': Pipe}
FOLLOWERS = {'threads': Thread, 'processes': Process}
known = {}


def measure(name, parties, trips, lead_cpu, follow_cpu, timed):
    if (name, parties) not in known:
        pair = PAIRS[name]()
        known[name, parties] = pair, FOLLOWERS[parties](pair)
    pair, follower = known[name, parties]
    go_to(lead_cpu)
    follower.start(trips, follow_cpu)
    step, each = pair.lead, []
    before, start = used(), clock()
    if timed:
        last = start
        for _ in range(trips):
            step()
            now = clock()
            each.append(now - last)
            last = now
    else:
        for _ in range(trips):
            step()
    ns = clock() - start
    usage = [a + b for a, b in zip(since(before), follower.end())]
    return [ns, *usage, *each]


def main():
    print('ready', sys.version.split()[0], flush=True)
    for line in sys.stdin:
        name, parties, *numbers = line.split()
        try:
            print('ok', *measure(name, parties, *map(int, numbers)), flush=True)
        except Exception as error:  # whatever it is: the row says so
            print('error', type(error).__name__, ' '.join(str(error).split()), flush=True)


main()
