"""What is compared: each takes the items of a stream in order and returns a story label for each."""
import json
import pathlib
import subprocess
import tempfile

DAY = 86400.0
BASELINE_WINDOW = 3 * DAY
BASELINE_THRESHOLDS = (.125, .15, .175, .2, .225, .25, .3)


def run_newswired(binary, items, config=None):
    """`newswired replay --clusters` over the items; an article it refuses is a story of its own."""
    options = [] if config is None else ["-c", config]
    with tempfile.TemporaryDirectory(prefix="newswired-quality-") as folder:
        events, clusters = pathlib.Path(folder) / "events.jsonl", pathlib.Path(folder) / "clusters.tsv"
        with events.open("w", encoding="utf-8") as out:
            for item in items:
                out.write(json.dumps(item.event, ensure_ascii=False) + "\n")
        done = subprocess.run([binary, "replay", *options, "--clusters", clusters, events], stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, text=True)
        if done.returncode != 0:
            raise SystemExit(f"quality: {binary} replay ended with {done.returncode}: {done.stderr[-500:]}")
        if "got no sentence vector" in done.stderr:
            raise SystemExit(f"quality: {done.stderr[-500:]}")
        story_of = {}
        for line in clusters.read_text(encoding="utf-8").splitlines():
            _, url, story = line.split("\t")
            story_of[url] = story
    return [story_of.get(item.article.url, f"refused-{i}") for i, item in enumerate(items)]


def singletons(items):
    return list(range(len(items)))


class TfidfBaseline:
    """The usual recipe: TF-IDF of title, description and body (idf of the whole stream, known ahead), one
    pass, the nearest centroid by cosine that had an article within three days, one threshold."""

    def __init__(self, items):
        from sklearn.feature_extraction.text import TfidfVectorizer
        vectors = TfidfVectorizer(sublinear_tf=True, stop_words=None, max_df=0.5).fit_transform(
            [item.article.text() for item in items])
        self.similarity = (vectors @ vectors.T).toarray().astype("float32")
        self.place = {id(item): i for i, item in enumerate(items)}

    def run(self, items, threshold):
        import numpy
        rows = numpy.array([self.place[id(item)] for item in items])
        similarity = self.similarity[rows][:, rows]
        times = numpy.array([numpy.nan if item.time is None else item.time for item in items])
        labels = numpy.zeros(len(items), dtype=int)
        squares, last = numpy.zeros(len(items)), numpy.full(len(items), numpy.nan)
        count = 0
        for i in range(len(items)):
            best = -1
            if count > 0:
                dots = numpy.bincount(labels[:i], weights=similarity[i, :i], minlength=count)
                cosines = dots / numpy.sqrt(squares[:count])
                cosines[numpy.abs(times[i] - last[:count]) > BASELINE_WINDOW] = -1  # unknown times compare false
                best = int(numpy.argmax(cosines))
            if best < 0 or cosines[best] < threshold:
                best = count
                count += 1
                squares[best] = 1
            else:
                squares[best] += 2 * dots[best] + 1
            labels[i] = best
            if not numpy.isnan(times[i]):
                last[best] = times[i]
        return labels.tolist()
