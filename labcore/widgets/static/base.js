// What every widget's script begins with. Text from the model or from a reader only ever becomes textContent.

/** A new element; `on…` properties are listeners, `text` is its text, the rest are attributes. */
function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "text") element.textContent = value;
    else if (value !== false && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.filter(Boolean));
  return element;
}

/** A widget's outermost element. No key that is pressed in it is a command of JupyterLab's. */
function card(el, kind, label, ...children) {
  const keep = (event) => event.stopPropagation();
  const root = make(
    "div",
    {
      class: `labcore labcore-${kind}`,
      role: "group",
      "aria-label": label,
      tabindex: "-1", // a click anywhere in it puts the focus in it
      "data-lm-suppress-shortcuts": "true",
      onkeydown: keep,
      onkeyup: keep,
      onkeypress: keep,
    },
    ...children,
  );
  el.append(root);
  return root;
}

/** Calls `update` now and whenever one of `names` changes; gives back how to stop. */
function follow(model, names, update) {
  const events = names.map((name) => `change:${name}`);
  events.forEach((event) => model.on(event, update));
  update();
  return () => events.forEach((event) => model.off(event, update));
}

/** Sets a trait here, and in the kernel if there is one. */
function put(model, name, value) {
  model.set(name, value);
  model.save_changes();
}

const words = (name) => name.replaceAll("_", " ");
