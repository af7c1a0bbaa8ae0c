"""Draws what bench_growth prints: cost an article, and memory a live story, by the number of live stories.

  build/release/bench/bench_growth | python3 bench/growth_picture.py > docs/growth.svg
"""
import csv
import math
import sys

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 460, 280, 56, 88, 40, 44
PANELS = (
    ("CPU time an article, µs", (("mean_us", "mean", "#b3261e"), ("median_us", "median", "#1a5fb4")), 50),
    ("heap a live story, KB", (("heap_bytes_a_story", "heap", "#26734d"),), 4),
)


def text(x, y, words, anchor="middle", colour="#333"):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">{words}</text>'


def line(x1, y1, x2, y2, colour, more=""):
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"{more}/>'


def step_of(highest):
    """A round distance that makes at most six lines."""
    return next(s for s in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000) if highest / s <= 6)


def panel(rows, left, title, curves, budget):
    lives = [float(row["live"]) for row in rows]
    values = {key: [float(row[key]) / (1024 if "bytes" in key else 1) for row in rows] for key, _, _ in curves}
    highest = max([budget, *(v for of in values.values() for v in of)])
    step = step_of(highest)
    top = math.ceil(highest / step) * step
    first, last = math.floor(math.log10(min(lives)) + .2), math.ceil(math.log10(max(lives)) - .2)

    def x(live):
        return left + LEFT + (math.log10(live) - first) / max(last - first, 1) * (WIDTH - LEFT - RIGHT)

    def y(value):
        return HEIGHT - BOTTOM - value / top * (HEIGHT - TOP - BOTTOM)

    yield text(left + LEFT, 22, title, "start")
    for n in range(int(top / step) + 1):
        yield line(x(10 ** first), y(n * step), x(10 ** last), y(n * step), "#ddd")
        yield text(left + LEFT - 8, y(n * step) + 4, n * step, "end")
    for power in range(first, last + 1):
        yield text(x(10 ** power), HEIGHT - BOTTOM + 18, f"{10 ** power:,}")
    yield text((x(10 ** first) + x(10 ** last)) / 2, HEIGHT - 8, "live stories")
    yield line(x(10 ** first), y(budget), x(10 ** last), y(budget), "#888", ' stroke-dasharray="5 4"')
    yield text(x(10 ** last) + 14, y(budget) - 6, "budget", "start", "#888")
    for key, name, colour in curves:
        points = " ".join(f"{x(live):.1f},{y(value):.1f}" for live, value in zip(lives, values[key]))
        yield f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>'
        for live, value in zip(lives, values[key]):
            yield f'<circle cx="{x(live):.1f}" cy="{y(value):.1f}" r="3" fill="{colour}"/>'
        yield text(x(lives[-1]) + 8, y(values[key][-1]) + 4, f"{name} {values[key][-1]:.{1 if top < 20 else 0}f}",
                   "start", colour)


def main():
    rows = list(csv.DictReader(sys.stdin, delimiter="\t"))
    if not rows:
        sys.exit("growth_picture: no line of bench_growth on standard input")
    print(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {2 * WIDTH} {HEIGHT}" '
          'font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="#fff"/>')
    for i, (title, curves, budget) in enumerate(PANELS):
        print("\n".join(panel(rows, i * WIDTH, title, curves, budget)))
    print("</svg>")


if __name__ == "__main__":
    main()
