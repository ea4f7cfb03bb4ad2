// A page of the site: what a notebook saved stands in for the kernel.

/** What a widget's script expects of its model: values, and listeners for their changes. */
class Model {
  constructor(values, answer = () => {}) {
    this.values = values;
    this.answer = answer;
    this.listeners = new Map();
  }

  get(name) {
    return this.values[name];
  }

  set(name, value) {
    this.values[name] = value;
    for (const listener of this.listeners.get(`change:${name}`) ?? []) listener();
  }

  save_changes() {}

  send(message) {
    this.answer(message);
  }

  on(event, listener) {
    this.listeners.set(event, [...(this.listeners.get(event) ?? []), listener]);
  }

  off(event, listener) {
    this.listeners.set(event, (this.listeners.get(event) ?? []).filter((each) => each !== listener));
  }
}

const ELSEWHERE = "none of these";
const NOT_SAVED = "This page does not hold that combination, many changes away from where it began. "
  + "Open the notebook in JupyterLab or on Binder to try it.";

/** A stepper: each setting of the rules has its run, and two runs have what the change between them does. */
function stepper(place, saved, root) {
  const names = Object.keys(saved.options);
  let setting = saved.start;
  let browser = saved.values.browser;

  const run = () => saved.states[setting];
  const traceOf = (number) => {
    const { steps, verdict } = saved.traces[number];
    const each = steps.map((at) => saved.steps[at]);
    const shown = each.map(([, picture, alt]) => [saved.pictures[picture], alt]);
    return { steps: each.map(([words]) => words), shown, verdict };
  };
  const stageModel = new Model({
    ...traceOf(run()[0]), title: saved.title, ruled: saved.ruled, index: saved.index, note: "", error: "",
  });
  const getOwn = stageModel.get.bind(stageModel);
  stageModel.get = (name) => (name.startsWith("pictures/") ? root + name : getOwn(name));
  const rules = new Model({ menus: saved.menus, values: saved.values }, choose);

  function choose(choice) {
    const [[name, value]] = Object.entries(choice);
    const chosen = name === "browser"
      ? saved.presets[value]?.map((each, at) => (saved.pages[at] ? setting[at] : each)) ?? setting
      : setting.with(names.indexOf(name), saved.options[name].indexOf(value));
    const found = saved.states[chosen];
    if (found) change(chosen, found, name === "browser" ? value : browser);
    else stageModel.set("note", NOT_SAVED);
    showRules();
  }

  function change(chosen, [number, browsers], wished) {
    const before = run()[0];
    const changes = names
      .map((name, at) => [name, saved.options[name][setting[at]], saved.options[name][chosen[at]]])
      .filter(([, old, now]) => old !== now)
      .map(([name, old, now]) => `${words(name)}: ${said(old)} → ${said(now)}`);
    const { steps, shown, verdict } = traceOf(number);
    const index = placeIn(stageModel.get("steps"), steps, stageModel.get("index"));
    setting = chosen;
    browser = browsers.includes(wished) ? wished : browsers[0] ?? ELSEWHERE;
    if (!changes.length) return;
    Object.assign(stageModel.values, { steps, shown, verdict, index, note: `${changes.join("; ")}. ${saved.follows[`${before},${number}`]}` });
    for (const name of ["shown", "steps"]) stageModel.set(name, stageModel.get(name));
  }

  function showRules() {
    const values = Object.fromEntries(names.map((name, at) => [name, saved.options[name][setting[at]]]));
    rules.set("values", { ...values, browser });
  }

  stage({ model: stageModel, el: place });
  if (saved.ruled) toggles({ model: rules, el: place });
}

const said = (value) => (value === true ? "on" : value === false ? "off" : value);

/** Where a reader at `index` stands in the next run: at its end, or as far as both agree. */
function placeIn(before, after, index) {
  if (index >= before.length - 1) return after.length - 1;
  let place = 0;
  while (place < index && before[place + 1].event === after[place + 1]?.event) place += 1;
  return place;
}

const shows = {
  stepper,
  quiz: (place, { questions }) => quiz({
    model: new Model({ questions, answers: questions.map(() => []) }), el: place,
  }),
};

/** Called by the file beside a page, with all that was saved for it. */
globalThis.saved = (widgets) => {
  const root = document.documentElement.dataset.root;
  for (const [name, kept] of Object.entries(widgets)) {
    const place = document.getElementById(name);
    place.replaceChildren();
    shows[kept.kind](place, kept, root);
  }
};

// The contents of a page stand beside it where there is room, and are folded where there is none.
for (const each of document.querySelectorAll(".sections details")) each.open = matchMedia("(min-width: 76rem)").matches;

/** What scrolls by itself can be reached by the keyboard. */
function reachable() {
  for (const each of document.querySelectorAll("pre, .wide, .output, .labcore-screen")) {
    if (each.scrollWidth > each.clientWidth) each.tabIndex = 0;
    else each.removeAttribute("tabindex");
  }
}
addEventListener("load", reachable);
addEventListener("resize", reachable);
