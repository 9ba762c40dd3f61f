// The page: the live stream, the tabs, the story bar. Chats are in chat.js.

import { ChatPanel } from "./chat.js";
import { element } from "./text.js";

const PACES = [[10, "slow: 10 s a step"], [5, "5 s a step"], [2, "2 s a step"], [1, "1 s a step"], [0.3, "fast: 0.3 s a step"]];
const byId = (id) => document.getElementById(id);
const main = byId("chats");
const tabs = byId("tabs");
const panels = new Map(); // chat id → ChatPanel
const tabOf = new Map(); // chat id → its tab
const early = new Map(); // press id → answer that came before the press was known
const narrow = matchMedia("(max-width: 719px)"); // tabs instead of columns, as in style.css
let chosen = null;
let catchingUp = false; // what was there before the page was opened is not unread

const app = {
  bot: { id: 0, name: "the bot", at: "" },

  async act(body) {
    return post("act", body);
  },

  show(id) {
    choose(id);
    panels.get(id)?.toEnd();
    panels.get(id)?.composer.input.focus();
  },

  /** A press is under way; its answer may already have come. */
  pressed(press) {
    const answer = early.get(press);
    early.clear();
    if (answer) panels.get(answer.chat)?.answered(answer);
  },

  alert(text) {
    byId("alert-text").textContent = text;
    byId("alert").showModal();
  },

  askPlace() {
    const dialog = byId("place");
    dialog.returnValue = "";
    dialog.showModal();
    return new Promise((resolve) => {
      dialog.addEventListener("close", () => resolve(dialog.returnValue === "send"
        ? { latitude: byId("latitude").valueAsNumber, longitude: byId("longitude").valueAsNumber }
        : null), { once: true });
    });
  },

  unreadChanged() {
    let all = 0;
    for (const [id, panel] of panels) {
      panel.node.setAttribute("role", narrow.matches ? "tabpanel" : "region");
      if (panel.visible() || catchingUp) panel.seen();
      all += panel.unread;
      const badge = tabOf.get(id).querySelector(".badge");
      badge.textContent = panel.unread || "";
      badge.setAttribute("aria-label", panel.unread ? `${panel.unread} unread` : "");
    }
    document.title = `${all ? `(${all}) ` : ""}Sandbox: this is not Telegram`;
  },
};

async function post(path, body) {
  let answer;
  try {
    answer = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
  } catch {
    throw new Error("The sandbox does not answer. Is it still running?");
  }
  const value = await answer.json();
  if (!answer.ok) throw new Error(value.error);
  return value;
}

// ------------------------------------------------------------------------------------- tabs

function addChat(chat) {
  const panel = new ChatPanel(app, chat);
  panels.set(chat.id, panel);
  const tab = element(
    "button",
    { type: "button", className: "tab", id: `tab${chat.id}`, attr: { role: "tab", "aria-controls": panel.node.id } },
    element("span", { dir: "auto" }, chat.title),
    element("span", { className: "badge" }),
  );
  tab.addEventListener("click", () => choose(chat.id));
  tabOf.set(chat.id, tab);
  // The oldest chat comes first, whichever was changed last.
  const next = [...panels.values()]
    .filter((other) => other.chat.order > chat.order)
    .sort((one, other) => one.chat.order - other.chat.order)[0];
  tabs.insertBefore(tab, next ? tabOf.get(next.id) : null);
  main.insertBefore(panel.node, next?.node ?? null);
  byId("nobody").hidden = true;
  choose(chosen ?? chat.id);
}

function choose(id) {
  chosen = id;
  for (const [other, tab] of tabOf) {
    tab.setAttribute("aria-selected", other === id);
    tab.tabIndex = other === id ? 0 : -1;
    panels.get(other).node.classList.toggle("chosen", other === id);
  }
  tabOf.get(id)?.scrollIntoView({ block: "nearest", inline: "nearest" });
  app.unreadChanged();
}

tabs.addEventListener("keydown", (event) => {
  const ids = [...tabs.children].map((tab) => Number(tab.id.slice("tab".length)));
  const at = ids.indexOf(chosen);
  const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: ids.length - 1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  choose(ids[(to + ids.length) % ids.length]);
  tabOf.get(chosen).focus();
});
document.addEventListener("visibilitychange", () => app.unreadChanged());
narrow.addEventListener("change", () => app.unreadChanged());

