// The figures, as they come: by server-sent events, and by asking again and again where events do not get through. What is shown always says how old it is.
import { call } from "./api.js";

const keeps = 300;
const silentAfter = 4000;
const reopenAfter = 10_000;

export class Live extends EventTarget {
  #source = null;
  #run = 0;
  #heard = 0;
  #failures = 0;
  #isPolling = false;

  start = null;
  sample = null;
  caches = new Map();
  points = [];
  cache = "";
  refused = null;

  constructor() {
    super();
    setInterval(() => this.#look(), 1000);
  }

  get state() {
    if (this.refused) return "refused";
    if (this.#heard === 0) return "connecting";
    if (Date.now() - this.#heard > silentAfter) return "lost";
    return this.#isPolling ? "polling" : "live";
  }

  // How long ago the figures on the page were taken, by this page's own clock.
  get age() { return Date.now() - this.#heard + (this.sample ? this.sample.at - this.sample.figuresAt : 0); }

  watch(cache) {
    if (this.#run > 0 && cache === this.cache && !this.refused) return;
    this.cache = cache;
    this.points = [];
    this.open();
  }

  open() {
    this.#run++;
    this.refused = null;
    this.#isPolling = false;
    this.#source?.close();
    const address = new URL("dashboard/events", document.baseURI);
    if (this.cache) address.searchParams.set("cache", this.cache);
    const source = this.#source = new EventSource(address);
    source.addEventListener("start", event => {
      this.#failures = 0;
      this.#begin(JSON.parse(event.data));
    });
    source.addEventListener("sample", event => this.#take(JSON.parse(event.data)));
    source.addEventListener("error", () => {
      if (source !== this.#source) return;
      this.#failures++;
      this.#tell();
      // A browser gives up after an answer that is none; and some proxies swallow events.
      if (source.readyState === EventSource.CLOSED || this.#failures >= 3) {
        source.close();
        this.#poll(this.#run);
      }
    });
  }

  async #poll(run) {
    let after = 0;
    for (let turn = 0; run === this.#run; turn++) {
      try {
        const answer = await call("GET", "snapshot", { query: { cache: this.cache, after: after || undefined } });
        if (run !== this.#run) return;
        this.refused = null;
        this.#isPolling = true;
        if (answer.start) this.#begin(answer.start);
        this.#take(answer.sample);
        after = answer.sample.number;
        if (turn >= 10) {
          this.#failures = 0;
          this.open();
          return;
        }
      } catch (error) {
        if (run !== this.#run) return;
        if (error.status === 401 || error.status === 403) {
          this.refused = error;
          this.#tell();
          return;
        }
        if (error.status) this.problem = error.message;
        after = 0;
        this.#tell();
        await new Promise(done => setTimeout(done, 1000));
        if (run === this.#run && error.status === 0) {
          this.#failures = 0;
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
    if (sample.point && (!last || sample.point[0] > last[0])) {
      this.points.push(sample.point);
      if (this.points.length > keeps) this.points.shift();
    }
    this.#tell();
  }

  #look() {
    const silence = Date.now() - this.#heard;
    if (this.#heard > 0 && !this.refused && silence > silentAfter) {
      // A connection that is open and says nothing is no connection.
      if (silence > reopenAfter && !this.#isPolling && this.#source?.readyState === EventSource.OPEN) this.open();
      this.#tell();
    }
  }

  #tell() { this.dispatchEvent(new Event("change")); }
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
