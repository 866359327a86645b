// Shows the ledger as feeds and keeps it fresh; queues faults. All addresses are relative,
// so the page works under any prefix.

const EVERY = 1000;
const SHOWN = 300;
const ROOM_FOR_BADGE = 96;
const LINK = /https?:\/\/[^\s<>"]+[^\s<>".,:;!?')\]]/gi;

const byId = (id) => document.getElementById(id);
const template = byId("post");
const clock = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3,
  hourCycle: "h23", timeZoneName: "short",
});
const day = new Intl.DateTimeFormat(undefined, {
  weekday: "short", year: "numeric", month: "short", day: "numeric",
});

let lastSeen = "";
let wanted = decodeURIComponent(location.hash.slice(1));

function anchorOf(entry) {
  return `${entry.platform}-${entry.id}`;
}

function withLinks(text) {
  const parts = document.createDocumentFragment();
  let position = 0;
  for (const match of text.matchAll(LINK)) {
    parts.append(text.slice(position, match.index));
    const link = document.createElement("a");
    link.href = match[0];
    link.rel = "noopener noreferrer nofollow";
    link.target = "_blank";
    link.textContent = match[0];
    parts.append(link);
    position = match.index + match[0].length;
  }
  parts.append(text.slice(position));
  return parts;
}

function unkept(item) {
  const note = document.createElement("span");
  note.className = "unkept";
  note.textContent = `No longer kept${item.alt ? `: ${item.alt}` : ""}`;
  return note;
}

// Width and height stand on the element before the file is there, so nothing moves when it comes.
function picture(item) {
  const link = document.createElement("a");
  const image = document.createElement("img");
  link.href = item.url;
  link.target = "_blank";
  link.rel = "noopener";
  image.loading = "lazy";
  image.decoding = "async";
  image.width = item.width;
  image.height = item.height;
  image.alt = item.alt || "Picture without a description";
  image.addEventListener("error", () => link.replaceWith(unkept(item)));
  image.src = item.url;
  link.append(image);
  return link;
}

function video(item) {
  const player = document.createElement("video");
  player.controls = true;
  player.preload = "none";
  player.setAttribute("aria-label", item.alt || "Video without a description");
  player.src = item.url;
  return player;
}

function mediaItem(item) {
  const line = document.createElement("li");
  line.append(item.mime_type.startsWith("video/") ? video(item) : picture(item));
  if (item.alt && item.width >= ROOM_FOR_BADGE) {
    const badge = document.createElement("span");
    badge.className = "alt";
    badge.textContent = "ALT";
    badge.title = item.alt;
    badge.setAttribute("aria-hidden", "true");
    line.append(badge);
  }
  return line;
}

// What tells whether a post still looks as it was drawn.
function looks(entry) {
  return JSON.stringify([entry.text, entry.media]);
}

function postItem(entry) {
  const item = template.content.cloneNode(true).firstElementChild;
  const accepted = new Date(entry.accepted_at);
  const time = item.querySelector("time");
  item.querySelector("article").id = anchorOf(entry);
  item.querySelector(".handle").textContent = `@${entry.handle}`;
  time.dateTime = entry.accepted_at;
  time.title = `received ${entry.received_at}, accepted ${entry.accepted_at}`;
  time.textContent = clock.format(accepted);
  item.querySelector(".text").append(withLinks(entry.text));
  item.querySelector(".date").textContent = day.format(accepted);
  item.dataset.looks = looks(entry);
  const media = item.querySelector(".media");
  media.hidden = entry.media.length === 0;
  media.append(...entry.media.map(mediaItem));
  return item;
}

// Posts that are shown already keep their element, so that focus and selection stay.
function showFeed(feed, entries) {
  const list = feed.querySelector(".posts");
  const kept = new Map([...list.children].map((item) => [item.firstElementChild.id, item]));
  const items = entries.map((entry) => {
    const old = kept.get(anchorOf(entry));
    return old?.dataset.looks === looks(entry) ? old : postItem(entry);
  });
  if (items.length !== list.children.length || items.some((item, at) => item !== list.children[at])) {
    list.replaceChildren(...items);
  }
  feed.querySelector(".total").textContent = entries.length === SHOWN ? `last ${SHOWN}` : entries.length || "";
  feed.querySelector(".empty").hidden = entries.length > 0;
}

