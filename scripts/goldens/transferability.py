"""H-score, LogME and LEEP of a few rows, worked out with numpy alone from the papers' definitions.

    python scripts/goldens/transferability.py

Writes rows and expected numbers to crates/evaluate/tests/goldens; transferability/tests.rs compares to 1e-5. The numbers that are committed
come from numpy 1.26. Nothing is computed the way the crate does: the H-score inverts the covariance, LogME maximises the density of the
labels under their n x n covariance by climbing, LEEP counts pairs.
"""

import json
import pathlib

import numpy as np

PATH = pathlib.Path(__file__).resolve().parents[2] / "crates/evaluate/tests/goldens/transferability.json"


def ledoit_wolf(rows):
    centred = rows - rows.mean(0)
    n, d = rows.shape
    sample = centred.T @ centred / n
    target = np.trace(sample) / d * np.eye(d)
    error = sum(np.sum((np.outer(row, row) - sample) ** 2) for row in centred) / n**2
    shrinkage = min(1.0, error / np.sum((sample - target) ** 2))
    return (1 - shrinkage) * sample + shrinkage * target, shrinkage


def h_score(rows, labels):
    covariance, shrinkage = ledoit_wolf(rows)
    means = np.array([rows[labels == label].mean(0) for label in labels])
    between = np.cov(means.T, bias=True)
    return np.trace(np.linalg.inv(covariance) @ ((1 - shrinkage) * between))


def log_density(y, rows, logarithms):
    """Of y under N(0, I / beta + F F' / alpha), by the covariance itself."""
    alpha, beta = np.exp(logarithms)
    covariance = np.eye(len(y)) / beta + rows @ rows.T / alpha
    _, determinant = np.linalg.slogdet(covariance)
    return -(y @ np.linalg.solve(covariance, y) + determinant + len(y) * np.log(2 * np.pi)) / 2


def log_evidence(rows, labels, n_classes):
    found = []
    for label in range(n_classes):
        y = (labels == label).astype(float)
        best, step = np.zeros(2), 4.0
        value = log_density(y, rows, best)
        while step > 1e-9:
            moves = [best + step * np.array(move) for move in [(1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, -1)]]
            values = [log_density(y, rows, move) for move in moves]
            if max(values) > value:
                value, best = max(values), moves[int(np.argmax(values))]
            else:
                step /= 2
        found.append(value / len(y))
    return float(np.mean(found))


def leep(posteriors, labels, n_classes):
    joint = np.array([posteriors[labels == label].sum(0) for label in range(n_classes)]) / len(labels)
    given = joint / joint.sum(0)
    return float(np.mean([np.log(given[label] @ row) for row, label in zip(posteriors, labels)]))


def case(name, n, d, n_classes, n_source, signal, random):
    labels = random.integers(0, n_classes, size=n)
    labels[:n_classes] = range(n_classes)
    centres = random.normal(size=(n_classes, d)) * signal
    rows = np.round(centres[labels] + random.normal(size=(n, d)) * np.linspace(0.2, 2, d) + 0.3, 4)
    scores = np.exp(random.normal(size=(n, n_source)) + signal * np.eye(n_classes, n_source)[labels])
    posteriors = np.round(scores / scores.sum(1, keepdims=True), 5)
    shares = np.bincount(labels, minlength=n_classes) / n
    return {
        "name": name,
        "n_classes": n_classes,
        "features": rows.tolist(),
        "labels": labels.tolist(),
        "posteriors": posteriors.tolist(),
        "h_score": h_score(rows, labels),
        "log_evidence": log_evidence(rows, labels, n_classes),
        "leep": leep(posteriors, labels, n_classes),
        "chance": float(np.sum(shares * np.log(shares))),
    }


def main():
    random = np.random.default_rng(11)
    cases = [
        case("many rows", 40, 4, 2, 2, 1.0, random),
        case("three classes, other source classes", 36, 5, 3, 4, 0.7, random),
        case("fewer rows than features", 12, 16, 2, 3, 1.5, random),
    ]
    PATH.parent.mkdir(parents=True, exist_ok=True)
    PATH.write_text(json.dumps({"cases": cases}) + "\n")


main()
