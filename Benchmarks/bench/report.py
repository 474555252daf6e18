"""From samples to tables: medians, ratios, geometric means."""
import json
import math
import os
import statistics

OURS = "graphsh"
COMPILED = "souffle compiled"


class Results:
    """Samples by (workload, size, mode, engine, threads)."""

    def __init__(self, processor=False):
        self.processor = processor
        self.samples, self.failures, self.counts, self.engines = {}, {}, {}, {}
        # Workload names to the arguments of their inputs by size, and where all this was measured.
        self.sizes, self.made_with = {}, {}

    def add(self, key, sample):
        self.samples.setdefault(key, []).append([sample.wall, sample.processor, sample.peak])

    def fail(self, key, reason):
        self.failures[key] = reason

    def keep(self, path):
        """Writes everything to a file, after taking over from it what this run has not measured."""
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                old = json.load(file)
            for name in ("samples", "failures", "counts"):
                mine = getattr(self, name)
                for key, value in old[name]:
                    mine.setdefault(tuple(key), value)
            for engine, value in old["engines"].items():
                empty = {int(threads): values for threads, values in value["empty"].items()}
                self.engines.setdefault(engine, {**value, "empty": empty})
        listed = lambda table: [[list(key), value] for key, value in table.items()]
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"samples": listed(self.samples), "failures": listed(self.failures),
                       "counts": listed(self.counts), "engines": self.engines}, file, ensure_ascii=False, indent=0)

    def cases(self):
        """The measured (workload, size, mode), in order."""
        return list(dict.fromkeys(key[:3] for key in [*self.samples, *self.failures]))

    def seconds(self, case, engine, threads):
        """The median time; of a peer in a host language, less the start of that."""
        runs = self.samples.get((*case, engine, threads))
        if not runs:
            return None
        use = 1 if self.processor and threads == 1 else 0
        time = statistics.median(run[use] for run in runs)
        about = self.engines.get(engine, {})
        if about.get("hosted"):
            empty = about["empty"].get(threads)
            time -= empty["processor" if use else "wall"] if empty else 0
        return max(time, 0.0005)

    def peak(self, case, engine, threads):
        """The median peak in MiB, less that of the engine on the empty program."""
        runs = self.samples.get((*case, engine, threads))
        if not runs:
            return None
        empty = self.engines.get(engine, {}).get("empty", {}).get(threads)
        return max(statistics.median(run[2] for run in runs) - (empty["peak"] if empty else 0), 0.1)

    def best_peer(self, case, threads):
        """The fastest peer with up to so many threads, and its time."""
        found = []
        for engine in self.engines:
            if engine != OURS:
                for count in range(1, threads + 1):
                    time = self.seconds(case, engine, count)
                    if time is not None:
                        found.append((time, engine))
        return min(found) if found else (None, None)

    def line(self, *case):
        """A line for who watches the run."""
        parts = []
        for engine in self.engines:
            for threads in (1, 2):
                time = self.seconds(case, engine, threads)
                if time is not None:
                    parts.append(f"{engine} -j{threads} {time:.3f}s {self.peak(case, engine, threads):.0f}MiB")
        return ", ".join(case) + ": " + "; ".join(parts)


def geometric_mean(values):
    values = list(values)
    return math.exp(sum(map(math.log, values)) / len(values)) if values else None


def ratio(other, own):
    return None if other is None or own is None else other / own


def shown(value, form="{:.2f}"):
    return "" if value is None else form.format(value)


HEAD = ("| workload | size | rows | graphsh | two threads | Soufflé compiled | best peer | | two: best peer | memory "
        "| of Soufflé's |\n|---|---|--:|--:|--:|--:|--:|---|--:|--:|--:|\n")


def row(results, case):
    workload, size, _ = case
    own, two = results.seconds(case, OURS, 1), results.seconds(case, OURS, 2)
    time, peer = results.best_peer(case, 1)
    both, _ = results.best_peer(case, 2)
    counts = results.counts.get((workload, size), {})
    memory = results.peak(case, OURS, 1)
    cells = [
        workload, size, f"{sum(counts.values()):,}", shown(own, "{:.3f} s"), shown(ratio(two, own)),
        shown(ratio(results.seconds(case, COMPILED, 1), own), "{:.1f}x"), shown(ratio(time, own), "{:.1f}x"), peer or "",
        shown(ratio(both, two), "{:.1f}x"), shown(memory, "{:.0f} MiB"),
        shown(ratio(memory, results.peak(case, COMPILED, 1))),
    ]
    return "| " + " | ".join(cells) + " |\n"


