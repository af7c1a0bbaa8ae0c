"""Learns the weights of the join and merge decisions from labelled sets (docs/training.md).

  /usr/bin/python3 bench/train DATA --out my.weights [--rounds 2]        one table from all sets
  /usr/bin/python3 bench/train DATA --leave-out FOLDER                   FOLDER/<set>.weights, learned on the others

DATA as for bench/quality; sets with "silver" in their name count a fifth. Each round replays every
set with the weights learned so far and learns from the pairs the engine itself compares. With --config,
a configuration that names an embeddings service, the weights for pairs with sentence vectors are
learned and the others stay; without it is the other way round.
"""
import argparse
import datetime
import pathlib
import re
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench" / "quality"))
import sets  # noqa: E402

import learn  # noqa: E402
import pairs  # noqa: E402

START = pathlib.Path(__file__).parent / "start.weights"


def read_table(path):
    """Weights by decision and feature."""
    tables = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        words = line.split("#")[0].split()
        if words:
            decision, feature, weight = words
            tables.setdefault(decision, {})[feature] = float(weight)
    return tables


def write_table(path, weights, remark):
    with path.open("w", encoding="utf-8") as out:
        out.write(f"# newswired: weights of the decisions (docs/training.md).\n# {remark}\n")
        for decision, table in weights.items():
            for feature, weight in table.items():
                out.write(f"{decision} {feature} {weight:.4g}\n")


def write_source(path, weights, remark):
    """The same as the initialiser that story_weights.c includes, without the zeros."""
    header = (ROOT / "stories/pair_feature.h").read_text(encoding="utf-8")
    ids = {name: number for number, name in re.findall(r'X\((PAIR_\w+), "(\w+)"\)', header)}
    with path.open("w", encoding="utf-8") as out:
        out.write(f"/* Written by bench/train. {remark} */\n")
        for decision, table in weights.items():
            out.write(f".{decision} = {{\n")
            out.writelines(f"    [{ids[feature]}] = {weight:.3f},\n"
                           for feature, weight in table.items() if f"{weight:.3f}".strip("-") != "0.000")
            out.write("},\n")


def story_size(articles):
    """Mean number of articles a story."""
    return len(articles) / len({article.story for article in articles})


def train(options, data, names, folder):
    """Rounds over all sets; weights by the set they are for (None: for all)."""
    left_out = names if options.leave_out else [None]
    tables = {}
    start = read_table(options.start)
    settings = options.config.read_text(encoding="utf-8") if options.config else ""
    for turn in range(options.rounds):
        rows = {}
        for name in names:
            table = tables.get(name, tables.get(None, options.start))  # a left-out set: with weights that do not know it
            rows[name] = pairs.collect(options.newswired, data, name,
                                       sets.read_suspects(options.data / name), table, settings)
            print(f"round {turn + 1}: {name}: " + ", ".join(
                f"{len(rows[name][d][1])} pairs of {d}" for d in rows[name]), file=sys.stderr, flush=True)
        for out in left_out:
            weights = learn.fit(rows, {n: story_size(data[n]) for n in names if n != out}, start)
            tables[out] = folder / f"{out or 'all'}.weights"
            on = ", ".join(n for n in names if n != out)
            remark = f"Learned {datetime.date.today()} in {options.rounds} rounds on {on}."
            write_table(tables[out], weights, remark)
    return weights, remark


def main():
    parser = argparse.ArgumentParser(prog="train", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("--out", type=pathlib.Path, help="the table, for stories.weights_file")
    parser.add_argument("--source", type=pathlib.Path, help="what was learned as stories/story_weights_default.h, or ..._dense.h")
    parser.add_argument("--leave-out", type=pathlib.Path, help="a folder for one table a set")
    parser.add_argument("--start", type=pathlib.Path, default=START, help="the table of the first round")
    parser.add_argument("--config", type=pathlib.Path, help="names an embeddings service: the two dense decisions are learned")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--newswired", type=pathlib.Path, default=ROOT / "build/release/newswired")
    options = parser.parse_args()
    if not (options.out or options.source or options.leave_out):
        parser.error("one of --out, --source, --leave-out is needed")
    data = sets.read_sets(options.data)
    names = list(data)
    if options.leave_out:
        options.leave_out.mkdir(parents=True, exist_ok=True)
        train(options, data, names, options.leave_out)
        return
    with tempfile.TemporaryDirectory(prefix="newswired-train-") as folder:
        weights, remark = train(options, data, names, pathlib.Path(folder))
    if options.out:
        write_table(options.out, weights, remark)
    if options.source:
        learned = {d: table for d, table in weights.items() if d.endswith(pairs.DENSE) == (options.config is not None)}
        write_source(options.source, learned, remark)


if __name__ == "__main__":
    sys.exit(main())
