// The figures, as they come: by server-sent events, and by asking again and again where events do not get through. What is shown always says how old it is.
import { call } from "./api.js";

const keeps = 300;
const silentAfter = 4000;
const swallowedAfter = 5000;
const reopenAfter = 10_000;
const setBack = 5000;

// How often is asked before events are tried again: more often the longer they do not come.
const fewestTurns = 10;
const mostTurns = 320;

export class Live extends EventTarget {
  #source = null;
  #isProven = false;
  #opened = 0;
  #run = 0;
  #resumed = 0;
  #heard = 0;
  #failures = 0;
  #isPolling = false;
  #turns = fewestTurns;
  #told = "";

  start = null;
  sample = null;
  caches = new Map();
  points = [];
  cache = "";
  refused = null;
  problem = null;

  constructor() {
    super();
    setInterval(() => this.#look(), 1000);

    // Who does not look takes no connection: a browser has six for a server, and the server samples for those who look.
    document.addEventListener("visibilitychange", () => {
      if (this.#run === 0) return;
      if (document.hidden) {
        this.#rest();
        return;
      }
      this.#resumed = Date.now();
      if (!this.refused) this.open();
    });
  }

  get state() {
    if (this.refused) return "refused";
    if (this.#heard === 0) return "connecting";
    if (Date.now() - Math.max(this.#heard, this.#resumed) > silentAfter) return "lost";
    if (this.#heard < this.#resumed) return "connecting";
    return this.#isPolling ? "polling" : "live";
  }

  // When something came last, by this page's own clock.
  get heard() { return this.#heard; }

  watch(cache) {
    if (this.#run > 0 && cache === this.cache && !this.refused) return;
    this.cache = cache;
    this.points = [];
    this.open();
  }

  open() {
    const polls = this.#isPolling;
    this.#rest();
    if (document.hidden) return;
    this.refused = null;

    // Where events did not come, they are not waited for anew.
    if (polls) this.#poll();
    else this.#listen();
  }

  #rest() {
    this.#run++;
    this.#source?.close();
    this.#source = null;
  }

  // Events take the place of asking with the first that comes.
  #listen() {
    this.#source?.close();
    this.#isProven = false;
    this.#failures = 0;
    this.#opened = Date.now();
    const address = new URL("dashboard/events", document.baseURI);
    if (this.cache) address.searchParams.set("cache", this.cache);
    const source = this.#source = new EventSource(address);
    source.addEventListener("start", event => {
      if (source !== this.#source) return;
      this.#failures = 0;
      this.#begin(JSON.parse(event.data));
    });
    source.addEventListener("sample", event => {
      if (source !== this.#source) return;
      if (!this.#isProven) this.#run++;
      this.#isProven = true;
      this.#isPolling = false;
      this.#turns = fewestTurns;
      this.#take(JSON.parse(event.data));
    });
    source.addEventListener("error", () => {
      if (source !== this.#source) return;
      this.#failures++;
      this.#isProven = false;
      this.#opened = Date.now();
      this.#tell();
      // A browser gives up after an answer that is none.
      if (source.readyState === EventSource.CLOSED || this.#failures >= 3) this.#giveUp();
    });
  }

  // Some proxies swallow events, or hold them back until the answer's end, which never comes.
  #giveUp() {
    this.#source.close();
    this.#source = null;
    if (!this.#isPolling) this.#poll();
  }

  async #poll() {
    const run = ++this.#run;
    let after = 0, of;
    for (let turn = 1; run === this.#run; turn++) {
      try {
        const answer = await call("GET", "snapshot", { query: { cache: this.cache, after: after || undefined, run: of }, signal: AbortSignal.timeout(reopenAfter) });
        if (run !== this.#run) return;
        this.refused = null;
        this.#isPolling = true;
        if (answer.start) this.#begin(answer.start);
        this.#take(answer.sample);
        after = answer.sample.number;
        of = answer.run;
        if (turn >= this.#turns && !this.#source) {
          turn = 0;
          this.#turns = Math.min(2 * this.#turns, mostTurns);
          this.#listen();
        }
      } catch (error) {
        if (run !== this.#run) return;
        if (error.status === 401 || error.status === 403) {
          this.#isPolling = false;
          this.#rest();
          this.refused = error;
          this.#tell();
          return;
        }
        if (error.status) this.problem = error.message;
        after = 0;
        this.#tell();
        await new Promise(done => setTimeout(done, 1000));
        if (run === this.#run && error.status === 0) {
          this.#isPolling = false;
          this.open();
          return;
        }
      }
    }
  }

  #begin(start) {
    this.start = start;
    this.points = start.history;
    this.caches.clear();
    this.dispatchEvent(new Event("start"));
  }

  #take(sample) {
    this.#heard = Date.now();
    this.problem = null;
    this.sample = sample;
    for (const [name, figures] of Object.entries(sample.caches)) this.caches.set(name, figures);
    const last = this.points.at(-1);

    // The server's clock was set back: what was before has no place on one axis with what comes.
    if (sample.point && last && last[0] - sample.point[0] > setBack) this.points = [];
    if (sample.point && !(this.points.at(-1)?.[0] >= sample.point[0])) {
      this.points.push(sample.point);
      if (this.points.length > keeps) this.points.shift();
    }
    this.#tell();
  }

  #look() {
    if (document.hidden || this.refused) return;
    const silence = Date.now() - Math.max(this.#heard, this.#opened);
    if (this.#source && !this.#isProven) {
      if (Date.now() - this.#opened > swallowedAfter) this.#giveUp();
    } else if (this.#source?.readyState === EventSource.OPEN && silence > reopenAfter) {
      // A connection that is open and says nothing is no connection.
      this.#listen();
    }
    if (this.state !== this.#told) this.#tell();
  }

  #tell() {
    this.#told = this.state;
    this.dispatchEvent(new Event("change"));
  }
}

// The rates between the points: null where the process began anew, or nobody looked.
export function rates(points, index) {
  return points.map((point, i) => {
    if (i === 0) return null;
    const before = points[i - 1], seconds = (point[0] - before[0]) / 1000;
    const more = Number(point[index]) - Number(before[index]);
    return seconds <= 0 || seconds > 3.5 || more < 0 ? null : more / seconds;
  });
}

export const at = { asked: 1, queries: 2, writes: 3, rows: 4, refused: 5, dirty: 6, bytes: 7, lag: 8 };