def summary(results, cases):
    """Geometric means over the cases at big and huge."""
    large = [case for case in cases if case[1] != "small"]
    if not large:
        return ""
    mean = lambda values: shown(geometric_mean([v for v in values if v is not None]))
    own = lambda case: results.seconds(case, OURS, 1)
    souffle = mean(ratio(results.seconds(case, COMPILED, 1), own(case)) for case in large)
    best = mean(ratio(results.best_peer(case, 1)[0], own(case)) for case in large)
    threads = mean(
        ratio(results.seconds(case, OURS, 2), own(case)) for case in large if (own(case) or 0) > 0.2)
    return (f"Geometric means at big and huge: {souffle} times faster than Soufflé compiled, {best} times faster than "
            f"the best peer of each; two threads take {threads} of one thread's time where that is over 0.2 s.\n\n")


def heading(results):
    text = "# Results\n\n"
    if results.made_with:
        text += f"Made with `{results.made_with['command']}` on {results.made_with['machine']}.\n"
    if results.processor:
        text += ("The machine was not quiet: with one thread it is processor time that is compared; what two threads "
                 "take by the clock is no measure then.\n")
    return text + (
        "Times and memory are graphsh's; what follows them is how many times as long the others take. *Two threads* is "
        "graphsh's time with two as a share of that with one, *two: best peer* compares it with the better of one and "
        "two threads of each peer. Memory is the peak less that of an empty program. [README.md](README.md) says how all "
        "of it is measured.\n\n")


def inputs_of(results):
    """What the sizes are: the arguments of each input's generator."""
    measured = list(dict.fromkeys(case[0] for case in results.cases()))
    text = "## Sizes\n\n| workload | small | big | huge |\n|---|---|---|---|\n"
    for workload in measured:
        sizes = results.sizes.get(workload, {})
        cells = [", ".join(f"{number:,}" for number in sizes.get(size, ())) for size in ("small", "big", "huge")]
        text += f"| {workload} | " + " | ".join(cells) + " |\n"
    return text + "\n"


def table(results):
    text = heading(results)
    for mode, title in (("count", "To the fixpoint"), ("write", "To the fixpoint and every row written")):
        cases = [case for case in results.cases() if case[2] == mode]
        if not cases:
            continue
        worst = lambda case: ratio(results.best_peer(case, 1)[0], results.seconds(case, OURS, 1)) or math.inf
        text += f"## {title}\n\n" + summary(results, cases) + HEAD
        text += "".join(row(results, case) for case in sorted(cases, key=worst)) + "\n"
    failures = [f"- {key[0]}, {key[1]}, {key[2]}: {key[3]} with {key[4]}: {reason}\n"
                for key, reason in results.failures.items()]
    if failures:
        text += "## Not finished\n\n" + "".join(failures) + "\n"
    text += inputs_of(results)
    text += "## Engines\n\n| engine | version | empty program | its peak |\n|---|---|--:|--:|\n"
    for engine, value in results.engines.items():
        empty = value["empty"].get(1)
        text += f"| {engine} | {value['version']} | "
        text += f"{empty['wall'] * 1000:.1f} ms | {empty['peak']:.1f} MiB |\n" if empty else "| |\n"
    return text


def permutations(results):
    """How much the order of the conditions of each body matters: slowest by fastest."""
    text = "| workload | size | as written | fastest | slowest | slowest by as written |\n|---|---|--:|--:|--:|--:|\n"
    for case in results.cases():
        times = {engine: results.seconds(case, engine, 1) for engine in results.engines}
        times = {engine: time for engine, time in times.items() if time is not None}
        if OURS in times:
            written, fastest, slowest = times[OURS], min(times.values()), max(times.values())
            text += (f"| {case[0]} | {case[1]} | {written:.3f} s | {fastest:.3f} s | {slowest:.3f} s "
                     f"| {slowest / written:.2f} |\n")
    return text