function showWanted() {
  const article = wanted && document.getElementById(wanted);
  if (!article) return;
  wanted = "";
  for (const other of document.querySelectorAll(".shown")) other.classList.remove("shown");
  article.classList.add("shown");
  article.scrollIntoView({ block: "center" });
  article.focus({ preventScroll: true });
}

function showFaults(items) {
  const words = (fault) => [...byId("fault-form").fault.options].find((o) => o.value === fault).text;
  const names = (platform) => [...byId("fault-form").platform.options].find((o) => o.value === platform).text;
  byId("queued").replaceChildren(...items.map((item) => {
    const line = document.createElement("li");
    const seconds = item.seconds === undefined ? "" : `, ${item.seconds} s`;
    const what = item.fault.startsWith("upload_") ? "upload" : "post";
    const calls = item.count === 1 ? `next ${what}` : `next ${item.count} ${what}s`;
    line.textContent = `${names(item.platform)}: ${words(item.fault)}${seconds} (${calls})`;
    return line;
  }));
  byId("none-queued").hidden = items.length > 0;
}

function showState(ok) {
  document.querySelector("main").removeAttribute("data-waiting");
  const state = byId("state");
  const words = ok ? "Live" : "No connection to the sandbox; trying again";
  if (state.textContent === words) return;
  state.textContent = words;
  state.dataset.ok = String(ok);
}

async function read(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  return answer.text();
}

async function refresh() {
  const feeds = [...document.querySelectorAll(".feed")];
  const [faults, ...ledgers] = await Promise.all([
    read("faults"),
    ...feeds.map((feed) => read(`ledger?platform=${feed.dataset.platform}&limit=${SHOWN}`)),
  ]);
  showState(true);
  const seen = [faults, ...ledgers].join("\n");
  if (seen === lastSeen) return;
  lastSeen = seen;
  feeds.forEach((feed, at) => {
    showFeed(feed, JSON.parse(ledgers[at]).filter((entry) => !entry.deleted_at).reverse());
  });
  showFaults(JSON.parse(faults).items);
  showWanted();
}

async function keepFresh() {
  if (!document.hidden) await refresh().catch(() => showState(false));
  setTimeout(keepFresh, EVERY);
}

function fitSeconds() {
  const form = byId("fault-form");
  const { words, seconds } = form.fault.selectedOptions[0].dataset;
  byId("fault-words").textContent = words;
  form.seconds.disabled = seconds === undefined;
  form.seconds.closest("label").hidden = seconds === undefined;
  form.seconds.value = seconds ?? "";
}

async function change(method, body) {
  byId("fault-problem").textContent = "";
  try {
    const headers = body ? { "Content-Type": "application/json" } : {};
    const answer = await fetch("faults", { method, headers, body: body && JSON.stringify(body) });
    if (!answer.ok) {
      const { detail, problems } = await answer.json();
      throw new Error(problems.map((problem) => problem.message).join(" ") || detail);
    }
    await refresh();
  } catch (error) {
    byId("fault-problem").textContent = `That did not work: ${error.message}`;
  }
}

byId("fault-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.currentTarget;
  const seconds = form.seconds.disabled ? {} : { seconds: form.seconds.valueAsNumber };
  change("PUT", {
    platform: form.platform.value, fault: form.fault.value, count: form.count.valueAsNumber, ...seconds,
  });
});
byId("fault-form").fault.addEventListener("change", fitSeconds);
byId("fault-form").platform.addEventListener("change", fitSeconds);
byId("clear-faults").addEventListener("click", () => change("DELETE"));
addEventListener("hashchange", () => {
  wanted = decodeURIComponent(location.hash.slice(1));
  showWanted();
});
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) refresh().catch(() => showState(false));
});

byId("zone").textContent = Intl.DateTimeFormat().resolvedOptions().timeZone;
fitSeconds();
keepFresh();
