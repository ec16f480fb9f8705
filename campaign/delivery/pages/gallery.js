"use strict";
const all = (selector, root) => [...(root || document).querySelectorAll(selector)];
const byId = (id) => document.getElementById(id);

function applyFilters() {
  const wanted = Object.fromEntries(all("[data-filter]").map((select) => [select.dataset.filter, select.value]));
  let shown = 0;
  for (const section of all("main section")) {
    const ofRow = ["market", "season", "demographic"].every((name) => !wanted[name] || section.dataset[name] === wanted[name]);
    let visible = 0;
    for (const figure of all(".strip figure", section)) {
      const fits = ofRow && ["ratio", "status", "qc"].every((name) => !wanted[name] || figure.dataset[name] === wanted[name]);
      figure.hidden = !fits;
      visible += fits;
    }
    section.hidden = visible === 0;
    shown += visible;
  }
  byId("shown").textContent = `${shown} films`;
  byId("nothing").hidden = shown > 0;
}

function preview(button) {
  if (button.querySelector("video")) return;
  const video = document.createElement("video");
  Object.assign(video, { src: button.dataset.source, muted: true, loop: true, playsInline: true });
  button.append(video);
  const image = button.querySelector("img");
  if (image) image.hidden = true;
  video.play().catch(() => endPreview(button));
}

function endPreview(button) {
  const video = button.querySelector("video");
  if (!video) return;
  video.removeAttribute("src");
  video.load();
  video.remove();
  const image = button.querySelector("img");
  if (image) image.hidden = false;
}

const viewer = byId("viewer"), film = byId("viewer-film"), master = byId("viewer-master");
let rate = 24;

function view(button) {
  const [over, under] = button.dataset.fps.split("/").map(Number);
  rate = over / (under || 1);
  byId("viewer-title").textContent = button.dataset.title;
  byId("viewer-findings").replaceChildren(button.closest("figure").querySelector(".findings").content.cloneNode(true));
  film.src = button.dataset.source;
  master.src = "master.mp4";
  viewer.showModal();
  film.play().catch(() => {});
}

function seek(frame) {
  film.pause();
  film.currentTime = Math.max(0, (frame + 0.5) / rate);
}

function follow() {
  byId("viewer-frame").textContent = `frame ${Math.floor(film.currentTime * rate)}`;
  if (Math.abs(master.currentTime - film.currentTime) > 1.5 / rate) master.currentTime = film.currentTime;
}

film.addEventListener("play", () => master.play().catch(() => {}));
film.addEventListener("pause", () => { master.pause(); follow(); });
film.addEventListener("seeked", follow);
film.addEventListener("timeupdate", follow);
viewer.addEventListener("close", () => [film, master].forEach((video) => { video.pause(); video.removeAttribute("src"); video.load(); }));
for (const step of all("[data-step]")) step.addEventListener("click", () => seek(Math.floor(film.currentTime * rate) + Number(step.dataset.step)));
byId("viewer-findings").addEventListener("click", (event) => {
  const finding = event.target.closest("[data-frame]");
  if (finding) seek(Number(finding.dataset.frame));
});
for (const button of all("button[data-source]")) {
  button.addEventListener("mouseenter", () => preview(button));
  button.addEventListener("mouseleave", () => endPreview(button));
  button.addEventListener("click", () => { endPreview(button); view(button); });
}
for (const select of all("[data-filter]")) select.addEventListener("change", applyFilters);
applyFilters();