// ----------------------------------------------------------------------------------- stream

function connect() {
  const stream = new EventSource("events");
  const state = byId("connection");
  stream.addEventListener("open", () => { state.textContent = ""; });
  stream.addEventListener("error", () => {
    state.textContent = stream.readyState === EventSource.CLOSED
      ? "The sandbox has stopped. Start it again and open the address it prints."
      : "Connection lost, trying again…";
  });
  // The server says hello when it cannot go on where this page was: begin from nothing.
  stream.addEventListener("hello", (event) => {
    app.bot = JSON.parse(event.data).bot;
    for (const panel of panels.values()) panel.node.remove();
    panels.clear();
    tabOf.clear();
    tabs.replaceChildren();
    chosen = null;
    catchingUp = true;
    byId("nobody").hidden = false;
  });
  stream.addEventListener("changes", (event) => {
    const changes = JSON.parse(event.data);
    for (const chat of changes.chats) {
      if (panels.has(chat.id)) panels.get(chat.id).update(chat);
      else addChat(chat);
    }
    if (catchingUp && tabs.firstChild) choose(Number(tabs.firstChild.id.slice("tab".length)));
    for (const message of changes.messages) panels.get(message.chat)?.receive(message);
    for (const answer of changes.answers) {
      if (panels.get(answer.chat)?.busy.has(answer.press)) panels.get(answer.chat).answered(answer);
      else early.set(answer.press, answer);
    }
    for (const offers of changes.offers) panels.get(offers.chat)?.composer.offered(offers);
    app.unreadChanged();
    catchingUp = false;
  });
  stream.addEventListener("story", (event) => showStory(JSON.parse(event.data)));
}

// ------------------------------------------------------------------------------------ story

let playing = false;

function showStory(story) {
  const ended = story.step >= story.steps;
  playing = story.playing;
  byId("story").hidden = false;
  byId("story-time").textContent = story.time;
  byId("story-count").textContent = `step ${story.step} of ${story.steps}`;
  byId("story-progress").max = Math.max(story.steps, 1);
  byId("story-progress").value = story.step;
  byId("story-last").textContent = story.last || "nothing yet";
  byId("story-next").textContent = story.next || (ended ? "the story has ended" : "");
  byId("story-step").disabled = ended || playing;
  const play = byId("story-play");
  play.disabled = ended && !playing;
  play.classList.toggle("playing", playing);
  play.querySelector("span").textContent = playing ? "Pause" : "Play";
  showPace(story.speed);
  storyProblem(story.error);
}

function showPace(seconds) {
  const known = PACES.some(([pace]) => pace === seconds);
  const paces = known ? PACES : [[seconds, `${seconds} s a step`], ...PACES];
  const select = byId("story-pace");
  if (document.activeElement === select && known) return;
  select.replaceChildren(...paces.map(([pace, label]) => element("option", { value: pace }, label)));
  select.value = seconds;
}

function storyProblem(text) {
  byId("story-problem").textContent = text;
  byId("story-problem").hidden = !text;
}

async function storyDo(body) {
  try {
    showStory(await post("story", body));
  } catch (error) {
    storyProblem(error.message);
  }
}

byId("story-step").addEventListener("click", () => storyDo({ do: "step" }));
byId("story-play").addEventListener("click", () => storyDo({ do: playing ? "pause" : "play" }));
byId("story-restart").addEventListener("click", () => storyDo({ do: "restart" }));
byId("story-pace").addEventListener("change", (event) =>
  storyDo({ do: "pace", seconds: Number(event.target.value) }));
byId("place-preset").addEventListener("change", (event) => {
  if (!event.target.value) return;
  [byId("latitude").value, byId("longitude").value] = event.target.value.split(" ");
});
for (const id of ["latitude", "longitude"]) {
  byId(id).addEventListener("input", () => { byId("place-preset").value = ""; });
}
byId("place-cancel").addEventListener("click", () => byId("place").close("cancel"));

connect();
