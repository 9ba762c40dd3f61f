// One chat: its messages, its buttons, and the box to write in.

import { Composer } from "./composer.js";
import { element, fill, icon, link, startLink } from "./text.js";

const ANSWER_PATIENCE = 10_000; // ms a pressed button looks busy without an answer
const TOAST_TIME = 4_000; // ms an answer stays on the screen

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "long", year: "numeric" });

const initials = (name) => [...name].slice(0, 1).join("").toUpperCase();
const hue = (id) => Math.abs(id * 47) % 6;

export class ChatPanel {
  /** `app` has: bot, act(body), follow(link, chat), askPlace(), alert(text), unreadChanged(). */
  constructor(app, chat) {
    this.app = app;
    this.id = chat.id;
    this.messages = new Map(); // id → { view, node }
    this.busy = new Map(); // press id → button
    this.unread = 0;
    this.build();
    this.update(chat);
  }

  build() {
    const uid = `chat${this.id}`;
    this.title = element("h2", { id: `${uid}-title` });
    this.subtitle = element("p", { className: "subtitle" });
    this.avatar = element("span", { className: "avatar", attr: { "aria-hidden": "true" } });
    this.blockButton = element("button", { type: "button", className: "quiet" });
    this.blockButton.addEventListener("click", () =>
      this.act({ do: this.chat.bot === "kicked" ? "unblock" : "block" }));
    this.about = element("p", { className: "about", dir: "auto" });
    this.log = element("div", {
      className: "log",
      tabIndex: 0,
      attr: { role: "log", "aria-live": "polite", "aria-labelledby": `${uid}-title` },
    });
    this.stuck = true; // the end is in sight, and stays so whatever grows
    this.log.addEventListener("scroll", () => this.scrolled());
    new ResizeObserver(() => this.stuck && this.toEnd()).observe(this.log);
    this.newer = element("button", { type: "button", className: "newer", hidden: true }, "New messages ↓");
    this.newer.addEventListener("click", () => this.toEnd());
    this.toast = element("p", { className: "toast", dir: "auto", attr: { role: "status" } });
    this.problem = element("p", { className: "problem", hidden: true, attr: { role: "alert" } });
    this.speaker = element("select", { id: `${uid}-as` });
    this.speaker.addEventListener("change", () => this.renderAll());
    this.speakerRow = element("label", { className: "speaker" }, "Speaking as ", this.speaker);
    this.keyboard = element("div", { className: "keyboard", attr: { role: "group", "aria-label": "Keyboard of the bot" } });
    this.composer = new Composer(this, uid);
    this.start = element("button", { type: "button", className: "primary start" }, "Start");
    this.start.addEventListener("click", () => this.pressStart());
    this.node = element(
      "section",
      { className: "chat", id: uid, attr: { "aria-labelledby": `${uid}-title` } },
      element("div", { className: "head" }, this.avatar, element("div", { className: "names" }, this.title, this.subtitle), this.blockButton),
      element("div", { className: "log-frame" }, this.about, this.log, this.newer, this.toast),
      element("div", { className: "foot" }, this.problem, this.composer.suggestions, this.speakerRow, this.composer.form, this.start, this.keyboard),
    );
  }

  // ---------------------------------------------------------------- what the server tells

  update(chat) {
    this.chat = chat;
    const group = chat.type !== "private";
    const blocked = !group && chat.bot === "kicked";
    this.title.textContent = chat.title;
    this.avatar.textContent = initials(chat.title);
    this.avatar.dataset.hue = hue(chat.id);
    const gone = group && ["left", "kicked"].includes(chat.bot);
    this.subtitle.textContent = group
      ? `${chat.type}, ${chat.people.length} people${gone ? ", the bot is not in it" : " and the bot"}`
      : `private chat with ${this.app.bot.name}${blocked ? ", blocked" : ""}`;
    this.blockButton.hidden = group || !chat.started;
    this.blockButton.textContent = blocked ? "Unblock" : "Block";
    this.blockButton.setAttribute("aria-label", `${blocked ? "Unblock" : "Block"} the bot as ${chat.title}`);
    this.about.textContent = chat.about;
    this.composer.update(chat);
    this.updateSpeakers(group);
    // Unlike Telegram's own apps, it also lets a newcomer type: "/start", say.
    const moved = chat.moved !== null;
    this.composer.form.hidden = blocked || moved;
    this.start.hidden = moved || (chat.started && !blocked);
    this.start.textContent = blocked ? "Unblock and restart" : "Start";
    this.updateKeyboard();
    this.showAbout();
  }

