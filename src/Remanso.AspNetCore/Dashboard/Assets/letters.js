// What the database refused for good: see why, correct it, try again, or give it up.
import { h, text, fill, tellAt, field, choice, ask, note, table } from "./dom.js";
import { call, ofCache } from "./api.js";
import { bytes, count, date, exact, one, span } from "./format.js";
import { noneOpen, openable } from "./entries.js";
import { correction } from "./correction.js";

const most = 100;

export function letters(main, app) {
  const open = openable(app);
  if (open.length === 0) return noneOpen(main, "Dead letters");
  const get = name => app.address.query.get(name) ?? "";
  const cache = choice(open.map(one => [one.name, one.name]), get("cache") || open[0].name);
  if (!cache.value) cache.value = open[0].name;
  const error = h("input", { type: "search", value: get("error") });
  const prefix = h("input", { type: "search", value: get("prefix"), placeholder: "user:" });
  const older = h("input", { type: "search", value: get("olderThan"), placeholder: "5m" });
  const told = h("div", { "aria-live": "polite" }), list = h("div");
  let asked = null, found = [], chosen = new Set(), turn = 0;
  const judge = () => {
    error.disabled = !app.may(cache.value, "observe");
    error.placeholder = error.disabled ? "needs the scope observe" : "part of the error";
    if (error.disabled) error.value = "";
  };
  cache.addEventListener("change", judge);
  judge();

  fill(main, h("h1", {}, "Dead letters"), h("p", { class: "lead" }, "Entries that the database refused for good. Each keeps its value in the tier, and in no database, until it is replayed, corrected, overwritten or dropped. A memory tier ends with its process."),
    h("form", { class: "card filters", onsubmit: event => { event.preventDefault(); submit(); } },
      field("Cache", cache), field("Error has", error), field("Key begins with", prefix), field("Older than", older), h("button", { type: "submit" }, "List")),
    told, list);

  function submit() {
    const filter = { error: error.value.trim(), prefix: prefix.value, olderThan: older.value.trim() };
    app.go({ cache: cache.value, ...filter });
    return load({ cache: cache.value, filter, isAll: Object.values(filter).every(value => !value) });
  }

  // The list, and what its buttons do, is of what was asked: the fields may say something else by now.
  async function load(next) {
    const mine = ++turn;
    let answer = null, problem = null;
    if (!app.may(next.cache, "operate")) problem = note("", "Dead letters need the scope operate for this cache.");
    else {
      try {
        answer = await call("GET", ofCache(next.cache, "dead-letters"), { query: { max: most + 1, ...next.filter } });
      } catch (refused) {
        problem = note("bad", refused.message);
      }
    }
    if (mine !== turn) return;
    asked = next;
    found = answer?.deadLetters.slice(0, most) ?? [];
    chosen = new Set();
    if (problem) fill(list, problem);
    else draw(answer.deadLetters.length > most);
  }

  function draw(isCut) {
    if (found.length === 0) {
      fill(list, h("p", { class: "card empty" }, asked.isAll ? `There are none in ${asked.cache}: the database took everything.` : `There is none ${which(asked)}.`));
      return;
    }
    const replay = h("button", { type: "button", disabled: true, onclick: () => many("replay") }, "Replay …");
    const drop = h("button", { type: "button", class: "danger", disabled: true, onclick: () => many("drop") }, "Drop …");
    const every = h("button", { type: "button", class: "quiet", onclick: () => all("replay") }, asked.isAll ? "Replay all …" : "Replay all that match …");
    const none = h("button", { type: "button", class: "quiet", onclick: () => all("drop") }, asked.isAll ? "Drop all …" : "Drop all that match …");
    const boxes = found.map(letter => h("input", { type: "checkbox", "aria-label": `Choose ${letter.key}`, onchange: event => { event.target.checked ? chosen.add(letter.key) : chosen.delete(letter.key); count_(); } }));
    const whole = h("input", { type: "checkbox", "aria-label": "Choose all that are listed", onchange: () => { boxes.forEach((box, i) => { box.checked = whole.checked; whole.checked ? chosen.add(found[i].key) : chosen.delete(found[i].key); }); count_(); } });
    const count_ = () => {
      replay.disabled = drop.disabled = chosen.size === 0;
      text(replay, chosen.size ? `Replay ${chosen.size} …` : "Replay …");
      text(drop, chosen.size ? `Drop ${chosen.size} …` : "Drop …");
    };
    fill(list, h("div", { class: "row between" },
      h("p", { class: "hint", role: "status" }, isCut ? `The oldest ${count(most)} ${which(asked)}; there are more, which are cut off here. “All” means those as well.` : `${one(found.length, "dead letter")} ${which(asked)}, oldest first.`),
      h("div", { class: "row" }, replay, drop, every, none)),
    h("section", { class: "card flush" }, table("Dead letters", [{ label: whole }, "Key", "Error", { label: "Age", number: true }, { label: "Size", number: true }, { label: "Version", number: true }, "What to do"], found.map((letter, i) => h("tr", {},
      h("td", {}, boxes[i]), h("th", { scope: "row", class: "key" }, letter.key), h("td", { class: "wide" }, letter.error),
      h("td", { class: "number", title: date(letter.at) }, span(Math.max(0, Date.now() - Date.parse(letter.at)))),
      h("td", { class: "number" }, letter.deleted ? "deleted" : bytes(letter.bytes)), h("td", { class: "number" }, h("code", {}, exact(letter.version))),
      h("td", {}, h("div", { class: "row tight" }, h("a", { href: `#/entries?cache=${encodeURIComponent(asked.cache)}&key=${encodeURIComponent(letter.key)}`, "aria-label": `Show ${letter.key}` }, "Show"),
        h("button", { type: "button", class: "quiet small", "aria-label": `Correct ${letter.key}`, onclick: () => correct(asked.cache, letter) }, "Correct …"))))))));
  }

  async function act(title, what, yes, run) {
    if (!await ask(title, what, yes)) return;
    await tell(run);
  }

  async function tell(run) {
    try {
      const said = await run();
      await load(asked);
      tellAt(told, note("good", said));
    } catch (problem) {
      tellAt(told, note("bad", problem.message));
    }
  }

  const told_ = { replay: "Each is queued again with its current value, and tried with the next flush. What the database still refuses comes back here.", drop: "Their refused values are given up, and can't be had back. The next read loads what the database holds." };

  const verbs = { replay: ["POST", "Replay", "queued again"], drop: ["DELETE", "Drop", "dropped"] };

  async function send(what, from, sent) {
    const [method, , done] = verbs[what];
    const answer = await call(method, ofCache(from.cache, "dead-letters"), sent);
    return `${one(answer.replayed ?? answer.dropped, "dead letter")} ${done}.`;
  }

  function many(what) {
    const keys = [...chosen], from = asked, verb = verbs[what][1];
    return act(`${verb} ${one(keys.length, "dead letter")} of ${from.cache}?`, [told_[what]], verb, () => send(what, from, { json: { keys } }));
  }

  function all(what) {
    const from = asked, verb = verbs[what][1];
    return act(`${verb} all dead letters ${which(from)}?`,
      [told_[what], from.isAll ? "This means every dead letter of the cache, also those that came since the list." : "This means every one that the filter takes, also those that the list cut off, or that came since."], `${verb} all`,
      () => send(what, from, { query: from.isAll ? { all: "true" } : from.filter }));
  }

  async function correct(name, letter) {
    const corrected = await correction(app, name, letter);
    if (!corrected) return;
    await tell(async () => {
      await call("PUT", ofCache(name, "dead-letter"), { query: { key: letter.key }, body: corrected.body, headers: { "Content-Type": corrected.type, "If-Match": `"${exact(letter.version)}"` } });
      return `${letter.key} is corrected and queued.`;
    });
  }

  submit();
}

// Of which cache, and by which filter.
function which({ cache, filter }) {
  const parts = [filter.error && `whose error has “${filter.error}”`, filter.prefix && `whose key begins with “${filter.prefix}”`, filter.olderThan && `whose age is above ${filter.olderThan}`];
  return [`of ${cache}`, parts.filter(Boolean).join(" and ")].filter(Boolean).join(" ");
}
