"""How good the stories are: newswired against labelled sets, beside a baseline and "each article alone".

  /usr/bin/python3 bench/quality DATA [--newswired BINARY] [--config FILE] [--seeds 5] [--sets a,b]

DATA has one folder a set with articles.jsonl.gz in it; docs/quality.md says what is in a line and what
the columns mean. Sets whose name has "silver" in it are printed and left out of the means.
"""
import argparse
import pathlib
import statistics
import sys

import engines
import scorer
import sets

ROOT = pathlib.Path(__file__).resolve().parents[2]
ROWS = ("P", "R", "F1", "pair", "story")


def judge(items, labels):
    judged = [label for item, label in zip(items, labels) if item.judged]
    extra = [label for item, label in zip(items, labels) if not item.judged]
    return scorer.scores(judged, [item.article.story for item in items if item.judged], extra)


class Bench:
    def __init__(self, options):
        self.options = options
        self.sets = sets.read_sets(options.data)
        wanted = options.sets.split(",") if options.sets else list(self.sets)
        self.names = [name for name in self.sets if name in wanted]
        self.counted = [name for name in self.names if sets.SILVER not in name]

    def stream(self, name, seed, distractors):
        items = sets.with_distractors(self.sets, name, seed) if distractors else sets.clean(self.sets, name)
        return sets.in_order(items, seed)

    def config(self, name):
        if self.options.weights is None:
            return self.options.config
        path = self.options.weights / f"{name}.conf"
        table = (self.options.weights / f"{name}.weights").resolve()
        settings = self.options.config.read_text(encoding="utf-8") if self.options.config else ""
        path.write_text(f'{settings}\nstories: {{ weights_file = "{table}"; }};\n', encoding="utf-8")
        return path

    def newswired(self, name, seed, distractors):
        items = self.stream(name, seed, distractors)
        return judge(items, engines.run_newswired(self.options.newswired, items, self.config(name)))

    def baseline(self, name, seed, distractors):
        """Scores by threshold."""
        items = self.stream(name, seed, distractors)
        engine = engines.TfidfBaseline(items)
        return {t: judge(items, engine.run(items, t)) for t in engines.BASELINE_THRESHOLDS}

    def alone(self, name, _seed, _distractors):
        items = self.stream(name, 1, False)
        return judge(items, engines.singletons(items))


def best_threshold(by_set, names):
    return max(engines.BASELINE_THRESHOLDS, key=lambda t: sum(by_set[n][t]["F1"] for n in names))


def left_out(clean_by_set, counted):
    """For each set, the threshold that is best on the others."""
    return {n: best_threshold(clean_by_set, [m for m in counted if m != n] or [n]) for n in clean_by_set}


def print_table(title, results, counted):
    print(f"\n### {title}\n\n| set | P | R | F1 | pair F1 | story F1 | found/true |\n|---|---|---|---|---|---|---|")
    for name, row in results.items():
        print(f"| {name} | " + " | ".join(f"{row[k]:.3f}" for k in ROWS) + f" | {row['found']}/{row['true']} |")
    means = [statistics.fmean(results[n][k] for n in counted) for k in ROWS]
    print("| **mean** | " + " | ".join(f"**{m:.3f}**" for m in means) + " | |", flush=True)


def print_seeds(by_seed, counted):
    print("\n### newswired, B³ F1 by order seed, clean\n\n| set | " + " | ".join(map(str, by_seed)) + " | spread |")
    print("|---|" + "---|" * (len(by_seed) + 1))
    rows = [(name, [by_seed[s][name]["F1"] for s in by_seed]) for name in by_seed[1]]
    means = [statistics.fmean(by_seed[s][n]["F1"] for n in counted) for s in by_seed]
    for name, values in rows + [("**mean**", means)]:
        print(f"| {name} | " + " | ".join(f"{v:.3f}" for v in values) + f" | {max(values) - min(values):.3f} |")


def run(options):
    bench = Bench(options)
    counted = bench.counted
    by_seed = {seed: {n: bench.newswired(n, seed, False) for n in bench.names}
               for seed in range(1, options.seeds + 1)}
    print_table("newswired, clean", by_seed[1], counted)
    noisy = {n: bench.newswired(n, 1, True) for n in bench.names}
    print_table("newswired, with distractors", noisy, counted)
    cost = statistics.fmean(by_seed[1][n]["F1"] - noisy[n]["F1"] for n in counted)
    print(f"\nDistractors cost {cost:.3f} of the mean F1.")
    print_seeds(by_seed, counted)
    if options.no_baseline:
        return
    clean = {n: bench.baseline(n, 1, False) for n in bench.names}
    threshold = left_out(clean, counted)
    title = "TF-IDF baseline, threshold chosen on the other sets"
    print_table(f"{title}, clean", {n: clean[n][threshold[n]] for n in bench.names}, counted)
    dirty = {n: bench.baseline(n, 1, True) for n in bench.names}
    print_table(f"{title}, with distractors", {n: dirty[n][threshold[n]] for n in bench.names}, counted)
    one = best_threshold(clean, counted)
    print_table(f"TF-IDF baseline, the best single threshold in hindsight ({one}), clean",
                {n: clean[n][one] for n in bench.names}, counted)
    print_table("each article alone", {n: bench.alone(n, 1, False) for n in bench.names}, counted)


def main():
    parser = argparse.ArgumentParser(prog="quality", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("--newswired", type=pathlib.Path, default=ROOT / "build/release/newswired")
    parser.add_argument("--config", type=pathlib.Path,
                        help="as newswired -c: weights of your own, an embeddings service (docs/embeddings.md)")
    parser.add_argument("--weights", type=pathlib.Path,
                        help="a folder of <set>.weights, as bench/train --leave-out writes it")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--sets", help="only these, by name with commas")
    parser.add_argument("--no-baseline", action="store_true")
    run(parser.parse_args())


if __name__ == "__main__":
    sys.exit(main())
