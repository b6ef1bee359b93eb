// What the database refused for good: see why, correct it, try again, or give it up.
import { h, text, fill, field, choice, ask, note, table } from "./dom.js";
import { call, ofCache } from "./api.js";
import { bytes, count, date, exact, one, span } from "./format.js";
import { noneOpen, openable } from "./entries.js";

const most = 100;

export function letters(main, app) {
  const open = openable(app);
  if (open.length === 0) return noneOpen(main, "Dead letters");
  const get = name => app.address.query.get(name) ?? "";
  const cache = choice(open.map(one => [one.name, one.name]), get("cache") || open[0].name);
  if (!cache.value) cache.value = open[0].name;
  const error = h("input", { type: "search", value: get("error"), placeholder: "part of the error" });
  const prefix = h("input", { type: "search", value: get("prefix"), placeholder: "user:", spellcheck: false });
  const older = h("input", { type: "search", value: get("olderThan"), placeholder: "5m" });
  const told = h("div", { "aria-live": "polite" }), list = h("div");
  let found = [], chosen = new Set();

  fill(main, h("h1", {}, "Dead letters"), h("p", { class: "lead" }, "Entries that the database refused for good. Nothing is lost: each keeps its value until it is replayed, corrected, overwritten or dropped."),
    h("form", { class: "card filters", onsubmit: event => { event.preventDefault(); load(); } },
      field("Cache", cache), field("Error has", error), field("Key begins with", prefix), field("Older than", older), h("button", { type: "submit" }, "List")),
    told, list);

  const filter = () => ({ error: error.value.trim(), prefix: prefix.value, olderThan: older.value.trim() });
  const isAll = () => Object.values(filter()).every(value => !value);

  async function load() {
    app.go({ cache: cache.value, ...filter() });
    if (!app.may(cache.value, "operate")) {
      fill(list, note("", "Dead letters need the scope operate for this cache."));
      return;
    }
    try {
      const answer = await call("GET", ofCache(cache.value, "dead-letters"), { query: { max: most + 1, ...filter() } });
      found = answer.deadLetters.slice(0, most);
      chosen = new Set();
      draw(answer.deadLetters.length > most);
    } catch (problem) {
      fill(list, note("bad", problem.message));
    }
  }

  function draw(isCut) {
    if (found.length === 0) {
      fill(list, h("p", { class: "card empty" }, isAll() ? "There are none: the database took everything." : "None is as the filter wants it."));
      return;
    }
    const replay = h("button", { type: "button", disabled: true, onclick: () => many("replay") }, "Replay …");
    const drop = h("button", { type: "button", class: "danger", disabled: true, onclick: () => many("drop") }, "Drop …");
    const every = h("button", { type: "button", class: "quiet", onclick: () => all("replay") }, isAll() ? "Replay all …" : "Replay all that match …");
    const none = h("button", { type: "button", class: "quiet", onclick: () => all("drop") }, isAll() ? "Drop all …" : "Drop all that match …");
    const boxes = found.map(letter => h("input", { type: "checkbox", "aria-label": `Choose ${letter.key}`, onchange: event => { event.target.checked ? chosen.add(letter.key) : chosen.delete(letter.key); count_(); } }));
    const whole = h("input", { type: "checkbox", "aria-label": "Choose all that are listed", onchange: () => { boxes.forEach((box, i) => { box.checked = whole.checked; whole.checked ? chosen.add(found[i].key) : chosen.delete(found[i].key); }); count_(); } });
    const count_ = () => {
      replay.disabled = drop.disabled = chosen.size === 0;
      text(replay, chosen.size ? `Replay ${chosen.size} …` : "Replay …");
      text(drop, chosen.size ? `Drop ${chosen.size} …` : "Drop …");
    };
    fill(list, h("div", { class: "row between" },
      h("p", { class: "hint", role: "status" }, isCut ? `The oldest ${count(most)}; there are more, which are cut off here. “All” means those as well.` : `${one(found.length, "dead letter")}, oldest first.`),
      h("div", { class: "row" }, replay, drop, every, none)),
    h("section", { class: "card flush" }, table("Dead letters", [{ label: whole }, "Key", "Error", { label: "Age", number: true }, { label: "Size", number: true }, { label: "Version", number: true }, "What to do"], found.map((letter, i) => h("tr", {},
      h("td", {}, boxes[i]), h("th", { scope: "row", class: "key" }, letter.key), h("td", { class: "wide" }, letter.error),
      h("td", { class: "number", title: date(letter.at) }, span(Math.max(0, Date.now() - Date.parse(letter.at)))),
      h("td", { class: "number" }, letter.deleted ? "deleted" : bytes(letter.bytes)), h("td", { class: "number" }, h("code", {}, exact(letter.version))),
      h("td", {}, h("div", { class: "row tight" }, h("a", { href: `#/entries?cache=${encodeURIComponent(cache.value)}&key=${encodeURIComponent(letter.key)}`, "aria-label": `Show ${letter.key}` }, "Show"),
        h("button", { type: "button", class: "quiet small", "aria-label": `Correct ${letter.key}`, onclick: () => correct(letter) }, "Correct …"))))))));
  }

  async function act(title, what, yes, run) {
    if (!await ask(title, what, yes)) return;
    try {
      const said = await run();
      await load();
      fill(told, note("good", said));
    } catch (problem) {
      fill(told, note("bad", problem.message));
    }
  }

  const told_ = { replay: "Each is queued again with its current value, and tried with the next flush. What the database still refuses comes back here.", drop: "Their refused values are given up, and can't be had back. The next read loads what the database holds." };

  function many(what) {
    const keys = [...chosen];
    return act(`${what === "replay" ? "Replay" : "Drop"} ${one(keys.length, "dead letter")}?`, [told_[what]], what === "replay" ? "Replay" : "Drop", async () => {
      const answer = await call(what === "replay" ? "POST" : "DELETE", ofCache(cache.value, "dead-letters"), { json: { keys } });
      return `${one(answer.replayed ?? answer.dropped, "dead letter")} ${what === "replay" ? "queued again" : "dropped"}.`;
    });
  }

  function all(what) {
    const query = isAll() ? { all: "true" } : filter();
    return act(`${what === "replay" ? "Replay" : "Drop"} all dead letters${isAll() ? ` of ${cache.value}` : " that match"}?`,
      [told_[what], isAll() ? "This means every dead letter of the cache, also those that came since the list." : "This means every one that the filter takes, also those that the list cut off, or that came since."], what === "replay" ? "Replay all" : "Drop all", async () => {
        const answer = await call(what === "replay" ? "POST" : "DELETE", ofCache(cache.value, "dead-letters"), { query });
        return `${one(answer.replayed ?? answer.dropped, "dead letter")} ${what === "replay" ? "queued again" : "dropped"}.`;
      });
  }

  async function correct(letter) {
    const value = h("textarea", { rows: 8, spellcheck: false, required: true });
    const type = h("input", { value: letter.contentType ?? "text/plain", spellcheck: false });
    if (app.showsValues) {
      try {
        const { tier } = await call("GET", ofCache(cache.value, "inspect"), { query: { key: letter.key } });
        if (tier.value && !tier.cut) value.value = new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.from(atob(tier.value), c => c.charCodeAt(0)));
      } catch { /* Then it begins empty. */ }
    }
    if (!await ask(`Correct ${letter.key}`, [`The database said: ${letter.error}`, `The value below takes the refused one's place and is tried with the next flush, if the key is still this dead letter (version ${exact(letter.version)}).`], "Store the correction",
      [field("Value", value, app.showsValues ? undefined : "Values are hidden here: this is not what was refused."), field("Content type", type)])) return;
    try {
      await call("PUT", ofCache(cache.value, "dead-letter"), { query: { key: letter.key }, body: value.value, headers: { "Content-Type": type.value, "If-Match": `"${exact(letter.version)}"` } });
      await load();
      fill(told, note("good", `${letter.key} is corrected and queued.`));
    } catch (problem) {
      fill(told, note("bad", problem.message));
    }
  }

  load();
}
