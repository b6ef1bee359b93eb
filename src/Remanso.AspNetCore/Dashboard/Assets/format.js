// Numbers and times for people. A whole number too large for a double comes as text, and stays exact.

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const small = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });
const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const moment = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" });

export const count = n => n === null || n === undefined ? "–" : typeof n === "string" ? whole.format(BigInt(n)) : whole.format(n);

// A version is an identity: no separators.
export const exact = n => String(n);

export function rate(n) {
  if (n === null || n === undefined) return "–";
  return n >= 10 || n === 0 ? whole.format(n) : small.format(n);
}

export function short(n) {
  if (n >= 1e9) return `${small.format(n / 1e9)}G`;
  if (n >= 1e6) return `${small.format(n / 1e6)}M`;
  if (n >= 1e4) return `${small.format(n / 1e3)}k`;
  return small.format(n);
}

export function bytes(n) {
  const value = Number(n);
  if (value < 1024) return `${whole.format(value)} B`;
  const units = ["KiB", "MiB", "GiB", "TiB"];
  let i = -1, left = value;
  do { left /= 1024; i++; } while (left >= 1024 && i < units.length - 1);
  return `${small.format(left)} ${units[i]}`;
}

export function span(ms) {
  const value = Number(ms);
  if (value < 1000) return `${whole.format(value)} ms`;
  if (value < 60_000) return `${small.format(value / 1000)} s`;
  if (value < 3_600_000) return `${whole.format(Math.floor(value / 60_000))} min ${whole.format(Math.floor(value / 1000) % 60)} s`;
  if (value < 86_400_000) return `${whole.format(Math.floor(value / 3_600_000))} h ${whole.format(Math.floor(value / 60_000) % 60)} min`;
  return `${whole.format(Math.floor(value / 86_400_000))} d ${whole.format(Math.floor(value / 3_600_000) % 24)} h`;
}

export const time = at => clock.format(new Date(at));
export const date = at => moment.format(new Date(at));
export const one = (n, singular, plural) => `${count(n)} ${Number(n) === 1 ? singular : plural ?? `${singular}s`}`;

// Lays JSON out without reading its numbers: a double would change those that it can't hold.
export function layOut(json) {
  let out = "", depth = 0, inText = false;
  const line = () => `\n${"  ".repeat(depth)}`;
  for (let i = 0; i < json.length; i++) {
    const c = json[i];
    if (inText) {
      out += c;
      if (c === "\\") out += json[++i] ?? "";
      else if (c === '"') inText = false;
    } else if (c === '"') {
      inText = true;
      out += c;
    } else if (c === "{" || c === "[") {
      const close = c === "{" ? "}" : "]";
      let next = i + 1;
      while (/\s/.test(json[next] ?? "")) next++;
      if (json[next] === close) { out += c + close; i = next; }
      else { depth++; out += c + line(); }
    } else if (c === "}" || c === "]") {
      depth = Math.max(0, depth - 1);
      out += line() + c;
    } else if (c === ",") out += c + line();
    else if (c === ":") out += ": ";
    else if (!/\s/.test(c)) out += c;
  }
  return out;
}

export function hex(data) {
  const lines = [];
  for (let i = 0; i < data.length; i += 16) {
    const part = [...data.subarray(i, i + 16)];
    const digits = part.map(b => b.toString(16).padStart(2, "0")).join(" ").padEnd(48);
    lines.push(`${i.toString(16).padStart(6, "0")}  ${digits} ${part.map(b => b > 31 && b < 127 ? String.fromCharCode(b) : "·").join("")}`);
  }
  return lines.join("\n");
}
