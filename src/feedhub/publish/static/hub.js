// Makes times relative where that reads better, in the page's own language; the page is whole without it.
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

  refresh();
  setInterval(refresh, 30000);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });
})();
