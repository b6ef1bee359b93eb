// The frame of the page: which view, who looks, and how fresh the figures are.
import { h, text, fill, note, field } from "./dom.js";
import { call, Elsewhere } from "./api.js";
import { time } from "./format.js";
import { Live } from "./live.js";
import { overview } from "./overview.js";
import { caches } from "./caches.js";
import { entries } from "./entries.js";
import { letters } from "./letters.js";
import { tryOut } from "./tryout.js";
import { processes } from "./processes.js";

const views = [
  ["", "Overview", overview],
  ["caches", "Caches", caches],
  ["entries", "Entries", entries],
  ["dead-letters", "Dead letters", letters],
  ["try", "Try it", tryOut],
  ["processes", "Processes", processes],
];

const main = document.getElementById("main");
const app = { live: new Live(), session: null, caches: [], showsValues: false, address: parse(), go, may };
let close = () => {};
let shown = null;
let stays = null;

// What somebody mistyped stands as it is.
function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function parse() {
  const [path, query] = location.hash.replace(/^#\/?/, "").split("?");
  const [view, ...rest] = path.split("/");
  return { view, rest: rest.map(decoded), query: new URLSearchParams(query ?? "") };
}

// Filters stand in the address: a view can be sent to a colleague.
function go(changes, push = false) {
  const query = new URLSearchParams(app.address.query);
  for (const [name, value] of Object.entries(changes)) {
    if (value) query.set(name, value);
    else query.delete(name);
  }
  const path = [app.address.view, ...app.address.rest.map(encodeURIComponent)].join("/");
  const hash = `#/${path}${query.size ? `?${query}` : ""}`;
  if (hash === location.hash) return;
  history[push ? "pushState" : "replaceState"](null, "", hash);
  app.address = parse();
  if (push) show();
}

function may(cache, scope) {
  return app.caches.find(one => one.name === cache)?.scopes.includes(scope) ?? false;
}

function show() {
  app.address = parse();
  const [name, title, view] = views.find(([path]) => path === app.address.view) ?? views[0];
  close();

  // A question of the view before is not answered by what is done here.
  for (const dialog of document.querySelectorAll("dialog")) dialog.close();
  app.live.watch(view === overview ? app.address.query.get("cache") ?? "" : "");
  document.title = `${title} · Remanso`;
  for (const link of document.querySelectorAll("#nav a")) {
    if (link.dataset.view === name) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  close = view(main, app) ?? (() => {});
  if (shown !== null && shown !== name) main.focus({ preventScroll: true });
  if (shown !== name) scrollTo(0, 0);
  shown = name;
}

function tell() {
  const { live } = app, node = document.getElementById("live"), alerts = stays ? [stays] : [];
  node.dataset.state = live.state;
  text(node, { live: "Live", polling: "Live, by asking", lost: "Connection lost", refused: "Not granted", connecting: "Connecting …" }[live.state]);
  const ofWhen = live.sample?.figuresAt ? `The figures below are of ${time(live.sample.figuresAt)}` : "There are no figures yet";
  if (live.state === "lost") alerts.push(`Nothing has come since ${time(live.heard)}. ${ofWhen}; the page connects again by itself.`);
  else if (live.state === "refused") alerts.push(live.refused.message);
  else if (live.state === "connecting" && live.problem) alerts.push(live.problem);
  else if (live.sample?.error) alerts.push(`${live.sample.error} ${ofWhen}.`);
  for (const problem of live.state === "lost" || live.state === "refused" ? [] : live.sample?.problems ?? []) alerts.push(problem);
  const warnings = live.state === "lost" || live.state === "refused" ? [] : live.sample?.warnings ?? [];
  const told = [...alerts.map(alert => ["note bad", alert]), ...warnings.map(warning => ["note", warning])];
  const box = document.getElementById("alerts");
  if (box.dataset.told !== told.join("\n")) {
    box.dataset.told = told.join("\n");
    fill(box, told.slice(0, 5).map(([kind, line]) => h("p", { class: kind }, line)), told.length > 5 ? h("p", { class: "note" }, `And ${told.length - 5} more.`) : null);
  }
  if (live.refused instanceof Elsewhere) signIn(live.refused.message, false);
  else if (live.state === "refused" && live.refused.status === 401) signIn("The sign-in has ended.");
}

function signIn(reason, byKey = true) {
  close();
  close = () => {};
  shown = "sign-in";
  document.getElementById("nav").hidden = true;
  document.getElementById("live").hidden = true;
  document.title = "Sign in · Remanso";
  if (!byKey || !app.session.canSignIn) {
    fill(main, h("div", { class: "card narrow" }, h("h1", {}, "Sign in"), reason ? h("p", {}, reason) : null,
      byKey ? h("p", {}, "There are no keys here to sign in with. Sign in at the application that serves this page, and reload it.") : null));
    return;
  }
  const key = h("input", { type: "password", name: "key", required: true, autocomplete: "current-password" });
  const told = h("div");
  fill(main, h("div", { class: "card narrow" }, h("h1", {}, "Sign in"), reason ? h("p", {}, reason) : null,
    h("form", {
      onsubmit: async event => {
        event.preventDefault();
        try {
          app.session = await call("POST", "sign-in", { headers: { "X-Api-Key": key.value.trim() } });
          again();
        } catch (error) {
          fill(told, note("bad", error.message));
        }
      },
    }, field("Key", key, "A key of this server, rmk_…; “remanso keys create NAME --scopes all” makes one. The page keeps no copy of it."),
    told, h("button", { type: "submit" }, "Sign in"))));
  key.focus();
}

// Signing in and out counts for all tabs of the browser.
const tabs = new BroadcastChannel("remanso");
tabs.addEventListener("message", () => location.reload());

function again() {
  tabs.postMessage("signed in or out");
  location.reload();
}

// A browser may forbid it; then nothing is kept.
function stored(use) {
  try {
    return use(localStorage);
  } catch {
    return null;
  }
}

function theme() {
  const button = document.getElementById("theme"), names = ["auto", "light", "dark"];
  const set = name => {
    if (name === "auto") document.documentElement.removeAttribute("data-theme");
    else document.documentElement.dataset.theme = name;
    text(button, `Theme: ${name}`);
    dispatchEvent(new Event("themechange"));
  };
  let name = names.find(one => one === stored(store => store.getItem("remanso-theme"))) ?? "auto";
  set(name);
  button.addEventListener("click", () => {
    name = names[(names.indexOf(name) + 1) % names.length];
    stored(store => store.setItem("remanso-theme", name));
    set(name);
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => dispatchEvent(new Event("themechange")));
}

// What the page can't begin without, as soon as there is an answer.
async function answerOf(what, isLast = () => false) {
  for (let said = null; ;) {
    try {
      return await call("GET", what);
    } catch (error) {
      if (isLast(error)) throw error;

      // Told once: a screen reader would say it every two seconds.
      if (said !== error.message) fill(main, h("div", { class: "card narrow" }, h("h1", {}, "No answer yet"), note("bad", error.message), h("p", {}, "The page tries again every two seconds.")));
      said = error.message;
      await new Promise(done => setTimeout(done, 2000));
    }
  }
}

async function begin() {
  fill(document.getElementById("nav"), h("ul", {}, views.map(([path, title]) => h("li", {}, h("a", { href: `#/${path}`, "data-view": path }, title)))));
  document.querySelector(".skip").addEventListener("click", event => {
    event.preventDefault();
    main.focus();
  });
  theme();
  app.session = await answerOf("session");
  const leave = document.getElementById("leave");
  leave.hidden = !app.session.canSignOut;
  leave.addEventListener("click", async () => {
    try {
      await call("DELETE", "session");
      again();
    } catch (error) {
      stays = `You are still signed in here. ${error.message}`;
      tell();
    }
  });
  if (!app.session.known) {
    signIn();
    return;
  }
  try {
    const list = await answerOf("caches", error => error.status === 401 || error.status === 403);
    app.caches = list.caches;
    app.showsValues = list.showsValues;
  } catch (error) {
    fill(main, h("div", { class: "card narrow" }, h("h1", {}, "Nothing to see"), note("bad", error.message)));
    return;
  }
  app.live.addEventListener("change", tell);
  document.addEventListener("signed-out", () => signIn("The sign-in has ended."));
  addEventListener("hashchange", show);
  show();
}

begin();
