// The dashboard: two views over the read-only API. Everything from outside goes in as text nodes, never as markup.
"use strict";

const LISTS = [
  { key: "recent", label: "Latest", path: "/v1/stories" },
  { key: "1h", label: "Top 1 h", path: "/v1/stories?window=1h" },
  { key: "6h", label: "Top 6 h", path: "/v1/stories?window=6h" },
  { key: "24h", label: "Top 24 h", path: "/v1/stories?window=24h" },
  { key: "left", label: "Blindspot left", path: "/v1/blindspots?for=left" },
  { key: "right", label: "Blindspot right", path: "/v1/blindspots?for=right" },
];
const SIDES = ["left", "center", "right"];
const SIDE_FIELDS = { left: "left", center: "cntr", right: "right" };
const STATE_MS = 10000; // between looks at /readyz
const POLL_MS = 5000; // between looks at the list or story while the stream is not there
const SLOW_POLL_MS = 60000; // and while it is: rankings by time move without any change of a story
const SETTLE_MS = 700; // changes that come together are drawn together; the summary follows the counts
const main = document.getElementById("main");
const filters = { q: "", language: "", country: "", side: "" };
let drawn = 0; // counts views, so that a late answer does not draw over a newer one

// h("p.meta", {title: "x"}, "text", node): an element; null and false children are left out.
function h(spec, attributes, ...children) {
  const [tag, ...classes] = spec.split(".");
  const element = document.createElement(tag);
  if (classes.length) element.className = classes.join(" ");
  for (const [name, value] of Object.entries(attributes || {})) if (value != null) element.setAttribute(name, value);
  for (const child of children.flat(Infinity)) if (child != null && child !== false) element.append(child);
  return element;
}

function capital(text) { return text.charAt(0).toUpperCase() + text.slice(1); }
// "leanLeft" -> "lean left"
function words(name) { return name.replace(/[A-Z]/g, (c) => " " + c.toLowerCase()); }
function plural(n, word) { return n + " " + word + (n === 1 ? "" : "s"); }

function ago(text) {
  const seconds = (Date.now() - Date.parse(text)) / 1000;
  if (!(seconds >= 0)) return when(text);
  if (seconds < 90) return "just now";
  if (seconds < 5400) return Math.round(seconds / 60) + " min ago";
  if (seconds < 129600) return Math.round(seconds / 3600) + " h ago";
  if (seconds < 2592000) return Math.round(seconds / 86400) + " days ago";
  return new Date(text).toLocaleDateString(undefined, { dateStyle: "medium" });
}
function when(text) {
  const date = new Date(text);
  return isNaN(date) ? "" : date.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}
function time(text) { return text ? h("time", { datetime: text, title: when(text) }, ago(text)) : null; }

