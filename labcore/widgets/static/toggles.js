// The rules: a switch for yes and no, buttons to choose from where they are few, else a menu.

const FEW = 6;

function render({ model, el }) {
  const unique = `labcore-${Math.random().toString(36).slice(2)}`;
  const rules = make("div", { class: "labcore-rules" });
  card(el, "toggles", "The rules", make("div", { class: "labcore-title", text: "The rules" }), rules);
  let shows = [];

  const choose = (name, value) => model.send({ [name]: value }); // the kernel knows how the others stand

  function rule({ name, options }, index) {
    const id = `${unique}-${index}`;
    const isSwitch = typeof model.get("values")[name] === "boolean";
    const isMenu = !isSwitch && options.length > FEW;
    const hints = options.map(({ hint }) => make("span", { text: hint })); // all in one place, one of them visible
    const hint = make("span", { class: "labcore-hint", id: `${id}-hint` }, ...hints);
    const title = words(name);
    const about = { "aria-describedby": `${id}-hint` };
    let control;
    let show;
    if (isSwitch) {
      const input = make("input", {
        type: "checkbox", role: "switch", id, ...about, onchange: () => choose(name, input.checked),
      });
      control = make("label", { class: "labcore-switch", for: id }, input, make("span", { class: "labcore-state" }));
      input.setAttribute("aria-label", title);
      show = (value) => {
        input.checked = value;
        control.lastChild.textContent = value ? "on" : "off";
      };
    } else if (isMenu) {
      control = make("select", { id, ...about, "aria-label": title, onchange: () => choose(name, control.value) },
        ...options.map(({ label }) => make("option", { value: label, text: label })));
      show = (value) => (control.value = value);
    } else {
      const inputs = options.map(({ label }) =>
        make("input", { type: "radio", name: id, value: label, ...about, onchange: () => choose(name, label) }));
      control = make("div", { class: "labcore-choice", role: "radiogroup", "aria-label": title },
        ...options.map(({ label }, each) => make("label", {}, inputs[each], make("span", { text: label }))));
      show = (value) => inputs.forEach((input) => (input.checked = input.value === value));
    }
    shows.push((values) => {
      show(values[name]);
      hints.forEach((each, at) => each.classList.toggle("labcore-hidden", options[at].label !== values[name]));
    });
    return make("div", { class: "labcore-rule-row", "data-toggle": name },
      make("span", { class: "labcore-name", "aria-hidden": "true", text: title }),
      make("div", { class: "labcore-control" }, control, options.some((each) => each.hint) && hint));
  }

  const showValues = () => shows.forEach((show) => show(model.get("values")));
  const stops = [
    follow(model, ["menus"], () => {
      shows = [];
      rules.replaceChildren(...model.get("menus").map(rule));
      showValues();
    }),
    follow(model, ["values"], showValues),
  ];
  return () => stops.forEach((stop) => stop());
}

export default { render };
