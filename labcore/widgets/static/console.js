// The console: fields for a request and an answer, and what the browser makes of them.

const GROUPS = [
  { title: "The page asks", fields: [
    { name: "page", label: "Page", hint: "its URL; null for an opaque origin" },
    { name: "url", label: "URL" },
    { name: "method", label: "Method", list: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] },
    { name: "mode", label: "Mode", menu: true },
    { name: "credentials", label: "Credentials", menu: true },
    { name: "request_headers", label: "Request headers", rows: 3, placeholder: "Name: value" },
    { name: "request_body", label: "Request body" },
    { name: "cookies", label: "Cookies the browser holds", rows: 2, placeholder: "name=value; Secure; SameSite=None" },
  ] },
  { title: "The server answers", fields: [
    { name: "status", label: "Status" },
    { name: "response_body", label: "Answer body" },
    { name: "response_headers", label: "Answer headers", rows: 5, placeholder: "Name: value",
      hint: "{origin} stands for the Origin that was sent" },
    { name: "preflight", label: "To a preflight", menu: true },
    { name: "preflight_status", label: "Preflight status", own: true },
    { name: "preflight_headers", label: "Preflight headers", rows: 5, own: true, placeholder: "Name: value" },
  ] },
];
const SHORT = ["method", "mode", "status", "response_body", "preflight", "preflight_status"];
const SIGNS = new Map([[true, ["yes", "✓", "passed"]], [false, ["no", "✗", "failed"]], [null, ["note", "·", ""]]]);
const STALE = "Not current: put right what is marked. This is what the last sensible request came to.";
const SILENT = "No answer: the kernel is busy or not running. Run this notebook to use the console.";
const PATIENCE_MS = 5000;

