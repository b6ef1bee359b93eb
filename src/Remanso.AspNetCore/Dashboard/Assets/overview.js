// What the cache does to a burst: what was asked, and what reached the database.
import { h, text, fill, choice, field } from "./dom.js";
import { Chart } from "./charts.js";
import { at, rates } from "./live.js";
import { count, rate, short, bytes, span, one } from "./format.js";

const perSecond = (n, isTick) => n === null || n === undefined ? "–" : isTick ? short(n) : rate(n);
const asSpan = (n, isTick) => n === null || n === undefined ? "–" : isTick ? (n >= 1000 ? `${short(n / 1000)} s` : `${short(n)} ms`) : span(n);

function tile(label, unit) {
  const number = h("strong", {}, "–"), more = h("span", { class: "more" }, " ");
  return { number, more, node: h("div", { class: "card tile" }, h("span", { class: "label" }, label), h("span", { class: "figure" }, number, h("small", {}, unit)), more) };
}

function gauge(label) {
  const bar = h("meter", { min: 0, max: 1, low: 0.6, high: 0.85, optimum: 0, value: 0, "aria-label": label }), said = h("span", { class: "number" }, "–");
  return { bar, said, node: h("div", { class: "gauge" }, h("div", { class: "row between" }, h("span", {}, label), said), bar) };
}

function state(label) {
  const said = h("span", { class: "badge" }, "–");
  return { said, node: h("div", { class: "state" }, h("dt", {}, label), h("dd", {}, said)) };
}

function set(badge, words, kind) {
  text(badge, words);
  badge.className = `badge ${kind}`;
}

const sum = (caches, read) => caches.reduce((total, cache) => total + Number(read(cache)), 0);

