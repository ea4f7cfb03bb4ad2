// The stage: all pictures are in the page, one of them visible. Stepping asks nobody.

const PACE_MS = 1600;
const ICONS = { succeeds: "✗", stopped: "✓", broken: "!", error: "?", open: "?" };
const OPEN = {
  kind: "open",
  word: "What will come of it?",
  why: "Step to the end, or change a rule, to see.",
};
const UNRULED = { ...OPEN, why: "Step to the end to see." };
const HINT = "Change a rule to see what becomes of it, and of the page.";

function render({ model, el }) {
  const get = (name) => model.get(name);
  const last = () => get("steps").length - 1;
  const pictures = new Map(); // key → <img>
  let entries = [];
  let timer = null;
  let reached = 0; // the furthest step that the reader has seen
  const revealed = () => reached >= last() || Boolean(get("note"));

  const screen = make("div", { class: "labcore-screen" });
  const log = make("ol", { class: "labcore-log", tabindex: "0", "aria-label": "Steps", start: "0" });
  const button = (text, icon, onclick) =>
    make("button", { type: "button", onclick }, make("span", { "aria-hidden": "true", text: icon }), ` ${text}`);
  const previous = button("Previous", "◀", () => go(get("index") - 1));
  const play = make("button", { type: "button", class: "labcore-play", onclick: () => (timer ? pause() : start()) });
  const next = button("Next", "▶", () => go(get("index") + 1));
  const slider = make("input", {
    type: "range", min: "0", "aria-label": "Step", oninput: () => go(Number(slider.value)),
  });
  const count = make("span", { class: "labcore-count" });
  const icon = make("span", { class: "labcore-icon", "aria-hidden": "true" });
  const word = make("strong");
  const why = make("span", { class: "labcore-why" });
  const verdict = make("div", { class: "labcore-verdict", role: "status" }, icon, make("div", {}, word, why));
  const note = make("p", { class: "labcore-note" });
  const live = make("p", { class: "labcore-live", "aria-live": "polite" });
  const root = card(
    el, "stage", get("title"),
    make("div", { class: "labcore-title", text: get("title") }),
    make("div", { class: "labcore-scene" },
      screen,
      make("div", { class: "labcore-controls" }, previous, play, next, slider, count),
      make("div", { class: "labcore-side" }, log),
      make("div", { class: "labcore-outcome" }, verdict, note)),
    live,
  );
  root.classList.toggle("labcore-alone", !get("ruled"));
  root.addEventListener("keydown", (event) => {
    if (event.target === slider || event.altKey || event.ctrlKey || event.metaKey) return;
    const to = { ArrowLeft: get("index") - 1, ArrowRight: get("index") + 1, Home: 0, End: last() }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    go(to);
  });

  function go(index, playing = false) {
    if (!playing) pause();
    const to = Math.min(Math.max(index, 0), last());
    if (to === get("index")) return;
    put(model, "index", to);
    live.textContent = `${place()}: ${get("steps")[to].spoken}`;
  }

  function start() {
    if (get("index") >= last()) go(0);
    timer = setInterval(() => {
      go(get("index") + 1, true);
      if (get("index") >= last()) pause();
    }, PACE_MS);
    showPlay();
  }

  function pause() {
    clearInterval(timer);
    timer = null;
    showPlay();
  }

  function showPlay() {
    play.replaceChildren(make("span", { "aria-hidden": "true", text: timer ? "❚❚" : "►" }), timer ? " Pause" : " Play");
  }

  const place = () => (get("index") ? `Step ${get("index")} of ${last()}` : "The start");

  function showSteps() {
    entries = get("steps").map((step, index) =>
      make(
        "li",
        { "data-mood": step.mood, onclick: () => go(index) },
        make("span", { class: "labcore-event", text: step.event }),
        make("span", { class: "labcore-reason" },
          step.outcome && make("span", { class: "labcore-badge", title: step.rule, text: step.outcome }),
          step.rule && make("span", { class: "labcore-rule", text: step.rule }),
          ` ${step.reason}`),
      ));
    log.replaceChildren(...entries);
    slider.max = last();
    showIndex();
  }

  function showIndex() {
    const index = get("index");
    reached = Math.max(reached, index);
    entries.forEach((entry, each) => {
      entry.classList.toggle("labcore-ahead", each > index);
      entry.classList.toggle("labcore-unseen", each > reached && !revealed());
      if (each === index) entry.setAttribute("aria-current", "step");
      else entry.removeAttribute("aria-current");
    });
    log.scrollTop = entries[index]?.offsetTop ?? 0;
    slider.value = index;
    slider.setAttribute("aria-valuetext", place());
    count.textContent = place();
    previous.setAttribute("aria-disabled", String(index <= 0));
    next.setAttribute("aria-disabled", String(index >= last()));
    showPicture();
    showVerdict();
  }

  function showPicture() {
    const [key, alt] = get("shown")[get("index")] ?? [];
    const current = pictures.get(key);
    if (!current) return; // still on its way: what stands there stays
    for (const picture of pictures.values()) picture.classList.toggle("labcore-hidden", picture !== current);
    current.alt = alt;
  }

  function showPictures() {
    for (const [key] of get("shown")) {
      if (!key || pictures.has(key) || !get(key)) continue;
      const picture = make("img", { src: get(key), alt: "", class: "labcore-hidden", draggable: "false" });
      pictures.set(key, picture);
      screen.append(picture);
      picture.decode().then(() => {
        const { naturalWidth, naturalHeight } = picture;
        if (naturalHeight) screen.style.setProperty("--ratio", naturalWidth / naturalHeight);
      }, () => {});
    }
    showPicture();
  }

  function showVerdict() {
    const said = get("error")
      ? { kind: "error", word: "This policy does not work yet", why: get("error") }
      : revealed() ? get("verdict") : get("ruled") ? OPEN : UNRULED;
    if (verdict.dataset.kind !== said.kind || word.textContent !== said.word || why.textContent !== ` ${said.why}`) {
      verdict.dataset.kind = said.kind; // a reader's screen reader announces what changes here
      icon.textContent = ICONS[said.kind] ?? "";
      word.textContent = said.word;
      why.textContent = ` ${said.why}`;
    }
    note.textContent = get("error") ? "" : get("note") || (get("ruled") ? HINT : "");
  }

  showPlay();
  const stops = [
    follow(model, ["shown"], showPictures),
    follow(model, ["steps"], showSteps),
    follow(model, ["index"], showIndex),
    follow(model, ["verdict", "error", "note"], showIndex),
  ];
  return () => {
    pause();
    stops.forEach((stop) => stop());
  };
}

export default { render };
