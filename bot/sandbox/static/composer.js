// The box to write in: growing text, command suggestions, a location, Enter to send.

import { element, icon } from "./text.js";

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
      attr: { role: "listbox", "aria-label": "Commands" },
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
    this.suggest(fits);
  }

  suggest(commands) {
    this.picked = commands.length ? 0 : -1;
    this.suggestions.replaceChildren(...commands.map(([name, about], index) => {
      const option = element(
        "li",
        { id: `${this.suggestions.id}-${index}`, attr: { role: "option", "aria-selected": index === 0 } },
        element("strong", {}, `/${name}`),
        element("span", { dir: "auto" }, about),
      );
      option.addEventListener("pointerdown", (event) => {
        event.preventDefault();
        this.pick(name);
      });
      return option;
    }));
    this.suggestions.hidden = !commands.length;
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

  pick(name) {
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
      this.pick(options[this.picked].querySelector("strong").textContent.slice(1));
    } else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      const chosen = options[this.picked]?.querySelector("strong").textContent;
      if (chosen && chosen !== this.input.value) this.pick(chosen.slice(1));
      else this.send();
    }
  }

  grow() {
    this.input.style.height = "auto";
    this.input.style.height = `${Math.min(this.input.scrollHeight, MOST_HEIGHT)}px`;
  }
}
