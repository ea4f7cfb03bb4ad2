// The page that starts a replay: opens the scenario's windows, and lists the steps as they come.
const windows = JSON.parse(document.getElementById("windows").textContent);
const state = document.getElementById("state");
const begin = document.getElementById("start");
const held = document.getElementById("blocked");
const links = held.querySelector("ul");
const steps = document.getElementById("steps");
const SIGNS = new Map([[true, "✓ Your browser, too:"], [false, "≠ Your browser:"], [null, "·"]]);

const byItself = location.hash === "#start"; // opened by a program, which nobody watches

const HELD_MS = 2000; // a window that is not there by then was held back
let begun;

async function start() {
  begin.hidden = true;
  begun = performance.now();
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
  catch {
    held.hidden = true;
    state.textContent = "The notebook no longer answers: it has ended the replay. You may close its windows.";
    return;
  }
  const blocked = Object.keys(told.blocked);
  const late = performance.now() - begun > HELD_MS;
  held.hidden = blocked.length === 0 || told.state !== "running" || !late;
  if (links.dataset.of !== blocked.join("\n")) {
    links.dataset.of = blocked.join("\n"); // made anew only if it changes: a click must not miss
    links.replaceChildren(...blocked.map((label) => {
      const link = Object.assign(document.createElement("a"), { href: windows[label], target: "_blank", rel: "noopener", textContent: `Open the window of ${label}` });
      const item = document.createElement("li");
      item.append(link);
      return item;
    }));
  }
  told.rows.slice(steps.children.length).forEach((row) => steps.append(line(row)));
  if (told.state === "over") {
    held.hidden = true;
    state.textContent = `${told.said} You may close its windows.`;
    if (byItself) close();
    return;
  }
  if (told.wanted) state.textContent = `It waits for you. ${told.wanted}`;
  else if (blocked.length) state.textContent = late ? "It waits for you: a window is missing." : "Opening…";
  else state.textContent = "Running, in the windows that have opened.";
  setTimeout(follow, 250);
}
