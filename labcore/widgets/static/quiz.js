// The quiz: one tab stop a question, arrows go through its answers, Enter or a click chooses one.

/** Text in which `backquotes` mark code. */
function prose(text) {
  return text.split(/`([^`]+)`/).map((part, at) => (at % 2 ? make("code", { text: part }) : part));
}

function render({ model, el }) {
  const unique = `labcore-${Math.random().toString(36).slice(2)}`;
  const questions = model.get("questions");
  const chosen = (at) => model.get("answers")[at] ?? [];
  const isRight = (at, option) => questions[at].options[option]?.right;
  const isDone = (at) => chosen(at).some((option) => isRight(at, option));

  const score = make("span", { class: "labcore-score" });
  const again = make("button", { type: "button", text: "Start again", onclick: startAgain });
  const live = make("p", { class: "labcore-live", "aria-live": "polite" });
  const shows = [];
  const list = make("ol", { class: "labcore-questions" }, ...questions.map(question));
  const root = card(
    el, "quiz", "Quiz",
    make("div", { class: "labcore-title", text: "Quiz" }),
    list,
    make("div", { class: "labcore-foot" }, score, again),
    live,
  );

  function question({ text, options, objective }, at) {
    const id = `${unique}-${at}`;
    const answers = options.map((option, each) => answer(option, each, at, `${id}-${each}`));
    const buttons = answers.map(({ button }) => button);
    const group = make(
      "div", { class: "labcore-answers", role: "group", "aria-labelledby": id },
      ...answers.map(({ row }) => row),
    );
    group.addEventListener("keydown", (event) => {
      const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
      const here = buttons.indexOf(event.target);
      if (!step || here < 0 || event.altKey || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      reach(buttons, (here + step + buttons.length) % buttons.length).focus();
    });
    buttons.forEach((button, each) => button.addEventListener("focus", () => reach(buttons, each)));
    reach(buttons, 0);
    const item = make("li", { "data-question": at },
      make("div", { class: "labcore-question" },
        make("span", { id }, ...prose(text)),
        objective && make("span", { class: "labcore-rule", text: `objective ${objective}` })),
      group);
    shows.push(() => {
      item.dataset.done = isDone(at);
      answers.forEach(({ show }) => show());
    });
    return item;
  }

  function reach(buttons, at) {
    buttons.forEach((button, each) => (button.tabIndex = each === at ? 0 : -1));
    return buttons[at];
  }

  function answer({ text, why, right }, option, at, id) {
    const mark = make("span", { class: "labcore-mark", "aria-hidden": "true" });
    const button = make("button",
      { type: "button", class: "labcore-answer", "aria-describedby": id, onclick: () => choose(at, option) },
      mark, make("span", {}, ...prose(text)));
    const reason = make("div", { class: "labcore-why", id });
    const row = make("div", { class: "labcore-row" }, button, reason);
    function show() {
      const tried = chosen(at).includes(option);
      row.dataset.mood = tried ? (right ? "yes" : "no") : "open";
      button.setAttribute("aria-pressed", String(tried));
      mark.textContent = tried ? (right ? "✓" : "✗") : String.fromCharCode(97 + option);
      const said = tried ? [make("strong", { text: right ? "Right. " : "Not this one. " }), ...prose(why)] : [];
      reason.replaceChildren(...said);
    }
    return { row, button, show };
  }

  function choose(at, option) {
    const { right, why } = questions[at].options[option];
    if (!chosen(at).includes(option)) {
      put(model, "answers", questions.map((_, each) => (each === at ? [...chosen(at), option] : chosen(each))));
    }
    live.textContent = `${right ? "Right" : "Not this one"}. ${why} ${score.textContent}`;
  }

  function startAgain() {
    put(model, "answers", questions.map(() => []));
    live.textContent = "All answers are gone.";
    list.querySelector("button").focus();
  }

  function showAnswers() {
    shows.forEach((show) => show());
    const first = questions.filter((_, at) => isRight(at, chosen(at)[0])).length;
    const tried = questions.filter((_, at) => chosen(at).length).length;
    score.textContent = `${first} of ${questions.length} answered right at the first try`;
    again.classList.toggle("labcore-hidden", !tried);
    root.dataset.complete = questions.every((_, at) => isDone(at));
  }

  return follow(model, ["answers"], showAnswers);
}

export default { render };
