/* What the join page does beyond being read: it starts the download once, and says how far the session is.
   It talks to the relay it came from and to nobody else, and learns nothing but one word. */
"use strict";

(() => {
  const START_AFTER_MS = 6000;
  const ASK_EVERY_MS = 2000;
  const ASK_SELDOM_MS = 10000;
  const OFTEN_FOR_MS = 10 * 60 * 1000;
  const STEPS = ["open", "in_app", "connected"];
  const LAST = ["over", "gone"];

  const start = document.querySelector("[data-stage]");
  if (start === null) return;
  const download = document.getElementById("download");
  const soon = document.getElementById("soon");
  const progress = document.getElementById("progress");
  const opened = Date.now();
  let shown = "";

  function show(step) {
    if (step === shown) return;
    shown = step;
    progress.hidden = false;
    document.getElementById("offer").hidden = STEPS.indexOf(step) > 0 || LAST.includes(step);
    const reached = LAST.includes(step) ? STEPS.length : STEPS.indexOf(step);
    progress.querySelector("ol").hidden = step === "gone";
    for (const item of progress.querySelectorAll("[data-step]")) {
      const index = STEPS.indexOf(item.dataset.step);
      item.classList.toggle("done", index < reached || (index === reached && step === "connected"));
      if (index === reached) item.setAttribute("aria-current", "step");
      else item.removeAttribute("aria-current");
    }
    for (const text of progress.querySelectorAll("[data-when]")) text.hidden = text.dataset.when !== step;
  }

  async function ask() {
    let pause = Date.now() - opened < OFTEN_FOR_MS ? ASK_EVERY_MS : ASK_SELDOM_MS;
    try {
      const answer = await fetch(start.dataset.stage, { cache: "no-store", credentials: "omit" });
      if (answer.status === 404) return show("gone");
      if (answer.ok) {
        const stage = (await answer.json()).stage;
        if (stage !== "waiting") show(stage);
        if (stage === "over") return undefined;
      } else {
        pause = ASK_SELDOM_MS;
      }
    } catch {
      pause = ASK_SELDOM_MS; // The line is down; it will be back.
    }
    return setTimeout(ask, pause);
  }

  function startedOnce() {
    const mark = "started " + start.dataset.stage;
    try {
      if (sessionStorage.getItem(mark)) return true;
      sessionStorage.setItem(mark, "yes");
    } catch {
      return true; // Without a memory it would start again whenever the page is shown: then only by hand.
    }
    return false;
  }

  function startByItself() {
    const isTablet = navigator.maxTouchPoints > 1 && /Macintosh/.test(navigator.userAgent);
    if (isTablet || startedOnce()) return;
    soon.hidden = false;
    const waiting = setTimeout(() => download.click(), START_AFTER_MS);
    const notYet = () => {
      clearTimeout(waiting);
      soon.hidden = true;
    };
    document.getElementById("not-yet").addEventListener("click", () => {
      notYet();
      download.focus();
    });
    download.addEventListener("click", notYet);
  }

  for (const link of document.querySelectorAll("a[download]")) {
    link.addEventListener("click", () => {
      if (shown === "") show("open");
    });
  }
  if (download !== null && progress !== null) startByItself();
  ask();
})();
