"""From measured curves to SVG files, the same bytes for the same figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median

import matplotlib as mpl
from matplotlib.figure import Figure

from bench.spread import number

mpl.rcParams["svg.hashsalt"] = "redress"
mpl.rcParams["svg.fonttype"] = "none"

Curve = Mapping[float, Sequence[float]]
"""The values of all rounds at each point."""


def plot(
    file: Path, curves: Mapping[str, Curve], *, x: str, y: str, logarithmic: bool = False, ticks: bool = True
) -> None:
    """Medians as lines, the lowest and the highest as bars; with ``ticks`` each point is marked on the x axis."""
    figure = Figure(figsize=(6.4, 3.6), layout="constrained")
    axes = figure.subplots()
    for name, curve in curves.items():
        points = sorted(curve)
        middles = [median(curve[point]) for point in points]
        below = [middle - min(curve[point]) for point, middle in zip(points, middles, strict=True)]
        above = [max(curve[point]) - middle for point, middle in zip(points, middles, strict=True)]
        axes.errorbar(points, middles, yerr=(below, above), marker="o", capsize=3, label=name)
    if logarithmic:
        axes.set_xscale("log")
    if ticks:
        points = sorted({point for curve in curves.values() for point in curve})
        axes.set_xticks(points, [number(point) for point in points])
        axes.minorticks_off()
    else:
        axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.set_ylim(0, axes.get_ylim()[1] * 1.1)
    axes.yaxis.set_major_formatter("{x:,g}")
    axes.grid(alpha=0.3)
    if len(curves) > 1:
        axes.legend()
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, format="svg", metadata={"Date": None})
