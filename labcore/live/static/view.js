// A replay in the notebook: a link that starts it, and each step in the model and in this browser.

const SIGN = { true: "=", false: "≠", null: "" };
const MEANS = { true: "as the model", false: "otherwise than the model", null: "" };

/** Whether this page came from the machine that it is shown on: only then a replay can be reached. */
function isHere() {
  const { protocol, hostname } = location;
  const loopback = /^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\])$/;
  return protocol === "file:" || protocol.startsWith("vscode") || loopback.test(hostname);
}

function render({ model, el }) {
  const get = (name) => model.get(name);
  const state = make("p", { class: "labcore-state", role: "status" });
  const link = make("a", { class: "labcore-start", target: "_blank", rel: "noopener", text: "Open in this browser" });
  const end = make("button", { type: "button", text: "Stop", onclick: () => put(model, "ended", true) });
  const bar = make("div", { class: "labcore-controls" }, link, end);
  const body = make("tbody");
  const real = make("th", { scope: "col", text: "This browser" });
  const table = make("table", { class: "labcore-steps" },
    make("thead", {}, make("tr", {},
      ...["", "Step", "The model"].map((text) => make("th", { scope: "col", text })), real)),
    body);
  card(el, "replay", get("title"), make("div", { class: "labcore-title", text: get("title") }), bar, state,
    make("div", { class: "labcore-scroll", tabindex: "0", role: "region", "aria-label": "Steps" }, table));

  const row = ({ event, model: said, browser, agrees }, at) => make("tr", { "data-agrees": String(agrees) },
    make("td", { text: String(at + 1) }), make("th", { scope: "row", text: event }), make("td", { text: said }),
    make("td", {}, make("span", { class: "labcore-sign", "aria-label": MEANS[agrees], role: "img", text: SIGN[agrees] }), ` ${browser}`));

  function showRecording() {
    const kept = get("recorded");
    const mine = /Firefox/.test(navigator.userAgent) ? "Firefox" : "Chromium";
    const shown = kept[mine] ?? Object.values(kept)[0];
    bar.hidden = true;
    table.hidden = !shown;
    if (!shown) {
      state.textContent = "The kernel runs on another machine, which your browser cannot reach in this way. "
        + "Run this notebook on your own machine to see the replay.";
      return;
    }
    state.textContent = `The kernel runs on another machine, which your browser cannot reach in this way. This was recorded in ${shown.browser}: ${shown.said}`;
    real.textContent = shown.browser;
    body.replaceChildren(...shown.rows.map(row));
  }

  function show() {
    if (get("hosted") || !isHere()) return showRecording();
    const [now, rows] = [get("state"), get("rows")];
    link.href = get("url");
    link.hidden = now !== "waiting";
    end.hidden = now === "over";
    table.hidden = rows.length === 0;
    real.textContent = get("browser") || "This browser";
    state.textContent = { waiting: "It waits for you.", running: "It runs, in the windows that it has opened.", over: get("said") }[now];
    while (body.children.length > rows.length) body.lastChild.remove();
    rows.slice(body.children.length).forEach((each) => body.append(row(each, body.children.length)));
  }
  return follow(model, ["state", "rows", "said", "browser"], show);
}

export default { render };
