// Builds elements without markup as text, so that nothing a key or a value says is ever read as markup.

export function h(tag, props, ...children) {
  const node = document.createElement(tag);

  // Keys and values are typed here: where a browser has its spelling looked up elsewhere, they would go there.
  if (tag === "input" || tag === "textarea") node.spellcheck = false;
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "class") node.className = value;
    else if (name in node && !name.startsWith("aria") && name !== "list") node[name] = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(Infinity).filter(child => child !== null && child !== undefined && child !== false));
  return node;
}

// Only what changed is written: a screen reader and a selection stay where they are.
export function text(node, value) {
  const next = String(value);
  if (node.textContent !== next) node.textContent = next;
}

export function fill(node, ...children) {
  node.replaceChildren(...children.flat(Infinity).filter(child => child !== null && child !== undefined && child !== false));
}

// Says what came of a button. Where that was replaced meanwhile, who goes by the keyboard goes on from what is said.
export function tellAt(node, ...children) {
  fill(node, children);
  node.tabIndex = -1;
  if (document.activeElement === null || document.activeElement === document.body) node.focus({ preventScroll: true });
}

let fields = 0;

export function field(label, control, hint) {
  control.id ||= `field-${++fields}`;
  const help = hint ? h("small", { id: `${control.id}-hint` }, hint) : null;
  if (help) control.setAttribute("aria-describedby", help.id);
  return h("div", { class: "field" }, h("label", { htmlFor: control.id }, label), control, help);
}

export function choice(options, chosen) {
  const select = h("select", {}, options.map(([value, label]) => h("option", { value }, label)));
  select.value = chosen;
  return select;
}

export function table(caption, heads, rows) {
  return h("div", { class: "scroll", tabIndex: 0, role: "region", "aria-label": caption },
    h("table", {}, h("caption", { class: "unseen" }, caption),
      h("thead", {}, h("tr", {}, heads.map(head => h("th", { scope: "col", class: head.number ? "number" : "" }, head.label ?? head)))),
      h("tbody", {}, rows)));
}

// Says what will happen, and waits for the answer.
export function ask(title, what, yes, extra) {
  return new Promise(resolve => {
    // Enter in a field presses the first button that submits, so that the way out is none.
    const cancel = h("button", { type: "button", class: "quiet", onclick: () => dialog.close() }, "Cancel");
    const confirm = h("button", { type: "submit", value: "yes" }, yes);
    const id = `ask-${++fields}`;
    const dialog = h("dialog", { "aria-labelledby": id },
      h("article", {}, h("form", { method: "dialog" },
        h("h2", { id }, title), what.map(line => h("p", {}, line)), extra,
        h("div", { class: "row end" }, cancel, confirm))));
    dialog.addEventListener("close", () => {
      resolve(dialog.returnValue === "yes");
      dialog.remove();
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

export function note(kind, ...children) {
  return h("p", { class: `note ${kind}`, role: kind === "bad" ? "alert" : "status" }, children);
}
