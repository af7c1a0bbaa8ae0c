// The dashboard: two views over the read-only API. Everything from outside goes in as text nodes, never as markup.
"use strict";

const LISTS = [
  { key: "recent", label: "Latest", path: "/v1/stories" },
  { key: "1h", label: "Top 1 h", path: "/v1/stories?window=1h" },
  { key: "6h", label: "Top 6 h", path: "/v1/stories?window=6h" },
  { key: "24h", label: "Top 24 h", path: "/v1/stories?window=24h" },
  { key: "left", label: "Blindspot left", path: "/v1/blindspots?for=left" },
  { key: "center", label: "Blindspot center", path: "/v1/blindspots?for=center" },
  { key: "right", label: "Blindspot right", path: "/v1/blindspots?for=right" },
];
const SIDES = ["left", "center", "right"];
const SIDE_FIELDS = { left: "left", center: "cntr", right: "right" };
const REFRESH_MS = 5000;
const main = document.getElementById("main");
let language = "";
let timer = 0;
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

function safeLink(url, ...children) {
  if (!/^https?:\/\//i.test(url || "")) return h("span", null, ...children);
  return h("a", { href: url, rel: "noopener noreferrer", target: "_blank" }, ...children);
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
      h("h2", null, h("a", { href: "#/story/" + story.id }, story.title || "(not published yet)")),
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
  if (language) url.searchParams.set("language", language);
  if (cursor) url.searchParams.set("cursor", cursor);
  return url.pathname + url.search;
}

const languages = new Set();
function languageTools(redraw) {
  if (languages.size < 2 && !language) return null;
  const select = h("select", { "aria-label": "Language" }, h("option", { value: "" }, "all languages"));
  for (const code of [...languages].sort()) select.append(h("option", { value: code }, code));
  select.value = language;
  select.addEventListener("change", () => { language = select.value; redraw(); });
  return h("div.tools", null, "Stories in", select);
}

function drawList(list, view) {
  const revisions = new Map();
  let pages = 1;
  async function load() {
    const stories = [];
    let cursor = null;
    for (let page = 0; page < pages; page++) {
      const answer = await get(listPath(list, cursor));
      stories.push(...answer.stories);
      cursor = answer.nextCursor;
      if (!cursor) break;
    }
    if (view !== drawn) return;
    const first = revisions.size === 0;
    const seen = new Set();
    const items = stories.filter((s) => !seen.has(s.id) && seen.add(s.id)).map((story) => {
      if (story.language) languages.add(story.language);
      const fresh = !first && revisions.get(story.id) !== story.revision;
      revisions.set(story.id, story.revision);
      return storyCard(story, fresh);
    });
    const more = h("button", { type: "button" }, "More stories");
    more.addEventListener("click", () => { pages++; load().catch(showError); });
    main.replaceChildren(
      languageTools(() => { revisions.clear(); pages = 1; load().catch(showError); }) || "",
      items.length ? h("ul.list", null, items) : h("p.note", null, "No story here yet."),
      cursor ? h("p.more", null, more) : "");
  }
  return load;
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
    own && story.reprintCount ? [h("p.small", null, "Counting each wire text once:"), bar(own)] : null,
    sidesList(story));
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

function firstPanel(story) {
  if (!story.firstSource) return null;
  const v = story.velocity || {};
  return h("section.panel", null, h("h2", null, "First and fast"), h("dl", null,
    h("dt", null, "First source"), h("dd", null, story.firstSource.source),
    story.firstSource.at ? [h("dt", null, "At"), h("dd", null, when(story.firstSource.at))] : null,
    SIDES.filter((side) => story.firstBySide?.[side]).map((side) =>
      [h("dt", null, "First on the " + side), h("dd", null, story.firstBySide[side].source)]),
    ["1h", "6h", "24h"].filter((w) => v["sources" + w] != null).map((w) =>
      [h("dt", null, "Sources in " + w), h("dd", null, v["sources" + w])])));
}

function articleItem(article, byId) {
  const place = [article.city, article.country && flagless(article.country)].filter(Boolean).join(", ");
  const original = article.reprintOf && byId.get(article.reprintOf);
  return h("article", null,
    h("h3", null, safeLink(article.url, article.title || article.url)),
    article.lead ? h("p", null, article.lead) : null,
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

function insightsList(story) {
  if (!story.insights?.length) return null;
  return h("ul.insights", null, story.insights.map((insight) =>
    h("li", null, insight.text, " ", h("span.by", null, h("i.dot." + (insight.biasSide || "unrated")), " ", insight.source || ""))));
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
  return async function load() {
    const story = await get("/v1/stories/" + encodeURIComponent(id)); // a merged one is redirected to what it is now
    if (view !== drawn) return;
    const byId = new Map((story.articles || []).map((article) => [article.id, article]));
    const blind = story.blindspot;
    document.title = (story.title || "Story") + " – newswired";
    main.replaceChildren(h("div.detail", null,
      h("div", null,
        h("a.crumb", { href: "#/" }, "← all stories"),
        h("h1", null, story.title || "(not published yet)"),
        blind ? h("p.alert", null, `Blindspot for the ${blind.blindspotFor}: ${blind.minorPercent}% of the rated sources` +
          (blind.ci95 ? ` (95% interval ${blind.ci95[0]}–${blind.ci95[1]}%).` : ".")) : null,
        story.status && story.status !== "active" ? h("p.alert", null, "This story is " + story.status + ".") : null,
        story.lead ? h("p.lead", null, story.lead) : null,
        insightsList(story),
        analysisPanel(story.analysis),
        h("section.articles", null, h("h2", null, plural(story.articleCount, "article")),
          (story.articles || []).map((article) => articleItem(article, byId)),
          story.articlesTruncated ? h("p.small", null, "Only the newest are listed.") : null)),
      h("div", null, coveragePanel(story), biasPanel(story), countsPanel("Factuality", story.factuality),
        countsPanel("Ownership", story.ownership), countsPanel("Countries", story.countries), firstPanel(story),
        relatedPanel(story),
        h("p.small", null, `Story ${story.id}, revision ${story.revision}`,
          story.provenance?.ratingsVersion ? `, ratings ${story.provenance.ratingsVersion}` : ""))));
  };
}

function relatedPanel(story) {
  if (!story.relatedStoryIds?.length) return null;
  return h("section.panel", null, h("h2", null, "Related stories"),
    story.relatedStoryIds.map((id) => h("p.small", null, h("a", { href: "#/story/" + id }, id))));
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

function route() {
  const [, kind, id] = location.hash.split("/");
  const list = LISTS.find((l) => l.key === kind) || LISTS[0];
  const view = ++drawn;
  document.title = "newswired";
  drawTabs(kind === "story" ? null : list.key);
  const load = kind === "story" ? drawStory(id || "", view) : drawList(list, view);
  const turn = async () => {
    clearTimeout(timer);
    try {
      if (!document.hidden) await Promise.all([load(), refreshState()]);
    } catch (error) {
      if (view === drawn) showError(error);
    }
    if (view === drawn) timer = setTimeout(turn, REFRESH_MS);
  };
  main.replaceChildren(h("p.note", null, "Loading…"));
  scrollTo(0, 0);
  turn();
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
route();
