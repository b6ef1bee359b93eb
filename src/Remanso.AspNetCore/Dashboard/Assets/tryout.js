// A burst to look at: many readers of one missing key, many writes of one key, and what of it reached the database.
import { h, fill, field, choice, note } from "./dom.js";
import { call, ofCache } from "./api.js";
import { count, one, span } from "./format.js";
import { noneOpen, openable } from "./entries.js";

export function tryOut(main, app) {
  const open = openable(app).filter(cache => ["read", "write", "operate"].every(scope => cache.scopes.includes(scope)));
  if (openable(app).length === 0) return noneOpen(main, "Try it");
  const title = [h("h1", {}, "Try it"), h("p", { class: "lead" }, "Makes a burst on a key of its own, in the server, and counts what reached the database. The key is deleted afterwards.")];
  if (open.length === 0) {
    fill(main, title, note("", "This needs the scopes read, write and operate for a cache."));
    return;
  }
  const cache = choice(open.map(one => [one.name, one.name]), app.address.query.get("cache") ?? open[0].name);
  if (!cache.value) cache.value = open[0].name;
  const readers = h("input", { type: "number", min: 0, max: 10000, value: "500", required: true });
  const writes = h("input", { type: "number", min: 0, max: 10000, value: "1000", required: true });
  const rounds = choice([["1", "once"], ["10", "10 times"], ["30", "30 times"]], "1");
  const run = h("button", { type: "submit" }, "Make the burst"), stop = h("button", { type: "button", class: "quiet", hidden: true }, "Stop");
  const said = h("div", { "aria-live": "polite" });
  let isStopped = false;
  stop.addEventListener("click", () => { isStopped = true; });

  fill(main, title, h("form", { class: "card filters", onsubmit: event => { event.preventDefault(); burst(); } },
    field("Cache", cache), field("Readers of one missing key", readers), field("Writes of one key", writes), field("How often", rounds), h("div", { class: "row" }, run, stop)), said);

  async function burst() {
    run.disabled = true;
    isStopped = false;
    const name = cache.value, times = Number(rounds.value), json = { readers: Number(readers.value), writes: Number(writes.value) };
    stop.hidden = times === 1;
    said.setAttribute("aria-busy", "true");
    app.go({ cache: name });
    const sum = { reads: 0, queries: 0, writes: 0, rows: 0 };
    try {
      for (let i = 0; i < times && !isStopped; i++) {
        const answer = await call("POST", ofCache(name, "try"), { json });
        sum.reads += answer.reads.asked;
        sum.queries += answer.reads.queries;
        sum.writes += answer.writes.asked;
        sum.rows += answer.writes.rows;
        show(name, sum, answer, i + 1);
      }
    } catch (error) {
      fill(said, note("bad", error.message));
    }
    said.removeAttribute("aria-busy");
    run.disabled = false;
    stop.hidden = true;
  }

  function show(name, sum, last, times) {
    const part = (before, after, what, words) => h("section", { class: "card versus" }, h("h2", {}, what),
      h("p", { class: "figure" }, h("strong", {}, count(before)), h("span", { "aria-label": "became" }, "→"), h("strong", { class: "after" }, count(after))), h("p", {}, words));
    fill(said, h("div", { class: "two" },
      sum.reads ? part(sum.reads, sum.queries, "Reads", `${one(sum.reads, "reader")} made ${one(sum.queries, "query", "queries")}. The last ones were answered within ${span(Math.ceil(last.reads.ms))}.`) : null,
      sum.writes ? part(sum.writes, sum.rows, "Writes", sum.rows === 0 ? "None was stored by this process: another one flushes, and counts the rows." : `${one(sum.writes, "write")} became ${one(sum.rows, "row")}. The last ones were accepted within ${span(Math.ceil(last.writes.ms))}, and stored after ${span(Math.ceil(last.writes.storedMs))}.`) : null),
    h("p", { class: "hint" }, `${one(times, "burst")} on ${name}. The counters are those of the whole cache: what others did meanwhile counts as well.`),
    h("p", {}, h("a", { href: `#/?cache=${encodeURIComponent(name)}` }, "See it in the charts")));
  }

  // Who leaves has no button to stop it by.
  return () => { isStopped = true; };
}
