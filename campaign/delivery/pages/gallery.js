"use strict";
const all = (selector, root) => [...(root || document).querySelectorAll(selector)];
const byId = (id) => document.getElementById(id);
const [over, under] = document.body.dataset.fps.split("/").map(Number);
const rate = over / (under || 1), frames = Number(document.body.dataset.frames);
const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;

/* Filters: their state is the address after #, so that a view can be sent to somebody. */

const form = document.querySelector(".filters");
const fields = all("[data-filter]");
const OF_ROW = ["market", "season", "demographic"], OF_FILM = ["ratio", "status", "missing", "qc"];

function wanted() {
  return Object.fromEntries(fields.map((field) => [field.dataset.filter, field.tagName === "SELECT" ? field.value.slice(1) : field.value.trim().toLowerCase()]));
}

function isAll(name) {
  return fields.every((field) => field.dataset.filter !== name || field.value === "");
}

function applyFilters() {
  const want = wanted();
  let shown = 0;
  for (const section of all("main section")) {
    const ofRow = OF_ROW.every((name) => isAll(name) || section.dataset[name].slice(1) === want[name])
      && (!want.find || section.textContent.toLowerCase().includes(want.find));
    let visible = 0;
    for (const figure of all(".strip figure", section)) {
      figure.hidden = !ofRow || !OF_FILM.every((name) => isAll(name) || figure.dataset[name] === want[name]);
      visible += !figure.hidden;
    }
    section.hidden = visible === 0;
    shown += visible;
  }
  const any = fields.some((field) => field.value !== "");
  form.querySelector("output").textContent = `${shown} film${shown === 1 ? "" : "s"}`;
  form.querySelector("[type=reset]").hidden = !any;
  byId("nothing").hidden = shown > 0;
  for (const field of fields) field.classList.toggle("set", field.value !== "");
}

function remember() {
  const set = fields.filter((field) => field.value !== "").map((field) => [field.dataset.filter, field.value.replace(/^=/, "")]);
  history.replaceState(null, "", `#${new URLSearchParams(set)}`);
}

function recall() {
  const asked = new URLSearchParams(location.hash.slice(1));
  for (const field of fields) {
    const value = asked.get(field.dataset.filter);
    const text = field.tagName === "SELECT" ? `=${value}` : value;
    field.value = value === null ? "" : text;
    if (field.tagName === "SELECT" && field.selectedIndex < 0) field.value = "";
  }
  applyFilters();
}

if (form) {
  form.addEventListener("input", () => { applyFilters(); remember(); });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(() => { applyFilters(); remember(); }));
  addEventListener("hashchange", recall);
  recall();
}

/* The master in the head plays at a click; its controls are for pages without script. */

const lead = document.querySelector(".master video");
lead.controls = false;
lead.tabIndex = 0;
const toggle = () => { if (lead.paused) lead.play().catch(() => {}); else lead.pause(); };
lead.addEventListener("click", toggle);
lead.addEventListener("keydown", (event) => { if (event.key === " " || event.key === "Enter") { event.preventDefault(); toggle(); } });

/* Preview: one film at a time plays where the pointer rests or the focus is. */

let previewed = null, waiting = 0;

function endPreview() {
  clearTimeout(waiting);
  if (!previewed) return;
  const video = previewed.querySelector("video");
  previewed = null;
  video.removeAttribute("src");
  video.load();
  video.remove();
}

function preview(frame) {
  endPreview();
  if (calm || viewer.open) return;
  waiting = setTimeout(() => {
    const video = document.createElement("video");
    Object.assign(video, { muted: true, loop: true, playsInline: true, src: frame.href });
    video.addEventListener("playing", () => video.classList.add("playing"));
    frame.append(video);
    previewed = frame;
    video.play().catch(() => { if (previewed === frame) endPreview(); });
  }, 120);
}

/* Viewer: the film beside the master, frame by frame. */

const viewer = byId("viewer"), film = byId("viewer-film"), master = byId("viewer-master"), at = byId("viewer-at");
const SPEEDS = [1, 0.5, 0.25];
let current = null, frame = 0;

const films = () => all(".strip a.frame").filter((link) => !link.closest("[hidden]"));

function view(link) {
  endPreview();
  current = link;
  const figure = link.closest("figure"), shown = films();
  const take = (name) => figure.querySelector(`template.${name}`).content.cloneNode(true);
  byId("viewer-title").textContent = link.dataset.title;
  byId("viewer-place").textContent = `${shown.indexOf(link) + 1} of ${shown.length}`;
  byId("viewer-label").textContent = link.classList.contains("held") ? "variant, held back by quality control" : "variant";
  byId("viewer-findings").replaceChildren(take("findings"));
  byId("viewer-clean").hidden = byId("viewer-findings").childElementCount > 0;
  byId("viewer-facts").replaceChildren(take("facts"));
  const spoken = all(".prompts > li", link.closest("section"));
  byId("viewer-prompts").replaceChildren(...figure.dataset.prompts.split(" ").filter(Boolean).map((n) => spoken[n].cloneNode(true)));
  for (const old of all(".screen > i")) old.remove();
  byId("viewer-film").after(...all(".zone, .unzoned", link).map((zone) => zone.cloneNode(true)));
  viewer.style.setProperty("--r", figure.style.getPropertyValue("--r"));
  for (const finding of all("[data-frame]", byId("viewer-findings"))) {
    finding.tabIndex = 0;
    finding.setAttribute("role", "button");
  }
  mark();
  for (const [video, address] of [[film, link.href], [master, "master.mp4"]]) if (video.src !== new URL(address, location.href).href) video.src = address;
  master.currentTime = 0;
  told(0);
  if (!viewer.open) viewer.showModal();
  viewer.scrollTop = 0;
  film.play().catch(() => {});
}

