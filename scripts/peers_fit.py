"""Training of a logistic classifier beside scikit-learn's lbfgs: the same standardised rows, the same penalty, the same objective.

100,000 rows of 300 features, 2 and 5 classes; medians of five runs in turns, each task with all cores. Prints a table in Markdown with the seconds, the
objective that each reached (mean log-loss + l2 / 2 · ‖W‖²) and the ratio.

    cargo bench --bench fit --no-run && python scripts/peers_fit.py

Needs numpy and scikit-learn.
"""
import pathlib
import statistics
import subprocess
import tempfile
import time

import numpy as np
from sklearn.linear_model import LogisticRegression

N, D, ROUNDS, L2 = 100_000, 300, 5, 1e-3


def rows(n_classes):
    rng = np.random.default_rng(7)
    x = rng.standard_normal((N, D)).astype(np.float32) @ rng.standard_normal((D, D)).astype(np.float32) / D**0.5
    x = (x - x.mean(0)) / x.std(0)
    scores = x @ rng.standard_normal((D, n_classes)).astype(np.float32) * 0.15 + rng.gumbel(size=(N, n_classes))
    return np.ascontiguousarray(x, dtype=np.float32), scores.argmax(1).astype(np.uint8)


def objective(x, y, weights, bias):
    """Of two classes, the weights of one against the other, as scikit-learn has them."""
    scores = (x @ weights + bias).astype(np.float64)
    if scores.shape[1] == 1:
        scores = np.hstack([np.zeros_like(scores), scores])
    top = scores.max(1, keepdims=True)
    losses = np.log(np.exp(scores - top).sum(1)) + top[:, 0] - scores[np.arange(len(y)), y]
    return losses.mean() + L2 / 2 * (weights**2).sum()


def main():
    print("| classes | wordferry | objective | scikit-learn | objective | ratio |\n|---|---|---|---|---|---|")
    for n_classes in [2, 5]:
        x, y = rows(n_classes)
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            x.tofile(folder / "rows")
            y.tofile(folder / "labels")
            command = ["cargo", "bench", "--quiet", "--bench", "fit", "--", *map(str, [folder / "rows", folder / "labels", L2, folder / "weights"])]
            own, theirs = [], []
            for _ in range(ROUNDS):
                own.append(float(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
                start = time.perf_counter()
                peer = LogisticRegression(C=1 / (N * L2), max_iter=1000).fit(x, y)
                theirs.append(time.perf_counter() - start)
            found = np.fromfile(folder / "weights", dtype=np.float32).reshape(D + 1, -1)
        if n_classes == 2:
            found = found[:, 1:] - found[:, :1]
        own, theirs = statistics.median(own), statistics.median(theirs)
        print(f"| {n_classes} | {own:.2f} s | {objective(x, y, found[:-1], found[-1]):.6f} | {theirs:.2f} s "
              f"| {objective(x, y, peer.coef_.T, peer.intercept_):.6f} | {theirs / own:.1f} |", flush=True)


if __name__ == "__main__":
    main()
