"""The nearest ten words of 1,000 queries with batched numpy: the peer of `cargo bench --bench neighbours`.

Usage: neighbours_numpy.py [N_WORDS] [DIMENSION] [N_QUERIES]; needs numpy.
"""
import statistics
import sys
import time

import numpy as np

n, d, q = [int(a) for a in sys.argv[1:]] + [100_000, 300, 1_000][len(sys.argv) - 1:]
rng = np.random.default_rng(42)
rows = rng.standard_normal((n, d), dtype=np.float32)
rows /= np.linalg.norm(rows, axis=1, keepdims=True)
queries = rows[:q]

seconds = []
for _ in range(5):
    start = time.perf_counter()
    for batch in np.array_split(queries, max(1, q // 100)):
        scores = batch @ rows.T
        best = np.argpartition(-scores, 10, axis=1)[:, :10]
        order = np.argsort(np.take_along_axis(-scores, best, axis=1), axis=1)
        best = np.take_along_axis(best, order, axis=1)
    seconds.append(time.perf_counter() - start)
print(f"{n} words × {d}, {q} queries, top 10: {statistics.median(seconds):.3f} s")
