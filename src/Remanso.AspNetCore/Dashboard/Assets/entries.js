// One key: what the near cache, the tier and the database hold of it, side by side.
import { h, fill, tellAt, field, choice, ask, note, table } from "./dom.js";
import { call, ofCache } from "./api.js";
import { bytes, count, date, exact, hex, layOut, span } from "./format.js";
import { decode } from "./values.js";

const places = [["near", "Near cache", "in this process"], ["tier", "Tier", "shared by all processes"], ["store", "Database", "what is stored"]];

export function openable(app) { return app.caches.filter(cache => cache.opens); }

export function noneOpen(main, title) {
  fill(main, h("h1", {}, title), note("", "This process serves no entries: it is a worker, or its caches have types of the application's own. Open the dashboard of a process that serves them."));
}

export function entries(main, app) {
  const open = openable(app);
  if (open.length === 0) return noneOpen(main, "Entries");
  const cache = choice(open.map(one => [one.name, one.name]), app.address.query.get("cache") ?? open[0].name);
  if (!cache.value) cache.value = open[0].name;
  const key = h("input", { type: "search", value: app.address.query.get("key") ?? "", required: true, autocapitalize: "off", placeholder: "user:42" });
  const found = h("div", { "aria-live": "polite" });
  const told = h("div", { "aria-live": "polite" });

  fill(main, h("h1", {}, "Entries"), h("p", { class: "lead" }, "Looks one key up where it can be, and loads or fills nothing by that."),
    h("form", { class: "card filters", onsubmit: event => { event.preventDefault(); submit(); } },
      field("Cache", cache), field("Key", key), h("button", { type: "submit" }, "Look")),
    told, found);

  let turn = 0;

  function submit() {
    const asked = { cache: cache.value, key: key.value };
    app.go(asked);
    return look(asked);
  }

  // What is shown, and what its buttons do, is of what was asked: the fields may say something else by now.
  async function look(asked) {
    const mine = ++turn;
    fill(told);
    let shown;
    try {
      shown = render(await call("GET", ofCache(asked.cache, "inspect"), { query: { key: asked.key } }), asked);
    } catch (error) {
      shown = note("bad", error.message);
    }
    if (mine === turn) fill(found, shown);
  }

  function render(answer, asked) {
    const { tier, store } = answer;
    const says = story(tier, store);
    return [h("div", { class: "row between head" }, h("h2", { class: "key" }, answer.key), actions(answer, asked)), says ? h("p", {}, says) : null,
      h("div", { class: "three" }, places.map(([name, title, where]) => card(answer[name], title, where, answer))), answer.history ? history(answer.history, answer) : null];
  }

  function card(side, title, where, answer) {
    const head = [h("h3", {}, title), h("p", { class: "hint" }, where)];
    if (side.is === "off") return h("section", { class: "card" }, head, h("p", {}, side === answer.store ? "This cache has no store." : "Off in this cache (Near:Enabled)."));
    if (side.is === "unknown") return h("section", { class: "card" }, head, h("p", {}, "Holds nothing of this key."));
    if (side.is === "missing") return h("section", { class: "card" }, head, h("p", {}, "Has no row of this key."));
    if (side.is === "error") return h("section", { class: "card" }, head, note("bad", side.error));
    const until = at => at === null ? "never" : at <= answer.at ? `since ${date(at)}` : `in ${span(at - answer.at)}`;
    const rows = [
      ["State", [h("span", { class: `badge ${side.deadLetter ? "bad" : side.dirty ? "warn" : "good"}` }, side.deadLetter ? "dead letter" : side.dirty ? "dirty" : "clean"), side.is === "absent" ? " absent" : ""]],
      ["Version", h("code", {}, exact(side.version))],
      ["Size", side.is === "absent" ? "–" : `${bytes(side.bytes)}${side.bytes >= 1024 ? ` (${count(side.bytes)} B)` : ""}`],
      ["Content type", side.contentType ?? "–"],
      side.cachedAt === null ? null : ["Came in", date(side.cachedAt)],
      side.freshUntil === null ? null : ["TTL ends", until(side.freshUntil)],
      side.staleUntil === null ? null : ["Grace ends", until(side.staleUntil)],
      ["Lifetime ends", until(side.expiresAt)],
      ["Tags", side.tags.length ? side.tags.map(tag => h("span", { class: "badge" }, tag)) : "none"],
    ];
    return h("section", { class: "card" }, head, h("dl", { class: "facts" }, rows.filter(Boolean).map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value)))), value(side, answer, title));
  }

  function value(side, answer, title) {
    if (side.is === "absent") return null;
    if (!answer.showsValues) return h("p", { class: "hint" }, side.sameAsTier === undefined ? "Values are hidden here." : side.sameAsTier ? "Values are hidden here; this one equals the tier's." : "Values are hidden here; this one differs from the tier's.");
    if (side.redacted) return h("p", { class: "hint" }, "The application shows nothing of this value.");
    const { data, readable } = decode(side.value, side.cut);
    const isJson = readable !== null && /^\s*[[{]/.test(readable);
    const forms = [readable === null ? null : ["text", "Text"], isJson ? ["json", "JSON"] : null, ["hex", "Hex"]].filter(Boolean);
    const form = choice(forms, isJson ? "json" : forms[0][0]);
    form.setAttribute("aria-label", `Form of the value: ${title}`);
    const shown = h("pre", { tabIndex: 0, role: "region", "aria-label": `Value: ${title}` });
    const draw = () => { shown.textContent = form.value === "hex" ? hex(data) : form.value === "json" ? layOut(readable) : readable; };
    form.addEventListener("change", draw);
    draw();
    return h("div", { class: "value" }, h("div", { class: "row between" }, h("strong", {}, "Value"), form), shown, side.cut ? h("p", { class: "hint" }, "The first 64 KiB; the rest is cut off.") : null);
  }

  // What the database keeps of earlier versions: the newest first, and so many.
  function history(kept, answer) {
    const head = [h("h2", {}, "History"), h("p", { class: "hint" }, "Every version that was stored, the newest first. What is dirty is not among them yet. As a rule a version is the microsecond in which its write was accepted.")];
    if (kept.error) return h("section", { class: "card" }, head, note("bad", kept.error));
    if (kept.versions.length === 0) return h("section", { class: "card" }, head, h("p", {}, "It holds nothing of this key."));
    const rows = kept.versions.map(one => h("tr", {},
      h("th", { scope: "row" }, h("code", {}, exact(one.version))), h("td", {}, date(one.storedAt)),
      h("td", { class: "number" }, one.deleted ? "–" : bytes(one.bytes)), h("td", {}, one.contentType ?? "–"), h("td", { class: "wide" }, version(one, answer))));
    return h("section", { class: "card" }, head,
      table("History", ["Version", "Stored", { label: "Size", number: true }, "Content type", "Value"], rows),
      kept.cut ? h("p", { class: "hint" }, `The last ${kept.versions.length}; earlier versions are cut off. The table of the history in the database has all.`) : null);
  }

  function version(one, answer) {
    if (one.deleted) return h("span", { class: "badge warn" }, "deleted");
    if (!answer.showsValues) return h("span", { class: "hint" }, "hidden here");
    if (one.redacted) return h("span", { class: "hint" }, "The application shows nothing of it.");
    if (one.large) return h("span", { class: "hint" }, "larger than what is shown here");
    const { data, readable } = decode(one.value, one.cut);
    const whole = readable ?? hex(data);
    if (whole.length <= 60 && !whole.includes("\n")) return h("code", {}, whole);
    return h("details", {}, h("summary", {}, h("code", {}, `${whole.slice(0, 50).split("\n")[0]} …`)), h("pre", { tabIndex: 0, role: "region", "aria-label": `Value of version ${exact(one.version)}` }, readable !== null && /^\s*[[{]/.test(readable) ? layOut(readable) : whole));
  }

  function actions(answer, asked) {
    const name = asked.cache, which = `${answer.key} of ${name}`, buttons = [];
    const version = answer.tier.version ?? answer.store.version;
    const act = async (title, what, yes, run) => {
      if (!await ask(title, what, yes)) return;
      const mine = turn;
      let kind = "good", said;
      try {
        said = await run();
        // Whoever looked another key up meanwhile keeps it.
        if (mine === turn) await look(asked);
      } catch (error) {
        [kind, said] = ["bad", error.message];
      }
      tellAt(told, note(kind, `${which}: ${said}`));
    };
    if (app.may(name, "write") && answer.tier.dirty && !answer.tier.deadLetter) {
      buttons.push(h("button", { type: "button", class: "quiet", onclick: () => act(`Store ${which} now?`, ["The flusher is woken, and the page waits until the database has this version or a later one (at most for Flush:StoredTimeout)."], "Store now", async () => {
        await call("POST", ofCache(name, "store"), { query: { key: answer.key, version: exact(version), durability: "stored" } });
        return "It is stored.";
      }) }, "Store now"));
    }
    if (app.may(name, "operate")) {
      buttons.push(h("button", { type: "button", class: "quiet", onclick: () => act(`Invalidate ${which}?`, [answer.tier.dirty ? "The entry is dirty: it stays, for it is the truth. Nothing is lost." : "Its clean copies are dropped in the tier and in every near cache. The next read loads it from the database. Nothing is lost."], "Invalidate", async () => {
        await call("POST", ofCache(name, "invalidate"), { json: { keys: [answer.key] } });
        return "Its copies are dropped.";
      }) }, "Invalidate"));
    }
    if (app.may(name, "write") && (answer.tier.is === "found" || answer.store.is === "found")) {
      buttons.push(h("button", { type: "button", class: "danger", onclick: () => act(`Delete ${which}?`, ["The key is deleted in the cache at once, and in the database with the next flush. Its value can't be had back from here.", `It happens only while its version is ${exact(version)}.`], "Delete", async () => {
        await call("POST", ofCache(name, "delete"), { query: { key: answer.key }, headers: { "If-Match": `"${exact(version)}"` } });
        return "It is deleted.";
      }) }, "Delete"));
    }
    return buttons.length ? h("div", { class: "row" }, buttons) : h("p", { class: "hint" }, "What you signed in with may look, and change nothing.");
  }

  if (key.value) submit();
}

// What the two say together: only where both could be read, and have a version, they can differ.
function story(tier, store) {
  if (tier.is === "error") return "The tier can't be read now, so the two can't be compared.";
  if (store.is === "off") return tier.is === "unknown" ? "Nothing is known of this key." : "";
  if (store.is === "error") return "The database can't be read now, so the two can't be compared.";
  if (tier.is === store.is && tier.version === store.version) return tier.is === "absent" ? "It is deleted, in the tier and in the database." : "Tier and database agree.";
  if (tier.deadLetter) return "The database refused it: see Dead letters.";
  if (tier.dirty) return "The tier is ahead of the database: the entry is on its way.";
  if (tier.is === "unknown") return store.is === "missing" ? "Nothing is known of this key." : "The tier holds no copy: the next read loads.";
  if (store.is === "missing") return tier.is === "absent" ? "Neither has a value: the tier knows that the key is absent." : "The tier has a copy, and the database no row: it was deleted behind the cache's back, or a moment ago.";
  return tier.version === store.version ? "" : "Tier and database differ: the row was changed behind the cache's back, or a moment ago.";
}
