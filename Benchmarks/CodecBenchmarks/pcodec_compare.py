"""The series that `CodecBenchmarks --export FOLDER` wrote, through pcodec: size and speed.

    pip install pcodec numpy        (in a virtual environment)
    python3 pcodec_compare.py [--series] FOLDER [LEVEL]

Chunks of 4,096 values as Penstock's blocks, level 8 as pcodec's default, one thread, CPU time,
the best of seven rounds. Rates are millions of values a second. `--series` prints a line for each
series, which `CodecBenchmarks --pcodec` reads.
"""

import math
import sys
import time
from collections import defaultdict
from pathlib import Path

import numpy
from pcodec import ChunkConfig, standalone

BLOCK_VALUE_COUNT = 4096


def best_seconds(body):
    """CPU seconds of one call: rounds last at least 4 ms."""
    calls = 1
    while True:
        start = time.thread_time()
        for _ in range(calls):
            body()
        if time.thread_time() - start >= 0.004:
            break
        calls *= 2
    rounds = []
    for _ in range(7):
        start = time.thread_time()
        for _ in range(calls):
            body()
        rounds.append((time.thread_time() - start) / calls)
    return min(rounds)


def measure(values, config):
    """Bytes a value, encode rate, decode rate."""
    blocks = [
        values[start : start + BLOCK_VALUE_COUNT]
        for start in range(0, len(values), BLOCK_VALUE_COUNT)
    ]
    chunks = [standalone.simple_compress(block, config) for block in blocks]
    targets = [numpy.empty_like(block) for block in blocks]

    def encode():
        for block in blocks:
            standalone.simple_compress(block, config)

    def decode():
        for chunk, target in zip(chunks, targets):
            standalone.simple_decompress_into(chunk, target)

    decode()
    for block, target in zip(blocks, targets):
        assert block.tobytes() == target.tobytes(), "a series must survive"
    millions = len(values) / 1e6
    size = sum(len(chunk) for chunk in chunks) / len(values)
    return size, millions / best_seconds(encode), millions / best_seconds(decode)


def geometric_mean(results):
    """By column."""
    return [math.exp(sum(map(math.log, column)) / len(column)) for column in zip(*results)]


def row(name, results):
    size, encode, decode = geometric_mean(results)
    print(f"{name:14}{len(results):12}{size:12.3f}{encode:12.1f}{decode:12.0f}")


def main():
    arguments = sys.argv[1:]
    by_series = "--series" in arguments
    if by_series:
        arguments.remove("--series")
    folder = Path(arguments[0])
    config = ChunkConfig(compression_level=int(arguments[1]) if len(arguments) > 1 else 8)
    families = defaultdict(list)
    for path in sorted(folder.glob("*.f64")):
        values = numpy.fromfile(path, dtype="<f8")
        result = measure(values, config)
        families[path.stem.rsplit("-", 1)[0]].append(result)
        if by_series:
            print(path.stem, *result)
    if by_series:
        return
    print(f"{'family':14}{'series':>12}{'B/value':>12}{'encode M/s':>12}{'decode M/s':>12}")
    for name, results in families.items():
        row(name, results)
    row("all series", [result for results in families.values() for result in results])
    row("all families", [geometric_mean(results) for results in families.values()])


if __name__ == "__main__":
    main()
