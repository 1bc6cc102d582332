// The live mark, fresh fragments, "2 new", and the / key. Every page reads and acts without it.
(() => {
  const stream = document.getElementById("stream");
  const mark = document.getElementById("mark");
  const news = document.getElementById("news");
  const find = document.getElementById("find");
  const region = () => document.getElementById("live");
  // By the firm's clock, as everything else on the page; a simulated ledger has none that runs.
  const live = () => {
    const timeZone = mark.dataset.zone;
    if (!timeZone) return "Live";
    return `Live, ${new Date().toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", timeZone })}`;
  };

  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, select, textarea, [contenteditable]");
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey || !find) return;
    event.preventDefault();
    find.focus();
  });

  // An open menu closes on Escape and gives the focus back to its button.
  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && event.target.closest("details.menu[open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });

  // What was typed into a form that was refused stands in it again when its page is come back to.
  const refused = document.querySelector("form[data-refused]");
  if (refused) {
    const pairs = [...new FormData(refused)].filter(([name]) => name !== "return_to");
    sessionStorage.setItem("refused", JSON.stringify([refused.getAttribute("action"), pairs]));
  } else if (new URLSearchParams(location.search).has("done")) {
    sessionStorage.removeItem("refused");
  } else {
    const [action, pairs] = JSON.parse(sessionStorage.getItem("refused") || "[\"\", []]");
    const form = [...document.forms].find((it) => action && it.getAttribute("action") === action);
    for (const [name, value] of form ? pairs : []) {
      const field = form.elements[name];
      if (!field) continue;
      if (field.multiple) [...field.options].forEach((it) => (it.selected ||= it.value === value));
      else field.value = value;
    }
    if (form) sessionStorage.removeItem("refused");
  }

  if (!stream || !mark || !region() || !window.htmx) return;

  const say = (words, off) => {
    if (mark.textContent !== words) mark.textContent = words;
    mark.classList.toggle("off", off);
  };
  stream.addEventListener("htmx:sse:after:connection", () => say(live(), false));
  for (const name of ["htmx:sse:before:connection", "htmx:sse:error", "htmx:sse:close"]) {
    stream.addEventListener(name, () => document.hidden || say("Not live", true));
  }

  let waiting = 0;
  let timer = null;
  const concerns = (entry) => {
    const watch = region().dataset.watch;
    if (watch === "all") return true;
    if (watch === "alerts") return entry.kind.startsWith("alert.");
    return watch === entry.account;
  };
  // Never move what has focus, nor what someone reads further down.
  const busy = () =>
    window.scrollY > 120 ||
    region().querySelector("details.menu[open]") ||
    (region().contains(document.activeElement) && document.activeElement !== region());
  const refresh = () => {
    waiting = 0;
    news.hidden = true;
    htmx.trigger(region(), "refresh");
  };
  const settle = () => {
    timer = null;
    if (!waiting) return;
    if (!busy()) return refresh();
    news.textContent = `${waiting} new`;
    news.hidden = false;
  };
  stream.addEventListener("entry", (event) => {
    say(live(), false);
    let entry;
    try {
      entry = JSON.parse(event.detail.data);
    } catch {
      return;
    }
    if (!concerns(entry)) return;
    waiting += 1;
    timer ??= setTimeout(settle, 1500);
  });
  // The ledger behind this page is another one than before.
  stream.addEventListener("reset", () => location.reload());
  news.addEventListener("click", () => {
    window.scrollTo({ top: 0 });
    refresh();
    document.getElementById("main").focus({ preventScroll: true });
  });
})();
