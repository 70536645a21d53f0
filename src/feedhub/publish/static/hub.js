// Makes times relative where that reads better, tells of what is new, and hides pictures that failed;
// the page is whole without it.
"use strict";
(() => {
  const language = document.documentElement.lang || "sv";
  const say = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  const MINUTE = 60, HOUR = 60 * MINUTE, DAY = 24 * HOUR;

  function relative(seconds) {
    const age = Math.abs(seconds);
    if (age < MINUTE) return say.format(0, "minute");
    if (age < HOUR) return say.format(Math.trunc(seconds / MINUTE), "minute");
    if (age < DAY) return say.format(Math.trunc(seconds / HOUR), "hour");
    return null; // older than a day: the date itself says more
  }

  function refresh() {
    const now = Date.now();
    for (const element of document.querySelectorAll("main time[datetime]")) {
      element.dataset.absolute ??= element.textContent;
      const text = relative((Date.parse(element.dateTime) - now) / 1000);
      element.textContent = text ?? element.dataset.absolute;
    }
  }

  function absolute() {
    // Paper keeps: "5 minutes ago" would be wrong as soon as it is read.
    for (const element of document.querySelectorAll("main time[datetime]")) {
      element.textContent = element.dataset.absolute ?? element.textContent;
    }
  }

  refresh();
  addEventListener("beforeprint", absolute);
  addEventListener("afterprint", refresh);
  setInterval(refresh, 30000);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });

  // A picture that cannot be had leaves no hole.
  const drop = image => { image.closest(".picture")?.setAttribute("hidden", ""); };
  document.addEventListener("error", event => {
    if (event.target instanceof HTMLImageElement) drop(event.target);
  }, true);
  for (const image of document.querySelectorAll(".picture img")) {
    if (image.complete && image.currentSrc && !image.naturalWidth) drop(image);
  }

  // "3 nya": the server says what stands in each list, and the page knows what it shows.
  const lists = [...document.querySelectorAll("[data-list]")];
  if (!lists.length || !window.EventSource) return;
  const known = new Map(lists.map(list => [
    list.dataset.list, new Set([...list.querySelectorAll("[data-id]")].map(place => place.dataset.id)),
  ]));

  function announce(list, count) {
    let link = list.querySelector(":scope > .fresh a");
    if (!link) {
      const box = document.createElement("p");
      box.className = "fresh";
      box.setAttribute("role", "status");
      link = document.createElement("a");
      link.href = location.href;
      box.append(link);
      list.querySelector("h1, h2").after(box);
    }
    link.parentElement.hidden = count === 0;
    link.textContent = (count === 1 ? list.dataset.one : list.dataset.many).replace("{n}", count);
  }

  function told(event) {
    const now = JSON.parse(event.data);
    for (const list of lists) {
      const seen = known.get(list.dataset.list), ids = now[list.dataset.list] ?? [];
      // Only what has come in above the last place shown: a front page shows a list's beginning.
      const count = ids.slice(0, Math.max(seen.size, 1)).filter(id => !seen.has(id)).length;
      if (count || list.querySelector(":scope > .fresh")) announce(list, count);
    }
  }

  let stream = null;
  function listen() {
    if (document.hidden) {
      stream?.close();
      stream = null;
    } else if (!stream) {
      stream = new EventSource(lists[0].dataset.events);
      stream.addEventListener("lists", told);
    }
  }
  listen();
  document.addEventListener("visibilitychange", listen);
  addEventListener("pagehide", () => stream?.close());
})();
