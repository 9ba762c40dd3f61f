// The box to write in: growing text, suggestions of commands and of what the bot offers inline
// ("@bot al wal"), a location, Enter to send.

import { element, icon } from "./text.js";

const INLINE_PAUSE = 250; // ms without typing before the bot is asked
const MOST_HEIGHT = 140; // px the box grows to before it scrolls

export class Composer {
  /** `panel` is the ChatPanel it belongs to: it has chat, app, and act(body). */
  constructor(panel, uid) {
    this.panel = panel;
    this.picked = -1;
    this.suggestions = element("ul", {
      className: "suggestions",
      id: `${uid}-commands`,
      hidden: true,
      attr: { role: "listbox", "aria-label": "Suggestions" },
    });
    this.input = element("textarea", {
      id: `${uid}-text`,
      rows: 1,
      dir: "auto",
      placeholder: "Message",
      attr: { "aria-autocomplete": "list", "aria-controls": `${uid}-commands`, enterkeyhint: "send" },
    });
    this.label = element("label", { className: "hidden", htmlFor: `${uid}-text` });
    this.placeButton = element(
      "button",
      { type: "button", className: "round", title: "Send a location", attr: { "aria-label": "Send a location" } },
      icon("place"),
    );
    this.placeButton.addEventListener("click", async () => {
      const place = await panel.app.askPlace();
      if (place) await panel.act({ do: "locate", ...place });
    });
    const send = element(
      "button",
      { className: "round send", attr: { "aria-label": "Send" } },
      icon("send"),
    );
    this.form = element("form", { className: "composer" }, this.label, this.placeButton, this.input, send);
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    this.input.addEventListener("input", () => this.typed());
    this.input.addEventListener("blur", () => this.suggest([]));
    this.input.addEventListener("keydown", (event) => this.key(event));
  }

  update(chat) {
    this.label.textContent = `Message in ${chat.title}`;
    this.input.placeholder = chat.keyboard?.hint || "Message";
  }

  async send() {
    const text = this.input.value;
    if (!text.trim()) return;
    this.suggest([]);
    this.input.value = "";
    this.grow();
    if (!(await this.panel.act({ do: "say", text })) && !this.input.value) this.input.value = text;
  }

  // ------------------------------------------------------------------------ writing, commands

  typed() {
    this.grow();
    const word = /^\/(\w*)$/.exec(this.input.value);
    const fits = word ? this.panel.chat.commands.filter(([name]) => name.startsWith(word[1].toLowerCase())) : [];
    this.suggest(fits.map(([name, about]) => ({ label: `/${name}`, about, pick: () => this.command(name) })));
    this.askInline();
  }

  /** After the bot's name, what is typed is asked of the bot; each query replaces the one before. */
  askInline() {
    const at = `@${this.panel.app.bot.at} `.toLowerCase();
    clearTimeout(this.pause);
    this.inline = null;
    if (!this.input.value.toLowerCase().startsWith(at)) return;
    const query = this.input.value.slice(at.length);
    this.pause = setTimeout(async () => {
      const done = await this.panel.act({ do: "inline", query });
      this.inline = done?.inline ?? null;
      if (this.early?.inline === this.inline) this.offered(this.early);
    }, INLINE_PAUSE);
  }

  /** What the bot offers: of the query that was typed last. */
  offered(view) {
    if (view.inline !== this.inline) {
      this.early = view; // it came before the query was known to be under way
      return;
    }
    const offers = view.offers.map(({ id, title, about }) => ({
      label: title,
      about,
      pick: () => this.clear() || this.panel.act({ do: "offer", inline: view.inline, offer: id }),
    }));
    const button = view.button && {
      label: view.button[0],
      about: "",
      pick: () => this.clear() || this.panel.follow(`https://t.me/${this.panel.app.bot.at}?start=${view.button[1]}`),
    };
    this.suggest(button ? [button, ...offers] : offers);
  }

  clear() {
    this.suggest([]);
    this.input.value = "";
    this.grow();
  }

  suggest(options) {
    this.options = options;
    this.picked = options.length ? 0 : -1;
    this.suggestions.replaceChildren(...options.map(({ label, about, pick }, index) => {
      const option = element(
        "li",
        { id: `${this.suggestions.id}-${index}`, attr: { role: "option", "aria-selected": index === 0 } },
        element("strong", { dir: "auto" }, label),
        element("span", { dir: "auto" }, about),
      );
      option.addEventListener("pointerdown", (event) => {
        event.preventDefault();
        pick();
      });
      return option;
    }));
    this.suggestions.hidden = !options.length;
    this.mark();
  }

  mark() {
    [...this.suggestions.children].forEach((option, index) =>
      option.setAttribute("aria-selected", index === this.picked));
    const chosen = this.suggestions.children[this.picked];
    chosen?.scrollIntoView({ block: "nearest" });
    if (chosen) this.input.setAttribute("aria-activedescendant", chosen.id);
    else this.input.removeAttribute("aria-activedescendant");
  }

  command(name) {
    const group = this.panel.chat.type !== "private";
    this.input.value = `/${name}${group ? `@${this.panel.app.bot.at}` : ""} `;
    this.suggest([]);
    this.input.focus();
  }

  key(event) {
    const options = this.suggestions.hidden ? [] : [...this.suggestions.children];
    if (options.length && ["ArrowDown", "ArrowUp"].includes(event.key)) {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : options.length - 1;
      this.picked = (this.picked + step) % options.length;
      this.mark();
    } else if (options.length && event.key === "Escape") {
      this.suggest([]);
    } else if (options.length && event.key === "Tab" && !event.shiftKey) {
      event.preventDefault();
      this.options[this.picked].pick();
    } else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      const chosen = options.length ? this.options[this.picked] : undefined;
      if (chosen && chosen.label !== this.input.value) chosen.pick();
      else this.send();
    }
  }

  grow() {
    this.input.style.height = "auto";
    this.input.style.height = `${Math.min(this.input.scrollHeight, MOST_HEIGHT)}px`;
  }
}