  updateSpeakers(group) {
    const chosen = this.speaker.value;
    this.speaker.replaceChildren(...this.chat.people.map((person) =>
      element("option", { value: person.id }, person.admin ? `${person.name} (admin)` : person.name)));
    if (this.chat.people.some((person) => String(person.id) === chosen)) this.speaker.value = chosen;
    this.speakerRow.hidden = !group;
  }

  updateKeyboard() {
    const keyboard = this.chat.keyboard;
    this.keyboard.hidden = !keyboard || this.composer.form.hidden;
    this.keyboard.replaceChildren(...(keyboard?.rows ?? []).map((row) =>
      element("div", { className: "button-row" }, ...row.map((label) => {
        const asks = keyboard.places.includes(label);
        const button = element("button", { type: "button", dir: "auto" }, ...(asks ? [icon("place")] : []), label);
        button.addEventListener("click", async () => {
          const place = asks ? await this.app.askPlace() : {};
          if (place) await this.act({ do: "tap", label, ...place });
        });
        return button;
      }))));
  }

  /** A message is new, edited or gone. Told again, it changes nothing. */
  receive(view) {
    const known = this.messages.get(view.id);
    if (view.deleted) {
      known?.node.remove();
      this.messages.delete(view.id);
      this.separate();
      return;
    }
    const focused = known?.node.contains(document.activeElement)
      ? document.activeElement.dataset.key : undefined;
    const node = this.render(view);
    if (known) known.node.replaceWith(node);
    else this.insert(view.id, node);
    this.messages.set(view.id, { view, node });
    if (focused) node.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
    if (!known) {
      this.separate();
      const mine = view.from === this.speakerId();
      if (view.bot && !this.visible()) this.unread += 1;
      if (this.stuck || mine) this.toEnd();
      else if (view.bot) this.newer.hidden = false;
    } else if (this.stuck) this.toEnd();
    this.showAbout();
    this.app.unreadChanged();
  }

  answered(answer) {
    const button = this.busy.get(answer.press);
    if (button === undefined) return; // pressed on another page, or before this one was opened
    this.calm(answer.press);
    if (answer.url && startLink(answer.url, this.app.bot.at) !== null) this.follow(answer.url);
    if (!answer.text) return;
    if (answer.alert) this.app.alert(answer.text);
    else this.say(this.toast, answer.text);
  }

  insert(id, node) {
    const later = [...this.messages.keys()].filter((other) => other > id);
    const before = later.length ? this.messages.get(Math.min(...later)).node : null;
    this.log.insertBefore(node, before);
  }

  /** Puts the date where a day begins. */
  separate() {
    for (const old of this.log.querySelectorAll(".day")) old.remove();
    let last = "";
    for (const id of [...this.messages.keys()].sort((a, b) => a - b)) {
      const { view, node } = this.messages.get(id);
      const today = day.format(new Date(view.date));
      if (today !== last) node.before(element("p", { className: "day" }, today));
      last = today;
    }
  }

  /** Who speaks decides which side a message of a group is on. */
  renderAll() {
    for (const entry of this.messages.values()) {
      const node = this.render(entry.view);
      entry.node.replaceWith(node);
      entry.node = node;
    }
    if (this.stuck) this.toEnd();
  }

  // ------------------------------------------------------------------------- one message

  render(view) {
    const actions = {
      username: this.app.bot.at,
      say: (text) => this.act({ do: "say", text }),
      follow: (url) => this.follow(url),
    };
    if (view.kind === "service") return element("p", { className: "service", dir: "auto" }, view.text);
    const mine = !view.bot && (this.chat.type === "private" || view.from === this.speakerId());
    const bubble = element("div", { className: "bubble" });
    bubble.append(element("p", { className: this.chat.type !== "private" ? "sender" : "hidden", attr: { "data-hue": hue(view.from) } }, view.name));
    if (view.via) bubble.append(element("p", { className: "via" }, `via ${view.via}`));
    if (view.reply) bubble.append(this.quote(view.reply));
    if (view.kind === "photo") bubble.append(this.picture(view));
    if (view.kind === "location") bubble.append(element("p", { className: "text" }, `📍 ${view.place.join(", ")}`));
    else if (view.text) {
      const big = view.kind === "sticker" ? " sticker" : "";
      bubble.append(fill(element("div", { className: `text${big}`, dir: "auto" }), view.text, view.entities, actions));
    }
    bubble.append(this.marks(view));
    const message = element("article", { className: `message ${mine ? "mine" : "theirs"}`, id: `m${this.id}-${view.id}` }, bubble);
    for (const row of view.buttons) message.append(this.buttonRow(view, row));
    return message;
  }

