"""What peers in Python have in common: they say when the interpreter and the package have started, so that the runner can
take that out of their time."""
import sys
import time


def started():
    print(f"#start\t{time.time()}\t{time.process_time()}", file=sys.stderr, flush=True)