function render({ model, el }) {
  const get = (name) => model.get(name);
  const unique = `labcore-${Math.random().toString(36).slice(2)}`;
  let told = get("answered"); // the number of the last message to the kernel
  let unsent = {}; // what was written since, by field: one message is under way at a time
  let patience = null;

  // --- what the reader does ---

  function tell(what) {
    clearTimeout(patience);
    patience = setTimeout(() => (silent.textContent = SILENT), PATIENCE_MS);
    model.send({ number: ++told, ...what });
  }

  function write(name, value) {
    unsent[name] = value.toWellFormed?.() ?? value;
    if (get("answered") >= told) flush();
  }

  function flush() {
    const fields = unsent;
    unsent = {};
    tell({ fields });
  }

  function start(what) {
    unsent = {}; // all fields are filled anew
    tell(what);
  }

  // --- the fields ---

  const controls = {};
  const errors = {};

  function field({ name, label, rows, menu, list, placeholder = "", hint, own }) {
    const id = `${unique}-${name}`;
    const given = {
      id, "aria-describedby": `${id}-error${hint ? ` ${id}-hint` : ""}`, "data-field": name,
      spellcheck: "false", autocomplete: "off", autocapitalize: "off", placeholder: placeholder || false,
    };
    let options = null;
    let control;
    if (menu) {
      control = make("select", { ...given, onchange: () => { write(name, control.value); showOwn(); } });
      fill(control, Object.entries(get("menus")[name]));
    } else {
      given.oninput = () => write(name, control.value);
      if (list) {
        options = make("datalist", { id: `${id}-list` }, ...list.map((value) => make("option", { value })));
        given.list = options.id;
      }
      control = rows ? make("textarea", { ...given, rows }) : make("input", { ...given, type: "text" });
    }
    controls[name] = control;
    if (own) control.dataset.own = "true";
    errors[name] = make("span", { class: "labcore-wrong", id: `${id}-error` });
    return make("div", { class: `labcore-entry${SHORT.includes(name) ? " labcore-short" : ""}` },
      make("label", { for: id, text: label }), control, options, errors[name], hint && make("span", { class: "labcore-about", id: `${id}-hint`, text: hint }));
  }

  function fill(select, options) {
    select.replaceChildren(...options.map(([value, text]) => make("option", { value, text })));
  }

  const form = make("div", { class: "labcore-entries" }, ...GROUPS.map(({ title, fields }) =>
    make("fieldset", { class: "labcore-group" },
      make("legend", { text: title }), make("div", { class: "labcore-grid" }, ...fields.map(field)))));

  const examples = make("select", {
    id: `${unique}-example`,
    onchange: () => examples.value && start({ example: examples.value }),
  });
  const reset = make("button", { type: "button", text: "Reset", onclick: () => start({ do: "reset" }) });

  /** A field is left alone while the kernel has not yet seen all that was written there. */
  function showFields() {
    if (get("answered") < told) return;
    for (const [name, value] of Object.entries(get("fields"))) {
      const control = controls[name];
      if (name in unsent || control.value === value) continue;
      control.value = value;
      if (control.value !== value && control.tagName === "SELECT") { // not in its menu: shown all the same
        control.append(make("option", { value, text: value.slice(0, 40) }));
        control.value = value;
      }
    }
    showOwn();
  }

  /** The preflight's own answer can be written where it has one. */
  function showOwn() {
    for (const control of form.querySelectorAll("[data-own]")) control.disabled = controls.preflight.value !== "own";
  }

  function showErrors() {
    for (const [name, place] of Object.entries(errors)) {
      const wrong = get("errors")[name] ?? "";
      place.textContent = wrong || (name === "cookies" ? get("remark") : "");
      place.classList.toggle("labcore-remark", !wrong);
      controls[name].setAttribute("aria-invalid", String(Boolean(wrong)));
    }
  }

  // --- what became of it ---

  const icon = make("span", { class: "labcore-icon", "aria-hidden": "true" });
  const word = make("strong");
  const why = make("span");
  const stale = make("span", { class: "labcore-stale-note" });
  const verdict = make("div", { class: "labcore-verdict", role: "status", "aria-live": "polite", "aria-atomic": "true" },
    icon, make("div", {}, word, why, stale));
  const silent = make("p", { class: "labcore-wrong labcore-silent", role: "status" });
  const wire = make("div", { class: "labcore-wire", tabindex: "0", role: "group", "aria-label": "Over the network" });
  const steps = make("ol", { class: "labcore-steps", tabindex: "0", "aria-label": "The browser's algorithm" });
  const results = make("div", { class: "labcore-came" },
    make("div", { class: "labcore-heading", text: "Over the network" }), wire,
    make("div", { class: "labcore-heading", text: "The browser’s algorithm" }), steps);

  function message({ first, headers, body }) {
    return make("div", { class: "labcore-text" },
      make("div", { class: "labcore-first", text: first }),
      ...headers.map(([name, value, isOwn]) =>
        make("div", isOwn ? { class: "labcore-own" } : {}, make("span", { text: `${name}: ` }), value)),
      body && make("div", { class: "labcore-body", text: body }));
  }

  function exchange({ title, request, response }, at) {
    const part = (text, written) => make("div", { class: "labcore-part" }, make("div", { class: "labcore-way", text }), message(written));
    return make("div", { class: "labcore-exchange", role: "group", "aria-label": `${at + 1}. ${title}` },
      part(`${at + 1}. ${title} →`, request), part("← Answer", response));
  }

  function step({ clause, said, passed }) {
    const [mood, sign, spoken] = SIGNS.get(passed);
    return make("li", { "data-mood": mood },
      make("span", { class: "labcore-sign", role: "img", "aria-label": spoken || "note", text: sign }),
      make("div", {}, make("span", { class: "labcore-clause", text: clause }), ` ${said}`));
  }

  /** `items` with a line before the last that says how many are left out. */
  const abridged = (items, leftOut, line) => (leftOut ? [...items.slice(0, -1), line, items.at(-1)] : items);

  let seen = null;
  function showOutcome() {
    const now = get("outcome");
    const text = JSON.stringify(now);
    if (text === seen || !now.kind) return;
    seen = text;
    verdict.dataset.kind = now.kind;
    if (word.textContent !== now.word) word.textContent = now.word;
    icon.textContent = now.sign;
    if (why.textContent !== now.why) why.textContent = now.why;
    const more = make("div", { class: "labcore-more", text: `… ${now.exchanges_left_out} exchanges more` });
    const exchanges = now.exchanges.map((each, at) => {
      const isLast = at === now.exchanges.length - 1;
      return exchange(each, isLast ? at + now.exchanges_left_out : at);
    });
    wire.replaceChildren(...abridged(exchanges, now.exchanges_left_out, more));
    if (!exchanges.length) wire.append(make("div", { class: "labcore-more", text: "Nothing is sent." }));
    const skipped = make("li", { class: "labcore-more", text: `… ${now.lines_left_out} steps more` });
    steps.replaceChildren(...abridged(now.lines.map(step), now.lines_left_out, skipped));
  }

  function showCurrent() {
    const note = get("problem") || (get("current") ? "" : STALE);
    if (stale.textContent !== note) stale.textContent = note;
    root.classList.toggle("labcore-stale", !get("current"));
  }

  function showAnswered() {
    if (get("answered") >= told) {
      told = get("answered");
      clearTimeout(patience);
      silent.textContent = "";
    }
    showFields();
    if (get("answered") >= told && Object.keys(unsent).length) flush();
  }

  function showExample() {
    fill(examples, [["", "your own"], ...get("examples").map((name) => [name, name])]);
    examples.value = get("example");
  }

  const root = card(
    el, "console", "CORS console",
    make("div", { class: "labcore-title", text: "Who may read the answer?" }),
    make("div", { class: "labcore-controls" },
      make("label", { for: examples.id, text: "Example" }), examples, reset, silent),
    make("div", { class: "labcore-desk" }, form, verdict, results),
  );

  const stops = [
    follow(model, ["example", "examples"], showExample),
    follow(model, ["fields", "answered"], showAnswered),
    follow(model, ["errors", "remark"], showErrors),
    follow(model, ["outcome"], showOutcome),
    follow(model, ["current", "problem"], showCurrent),
  ];
  return () => {
    clearTimeout(patience);
    stops.forEach((stop) => stop());
  };
}

export default { render };