// Text from articles may run from right to left, whatever the page does.
function safeLink(url, ...children) {
  if (!/^https?:\/\//i.test(url || "")) return h("span", { dir: "auto" }, ...children);
  return h("a", { href: url, rel: "noopener noreferrer", target: "_blank", dir: "auto" }, ...children);
}
function span(milliseconds) {
  const minutes = Math.round(milliseconds / 60000);
  if (minutes < 1) return "at the same time";
  if (minutes < 90) return minutes + " min later";
  return minutes < 2880 ? Math.round(minutes / 60) + " h later" : Math.round(minutes / 1440) + " days later";
}
function flagless(code) {
  try { return new Intl.DisplayNames(undefined, { type: "region" }).of(code); } catch { return code; }
}

// The bar of shares of rated sources; the text is in the label too, for who does not see it.
function bar(distribution) {
  const shares = SIDES.map((side) => [side, distribution?.[SIDE_FIELDS[side] + "Percent"] ?? 0]);
  if (!shares.some(([, percent]) => percent > 0)) return h("div.bar.empty", null, "no rated source");
  const label = shares.map(([side, percent]) => `${capital(side)} ${percent}%`).join(", ");
  const element = h("div.bar", { role: "img", "aria-label": label, title: label });
  for (const [side, percent] of shares) {
    if (percent === 0) continue;
    const part = h("span." + side, null, percent >= 12 ? `${side.charAt(0).toUpperCase()} ${percent}%` : "");
    part.style.width = percent + "%";
    element.append(part);
  }
  return element;
}

async function get(path) {
  const answer = await fetch(path, { headers: { accept: "application/json" } });
  if (answer.ok) return answer.json();
  let detail = "";
  try { detail = (await answer.json()).detail || ""; } catch { /* no problem document */ }
  throw Object.assign(new Error(detail || answer.statusText), { status: answer.status });
}

// ---- the list ----

function storyCard(story, fresh) {
  return h("li.story" + (fresh ? ".fresh" : ""), null,
    h("div", null,
      h("h2", { dir: "auto" }, h("a", { href: "#/story/" + story.id }, story.title || "(not published yet)")),
      h("p.meta", null,
        h("span", null, plural(story.sourceCount, "source")), h("span", null, plural(story.articleCount, "article")),
        story.unratedSourceCount ? h("span", null, story.unratedSourceCount + " unrated") : null,
        story.blindspotFor ? h("span", null, "blindspot for the " + story.blindspotFor) : null,
        story.language ? h("span", null, story.language) : null,
        story.status && story.status !== "active" ? h("span", null, story.status) : null,
        story.updatedAt ? h("span", null, time(story.updatedAt)) : null)),
    bar(story.biasDistribution));
}

function listPath(list, cursor) {
  const url = new URL(list.path, location.origin);
  for (const [name, value] of Object.entries(filters)) if (value) url.searchParams.set(name, value);
  if (cursor) url.searchParams.set("cursor", cursor);
  return url.pathname + url.search;
}

// What the lists so far have shown, to choose from.
const known = { language: new Set(), country: new Set() };

function choice(name, all, values, text) {
  const select = h("select", { "aria-label": name }, h("option", { value: "" }, all));
  const wanted = new Set(values);
  if (filters[name]) wanted.add(filters[name]);
  for (const value of [...wanted].sort()) select.append(h("option", { value }, text(value)));
  select.value = filters[name];
  return select;
}
function languageName(code) {
  try { return new Intl.DisplayNames(undefined, { type: "language" }).of(code); } catch { return code; }
}

function filterTools(redraw) {
  const search = h("input", { type: "search", "aria-label": "Words of the title", placeholder: "Search titles", maxlength: 200 });
  search.value = filters.q;
  const form = h("form.tools", { role: "search" }, search,
    choice("language", "all languages", known.language, languageName),
    choice("country", "all countries", known.country, flagless),
    choice("side", "all leanings", SIDES, (side) => "mostly " + side));
  let timer = 0;
  form.addEventListener("submit", (event) => event.preventDefault());
  const take = (event) => {
    const field = event.target === search ? "q" : event.target.getAttribute("aria-label");
    const value = event.target.value.trim();
    if (filters[field] === value) return;
    filters[field] = value;
    clearTimeout(timer);
    timer = setTimeout(redraw, event.target === search ? 300 : 0);
  };
  form.addEventListener("input", take); // while it is typed
  form.addEventListener("change", take);
  return form;
}

function drawList(list, view) {
  const revisions = new Map();
  let pages = 1;
  const body = h("div");
  const reload = () => { revisions.clear(); pages = 1; load().catch(showError); };
  async function load() {
    const stories = [];
    const asked = JSON.stringify(filters);
    let cursor = null;
    // A filtered page may be short, even empty, and still have a next one.
    for (let page = 0; page < pages || (cursor && stories.length === 0 && page < pages + 5); page++) {
      const answer = await get(listPath(list, cursor));
      stories.push(...answer.stories);
      cursor = answer.nextCursor;
      if (!cursor) break;
    }
    if (view !== drawn || asked !== JSON.stringify(filters)) return;
    const first = revisions.size === 0;
    const seen = new Set();
    const items = stories.filter((s) => !seen.has(s.id) && seen.add(s.id)).map((story) => {
      if (story.language) known.language.add(story.language);
      for (const country of Object.keys(story.countries || {})) known.country.add(country);
      const fresh = !first && revisions.get(story.id) !== story.revision;
      revisions.set(story.id, story.revision);
      return storyCard(story, fresh);
    });
    const more = h("button", { type: "button" }, "More stories");
    more.addEventListener("click", () => { pages++; load().catch(showError); });
    const focused = document.activeElement?.closest?.("#main a")?.getAttribute("href");
    body.replaceChildren(
      items.length ? h("ul.list", null, items) : h("p.note", null, "No story here" + (Object.values(filters).some(Boolean) ? " for this filter." : " yet.")),
      cursor ? h("p.more", null, more) : "");
    if (!main.contains(body)) main.replaceChildren(filterTools(reload), body);
    if (focused) body.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus(); // who reads by keyboard stays where they were
  }
  return { load, query: "" };
}

// ---- one story ----

function coveragePanel(story) {
  const d = story.biasDistribution || {};
  const headline = (d.headline || []).map((part) => `${part.percent}% ${capital(part.side)}`).join(", ");
  return h("section.panel", null,
    h("h2", null, "Coverage details"),
    h("dl", null,
      h("dt", null, "Total news sources"), h("dd", null, story.sourceCount),
      h("dt", null, "Leaning left"), h("dd", null, d.leftSrcCount ?? 0),
      h("dt", null, "Center"), h("dd", null, d.cntrSrcCount ?? 0),
      h("dt", null, "Leaning right"), h("dd", null, d.rightSrcCount ?? 0),
      h("dt", null, "Unrated"), h("dd", null, story.unratedSourceCount ?? 0),
      h("dt", null, "Articles"), h("dd", null, story.articleCount),
      story.reprintCount ? [h("dt", null, "Reprints"), h("dd", null, story.reprintCount)] : null,
      story.updatedAt ? [h("dt", null, "Last updated"), h("dd", null, time(story.updatedAt))] : null,
      headline ? [h("dt", null, "Bias distribution"), h("dd", null, headline)] : null));
}

function biasPanel(story) {
  const headline = (story.biasDistribution?.headline || []).map((p) => `${p.percent}% of the rated sources are ${p.side}`);
  const own = story.independentBiasDistribution;
  return h("section.panel", null,
    h("h2", null, "Bias distribution"), headline.map((line) => h("p", null, line)), bar(story.biasDistribution),
    story.reprintCount ? [
      h("p.small", null, `${story.uniqueCount} of ${plural(story.articleCount, "article")} are texts of their own. ` +
        "Counting only the newsrooms that wrote one:"),
      bar(own)] : null,
    sidesList(story));
}

// Which side is louder here than it usually is.
function liftPanel(story) {
  const sides = SIDES.filter((side) => story.lift?.[side] != null);
  if (!sides.length) return null;
  const all = SIDES.reduce((sum, side) => sum + story.lift.sources7d[side], 0);
  return h("section.panel", null, h("h2", null, "Beside the feed at large"),
    h("dl", null, sides.map((side) => [h("dt", null, h("i.dot." + side), " ", capital(side)),
      h("dd", null, "× " + story.lift[side].toLocaleString(undefined, { maximumFractionDigits: 2 }))])),
    h("p.small", null, `A side's share of this story's sources, divided by its share of the ${all} rated sources of the last seven days.`));
}

function sidesList(story) {
  const sources = story.sources || [];
  return h("div.sides", null, [...SIDES, "unrated"].map((side) => {
    const group = sources.filter((source) => (source.side || "unrated") === side);
    if (!group.length) return null;
    return h("div", null, h("h3", null, `${capital(side)} (${group.length})`),
      h("ul", null, group.map((source) => h("li.chip." + side,
        { title: [source.bias && words(source.bias), source.owner, source.country && flagless(source.country)].filter(Boolean).join(", ") },
        source.name || source.source))));
  }));
}

function countsPanel(title, counts) {
  const rows = Object.entries(counts || {}).filter(([, n]) => n > 0).sort((a, b) => b[1] - a[1]);
  if (!rows.length) return null;
  return h("section.panel", null, h("h2", null, title), h("dl", null,
    rows.map(([name, n]) => [h("dt", null, name.length === 2 ? flagless(name) : capital(words(name))), h("dd", null, n)])));
}

function sourceName(story, key) {
  const source = (story.sources || []).find((s) => s.source === key);
  return source?.name || key;
}

function firstPanel(story) {
  if (!story.firstSource) return null;
  const v = story.velocity || {};
  return h("section.panel", null, h("h2", null, "First and fast"), h("dl", null,
    h("dt", null, "First source"), h("dd", null, sourceName(story, story.firstSource.source)),
    story.firstSource.at ? [h("dt", null, "At"), h("dd", null, when(story.firstSource.at))] : null,
    SIDES.filter((side) => story.firstBySide?.[side]).map((side) => {
      const first = story.firstBySide[side];
      return [h("dt", null, "First on the " + side), h("dd", null, sourceName(story, first.source),
        first.lagMs > 0 ? h("div.small", null, span(first.lagMs)) : null)];
    }),
    ["1h", "6h", "24h"].filter((w) => v["sources" + w] != null).map((w) =>
      [h("dt", null, "Sources in " + w), h("dd", null, v["sources" + w])])));
}

function articleItem(article, byId) {
  const place = [article.city, article.country && flagless(article.country)].filter(Boolean).join(", ");
  const original = article.reprintOf && byId.get(article.reprintOf);
  return h("article", null,
    h("h3", null, safeLink(article.url, article.title || article.url)),
    article.lead ? h("p", { dir: "auto" }, article.lead) : null,
    h("p.meta", null,
      h("span", null, h("i.dot." + sideOf(article.bias)), " ", article.sourceName || article.source),
      article.bias ? h("span", null, words(article.bias)) : h("span", null, "unrated"),
      place ? h("span", null, place) : null,
      article.factuality && article.factuality !== "unknown" ? h("span", null, "factuality " + words(article.factuality)) : null,
      article.paywalled ? h("span", null, "paywall") : null,
      article.reprintOf ? h("span", null, "reprint" + (original ? " of " + (original.sourceName || original.source) : "")) : null,
      article.publishedAt ? h("span", null, time(article.publishedAt)) : null));
}
function sideOf(bias) {
  if (!bias) return "unrated";
  return bias === "center" ? "center" : /left$/i.test(bias) ? "left" : "right";
}

function insightsList(story, byId) {
  if (!story.insights?.length) return null;
  return h("ul.insights", null, story.insights.map((insight) => {
    const article = byId.get(insight.articleId);
    return h("li", { dir: "auto" }, insight.text, " ", h("span.by", null, h("i.dot." + (insight.biasSide || "unrated")), " ",
      safeLink(article?.url, sourceName(story, insight.source || ""))));
  }));
}

function analysisPanel(analysis) {
  if (!analysis) return null;
  const sides = Object.entries(analysis.sides || {});
  return h("section.panel.analysis", null,
    h("h2", null, "In short"),
    h("p", null, h("strong", null, analysis.title)),
    h("p", null, analysis.lead),
    h("ul.insights", null, (analysis.insights || []).map((insight) => h("li", null, insight.text))),
    sides.length ? h("dl.lines", null, sides.map(([side, line]) =>
      [h("dt", null, h("i.dot." + side), " ", side), h("dd", null, line.text)])) : null,
    h("p.small", null, `Written by a machine (${analysis.model || "unknown model"}) from ` +
      `${plural(analysis.articleIds?.length ?? 0, "article")}; each number and name in it occurs in them.`));
}

function drawStory(id, view) {
  async function load() {
    const path = "/v1/stories/" + encodeURIComponent(id);
    // A merged story is redirected to what it is now.
    const [story, related] = await Promise.all([get(path), get(path + "/related").catch(() => ({ stories: [] }))]);
    if (view !== drawn) return;
    const byId = new Map((story.articles || []).map((article) => [article.id, article]));
    const blind = story.blindspot;
    document.title = (story.title || "Story") + " – newswired";
    main.replaceChildren(h("div.detail", null,
      h("div", null,
        h("a.crumb", { href: "#/" }, "← all stories"),
        h("p.meta", null,
          story.firstPublishedAt ? h("span", null, "Published ", time(story.firstPublishedAt)) : null,
          story.updatedAt ? h("span", null, "Updated ", time(story.updatedAt)) : null,
          story.language ? h("span", null, languageName(story.language)) : null),
        h("h1", { dir: "auto" }, story.title || "(not published yet)"),
        blind ? h("p.alert", null, `Blindspot for the ${blind.blindspotFor}: ${blind.minorPercent}% of the rated sources` +
          (blind.ci95 ? ` (95% interval ${blind.ci95[0]}–${blind.ci95[1]}%).` : ".")) : null,
        story.status && story.status !== "active" ? h("p.alert", null, "This story is " + story.status + ".") : null,
        story.lead ? h("p.lead", { dir: "auto" }, story.lead) : null,
        insightsList(story, byId),
        analysisPanel(story.analysis),
        story.tags?.length ? h("p.tags", null, story.tags.map((tag) => h("span.tag", { dir: "auto" }, tag))) : null,
        h("section.articles", null, h("h2", null, plural(story.articleCount, "article")),
          (story.articles || []).map((article) => articleItem(article, byId)),
          story.articlesTruncated ? h("p.small", null, "Only the newest are listed, and the newest of each side.") : null)),
      h("div", null, coveragePanel(story), biasPanel(story), liftPanel(story), countsPanel("Factuality", story.factuality),
        countsPanel("Ownership", story.ownership), countsPanel("Countries", story.countries), firstPanel(story),
        relatedPanel(related.stories), provenancePanel(story))));
  }
  return { load, query: "?story=" + encodeURIComponent(id) };
}

function relatedPanel(stories) {
  if (!stories.length) return null;
  return h("section.panel", null, h("h2", null, "Related stories"), h("ul.related", null, stories.map((story) =>
    h("li", { dir: "auto" }, h("a", { href: "#/story/" + story.id }, story.title || story.id),
      h("span.small", null, " " + plural(story.sourceCount, "source"))))));
}

// Where each number is from: enough to make it again.
function provenancePanel(story) {
  const p = story.provenance || {};
  const at = p.position;
  return h("section.panel", null, h("h2", null, "Provenance"), h("p.small", null,
    `Story ${story.id}, revision ${story.revision}`, p.cause ? `, last change: ${p.cause}` : "",
    at ? `, ${at.topic} ${at.partition}@${at.offset}` : "",
    p.ratingsVersion ? `, ratings ${p.ratingsVersion}` : "",
    story.ratingsLoadedAt ? ` of ${when(story.ratingsLoadedAt)}` : "", ". ",
    h("a", { href: "/v1/stories/" + story.id }, "As JSON")));
}

// ---- around it ----

function showError(error) {
  const text = error.status === 404 ? "There is no such story (any more)." : "Cannot be loaded: " + error.message;
  if (main.querySelector(".story, .detail") && error.status !== 404) setState("bad", text);
  else main.replaceChildren(h("p.note", null, text));
}

const stateElement = document.getElementById("state");
function setState(kind, text) {
  stateElement.className = "state " + kind;
  stateElement.textContent = text;
}
async function refreshState() {
  try {
    const answer = await fetch("/readyz");
    const body = await answer.json();
    const lag = (body.roles || []).reduce((sum, role) => sum + Math.max(role.lagRecords, 0), 0);
    const live = (body.roles || []).reduce((sum, role) => sum + role.storiesLive, 0);
    setState(answer.ok ? "" : "wait", `${body.status}, ${plural(live, "live story").replace("storys", "stories")}, lag ${lag}`);
  } catch {
    setState("bad", "no connection");
  }
}

function drawTabs(current) {
  document.getElementById("tabs").replaceChildren(...LISTS.map((list) =>
    h("a", { href: "#/" + list.key, "aria-current": list.key === current ? "page" : null }, list.label)));
}

// Changes come by /v1/stream; without it the page asks. EventSource comes back by itself, with the id of what it has seen.
let view = null; // what is shown: { load, query }
let stream = null;
let loadTimer = 0, stateTimer = 0;

function streaming() { return stream?.readyState === EventSource.OPEN; }

async function loadView() {
  clearTimeout(loadTimer);
  const shown = view;
  try {
    await shown.load();
  } catch (error) {
    if (shown === view) showError(error);
  }
  if (shown === view) loadLater(streaming() ? SLOW_POLL_MS : POLL_MS);
}
let due = 0; // when the next load is set for
function loadLater(milliseconds) {
  clearTimeout(loadTimer);
  due = Date.now() + milliseconds;
  loadTimer = setTimeout(() => { if (!document.hidden) loadView(); }, milliseconds);
}
function changed() { if (due > Date.now() + SETTLE_MS) loadLater(SETTLE_MS); }

function follow() {
  stream?.close();
  stream = null;
  if (document.hidden || !view) return;
  stream = new EventSource("/v1/stream" + view.query);
  for (const kind of ["story", "reset"]) stream.addEventListener(kind, changed);
  stream.addEventListener("open", changed); // what changed before it was open
  stream.addEventListener("error", () => loadLater(POLL_MS));
}

async function keepState() {
  clearTimeout(stateTimer);
  if (!document.hidden) await refreshState();
  stateTimer = setTimeout(keepState, STATE_MS);
}

function route() {
  const [, kind, id] = location.hash.split("/");
  const list = LISTS.find((l) => l.key === kind) || LISTS[0];
  const number = ++drawn;
  document.title = "newswired";
  drawTabs(kind === "story" ? null : list.key);
  view = kind === "story" ? drawStory(id || "", number) : drawList(list, number);
  main.replaceChildren(h("p.note", null, "Loading…"));
  scrollTo(0, 0);
  loadView();
  follow();
}

function stored() { try { return localStorage.getItem("theme"); } catch { return null; } }
function applyTheme(theme) { if (theme) document.documentElement.dataset.theme = theme; }
document.getElementById("theme").addEventListener("click", () => {
  const dark = document.documentElement.dataset.theme
    ? document.documentElement.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  applyTheme(dark ? "light" : "dark");
  try { localStorage.setItem("theme", dark ? "light" : "dark"); } catch { /* a private window */ }
});
applyTheme(stored());
addEventListener("hashchange", route);
document.addEventListener("visibilitychange", () => { if (!document.hidden) { loadView(); keepState(); } follow(); });
route();
keepState();
