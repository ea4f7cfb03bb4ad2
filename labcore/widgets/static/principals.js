// Principals: an outline of the frames, a form for what the selected one does, and what comes of it.

const HINTS = {
  id: "A secret of 16 to 64 letters, digits, - and _. Whoever is to join has to be told.",
  members: "And pages of its own origin.",
  join: "To know an ID is not enough: who created the principal has said which origins may join.",
  destroy: "Its cookies go too. Each of its documents then belongs to itself alone.",
};
const BRIEF = ["members", "destroy"]; // what can be wrong there is soon said
const FETCHED = "Each fetch is made with credentials. "
  + "A server answers to a principal once a page of its own belongs to it (Principal: join).";
const SIGNS = { yes: "✓", no: "✗" };
const DEEPEST = 10; // so many levels are indented
const SILENT = "No answer: the kernel is busy or not running. Run this notebook to use the widget.";
const PATIENCE_MS = 5000;

function render({ model, el }) {
  const get = (name) => model.get(name);
  const unique = `labcore-${Math.random().toString(36).slice(2)}`;
  const rows = () => get("outline").rows;
  const current = () => rows().find((row) => row.label === selected);
  let items = new Map(); // label → its line in the outline
  let selected = ""; // the label of the frame in the form
  let told = get("outline").answered; // the number of the last message to the kernel
  let patience = null;

  // --- what the reader asks for ---

  function tell(what) {
    clearTimeout(patience);
    patience = setTimeout(() => (why.textContent = SILENT), PATIENCE_MS);
    model.send({ number: ++told, label: selected, ...what });
  }

  const isOff = (each) => each.getAttribute("aria-disabled") === "true";
  const button = (text, icon, onclick) =>
    make("button", { type: "button", onclick: (event) => isOff(event.currentTarget) || onclick() },
      icon && make("span", { "aria-hidden": "true", text: icon }), icon ? ` ${text}` : text);
  const undo = button("Undo", "↶", () => tell({ do: "undo" }));
  const reset = button("Reset", "⟲", () => tell({ do: "reset" }));
  const looks = make("input", {
    type: "checkbox", role: "switch", id: `${unique}-looks`,
    onchange: () => tell({ do: "legacy", value: !looks.checked }),
  });
  const state = make("span", { class: "labcore-faint" });

  // --- the outline ---

  const tree = make("ul", { class: "labcore-outline", role: "tree", "aria-label": "Windows and frames", onkeydown: walk });

  function line(row) {
    const swatch = make("span", { class: "labcore-swatch", "aria-hidden": "true" });
    [swatch.style.background, swatch.style.borderColor] = row.colours;
    const item = make("li", { role: "treeitem", "aria-level": row.depth + 1, onclick: () => select(row.label) },
      swatch,
      make("span", { class: "labcore-line" },
        make("strong", { text: row.label }), make("span", { text: ` ${row.host}` }),
        row.attacker && make("span", { class: "labcore-mark", text: "attacker" }),
        make("span", { class: "labcore-owner", text: `belongs to ${row.principal}` })));
    item.classList.add(`labcore-${row.kind}`);
    if (row.window) item.classList.add("labcore-window");
    item.style.setProperty("--depth", Math.min(row.depth, DEEPEST));
    return item;
  }

  /** What the kernel selects is selected, unless the reader has selected or asked for something since. */
  function showOutline() {
    const { selected: chosen, answered } = get("outline");
    const hasFocus = tree.contains(document.activeElement);
    const top = tree.scrollTop;
    items = new Map(rows().map((row) => [row.label, line(row)]));
    tree.replaceChildren(...items.values());
    tree.scrollTop = top;
    if (!items.size) tree.append(make("li", { class: "labcore-nothing", text: "No window is open." }));
    if (answered >= told || !items.has(selected)) selected = chosen;
    if (answered >= told) {
      told = answered;
      clearTimeout(patience);
      if (why.textContent === SILENT) showDecision();
    }
    showSelected();
    if (hasFocus) items.get(selected)?.focus({ preventScroll: true });
  }

  function showSelected() {
    for (const [label, item] of items) {
      item.setAttribute("aria-selected", String(label === selected));
      item.tabIndex = label === selected ? 0 : -1;
    }
    markStale();
    const item = items.get(selected);
    if (item) {
      const below = item.offsetTop + item.offsetHeight - tree.clientHeight;
      tree.scrollTop = Math.max(Math.min(tree.scrollTop, item.offsetTop), below);
    }
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
    const to = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: all.length - 1, ArrowLeft: up, ArrowRight: down }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    if (all[to]) select(all[to].label);
  }

  // --- the form ---

  const errors = {};
  let form = "", ticks = ""; // the frame, and the origins, that the form was made for
  let typed = false; // whether the ID is the reader's own

  /** Where an error stands, and what stands there else. */
  function place(name) {
    const brief = BRIEF.includes(name) ? " labcore-brief" : "";
    errors[name] = make("p", { class: `labcore-hint-line${brief}`, id: `${unique}-${name}-said`, text: HINTS[name] });
    return errors[name];
  }

  function text(name, label, given, onenter) {
    return make("input", {
      type: "text", id: `${unique}-${name}`, "aria-label": label, "aria-describedby": `${unique}-${name}-said`,
      spellcheck: "false", autocomplete: "off", autocapitalize: "off", ...given,
      onkeydown: (event) => event.key === "Enter" && onenter(),
    });
  }

  const id = text("id", "ID of the new principal", { oninput: () => (typed = true) }, create);
  const members = make("div", {
    class: "labcore-tokens", role: "group", "aria-label": "Origins that may join", id: `${unique}-members`,
    "aria-describedby": `${unique}-members-said`,
  });
  const ids = make("select", { "aria-label": "Principals that exist" });
  const other = text("join", "Another ID to join", { placeholder: "or type an ID" }, join);
  const remove = button("Destroy its principal", "", () => tell({ do: "destroy" }));
  remove.setAttribute("aria-describedby", `${unique}-destroy-said`);
  const fields = { id, members, join: other, destroy: remove };

  function create() {
    const ticked = [...members.querySelectorAll("input:checked")].map((each) => each.value);
    tell({ do: "create", id: id.value.trim(), members: ticked });
  }

  function join() {
    tell({ do: "join", id: other.value.trim() || ids.value });
  }

  const group = (title, ...children) =>
    make("fieldset", { class: "labcore-deed" }, make("legend", { text: title }), ...children);
  const deeds = make("div", { class: "labcore-deeds", role: "group" },
    group("Create a principal",
      make("label", { for: id.id, text: "ID" }), id, place("id"),
      make("span", { class: "labcore-label", "aria-hidden": "true", text: "May join" }), members, place("members"),
      button("Create", "", create)),
    group("Join a principal", ids, other, place("join"), button("Join", "", join)),
    group("Destroy", place("destroy"), remove));

  function showForm() {
    const frame = current();
    deeds.classList.toggle("labcore-hidden", !frame);
    if (!frame) return;
    deeds.setAttribute("aria-label", `What ${frame.label} does`);
    const wrong = get("error").label === frame.label ? get("error") : {};
    if (form !== frame.label) {
      form = frame.label;
      typed = false;
      other.value = "";
    }
    const known = get("outline").ids;
    if (typed && wrong.field !== "id" && known.some((each) => each.id === id.value.trim())) typed = false;
    if (!typed) id.value = frame.suggested;
    if (other.value.trim() === frame.principal) other.value = "";
    showMembers(frame);
    showIds(known);
    for (const [name, said] of Object.entries(errors)) {
      const isWrong = wrong.field === name;
      const now = isWrong ? wrong.text : HINTS[name];
      if (said.textContent !== now) said.textContent = now;
      said.classList.toggle("labcore-error", isWrong);
      if (name !== "destroy") fields[name].setAttribute("aria-invalid", String(isWrong));
    }
  }

  function showMembers(frame) {
    const origins = get("outline").origins;
    const offered = origins.filter((each) => each !== frame.origin);
    const made = JSON.stringify([frame.label, offered]);
    if (ticks === made) return;
    ticks = made;
    members.style.setProperty("--lines", Math.max(origins.length, 1));
    members.replaceChildren(...offered.map((origin) =>
      make("label", {}, make("input", { type: "checkbox", value: origin }), make("span", { text: origin }))));
  }

  function showIds(known) {
    const made = JSON.stringify(known);
    if (ids.dataset.made === made) return;
    const chosen = ids.value;
    ids.dataset.made = made;
    ids.replaceChildren(...known.map((each) => make("option", { value: each.id, text: each.id })));
    if (!known.length) ids.append(make("option", { value: "", text: "none exists yet" }));
    ids.value = known.some((each) => each.id === chosen) ? chosen : (known.at(-1)?.id ?? "");
  }

  // --- what comes of it ---

  const icon = make("span", { class: "labcore-icon", "aria-hidden": "true" });
  const word = make("strong");
  const why = make("span");
  const verdict = make("div", { class: "labcore-verdict", role: "status", "aria-live": "polite", "aria-atomic": "true", tabindex: "0" },
    icon, make("div", {}, word, why));
  const scene = make("div", { class: "labcore-regions" });
  const answers = make("div", { class: "labcore-answers", tabindex: "0", role: "region", "aria-label": "What the selected frame may do" });
  const code = make("pre", {
    class: "labcore-code", tabindex: "0", role: "textbox", "aria-readonly": "true", "aria-multiline": "true",
    "aria-label": "What was done, as Python",
  });
  const copy = button("Copy", "", toClipboard);

  function showDecision() {
    const { done, mood, word: said, why: reason } = get("decision");
    verdict.dataset.kind = mood === "no" ? "refused" : mood === "yes" ? "allowed" : "open";
    icon.textContent = SIGNS[mood] ?? "·";
    word.textContent = done ? `${done}${said ? `: ${said}` : ""}` : "Select a frame, and have it create a principal.";
    why.textContent = reason;
  }

  function cell({ text: now, mood, why: reason, was }) {
    const sign = mood && make("span", { class: "labcore-sign", "aria-hidden": "true", text: SIGNS[mood] });
    return make("td", { "data-mood": mood || false, "data-changed": was ? "true" : false, title: reason || false },
      make("div", { class: "labcore-now" }, sign, sign && " ", make("span", { text: now })),
      make("div", { class: "labcore-was", text: was && `was ${was}` }));
  }

  /** The answers are about another frame as long as the kernel has not said more. */
  function markStale() {
    answers.classList.toggle("labcore-stale", get("table").actor !== selected);
  }

  function showTable() {
    markStale();
    const { actor, rows: lines, left_out: more, text: problem } = get("table");
    if (problem) return answers.replaceChildren(make("p", { class: "labcore-error", text: problem }));
    if (!lines) return answers.replaceChildren();
    const head = ["", ...get("questions")].map((text, at) => make(at ? "th" : "td", { scope: at ? "col" : false, text }));
    const body = lines.map(({ label, cells }) =>
      make("tr", {}, make("th", { scope: "row", text: label }), ...cells.map(cell)));
    answers.replaceChildren(
      make("table", {},
        make("caption", { text: `May ${actor} …` }),
        make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...body)),
      ...(more ? [make("p", { class: "labcore-faint", text: `${more} frames more are not asked about.` })] : []));
  }

  async function showPicture() {
    const shown = get("picture");
    const fresh = make("img", { src: shown.src, alt: shown.alt, draggable: "false" });
    await fresh.decode?.().catch(() => {});
    if (get("picture") === shown) scene.replaceChildren(fresh); // else a newer one is on its way
  }

  async function toClipboard() {
    let done = true;
    try {
      await navigator.clipboard.writeText(get("code"));
    } catch {
      getSelection().selectAllChildren(code);
      done = document.execCommand("copy");
    }
    why.textContent = done ? "Copied: paste it into a cell." : "The code is selected: copy it with Ctrl+C.";
  }

  const root = card(
    el, "principals", "Principals",
    make("div", { class: "labcore-title", text: "Who belongs together?" }),
    make("div", { class: "labcore-controls" },
      make("label", { class: "labcore-switch", for: looks.id }, looks, make("span", { text: "The browser knows principals" })),
      state, undo, reset),
    make("div", { class: "labcore-court" },
      make("div", { class: "labcore-doing" }, tree, deeds),
      make("div", { class: "labcore-seeing" }, verdict, answers,
        make("p", { class: "labcore-faint", text: FETCHED }), scene,
        make("div", { class: "labcore-taking" }, code, copy))),
  );
  root.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.target.type === "text" || event.key.toLowerCase() !== "z") return;
    event.preventDefault();
    if (!isOff(undo)) tell({ do: "undo" });
  });

  const stops = [
    follow(model, ["outline"], showOutline),
    follow(model, ["error"], showForm),
    follow(model, ["decision"], showDecision),
    follow(model, ["table"], showTable),
    follow(model, ["picture"], showPicture),
    follow(model, ["code"], () => (code.textContent = get("code"))),
    follow(model, ["legacy"], () => {
      looks.checked = !get("legacy");
      state.textContent = get("legacy") ? "(legacy)" : "(COP)";
    }),
    follow(model, ["undoes"], () => {
      for (const each of [undo, reset]) each.setAttribute("aria-disabled", String(!get("undoes")));
      undo.title = get("undoes");
    }),
  ];
  return () => {
    clearTimeout(patience);
    stops.forEach((stop) => stop());
  };
}

export default { render };
