// The calls of the page. All addresses are relative to it: it works below any path.

const base = "dashboard/";

export class Refused extends Error {
  constructor(status, title, detail) {
    super(detail || title);
    this.status = status;
    this.title = title;
  }
}

// A login page of the application, or of a proxy: what was asked for has not been done, whatever its status says.
export class Elsewhere extends Refused {
  constructor() {
    super(401, "Not signed in", "Something else answered: has the sign-in ended? Reload the page.");
  }
}

export async function call(method, path, { query, json, body, headers, signal } = {}) {
  const address = new URL(base + path, document.baseURI);
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined && value !== null && value !== "") address.searchParams.append(name, value);
  }
  const sent = { ...headers };
  if (method !== "GET") sent["X-Remanso-Dashboard"] = "1";
  if (json !== undefined) sent["Content-Type"] = "application/json";
  // fetch throws of these as it does where nobody answers.
  for (const [name, value] of Object.entries(sent)) {
    const odd = [...value].find(char => !/[\t\x20-\x7e\x80-\xff]/.test(char));
    if (odd) throw new Refused(0, "Not sent", `${name === "X-Api-Key" ? "The key" : name} has “${odd}” in it, which can't be sent there.`);
  }
  let answer;
  try {
    answer = await fetch(address, { method, headers: sent, body: json === undefined ? body : JSON.stringify(json), credentials: "same-origin", cache: "no-store", redirect: "manual", signal });
  } catch {
    throw new Refused(0, "No answer", "The server does not answer.");
  }
  const type = answer.headers.get("Content-Type") ?? "";
  const isJson = type.includes("json");
  if (answer.type === "opaqueredirect" || (answer.ok && answer.status !== 204 && !isJson)) throw new Elsewhere();
  const content = isJson ? await answer.json() : null;
  if (answer.status === 401 && path !== "sign-in") document.dispatchEvent(new Event("signed-out"));
  if (!answer.ok) throw new Refused(answer.status, content?.title ?? answer.statusText, content?.detail ?? `The server answered ${answer.status}.`);
  return content;
}

export const ofCache = (cache, what) => `caches/${encodeURIComponent(cache)}/${what}`;
