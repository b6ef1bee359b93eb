import uPlot from "./uPlot.esm.js";
import { h, text, fill, table } from "./dom.js";
import { time } from "./format.js";

const seconds = 300;
const colour = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

// A round upper end, so that the picture stands still while the numbers move; and never so low that its marks are fractions.
function roundUp(most) {
  if (!(most > 4)) return 4;
  const unit = 10 ** Math.floor(Math.log10(most));
  return [1, 2, 2.5, 5, 10].map(step => step * unit).find(end => end >= most) ?? 10 * unit;
}

// A chart with one sentence on how to read it, and the same numbers as a table behind it.
export class Chart {
  #plot = null;
  #rows = null;
  #points = { xs: [], columns: [] };

  constructor(title, how, series, format) {
    this.title = title;
    this.series = series;
    this.format = format;
    this.canvas = h("div", { class: "plot", role: "img", "aria-label": `${title}. The table below has the same numbers.` });
    this.keys = series.map(line => h("span", { class: "now" }, "–"));
    this.body = h("tbody");
    this.details = h("details", { ontoggle: () => this.#fillTable() },
      h("summary", {}, "As a table"), this.#table());
    this.node = h("figure", { class: "chart card" },
      h("figcaption", {}, h("h2", {}, title), h("p", {}, how)),
      h("ul", { class: "legend" }, series.map((line, i) => h("li", {}, h("span", { class: `dot ${line.colour}`, "aria-hidden": "true" }), line.label, " ", this.keys[i]))),
      this.canvas, this.details);
    this.observer = new ResizeObserver(() => this.#resize());
    this.observer.observe(this.canvas);
    this.onTheme = () => this.#build();
    addEventListener("themechange", this.onTheme);
  }

  #table() {
    const made = table(`${this.title}: the last minute, newest first`, ["Time", ...this.series.map(line => ({ label: `${line.label}${line.unit ? `, ${line.unit}` : ""}`, number: true }))], []);
    this.#rows = made.querySelector("tbody");
    return made;
  }

  set(xs, columns) {
    this.#points = { xs, columns };
    columns.forEach((column, i) => text(this.keys[i], this.format(column.at(-1))));
    if (!this.#plot) this.#build();
    else this.#plot.setData([xs, ...columns]);
    this.#fillTable();
  }

  close() {
    this.observer.disconnect();
    removeEventListener("themechange", this.onTheme);
    this.#plot?.destroy();
  }

  #fillTable() {
    if (!this.details.open) return;
    const { xs, columns } = this.#points;
    const rows = [];
    for (let i = xs.length - 1; i >= Math.max(0, xs.length - 60); i--) {
      rows.push(h("tr", {}, h("th", { scope: "row" }, time(xs[i] * 1000)), columns.map(column => h("td", { class: "number" }, this.format(column[i])))));
    }
    fill(this.#rows, rows);
  }

  #resize() {
    const width = this.canvas.clientWidth;
    if (width > 0 && this.#plot && Math.abs(width - this.#plot.width) > 1) this.#plot.setSize({ width, height: 190 });
    else if (width > 0 && !this.#plot && this.#points.xs.length) this.#build();
  }

  #build() {
    const width = this.canvas.clientWidth;
    if (width === 0) return;
    this.#plot?.destroy();
    const axis = { stroke: colour("--axis"), grid: { stroke: colour("--grid"), width: 1 }, ticks: { show: false }, font: "12px system-ui, sans-serif" };
    this.#plot = new uPlot({
      width, height: 190,
      legend: { show: false },
      cursor: { show: false },
      padding: [8, 30, 0, 0],
      scales: {
        x: { time: true, range: (_, min, max) => [Math.max((max ?? 0) - seconds, Math.min(min ?? 0, (max ?? 0) - 60)), max ?? 0] },
        y: { range: (_, __, max) => [0, roundUp(max)] },
      },
      axes: [
        { ...axis, size: 30, space: 70, values: (_, ticks) => ticks.map(tick => time(tick * 1000)) },
        { ...axis, size: 62, space: 34, values: (_, ticks) => ticks.map(tick => this.format(tick, true)) },
      ],
      series: [{}, ...this.series.map(line => ({
        label: line.label,
        stroke: colour(`--line-${line.colour}`),
        fill: line.fill ? colour(`--fill-${line.colour}`) : undefined,
        width: 2,
        points: { show: false },
        spanGaps: false,
      }))],
    }, [this.#points.xs, ...this.#points.columns], this.canvas);
  }
}
