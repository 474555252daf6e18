"""Times whole processes."""
import os
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass


class Failed(Exception):
    pass


@dataclass
class Sample:
    """One run: seconds by the clock and of processors, peak memory in MiB, rows by result."""

    wall: float
    processor: float
    peak: float
    counts: dict


def run(command, limit):
    """Runs a command to its end. A second process, `time`, stands between: the peak that the system keeps for a
    child would otherwise begin at that of this interpreter."""
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors, \
            tempfile.NamedTemporaryFile("r") as peak:
        begin = time.perf_counter()
        process = subprocess.Popen(
            ["/usr/bin/time", "-f", "%M", "-o", peak.name, *command], stdout=output, stderr=errors,
            start_new_session=True)
        status, usage = wait(process, begin, limit)
        wall = time.perf_counter() - begin
        if status is None:
            raise Failed(f"> {limit:.0f} s")
        output.seek(0)
        errors.seek(0)
        if status != 0:
            lines = errors.read().strip().splitlines() or [f"status {status}"]
            raise Failed(next((line for line in lines if "rror" in line), lines[-1])[:200])
        counts = {}
        for line in output.read().splitlines():
            words = line.split("\t")
            if len(words) == 2 and words[1].isdigit():
                counts[words[0]] = int(words[1])
        return Sample(wall, usage.ru_utime + usage.ru_stime, int(peak.read().split()[-1]) / 1024, counts)


def wait(process, begin, limit):
    """The status of a process and what it used, or none where it takes longer than the limit. It is waited for
    without asking again and again, which would take time from it."""
    def stop(*_):
        os.killpg(process.pid, signal.SIGKILL)
        stopped.append(True)

    stopped = []
    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, limit)
    try:
        _, status, usage = os.wait4(process.pid, 0)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    process.returncode = os.waitstatus_to_exitcode(status)
    return (None if stopped else process.returncode), usage


def rows_written(folder, results):
    """The lines of each result file; a result of a hundred million rows is counted in blocks."""
    counts = {}
    for name in results:
        path = os.path.join(folder, name + ".csv")
        if not os.path.exists(path):
            raise Failed(f"{name}.csv is missing")
        with open(path, "rb") as file:
            counts[name] = sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))
    return counts


def sample(engine, workload, facts, writes, threads, limit, scratch):
    out = tempfile.mkdtemp(dir=scratch)
    try:
        result = run(engine.command(workload, facts, out, writes, threads), limit)
        if writes:
            result.counts = rows_written(out, workload.results)
        return result
    finally:
        shutil.rmtree(out)