export function overview(main, app) {
  const { live } = app;
  const chosen = app.address.query.get("cache") ?? "";
  const known = [["", "All caches"], ...app.caches.map(cache => [cache.name, cache.name])];
  if (chosen && !app.caches.some(cache => cache.name === chosen)) known.push([chosen, `${chosen} (not there)`]);
  const select = choice(known, chosen);
  select.addEventListener("change", () => app.go({ cache: select.value }, true));

  const asked = tile("Reads asked", "/ s"), queries = tile("Queries made", "/ s"), accepted = tile("Writes accepted", "/ s"), rows = tile("Rows stored", "/ s");
  const summary = h("p", { class: "lead" }, "Waiting for the first figures …");
  const readChart = new Chart("Reads: asked and queried", "The area is what callers asked, the line what reached the database: the gap between them is what the cache spared it.",
    [{ label: "asked", unit: "per second", colour: "a", fill: true }, { label: "queries", unit: "per second", colour: "b" }], perSecond);
  const writeChart = new Chart("Writes: accepted and stored", "The area is what was accepted, the line the rows that were written: many writes of a key become one row.",
    [{ label: "accepted", unit: "per second", colour: "c", fill: true }, { label: "rows stored", unit: "per second", colour: "b" }], perSecond);
  const lagChart = new Chart("Lag", "For how long the oldest unstored entry has waited: a saw of about one flush interval is healthy, a line that climbs is not.",
    [{ label: "oldest unstored entry", unit: "ms", colour: "d", fill: true }], asSpan);
  const entries = gauge("Dirty entries"), held = gauge("Dirty bytes");
  const loss = h("p"), promise = h("p");
  const states = { tier: state("Tier"), store: state("Database"), circuit: state("Circuit"), pressure: state("Back-pressure"), letters: state("Dead letters") };
  const links = h("p", { class: "hint" });

  fill(main,
    h("div", { class: "row between head" }, h("h1", {}, "Overview"), field("Cache", select)),
    summary,
    h("section", { class: "tiles", "aria-label": "Rates now" }, asked.node, queries.node, accepted.node, rows.node),
    h("section", { class: "two", "aria-label": "Before and after" }, readChart.node, writeChart.node),
    h("section", { class: "two", "aria-label": "What is not stored yet" }, lagChart.node,
      h("div", { class: "card" }, h("h2", {}, "What could be lost now"), loss, promise, entries.node, held.node)),
    h("section", { class: "card" }, h("h2", {}, "State"), h("dl", { class: "states" }, Object.values(states).map(one => one.node)), links));

  function draw() {
    if (!live.sample) return;
    const points = live.points, xs = points.map(point => point[0] / 1000);
    const r = { asked: rates(points, at.asked), queries: rates(points, at.queries), writes: rates(points, at.writes), rows: rates(points, at.rows), refused: rates(points, at.refused) };
    const last = points.at(-1), first = points[0];
    readChart.set(xs, [r.asked, r.queries]);
    writeChart.set(xs, [r.writes, r.rows]);
    lagChart.set(xs, [points.map(point => Number(point[at.lag]))]);
    for (const [one, values, index] of [[asked, r.asked, at.asked], [queries, r.queries, at.queries], [accepted, r.writes, at.writes], [rows, r.rows, at.rows]]) {
      text(one.number, rate(values.at(-1)));
      text(one.more, last ? `${count(last[index])} since the start` : " ");
    }
    if (last && first) tellSummary(first, last);
    drawDirty(last);
    drawStates(r.refused.at(-1));
  }

  function tellSummary(first, last) {
    const more = index => Math.max(0, Number(last[index]) - Number(first[index]));
    const ago = span(Math.max(1000, last[0] - first[0]));
    text(summary, more(at.asked) + more(at.writes) === 0
      ? `Nothing was asked in the last ${ago}. “Try it” makes a burst to look at.`
      : `In the last ${ago}, ${one(more(at.asked), "read")} became ${one(more(at.queries), "query", "queries")}, and ${one(more(at.writes), "write")} became ${one(more(at.rows), "row")}.`);
  }

  function drawDirty(last) {
    if (!last || !live.start) return;
    const { limits } = live.start;
    for (const [gauge, amount, limit, show] of [[entries, last[at.dirty], limits.dirtyEntries, count], [held, last[at.bytes], limits.dirtyBytes, bytes]]) {
      gauge.bar.value = Math.min(1, Number(amount) / Math.max(1, Number(limit)));
      text(gauge.said, `${show(amount)} of ${show(limit)}`);
    }
    const dead = sum(seen(), cache => cache.dirty.deadLetters);
    const waits = Number(last[at.dirty]) > 0 && `${one(last[at.dirty], "entry", "entries")} (${bytes(last[at.bytes])}) accepted and not stored yet, the oldest for ${span(last[at.lag])}.`;
    const refused = dead > 0 && `${one(dead, "dead letter")}, which the database refused: no database has their values.`;
    text(loss, [waits, refused].filter(Boolean).join(" ") || "Nothing: every accepted write is stored.");
    text(promise, live.start.promise);
  }

  function seen() {
    return [...live.caches].filter(([name]) => !live.cache || name === live.cache).map(([, cache]) => cache);
  }

  function drawStates(refusedNow) {
    const of = seen();
    const tierIll = live.sample.error !== null;
    set(states.tier.said, tierIll ? "does not answer" : live.start?.tier ?? "answers", tierIll ? "bad" : "good");
    const open = of.filter(cache => cache.circuit !== "closed").length;
    const ill = live.sample.problems.length > 0;
    set(states.store.said, ill ? `${live.start?.store ?? "see above"}` : live.start?.store ?? "answers", open > 0 || (ill && !tierIll) ? "bad" : "good");
    set(states.circuit.said, open === 0 ? "closed" : `open in ${one(open, "cache")}`, open === 0 ? "good" : "bad");
    const refused = sum(of, cache => cache.refused);
    set(states.pressure.said, refusedNow > 0 ? `refuses ${rate(refusedNow)} writes / s` : refused > 0 ? `none now; ${count(refused)} refused since the start` : "none", refusedNow > 0 ? "bad" : "good");
    const dead = sum(of, cache => cache.dirty.deadLetters);
    set(states.letters.said, count(dead), dead > 0 ? "bad" : "good");

    // To those of a cache that has some, of many.
    const withSome = dead > 0 ? live.cache || [...live.caches].find(([, cache]) => Number(cache.dirty.deadLetters) > 0)[0] : "";
    if (links.dataset.cache !== withSome) {
      links.dataset.cache = withSome;
      fill(links, withSome ? h("a", { href: `#/dead-letters?cache=${encodeURIComponent(withSome)}` }, "See what the database refused") : null);
    }
  }

  live.addEventListener("change", draw);
  draw();
  return () => {
    live.removeEventListener("change", draw);
    for (const chart of [readChart, writeChart, lagChart]) chart.close();
  };
}
