// What stands in a value, as a page can show it and an editor can change it.

// Of a value that was cut, the character at its end may be a part of one, which is left out. A mark of the byte order stays what it is.
export function decode(base64, isCut = false) {
  const data = Uint8Array.from(atob(base64), c => c.charCodeAt(0));
  let readable = null;
  try { readable = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(data, { stream: isCut }); } catch { /* no text */ }
  return { data, readable };
}

// An editor of a page makes of every end of a line LF. What nobody changed is sent as it was, and changed lines end as those of the value did.
export function lines(text) {
  const ends = new Set(text.match(/\r\n|\r|\n/g)), plain = text.replace(/\r\n?/g, "\n");
  const [end] = ends.size === 1 ? ends : ["\n"];
  return {
    areMixed: ends.size > 1,
    restore: edited => edited === plain ? text : edited.replaceAll("\n", end),
  };
}
