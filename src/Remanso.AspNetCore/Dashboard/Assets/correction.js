// Another value in the place of one that the database refused.
import { h, field, ask } from "./dom.js";
import { call, ofCache } from "./api.js";
import { exact } from "./format.js";
import { decode, lines } from "./values.js";

// What to send; null where nobody wants to.
export async function correction(app, cache, letter) {
  const { text, hint } = await refused(app, cache, letter);
  const ends = lines(text ?? "");
  // An empty value may be sent where the refused one was seen: not by Enter in the other field, unseen.
  const value = h("textarea", { rows: 8, required: text !== "" });
  value.value = text ?? "";
  const type = h("input", { value: letter.contentType ?? "text/plain", pattern: "[\\x20-\\x7e]*", title: "Letters, digits and signs of ASCII, as in text/plain" });
  const said = hint ?? (ends.areMixed ? "Its lines end in several ways. Where you change it, they all end with LF." : undefined);
  return await ask(`Correct ${letter.key} of ${cache}`, [`The database said: ${letter.error}`, `The value below takes the refused one's place and is tried with the next flush, if the key is still this dead letter (version ${exact(letter.version)}).`], "Store the correction",
    [field("Value", value, said), field("Content type", type)]) ? { body: ends.restore(value.value), type: type.value } : null;
}

// Its text, or why the field begins empty.
async function refused(app, cache, letter) {
  const empty = why => ({ text: null, hint: `${why}: the field begins empty.` });
  if (!app.showsValues) return { text: null, hint: "Values are hidden here: this is not what was refused." };
  if (letter.deleted) return empty("What was refused is a delete");
  try {
    const { tier } = await call("GET", ofCache(cache, "inspect"), { query: { key: letter.key } });
    if (tier.is === "error") return empty(tier.error.replace(/\.$/, ""));
    if (tier.redacted) return empty("The application shows nothing of this value");
    if (tier.value === undefined || exact(tier.version) !== exact(letter.version)) return empty("It is no longer what was refused");
    if (tier.cut) return empty("What was refused is larger than what is shown here (64 KiB)");
    const { readable } = decode(tier.value);
    return readable === null ? empty("What was refused is no text") : { text: readable };
  } catch (problem) {
    return empty(problem.message.replace(/\.$/, ""));
  }
}