function mark() {
  const marks = all("#viewer-findings [data-frame]").map((finding) => {
    const tick = document.createElement("i");
    tick.className = finding.className;
    tick.style.left = `${(100 * finding.dataset.frame) / Math.max(1, frames - 1)}%`;
    tick.title = finding.textContent;
    return tick;
  });
  byId("viewer-marks").replaceChildren(...marks);
}

function told(number) {
  frame = Math.min(frames - 1, Math.max(0, number));
  at.value = frame;
  byId("viewer-frame").textContent = `frame ${frame} of ${frames} · ${(frame / rate).toFixed(2)} s`;
}

function seek(number) {
  film.pause();
  told(number);
  film.currentTime = master.currentTime = (frame + 0.5) / rate;
}

function follow() {
  if (!film.paused) told(Math.floor(film.currentTime * rate + 0.01));
  if (!film.paused && Math.abs(master.currentTime - film.currentTime) > 1.5 / rate) master.currentTime = film.currentTime;
  if (viewer.open) requestAnimationFrame(follow);
}

function neighbour(step) {
  const shown = films();
  const next = shown[(shown.indexOf(current) + step + shown.length) % shown.length];
  if (next) view(next);
}

const actions = {
  close: () => viewer.close(),
  play: () => { if (film.paused) film.play().catch(() => {}); else seek(frame); },
  back: (event) => seek(frame - (event.shiftKey ? 10 : 1)),
  on: (event) => seek(frame + (event.shiftKey ? 10 : 1)),
  before: () => neighbour(-1),
  after: () => neighbour(1),
  zones: () => { byId("zones")?.click(); },
  sound: () => { film.muted = !film.muted; },
  speed: () => { film.playbackRate = film.defaultPlaybackRate = master.playbackRate = master.defaultPlaybackRate = SPEEDS[(SPEEDS.indexOf(film.playbackRate) + 1) % SPEEDS.length]; },
};
const KEYS = { " ": "play", ArrowLeft: "back", ArrowRight: "on", ",": "back", ".": "on", p: "before", n: "after", m: "sound", s: "speed", z: "zones" };

if (viewer) {
  const button = (name) => viewer.querySelector(`[data-do=${name}]`);
  film.addEventListener("play", () => { button("play").textContent = "pause"; master.currentTime = film.currentTime; master.play().catch(() => {}); });
  film.addEventListener("pause", () => { button("play").textContent = "play"; master.pause(); });
  film.addEventListener("ended", () => seek(frames - 1));
  film.addEventListener("volumechange", () => { button("sound").textContent = film.muted ? "sound off" : "sound on"; });
  film.addEventListener("ratechange", () => { button("speed").textContent = `${film.playbackRate}×`; });
  film.addEventListener("error", () => { if (film.getAttribute("src")) byId("viewer-label").textContent = "this file cannot be opened; fanout report writes the gallery anew"; });
  film.addEventListener("click", () => actions.play());
  master.addEventListener("click", () => actions.play());
  at.addEventListener("input", () => seek(Number(at.value)));
  for (const key of all("[data-do]", viewer)) key.addEventListener("click", (event) => actions[key.dataset.do](event));
  const jump = (event) => {
    const finding = event.target.closest("[data-frame]");
    if (finding) {
      seek(Number(finding.dataset.frame));
      byId("viewer-film").scrollIntoView({ block: "nearest" });
    }
    return finding;
  };
  byId("viewer-findings").addEventListener("click", jump);
  viewer.addEventListener("keydown", (event) => {
    const name = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    const pressed = event.target.closest("button, [role=button]");
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Enter" && event.target.closest("[data-frame]")) jump(event);
    else if (event.key === "Home") seek(0);
    else if (event.key === "End") seek(frames - 1);
    else if (name && !(event.key === " " && pressed)) actions[name](event);
    else return;
    event.preventDefault();
  });
  viewer.addEventListener("close", () => {
    for (const video of [film, master]) { video.pause(); video.removeAttribute("src"); video.load(); }
    current.focus({ preventScroll: true });
    current.scrollIntoView({ block: "nearest" });
  });
  byId("zones")?.addEventListener("change", (event) => button("zones").setAttribute("aria-pressed", event.target.checked));
  at.max = frames - 1;
  for (const link of all(".strip a.frame")) {
    link.addEventListener("pointerenter", () => preview(link));
    link.addEventListener("pointerleave", endPreview);
    link.addEventListener("focus", () => { if (link.matches(":focus-visible")) preview(link); });
    link.addEventListener("blur", endPreview);
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
      event.preventDefault();
      view(link);
      requestAnimationFrame(follow);
    });
  }
  addEventListener("keydown", (event) => {
    if (event.key === "/" && !viewer.open && !event.target.closest("input, select")) {
      event.preventDefault();
      form.querySelector("[type=search]").focus();
    }
  });
}
