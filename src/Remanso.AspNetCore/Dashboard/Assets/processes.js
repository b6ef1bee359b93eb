import { h, fill, note, table } from "./dom.js";
import { date, exact, span } from "./format.js";

export function processes(main, app) {
  const { live } = app;
  const place = h("div");
  fill(main, h("h1", {}, "Processes"), h("p", { class: "lead" }, "Who serves and who flushes."), place);

  function draw() {
    if (!live.start || place.hasChildNodes()) return;
    const own = live.start.process;
    fill(place, h("section", { class: "card flush" }, table("Processes", ["Process", "Role", "Version", "Started", { label: "Up for", number: true }], [h("tr", {},
      h("th", { scope: "row" }, `${own.machine}, process ${exact(own.id)}`, " ", h("span", { class: "badge good" }, "this one")), h("td", {}, own.role || "–"), h("td", {}, own.version), h("td", {}, date(own.startedAt)),
      h("td", { class: "number" }, span(Date.now() - own.startedAt)))])),
    note("", "Only the process that serves this page is known here. Others that share the tier show themselves at their own addresses."));
  }

  live.addEventListener("change", draw);
  draw();
  return () => live.removeEventListener("change", draw);
}
