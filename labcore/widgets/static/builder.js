// The builder: an outline of the frames, a form for the selected one, and pictures of what they make.

const TOKENS = ["allow-scripts", "allow-same-origin", "allow-top-navigation", "allow-popups", "allow-forms"];
const DEEPEST = 10; // so many levels are indented
const SIDE_BY_SIDE = 12; // screen and tree of more frames are too wide for that
const PATIENCE_MS = 5000;

function render({ model, el }) {
  const get = (name) => model.get(name);
  const unique = `labcore-${Math.random().toString(36).slice(2)}`;
  const rows = () => get("outline").rows;
  const current = () => rows().find((row) => row.label === selected);
  let items = new Map(); // label → its line in the outline
  let selected = ""; // the label of the frame in the form
  let told = get("outline").answered; // the number of the last message to the kernel
  let toForm = false; // the next frame to be shown is new: its URL wants to be typed
  let patience = null;

  // --- what the reader asks for ---

  /** Messages arrive in this order; a trait set here could arrive after a message that was sent later. */
  function tell(what) {
    model.send({ number: ++told, label: selected, ...what });
    toForm = what.do.startsWith("add");
  }

  function ask(what) {
    tell(what);
    clearTimeout(patience);
    patience = setTimeout(() => {
      note.textContent = "No answer: the kernel is busy or not running. Run this notebook to use the builder.";
    }, PATIENCE_MS);
  }

  const button = (text, icon, onclick) =>
    make("button", { type: "button", onclick: (event) => isOff(event.currentTarget) || onclick() },
      make("span", { "aria-hidden": "true", text: icon }), ` ${text}`);
  const isOff = (each) => each.getAttribute("aria-disabled") === "true";
  const inside = button("Add frame inside", "+", () => ask({ do: "add frame" }));
  const top = button("Add window", "+", () => ask({ do: "add window" }));
  const remove = button("Remove", "✕", () => ask({ do: "remove" }));
  const undo = button("Undo", "↶", () => ask({ do: "undo" }));
  const redo = button("Redo", "↷", () => ask({ do: "redo" }));

  // --- the outline ---

  const tree = make("ul", { class: "labcore-outline", role: "tree", "aria-label": "Windows and frames", onkeydown: walk });

  function line(row) {
    const swatch = make("span", { class: "labcore-swatch", "aria-hidden": "true" });
    [swatch.style.background, swatch.style.borderColor] = row.colours;
    const marks = [
      typeof row.sandbox === "string" && "sandbox", row.name && `named ${row.name}`, row.opener && `opened by ${row.opener}`,
    ];
    const item = make("li", { role: "treeitem", "aria-level": row.depth + 1, onclick: () => select(row.label) },
      swatch,
      make("span", { class: "labcore-line" },
        make("strong", { text: row.label }), make("span", { text: ` ${row.host}` }),
        ...marks.filter(Boolean).map((text) => make("span", { class: "labcore-mark", text }))));
    if (row.window) item.classList.add("labcore-window");
    item.style.setProperty("--depth", Math.min(row.depth, DEEPEST));
    return item;
  }

  /** What the kernel selects is selected, unless the reader has selected or asked for something since. */
  function showOutline() {
    clearTimeout(patience);
    const { selected: chosen, answered } = get("outline");
    const isNew = !items.has(chosen);
    const hasFocus = tree.contains(document.activeElement);
    items = new Map(rows().map((row) => [row.label, line(row)]));
    tree.replaceChildren(...items.values());
    if (!items.size) tree.append(make("li", { class: "labcore-nothing", text: "No window is open." }));
    const upToDate = answered >= told;
    told = Math.max(told, answered);
    if (upToDate || !items.has(selected)) selected = chosen;
    showSelected();
    if (hasFocus) (items.get(selected) ?? top).focus({ preventScroll: true });
    if (!upToDate) return;
    if (toForm && isNew) {
      fields.url.focus({ preventScroll: true });
      fields.url.select();
    }
    toForm = false;
  }

  function showSelected() {
    for (const [label, item] of items) {
      item.setAttribute("aria-selected", String(label === selected));
      item.tabIndex = label === selected ? 0 : -1;
    }
    const item = items.get(selected);
    if (item) {
      const below = item.offsetTop + item.offsetHeight - tree.clientHeight;
      tree.scrollTop = Math.max(Math.min(tree.scrollTop, item.offsetTop), below);
    }
    for (const each of [inside, remove]) each.setAttribute("aria-disabled", String(!item));
    showForm();
  }

  function select(label) {
    selected = label;
    showSelected();
    items.get(label).focus({ preventScroll: true });
    tell({ do: "select" });
  }

  function walk(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const all = rows();
    const at = all.findIndex((row) => row.label === selected);
    const up = all.slice(0, Math.max(at, 0)).findLastIndex((row) => row.depth < all[at].depth);
    const down = all[at + 1]?.depth > all[at]?.depth ? at + 1 : at;
    const last = all.length - 1;
    const to = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: last, ArrowLeft: up, ArrowRight: down }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      if (all[to]) select(all[to].label);
    } else if (event.key === "Delete" && current()) ask({ do: "remove" });
  }

  // --- the form ---

  const fields = {};
  const errors = {};
  const shown = {}; // what stands in each text field, unless the reader has typed since

  const change = (field, value) => ask({ do: "change", field, value });

  function row(name, title, control, ...more) {
    errors[name] = make("p", { class: "labcore-error", id: `${unique}-${name}-error`, role: "alert" });
    return make("div", { class: "labcore-field" },
      make("label", { for: `${unique}-${name}`, text: title }), control, errors[name], ...more);
  }

  function text(name, title, ...more) {
    const input = make("input", {
      type: "text", id: `${unique}-${name}`, "aria-describedby": `${unique}-${name}-error`, spellcheck: "false",
      autocomplete: "off", placeholder: name === "name" ? "none" : "",
      onchange: () => change(name, (shown[name] = input.value).trim()),
      onkeydown: (event) => {
        if (event.key !== "Escape") return;
        input.value = shown[name] = current()[name];
        tell({ do: "dismiss" });
      },
    });
    fields[name] = input;
    return row(name, title, input, ...more);
  }

  const about = make("p", { class: "labcore-about" });
  const opener = make("select", {
    id: `${unique}-opener`, "aria-describedby": `${unique}-opener-error`,
    onchange: () => change("opener", opener.selectedIndex ? opener.value : null),
  });
  const sandboxed = make("input", {
    type: "checkbox", role: "switch", id: `${unique}-sandbox`, "aria-describedby": `${unique}-sandbox-error`,
    onchange: () => change("sandbox", sandboxed.checked ? "" : null),
  });
  const state = make("span", { class: "labcore-state" });
  const tokens = make("div", { class: "labcore-tokens", role: "group", "aria-label": "What the sandbox allows" });
  const urlRow = text("url", "URL", about);
  const openerRow = row("opener", "Opener", opener);
  const sandboxRow = row("sandbox", "Sandbox",
    make("label", { class: "labcore-switch", for: sandboxed.id }, sandboxed, state), tokens);
  const form = make("div", { class: "labcore-form", role: "group" },
    urlRow, text("label", "Label"), text("name", "Name"), openerRow, sandboxRow);

  function token(name, allowed) {
    const box = make("input", {
      type: "checkbox", value: name,
      onchange: () => {
        const ticked = [...tokens.querySelectorAll("input:checked")].map((each) => each.value);
        change("sandbox", ticked.join(" "));
      },
    });
    box.checked = allowed.includes(name);
    return make("label", {}, box, make("span", { text: name }));
  }

  function showForm() {
    const frame = current();
    form.classList.toggle("labcore-hidden", !frame);
    if (!frame) return;
    const moved = form.dataset.label !== frame.label;
    form.dataset.label = frame.label;
    form.setAttribute("aria-label", `${frame.window ? "Window" : "Frame"} ${frame.label}`);
    const wrong = get("error").label === frame.label ? get("error") : {};
    for (const [name, place] of Object.entries(errors)) {
      const said = wrong.field === name ? wrong.text : "";
      if (place.textContent !== said) place.textContent = said; // what is set is announced
      form.querySelector(`#${unique}-${name}`).setAttribute("aria-invalid", String(Boolean(said)));
    }
    for (const [name, input] of Object.entries(fields)) {
      const typing = input === document.activeElement && input.value !== shown[name];
      if (!moved && (typing || wrong.field === name)) continue;
      input.value = shown[name] = frame[name];
    }
    about.textContent = frame.about;
    openerRow.hidden = !frame.window;
    sandboxRow.hidden = frame.window;
    if (frame.window) showOpeners(frame);
    else showTokens(frame.sandbox?.split(" ").filter(Boolean));
  }

  function showOpeners(frame) {
    let root = null;
    const others = rows().filter((each) => (root = each.depth ? root : each.label) !== frame.label);
    opener.replaceChildren(...["nobody", ...others.map(({ label }) => label)].map((text) => make("option", { value: text, text })));
    opener.selectedIndex = others.findIndex(({ label }) => label === frame.opener) + 1;
  }

  function showTokens(allowed) {
    const focused = tokens.contains(document.activeElement) && document.activeElement.value;
    sandboxed.checked = Boolean(allowed);
    state.textContent = !allowed ? "none" : allowed.length ? "allows only what is ticked" : "allows nothing";
    const more = (allowed ?? []).filter((each) => !TOKENS.includes(each));
    tokens.replaceChildren(...[...TOKENS, ...more].map((name) => token(name, allowed ?? [])));
    for (const each of tokens.querySelectorAll("input")) {
      each.disabled = !allowed;
      if (each.value === focused) each.focus({ preventScroll: true });
    }
  }

  // --- the pictures, the code, and what was said ---

  const places = { screen: make("div"), tree: make("div"), matrix: make("div", { class: "labcore-matrix" }) };
  const scenes = make("div", { class: "labcore-scenes" }, places.screen, places.tree);
  const code = make("pre", {
    class: "labcore-code", tabindex: "0", role: "textbox", "aria-readonly": "true", "aria-multiline": "true",
    "aria-label": "The Python that builds this browser",
  });
  const copy = make("button", { type: "button", text: "Copy", onclick: toClipboard });
  const note = make("p", { class: "labcore-note", role: "status" });

  async function hang(name) {
    const shown = get(name);
    const fresh = shown.text
      ? make("p", { class: "labcore-error", text: shown.text })
      : shown.src && make("img", { src: shown.src, alt: shown.alt, draggable: "false" });
    await fresh?.decode?.().catch(() => {});
    if (get(name) !== shown) return; // a newer one is on its way
    places[name].replaceChildren(...(fresh ? [fresh] : []));
    scenes.classList.toggle("labcore-large", rows().length > SIDE_BY_SIDE);
  }

  async function toClipboard() {
    let done = true;
    try {
      await navigator.clipboard.writeText(get("code"));
    } catch {
      getSelection().selectAllChildren(code);
      done = document.execCommand("copy");
    }
    note.textContent = done ? "Copied: paste it into a cell." : "The code is selected: copy it with Ctrl+C.";
  }

  function showUndo() {
    for (const [each, name] of [[undo, "undo"], [redo, "redo"]]) {
      each.setAttribute("aria-disabled", String(!get(name)));
      each.title = get(name);
    }
  }

  function showNote() {
    const { field, text } = get("error");
    const said = text && !(field in errors) ? text : get("note");
    note.classList.toggle("labcore-error", said !== get("note"));
    note.textContent = said;
  }

  const root = card(
    el, "builder", "Build your own browser",
    make("div", { class: "labcore-title", text: "Build your own browser" }),
    make("div", { class: "labcore-bench" },
      make("div", { class: "labcore-controls" }, inside, top, remove, undo, redo),
      make("div", { class: "labcore-parts" }, tree, form),
      make("div", { class: "labcore-pictures" }, scenes,
        make("div", { class: "labcore-results" }, places.matrix, make("div", { class: "labcore-take" }, note, code, copy)))),
  );
  root.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.target.type === "text") return;
    const key = event.key.toLowerCase();
    if (key !== "z" && key !== "y") return;
    event.preventDefault();
    ask({ do: key === "y" || event.shiftKey ? "redo" : "undo" });
  });

  const stops = [
    follow(model, ["outline"], showOutline),
    follow(model, ["error"], showForm),
    ...Object.keys(places).map((name) => follow(model, [name], () => hang(name))),
    follow(model, ["code"], () => (code.textContent = get("code"))),
    follow(model, ["undo", "redo"], showUndo),
    follow(model, ["note", "error"], showNote),
  ];
  return () => {
    clearTimeout(patience);
    stops.forEach((stop) => stop());
  };
}

export default { render };