  marks(view) {
    const marks = element("p", { className: "marks" });
    if (view.silent) marks.append(element("span", { className: "mark" }, "🔕 silent"));
    if (view.edited) marks.append(element("span", { className: "mark" }, "edited"));
    const sent = new Date(view.date);
    marks.append(element("time", { dateTime: view.date, title: sent.toLocaleString() }, clock.format(sent)));
    return marks;
  }

  quote(reply) {
    const quote = element(
      "button",
      { type: "button", className: "quote", dir: "auto", attr: { "aria-label": `In reply to ${reply.name}: ${reply.text}` } },
      element("strong", {}, reply.name),
      element("span", {}, reply.text),
    );
    quote.addEventListener("click", () => {
      const original = this.messages.get(reply.id)?.node;
      original?.scrollIntoView({ block: "center" });
      original?.classList.remove("found");
      requestAnimationFrame(() => original?.classList.add("found"));
    });
    return quote;
  }

  picture(view) {
    const alt = view.text ? `Picture: ${view.text.split("\n")[0]}` : "A picture from the bot";
    return element("img", { className: "photo", src: `photo/${this.id}/${view.id}`, alt });
  }

  buttonRow(view, row) {
    return element("div", { className: "button-row" }, ...row.map((button, index) => {
      const key = `${index}:${button.label}`;
      if (button.url && startLink(button.url, this.app.bot.at) === null) {
        const made = link(button.url, button.label, { username: this.app.bot.at });
        made.classList.add("inline-button", "leads-out");
        made.dir = "auto";
        return made;
      }
      const made = element("button", { type: "button", className: "inline-button", dir: "auto" }, button.label);
      made.dataset.key = key;
      if (button.url) made.addEventListener("click", () => this.follow(button.url));
      else if (button.data !== null) made.addEventListener("click", () => this.press(view.id, button.data, made));
      else if (button.copy) made.addEventListener("click", () => navigator.clipboard.writeText(button.copy));
      else made.disabled = true;
      return made;
    }));
  }

  // --------------------------------------------------------------------- what a person does

  speakerId() {
    return Number(this.speaker.value) || this.chat.people[0]?.id;
  }

  async act(body) {
    this.problem.hidden = true;
    try {
      return await this.app.act({ ...body, chat: this.id, as: this.speakerId() });
    } catch (error) {
      this.problem.textContent = error.message;
      this.problem.hidden = false;
      return null;
    }
  }

  async follow(url) {
    const done = await this.act({ do: "follow", link: url });
    if (done && done.chat !== this.id) this.app.show(done.chat);
  }

  pressStart() {
    this.follow(`https://t.me/${this.app.bot.at}`);
    this.composer.input.focus();
  }

  async press(message, data, button) {
    button.setAttribute("aria-busy", "true");
    const done = await this.act({ do: "press", message, data });
    if (!done) return button.removeAttribute("aria-busy");
    this.busy.set(done.press, button);
    setTimeout(() => this.calm(done.press), ANSWER_PATIENCE);
    this.app.pressed(done.press);
  }

  calm(press) {
    this.busy.get(press)?.removeAttribute("aria-busy");
    this.busy.delete(press);
  }

  // ------------------------------------------------------------------------------- the view

  showAbout() {
    this.about.hidden = !this.chat.about || this.messages.size > 0;
  }

  visible() {
    return !document.hidden && this.node.offsetParent !== null;
  }

  atEnd() {
    return this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 60;
  }

  toEnd() {
    this.stuck = true;
    this.log.scrollTop = this.log.scrollHeight;
    this.ownTop = this.log.scrollTop;
    this.newer.hidden = true;
  }

  scrolled() {
    // The event of our own scrolling comes late, when the chat may have grown again.
    if (this.log.scrollTop === this.ownTop) return;
    this.stuck = this.atEnd();
    if (this.stuck) this.newer.hidden = true;
  }

  seen() {
    this.unread = 0;
  }

  say(where, text) {
    where.textContent = text;
    clearTimeout(this.toastTimer);
    this.toastTimer = setTimeout(() => { where.textContent = ""; }, TOAST_TIME);
  }
}
