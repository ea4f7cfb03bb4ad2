// What runs in each document of a replay. It does what the server's line tells it, out of a fixed list of
// things that scripts can do, and reports what happens to it. Nothing that it is sent is run as code.
(() => {
  const script = document.currentScript;
  const { number, address, title, hostile } = script.dataset;
  const kept = new Map(); // the tops of other windows, by label
  const buffers = {};
  let line;
  const waiting = [];

  /** The window at the end of a way such as ["top", 0, 1], ["opener", "top"] or [{kept: "popup"}, 0]. */
  const reach = (way) => way.reduce((seen, step) => (step.kept ? kept.get(step.kept) : seen[step]), window);

  /** Where a window stands in its page: the numbers of the frames from the top down. */
  const place = (of) => {
    const numbers = [];
    for (let inner = of; inner !== inner.parent; inner = inner.parent) {
      let at = 0;
      while (inner.parent[at] !== inner) at += 1;
      numbers.unshift(at);
    }
    return numbers;
  };

  const report = (what) => {
    const text = JSON.stringify(what);
    if (line?.readyState === WebSocket.OPEN) line.send(text);
    else waiting.push(text);
  };

  const thing = (data) => {
    if (Array.isArray(data)) return data.map(thing);
    if (data === null || typeof data !== "object") return data;
    if ("$buffer" in data) return (buffers[data.$buffer] ??= new ArrayBuffer(8));
    if ("$set" in data) return new Set(data.$set.map(thing));
    return Object.fromEntries(Object.entries(data).map(([name, each]) => [name, thing(each)]));
  };
  const plain = (data) => {
    if (data instanceof ArrayBuffer) return "a buffer";
    if (data instanceof Set) return { $set: [...data].map(plain) };
    if (Array.isArray(data)) return data.map(plain);
    if (data === null || typeof data !== "object") return data;
    return Object.fromEntries(Object.entries(data).map(([name, each]) => [name, plain(each)]));
  };

  const say = (text, kind = "") => {
    const log = document.getElementById("labcore-log");
    if (!log) return;
    const item = document.createElement("li");
    item.textContent = text;
    item.className = kind;
    log.append(item);
    item.scrollIntoView({ block: "nearest" });
  };

  const fields = () => [...document.querySelectorAll("input.labcore-typed")].map((each) => each.value);
  const hash = () => decodeURIComponent(location.hash.slice(1));

  // What a script of the replayed page can do; each answers, or throws as the browser does.
  const DEEDS = {
    navigate: ({ at, url }) => { reach(at).location = url; },
    open: ({ url, name, features, label }) => {
      const opened = window.open(url, name, features);
      if (opened) kept.set(label, opened);
      return Boolean(opened);
    },
    embed: ({ url, name }) => {
      const frame = document.createElement("iframe");
      frame.name = name;
      frame.src = url;
      (document.getElementById("labcore-frames") ?? document.documentElement).append(frame);
    },
    post: ({ at, data, targetOrigin, transfer, sentinel }) => {
      const target = reach(at);
      target.postMessage(thing(data), targetOrigin, transfer.map((name) => thing({ $buffer: name })));
      target.postMessage({ $sentinel: sentinel }, "*"); // what was posted before it arrives before it
    },
    sentinel: ({ at, sentinel }) => { reach(at).postMessage({ $sentinel: sentinel }, "*"); },
    keep: ({ at, label }) => { reach(at).postMessage({ $keep: label }, "*"); },
    take: ({ at, way, label }) => { kept.set(label, reach(at).labcore.reach(way)); },
    sees: ({ label }) => {
      if (kept.has(label)) return kept.get(label).closed ? "closed" : "open";
      return window.top.opener === null ? "no opener" : "an opener";
    },
    read: ({ at }) => reach(at).document && reach(at).labcore.seen(),
    run: ({ at, deed }) => reach(at).labcore.perform(deed),
    call: ({ at, data }) => reach(at).labcore.called(data),
    domain: ({ domain }) => {
      const before = document.domain;
      document.domain = domain;
      return [before, document.domain];
    },
    traverse: ({ by }) => history.go(by),
    hash: ({ awaited }) => new Promise((come) => {
      if (awaited === undefined || hash() === awaited) return come(hash());
      const listen = () => hash() === awaited && (removeEventListener("hashchange", listen), come(hash()));
      addEventListener("hashchange", listen);
    }),
    loaded: () => new Promise((come) => {
      if (document.readyState === "complete") come(true);
      else addEventListener("load", () => come(true));
    }),
    fetch: async ({ url, init }) => {
      const answer = await fetch(url, init);
      if (["opaque", "opaqueredirect"].includes(answer.type)) return null;
      return [answer.status, await answer.text()];
    },
    include: ({ tag, url }) => new Promise((come) => {
      const element = document.createElement(tag);
      const ran = (how) => { if (tag === "script") script.ran = how; };
      script.ran = null;
      const { steal } = window;
      window.steal = () => ran(["steal", ""]);
      const callback = new URL(url).searchParams.get("callback");
      if (/^[\w$]+$/.test(callback ?? "") && !(callback in window && !window[callback]?.labcore)) {
        window[callback] = Object.assign((data) => ran([callback, JSON.stringify(data)]), { labcore: true });
      }
      element.onload = element.onerror = ({ type }) => {
        window.steal = steal;
        come([type, script.ran]);
      };
      if (tag === "link") element.rel = "stylesheet";
      element[tag === "link" ? "href" : "src"] = url;
      document.head.append(element);
    }),
    submit: ({ at, method, url, fields: given, target }) => {
      const form = document.createElement("form");
      Object.assign(form, { method, action: url, target, rel: "opener" });
      for (const [name, value] of Object.entries(given)) {
        form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
      }
      if (at) [...document.querySelectorAll("iframe")].find((each) => each.contentWindow === reach(at)).name = target;
      document.body.append(form);
      form.submit();
    },
    type: ({ text }) => {
      const input = Object.assign(document.createElement("input"), { value: text, className: "labcore-typed" });
      input.setAttribute("aria-label", "what the user has typed");
      document.body.append(input);
    },
    click: ({ text, deed }) => new Promise((come, fail) => {
      const button = Object.assign(document.createElement("button"), { type: "button", textContent: text, className: "labcore-click" });
      button.addEventListener("click", () => {
        button.remove();
        perform(deed).then(come, fail); // begins at once, while the browser knows of the click
      }, { once: true });
      document.body.prepend(button);
    }),
    say: ({ text, kind }) => say(text, kind),
    close: () => window.close(),
  };

  async function perform({ do: what, ...how }) {
    if (!Object.hasOwn(DEEDS, what)) throw new TypeError(`no deed ${what}`);
    return await DEEDS[what](how);
  }

  // What other documents reach only if the browser lets them script this one.
  window.labcore = {
    perform: (deed) => perform(deed),
    seen: () => [...fields(), hash()].filter(Boolean),
    called: (data) => { report({ saw: "call", data }); return true; },
    reach,
  };

  window.steal = () => {}; // what scripts of the attacker's call

  addEventListener("message", ({ data, origin, source }) => {
    if (data?.$keep) {
      kept.set(data.$keep, source.top);
      report({ saw: "kept", label: data.$keep });
    } else if (data?.$sentinel !== undefined) {
      report({ saw: "sentinel", number: data.$sentinel });
    } else {
      const where = source && source.top === top ? place(source) : null;
      report({ saw: "message", data: plain(data), origin, from: where });
      say(`message from ${origin}: ${JSON.stringify(plain(data))}`);
    }
  });
  document.addEventListener("load", ({ target }) => {
    if (target.tagName === "IFRAME") report({ saw: "frame", at: place(target.contentWindow) });
  }, true);

  function connect(again = 0) {
    line = new WebSocket(address);
    let opened = false;
    line.onopen = () => {
      opened = true;
      line.send(JSON.stringify({ saw: "document", number: Number(number), at: place(window), url: location.href }));
      waiting.splice(0).forEach((text) => line.send(text));
    };
    line.onclose = () => { if (!opened && again < 20) setTimeout(connect, 50, again + 1); };
    line.onmessage = async ({ data }) => {
      const { request, ...deed } = JSON.parse(data);
      try {
        const value = await perform(deed);
        report({ answers: request, value: value === undefined ? null : value });
      } catch (error) {
        report({ answers: request, error: [error.name ?? "Error", error.message ?? String(error)] });
      }
    };
  }
  connect();

  addEventListener("DOMContentLoaded", () => {
    if (document.getElementById("labcore-log")) return; // the page is one of the replay's own
    const note = document.createElement("p");
    note.textContent = title;
    note.className = hostile ? "hostile" : "";
    document.body.prepend(note);
  });
})();
