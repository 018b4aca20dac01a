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
    if (drawn === "drop") receiveFiles(element, trigger, upload);
    if (drawn === "conversation") watch("value", follow);
  }

  const closers = new Map(); // the components that show a source, and how each is closed
  const open = () => [...closers].filter(([element]) => element.querySelector(".sheet") && element.offsetParent);
  let opener = null; // the button whose source is shown; the focus goes back to it
  let place = null;
  let known = { turns: 0 }; // of the conversation as it was drawn last
  let following = 0;

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

  // After the conversation or the turn being written was drawn: a new question goes to the top once, and what is
  // written under it moves nothing. Both may be drawn for one answer, so it is looked at when they are.
  function follow() {
    cancelAnimationFrame(following);
    following = requestAnimationFrame(() => {
      const turns = document.querySelectorAll("#thread .turn");
      const last = turns[turns.length - 1];
      const id = document.querySelector("#conversation [data-conversation]")?.dataset.conversation;
      say(last?.dataset.status ?? "");
      // A conversation that gets its id with its first answer is the one that was there.
      if (last && (turns.length > known.turns || (known.id && id !== known.id))) last.scrollIntoView({ block: "start" });
      known = { turns: turns.length, id };
      if (id) history.replaceState(null, "", `?c=${id}`);
      else if (!turns.length) history.replaceState(null, "", location.pathname);
    });
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
    const chat = document.querySelector("#chat");
    const was = chat?.hasAttribute("data-open");
    const is = chat?.toggleAttribute("data-open", open);
    if (is === was) return;
    const button = document.querySelector("[data-history]");
    button.setAttribute("aria-expanded", is);
    (is ? document.querySelector("#history .new") : button).focus({ preventScroll: true });
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
    const tab = click.target.closest("[data-tab]");
    if (tab) document.querySelectorAll("#tabs [role=tab]")[tab.dataset.tab]?.click();
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
        hint(null);
        const menu = document.querySelector("#history details[open]");
        if (menu) {
          menu.removeAttribute("open");
          return menu.querySelector("summary").focus();
        }
        if (document.querySelector("#chat[data-open]")) return drawer(false);
        if (document.querySelector("#live .turn.live")) document.querySelector("#stop").click();
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

  // What a source says about a figure, beside it and inside the window; a finger opens the source instead.
  function hint(target) {
    const tip = document.getElementById("tip") ?? document.querySelector(".gradio-container").appendChild(
      Object.assign(document.createElement("div"), { id: "tip", role: "tooltip", hidden: true }),
    );
    tip.hidden = !target;
    if (!target) return;
    tip.textContent = target.dataset.tip;
    const at = target.getBoundingClientRect();
    const below = at.bottom + 8 + tip.offsetHeight < innerHeight;
    tip.style.left = `${Math.max(12, Math.min(at.left, innerWidth - tip.offsetWidth - 12))}px`;
    tip.style.top = `${below ? at.bottom + 8 : at.top - tip.offsetHeight - 8}px`;
  }
  document.addEventListener("pointerover", (over) => {
    if (over.pointerType === "mouse") hint(over.target.closest?.("[data-tip]"));
  });
  document.addEventListener("focusin", (focus) => hint(focus.target.matches?.("[data-tip]:focus-visible") ? focus.target : null));
  document.addEventListener("focusout", () => hint(null));
  document.addEventListener("scroll", () => hint(null), { capture: true, passive: true });

  document.addEventListener("DOMContentLoaded", () => {
    paint();
    // Gradio sets the theme of the system when it starts.
    new MutationObserver(paint).observe(document.body, { attributes: true, attributeFilter: ["class"] });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint);
  });

  return { listen };
})();
