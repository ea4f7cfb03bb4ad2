// The page that starts a replay: opens the scenario's windows, and lists the steps as they come.
const windows = JSON.parse(document.getElementById("windows").textContent);
const state = document.getElementById("state");
const begin = document.getElementById("start");
const held = document.getElementById("blocked");
const steps = document.getElementById("steps");
const SIGNS = new Map([[true, "="], [false, "≠"], [null, "·"]]);

const byItself = location.hash === "#start"; // opened by a program, which nobody watches

async function start() {
  begin.disabled = true;
  await fetch(byItself ? "begin/itself" : "begin", { method: "POST" });
  for (const address of Object.values(windows)) open(address, "_blank", "noopener");
  state.textContent = "Opening…";
  setTimeout(follow, 300);
}
begin.addEventListener("click", start);
if (byItself) start();

function line(row) {
  const item = document.createElement("li");
  item.className = { true: "same", false: "other", null: "" }[row.agrees];
  for (const [kind, text] of [["event", row.event], ["model", `Model: ${row.model}`], ["real", `${SIGNS.get(row.agrees)} ${row.browser}`]]) {
    const part = document.createElement("div");
    part.className = kind;
    part.textContent = text;
    item.append(part);
  }
  return item;
}

async function follow() {
  let told;
  try { told = await (await fetch("progress")).json(); }
  catch { state.textContent = "The replay has ended. You may close its windows."; return; }
  const blocked = Object.keys(told.blocked);
  held.hidden = blocked.length === 0 || told.state !== "running";
  held.querySelector("ul").replaceChildren(...blocked.map((label) => {
    const link = Object.assign(document.createElement("a"), { href: windows[label], target: "_blank", rel: "noopener", textContent: label });
    const item = document.createElement("li");
    item.append(link);
    return item;
  }));
  steps.replaceChildren(...told.rows.map(line));
  if (told.state === "over") {
    state.textContent = told.said;
    if (byItself) close();
    return;
  }
  if (told.state === "running") state.textContent = "Running.";
  setTimeout(follow, 250);
}
