// What the page does itself: calls back from drawn HTML, the keyboard, theme and language, nothing jumping.
window.juzheng = (() => {
  const typing = (target) => target.closest?.("input, textarea, select, [contenteditable=true]");
  const box = () => document.querySelector("#question textarea");

  // Buttons with data-event inside `element` raise that event of the component, with all their data.
  function listen({ element, trigger, props, watch, upload }, events, drawn) {
    element.addEventListener("click", (click) => {
      const button = click.target.closest("[data-event]");
      if (!button || !events.includes(button.dataset.event)) return;
      if (button.dataset.sure && !button.classList.contains("sure")) return makeSure(button);
      if (["cite", "hit", "read", "item"].includes(button.dataset.event)) press(button);
      if (button.dataset.event === "window") keepPlace(element, button.dataset.edge);
      button.closest("details.menu")?.removeAttribute("open");
      trigger(button.dataset.event, { ...button.dataset });
    });
    element.addEventListener("submit", (submit) => {
      const form = submit.target.closest("[data-submit]");
      if (!form) return;
      submit.preventDefault();
      trigger(form.dataset.submit, { ...form.dataset, ...Object.fromEntries(new FormData(form)) });
    });
    element.addEventListener("click", (click) => {
      const button = click.target.closest("[data-rename]");
      if (button) rename(button, trigger);
      const example = click.target.closest("[data-example]");
      if (example) ask(example.dataset.example);
      if (click.target.closest("[data-close]")) close(props);
      const step = click.target.closest("[data-step]");
      if (step) walk(Number(step.dataset.step));
      const jump = click.target.closest("[data-jump]");
      if (jump) element.querySelector(`mark[data-number="${jump.dataset.number}"][data-part="${jump.dataset.jump}"]`)?.scrollIntoView({ block: "center" });
    });
    if (drawn === "source") {
      closers.set(element, () => close(props));
      watch("value", () => reveal(element));
    }
    if (drawn === "drop") receive(element, trigger, upload);
    if (drawn === "conversation") watch("value", () => follow(element));
  }

  const closers = new Map(); // the components that show a source, and how each is closed
  const open = () => [...closers].filter(([element]) => element.querySelector(".sheet") && element.offsetParent);
  let opener = null; // the button whose source is shown; the focus goes back to it
  let place = null;
  let known = 0;

  function makeSure(button) {
    const text = button.textContent;
    button.classList.add("sure");
    button.textContent = button.dataset.sure;
    setTimeout(() => {
      button.classList.remove("sure");
      button.textContent = text;
    }, 3000);
  }

  function press(button) {
    document.querySelectorAll(".pressed").forEach((one) => one.classList.remove("pressed"));
    button.classList.add("pressed");
    opener = button;
  }

  function close(props) {
    props.value = "";
    document.querySelectorAll(".pressed").forEach((one) => one.classList.remove("pressed"));
    opener?.focus({ preventScroll: true });
  }

  function keepPlace(element, edge) {
    const body = element.querySelector(".sheet .body");
    if (body) place = { edge, top: body.scrollTop, rest: body.scrollHeight - body.scrollTop };
  }

  // Files that were dropped or chosen: each is uploaded in turn and its state shown, then all are added at once.
  function receive(element, trigger, upload) {
    const zone = element.querySelector(".drop");
    const list = element.querySelector(".uploads");
    let busy = false;

    async function send(files) {
      if (busy || !files.length) return;
      busy = true;
      const rows = files.map(({ name }) => {
        const row = document.createElement("li");
        row.append(Object.assign(document.createElement("b"), { textContent: name }), document.createElement("span"));
        row.lastChild.textContent = list.dataset.waiting;
        return row;
      });
      list.replaceChildren(...rows.slice(0, 200));
      const sent = [];
      for (const [at, { file, name }] of files.entries()) {
        rows[at].lastChild.textContent = list.dataset.sending;
        try {
          sent.push({ path: (await upload(file)).path, name });
          rows[at].lastChild.textContent = list.dataset.sent;
        } catch {
          rows[at].lastChild.textContent = list.dataset.failed;
          rows[at].className = "fault";
        }
      }
      busy = false;
      list.replaceChildren(...rows.filter((row) => row.className));
      if (sent.length) trigger("received", { files: sent });
    }

    async function entries(entry, path) {
      if (entry.isFile) return [{ file: await new Promise((done, failed) => entry.file(done, failed)), name: path + entry.name }];
      const reader = entry.createReader();
      const found = [];
      // A reader gives at most a hundred entries at a time, and none when it is through.
      for (;;) {
        const some = await new Promise((done, failed) => reader.readEntries(done, failed));
        if (!some.length) return found;
        for (const one of some) found.push(...(await entries(one, `${path}${entry.name}/`)));
      }
    }

    element.addEventListener("change", (change) => {
      if (!change.target.matches("[data-files]")) return;
      const files = [...change.target.files].map((file) => ({ file, name: file.webkitRelativePath || file.name }));
      change.target.value = "";
      send(files);
    });
    zone.addEventListener("dragover", (drag) => {
      drag.preventDefault();
      zone.classList.add("over");
    });
    zone.addEventListener("dragleave", () => zone.classList.remove("over"));
    zone.addEventListener("drop", async (drop) => {
      drop.preventDefault();
      zone.classList.remove("over");
      const dropped = [...drop.dataTransfer.items].map((item) => item.webkitGetAsEntry()).filter(Boolean);
      send((await Promise.all(dropped.map((entry) => entries(entry, "")))).flat());
    });
  }

  // After the source was drawn: to the quote, or back to where the reader was when only the window grew.
  function reveal(element) {
    const body = element.querySelector(".sheet .body");
    if (!body) return;
    if (place) {
      body.scrollTop = place.edge === "before" ? body.scrollHeight - place.rest : place.top;
      place = null;
      return;
    }
    const mark = body.querySelector("mark.active");
    if (mark) body.scrollTop += mark.getBoundingClientRect().top - body.getBoundingClientRect().top - body.clientHeight / 3;
    else body.scrollTop = 0;
    body.focus({ preventScroll: true });
  }

  // After the conversation was drawn: a new question goes to the top once, and what is written under it moves nothing.
  function follow(element) {
    const turns = element.querySelectorAll(".turn");
    const last = turns[turns.length - 1];
    say(last?.dataset.status ?? "");
    if (last?.classList.contains("fresh") && turns.length !== known) last.scrollIntoView({ block: "start" });
    else if (turns.length !== known && last) last.scrollIntoView({ block: "nearest" });
    known = turns.length;
    const id = element.querySelector("[data-conversation]")?.dataset.conversation;
    if (id === undefined && !turns.length) history.replaceState(null, "", location.pathname);
    if (id) history.replaceState(null, "", `?c=${id}`);
  }

  // One polite live region; the conversation itself is not one, or every piece would be read again.
  function say(text) {
    let status = document.getElementById("juzheng-status");
    if (!status) {
      status = Object.assign(document.createElement("div"), { id: "juzheng-status" });
      status.setAttribute("role", "status");
      document.body.append(status);
    }
    if (status.textContent !== text) status.textContent = text;
  }

  function ask(question) {
    const field = box();
    field.value = question;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    setTimeout(() => document.querySelector("#send").click(), 50);
  }

  function rename(button, trigger) {
    const entry = button.closest("li");
    const input = Object.assign(document.createElement("input"), { value: button.dataset.title, maxLength: 60 });
    input.setAttribute("aria-label", button.dataset.label);
    const title = entry.querySelector(".open");
    button.closest("details").removeAttribute("open");
    title.replaceWith(input);
    input.select();
    let done = false;
    const finish = (keep) => {
      if (done) return;
      done = true;
      input.replaceWith(title);
      if (keep && input.value.trim()) trigger("rename", { id: button.dataset.id, title: input.value });
    };
    input.addEventListener("keydown", (key) => {
      if (key.isComposing) return;
      if (key.key === "Enter") finish(true);
      if (key.key === "Escape") finish(false);
      key.stopPropagation();
    });
    input.addEventListener("blur", () => finish(true));
  }

  // To the next or previous citation of the answer whose source is open.
  function walk(by) {
    const turn = (opener?.isConnected ? opener : document.querySelector("#conversation .pressed"))?.closest(".turn");
    const marks = [...(turn?.querySelectorAll(".cited .source") ?? [])];
    const at = marks.findIndex((one) => one.dataset.number === opener.dataset.number);
    marks[(at + by + marks.length) % marks.length]?.click();
  }

  // On a phone the history slides in; Gradio keeps our style sheet inside its container, so the mark is set there.
  function drawer(open) {
    document.querySelector("#chat")?.toggleAttribute("data-open", open);
  }

  async function copy(button) {
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
    } catch {
      // Not a secure context: the page is served to another machine over plain HTTP.
      const area = Object.assign(document.createElement("textarea"), { value: button.dataset.copy });
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    const text = button.textContent;
    button.textContent = button.dataset.done;
    setTimeout(() => (button.textContent = text), 1500);
  }

  function paint() {
    const chosen = localStorage.getItem("juzheng-theme");
    const dark = chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    if (document.body.classList.contains("dark") !== dark) document.body.classList.toggle("dark", dark);
  }

  document.addEventListener("click", (click) => {
    const button = click.target.closest("[data-copy]");
    if (button) copy(button);
    if (click.target.closest("[data-theme]")) {
      localStorage.setItem("juzheng-theme", document.body.classList.contains("dark") ? "light" : "dark");
      paint();
    }
    const language = click.target.closest("[data-language]");
    if (language) language.href = language.getAttribute("href").split("?")[0] + location.search;
    if (click.target.closest("[data-history]")) drawer();
    else if (!click.target.closest("#history details")) {
      document.querySelectorAll("#history details[open]").forEach((one) => one.removeAttribute("open"));
      if (!click.target.closest("#history") || click.target.closest(".open, .new")) drawer(false);
    }
  });

  document.addEventListener(
    "keydown",
    (key) => {
      // While an input method composes, Enter takes its candidate and must not send the question.
      if (key.isComposing || key.keyCode === 229) return key.stopPropagation();
      if (key.key === "Escape") {
        drawer(false);
        if (document.querySelector("#conversation .live")) document.querySelector("#stop").click();
        else open().forEach(([, shut]) => shut());
      }
      if (key.key === "Enter" || key.key === " ") {
        const figure = key.target.closest?.('span[role="button"]');
        if (figure) {
          key.preventDefault();
          figure.click();
        }
      }
      if (typing(key.target) || key.ctrlKey || key.metaKey || key.altKey) return;
      if (key.key === "/") {
        key.preventDefault();
        box()?.focus();
      }
      if ((key.key === "ArrowRight" || key.key === "ArrowLeft") && document.querySelector("#source .sheet [data-step]")) {
        key.preventDefault();
        walk(key.key === "ArrowRight" ? 1 : -1);
      }
    },
    true,
  );

  document.addEventListener("DOMContentLoaded", () => {
    paint();
    // Gradio sets the theme of the system when it starts.
    new MutationObserver(paint).observe(document.body, { attributes: true, attributeFilter: ["class"] });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint);
  });

  return { listen };
})();
