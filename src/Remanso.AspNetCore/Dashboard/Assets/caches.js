import { h, text, fill, field, table } from "./dom.js";
import { count, bytes, span, one } from "./format.js";

const most = 100;
const reads = figures => ["near", "tier", "store", "absent", "stale"].reduce((total, name) => total + Number(figures.reads[name]), 0);

const columns = [
  ["Reads", figures => count(reads(figures))],
  ["Queries", figures => count(figures.loads.queries)],
  ["Writes", figures => count(figures.writes)],
  ["Rows", figures => count(figures.flush.stored)],
  ["Dirty", figures => count(figures.dirty.entries)],
  ["Lag", figures => span(figures.dirty.oldestAgeMs)],
  ["Dead letters", figures => count(figures.dirty.deadLetters)],
  ["Circuit", figures => figures.circuit],
];

export function caches(main, app) {
  return app.address.rest[0] ? settings(main, app, app.address.rest[0]) : list(main, app);
}

function list(main, app) {
  const search = h("input", { type: "search", value: app.address.query.get("q") ?? "", placeholder: "part of a name" });
  const told = h("p", { class: "hint", role: "status" });
  const made = table("Caches", ["Name", ...columns.map(([label]) => ({ label, number: label !== "Circuit" }))], []);
  const body = made.querySelector("tbody");
  let cells = new Map(), all = app.address.query.get("all") === "yes";
  const more = h("button", { type: "button", class: "quiet", hidden: true, onclick: () => { all = true; app.go({ all: "yes" }); build(); } }, "Show all");

  fill(main, h("div", { class: "row between head" }, h("h1", {}, "Caches"), field("Search", search)),
    h("div", { class: "row between" }, told, more), h("section", { class: "card flush" }, made),
    h("p", { class: "hint" }, "Counts are of this process since its start; dirty entries, lag and dead letters are of all processes that share the tier."));

  function build() {
    const wanted = search.value.trim().toLowerCase();
    const found = app.caches.filter(cache => cache.name.toLowerCase().includes(wanted));
    const shown = all ? found : found.slice(0, most);
    text(told, found.length === 0 ? `None of ${one(app.caches.length, "cache")} has “${search.value}” in its name.`
      : shown.length < found.length ? `The first ${count(shown.length)} of ${one(found.length, "cache")}; the others are cut off. Search, or show all.`
      : `${one(found.length, "cache")}${wanted ? ` of ${count(app.caches.length)}` : ""}.`);
    more.hidden = shown.length === found.length;
    cells = new Map();
    fill(body, shown.map(cache => {
      const row = columns.map(([label]) => h("td", { class: label === "Circuit" ? "" : "number" }, "–"));
      cells.set(cache.name, row);
      return h("tr", {}, h("th", { scope: "row" }, h("a", { href: `#/caches/${encodeURIComponent(cache.name)}` }, cache.name)), row);
    }));
    draw();
  }

  function draw() {
    for (const [name, row] of cells) {
      const figures = app.live.caches.get(name);
      if (figures) columns.forEach(([, read], i) => text(row[i], read(figures)));
    }
  }

  search.addEventListener("input", () => { app.go({ q: search.value.trim() }); build(); });
  app.live.addEventListener("change", draw);
  build();
  return () => app.live.removeEventListener("change", draw);
}

function settings(main, app, name) {
  const cache = app.caches.find(one => one.name === name);
  if (!cache) {
    fill(main, h("h1", {}, name), h("p", { class: "note bad" }, "There is no such cache, or its figures are not granted to you."), h("a", { href: "#/caches" }, "All caches"));
    return;
  }
  const search = h("input", { type: "search", value: app.address.query.get("q") ?? "", placeholder: "part of a name" });
  const only = h("input", { type: "checkbox", role: "switch", checked: app.address.query.get("changed") === "yes", id: "only-changed" });
  const told = h("p", { class: "hint", role: "status" });
  const made = table(`Settings of ${name}`, ["Setting", "Value", "Default"], []);
  const changed = cache.settings.filter(setting => setting.default !== undefined).length;

  function build() {
    const wanted = search.value.trim().toLowerCase();
    const found = cache.settings.filter(setting => setting.name.toLowerCase().includes(wanted) && (!only.checked || setting.default !== undefined));
    text(told, `${one(found.length, "setting")} of ${count(cache.settings.length)}; ${changed === 1 ? "1 differs from its default" : `${count(changed)} differ from their defaults`}.`);
    fill(made.querySelector("tbody"), found.map(setting => h("tr", { class: setting.default === undefined ? "" : "changed" },
      h("th", { scope: "row" }, h("code", {}, setting.name)), h("td", {}, setting.value || "none"),
      h("td", {}, setting.default === undefined ? h("span", { class: "badge" }, "default") : setting.default || "none"))));
  }

  const update = () => { app.go({ q: search.value.trim(), changed: only.checked ? "yes" : "" }); build(); };
  search.addEventListener("input", update);
  only.addEventListener("change", update);
  fill(main, h("p", {}, h("a", { href: "#/caches" }, "All caches")),
    h("div", { class: "row between head" }, h("h1", {}, name), field("Search", search)),
    h("p", { class: "row" },
      h("a", { href: `#/?cache=${encodeURIComponent(name)}` }, "Charts"), cache.opens ? h("a", { href: `#/entries?cache=${encodeURIComponent(name)}` }, "Entries") : "Its keys and values are of the application's own types: entries can't be looked at here.",
      h("a", { href: `#/dead-letters?cache=${encodeURIComponent(name)}` }, "Dead letters"), `Limit: ${one(cache.maxDirtyEntries, "dirty entry", "dirty entries")}, ${bytes(cache.maxDirtyBytes)}.`),
    h("div", { class: "row between" }, told, h("label", { htmlFor: only.id }, only, "Only what differs")),
    h("section", { class: "card flush" }, made));
  build();
}
