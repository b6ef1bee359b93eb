import { h, fill, note, table } from "./dom.js";
import { call } from "./api.js";
import { date, exact, one, span, time } from "./format.js";

const every = 2000;
const most = 100;

export function processes(main, app) {
  const place = h("div", {}, h("p", { class: "hint" }, "Asking …")), told = h("div");
  fill(main, h("h1", {}, "Processes"), h("p", { class: "lead" }, "Who serves and who flushes, as each says itself every five seconds. One that was killed stays for ten minutes, as a dead one."), told, place);
  let isOpen = true, timer = 0, last = "", at = 0;

  // What is told already stays: a screen reader would say it again each time.
  function tell(problem) {
    if (told.textContent !== problem) fill(told, problem ? note("bad", problem) : null);
  }

  // Nobody asks for a page that nobody sees.
  const seen = () => {
    clearTimeout(timer);
    if (!document.hidden) look();
  };

  async function look() {
    try {
      const answer = await call("GET", "processes");
      if (!isOpen) return;
      at = Date.now();
      tell("");
      draw(answer);
    } catch (error) {
      if (!isOpen) return;
      tell(`${error.message}${at ? ` What follows is of ${time(at)}.` : ""}`);
      if (error.status === 401 || error.status === 403) return;
    }
    clearTimeout(timer);
    if (!document.hidden) timer = setTimeout(look, every);
  }

  function draw({ processes: all, cut }) {
    // A table that is the same stays: a screen reader and a selection stay where they are.
    const shape = JSON.stringify([all.map(p => [p.id, p.state, Object.values(p.caches).map(c => c.partitions)]), cut]);
    if (shape !== last) {
      last = shape;
      fill(place, h("section", { class: "card flush" }, table("Processes",
        ["Process", "State", "Role", "Version", "Partitions", { label: "Last heard of", number: true }, { label: "Up for", number: true }], all.slice(0, most).map(row))),
      all.length > most ? note("", `The first ${most} of ${all.length} processes; the others are cut off.`) : null,
      cut ? note("", "There are more processes than are remembered: these are the ones heard of last.") : null);
    }
    for (const process of all) {
      const node = place.querySelector(`tr[data-id="${CSS.escape(process.id)}"]`);
      if (!node) continue;
      node.querySelector(".silent").textContent = `${span(process.silentMs)} ago`;
      node.querySelector(".up").textContent = process.state === "alive" ? span(Math.max(0, Date.now() - Date.parse(process.startedAt))) : "–";
    }
  }

  function row(process) {
    const flushes = Object.values(process.caches).some(cache => cache.flushes);
    return h("tr", { "data-id": process.id },
      h("th", { scope: "row" }, process.id, " ", process.this ? h("span", { class: "badge good" }, "this one") : null,
        h("small", { class: "block" }, `${process.machine}, process ${exact(process.pid)}, since ${date(Date.parse(process.startedAt))}`)),
      h("td", {}, h("span", { class: `badge ${process.state === "alive" ? "good" : "bad"}` }, process.state)),
      h("td", {}, process.role || (flushes ? "flushes" : "serves")), h("td", {}, process.version || "–"),
      h("td", {}, process.state === "alive" ? null : "at last ", partitions(process)), h("td", { class: "number silent" }), h("td", { class: "number up" }));
  }

  document.addEventListener("visibilitychange", seen);
  look();
  return () => {
    isOpen = false;
    document.removeEventListener("visibilitychange", seen);
    clearTimeout(timer);
  };
}

// Of one cache which; of several how many, with which behind.
function partitions(process) {
  const caches = Object.entries(process.caches), held = caches.reduce((sum, [, cache]) => sum + cache.partitions.length, 0);
  if (!caches.some(([, cache]) => cache.flushes)) return "flushes nothing";
  if (caches.length === 1) return `${ranges(caches[0][1].partitions)} of ${caches[0][1].of}`;
  const all = caches.reduce((sum, [, cache]) => sum + cache.of, 0);
  return h("details", {}, h("summary", {}, `${exact(held)} of ${exact(all)} in ${one(caches.length, "cache")}`),
    h("ul", {}, caches.slice(0, most).map(([name, cache]) => h("li", {}, `${name}: ${cache.flushes ? `${ranges(cache.partitions)} of ${cache.of}` : "flushes nothing"}${cache.state === process.state ? "" : `, ${cache.state}`}`)),
      caches.length > most ? h("li", {}, `and ${caches.length - most} more`) : null));
}

function ranges(numbers) {
  const parts = [];
  for (let i = 0; i < numbers.length; i++) {
    const first = numbers[i];
    while (numbers[i + 1] === numbers[i] + 1) i++;
    parts.push(numbers[i] > first ? `${first}–${numbers[i]}` : `${first}`);
  }
  return parts.join(", ") || "none";
}
