"""The command line of the soak."""

import argparse
import math
import os
import random
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from soak import cold, files, kills, studies


def main():
    parser = argparse.ArgumentParser(
        prog="python -m soak", description="Break model files, kill savers and searches, compile twice at once."
    )
    parser.add_argument("--seconds", type=float, default=60.0, help="how long to try broken files; what else there is comes on top")
    parser.add_argument("--files", type=int, default=10**12, help="the most broken files to try")
    parser.add_argument("--kills", type=int, default=200, help="savers to kill")
    parser.add_argument("--searches", type=int, default=100, help="searches to kill, and to go on with")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6), help="of files and kills; default: another each time")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes that try files")
    parser.add_argument("--skip-cold", action="store_true", help="leave out the empty compile cache")
    options = parser.parse_args()
    try:
        _try_files(options)
        begun = time.perf_counter()
        done = kills.run(options.kills, options.seed)
        assert done["in the middle of a save"] > 0 or options.kills < 20, "no kill came in the middle of a save"
        print(
            f"savers: {done['kills']} killed, {done['in the middle of a save']} of them in the middle of a save; "
            f"{done['left'][0]} times the one file was left, {done['left'][1]} times the other, whole each time; "
            f"{time.perf_counter() - begun:.0f} s",
            flush=True,
        )
        _kill_searches(options)
        if not options.skip_cold:
            first, third = cold.run()
            print(f"empty compile cache: two processes fitted at once in {first:.0f} s, with the same bits; a third in {third:.1f} s")
    except AssertionError as error:
        print(f"FAILED: {error}", file=sys.stderr)
        return 1
    return 0


def _kill_searches(options):
    begun = time.perf_counter()
    done = studies.run(options.searches, options.seed)
    assert done["between trials"] > 0 or options.searches < 10, "no kill came between the first trial and the last"
    print(
        f"searches: {done['kills']} killed, {done['between trials']} of them between the first trial and the last; no finished trial was "
        f"lost, and {done['studies']} studies ended as in one go; {time.perf_counter() - begun:.0f} s",
        flush=True,
    )


def _try_files(options):
    begun, share = time.perf_counter(), math.ceil(options.files / options.workers)
    with ThreadPoolExecutor(options.workers) as pool:
        running = [pool.submit(files.run, share, options.seconds, worker * share, options.seed) for worker in range(options.workers)]
        tried, loaded = (sum(parts) for parts in zip(*(future.result() for future in running), strict=True))
    seconds = time.perf_counter() - begun
    print(
        f"broken files (seed {options.seed}): {tried:,} tried in {seconds:.0f} s; {tried - loaded:,} refused in one line, "
        f"{loaded:,} loaded and predicted",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
