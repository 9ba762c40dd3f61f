// Text and entities to DOM nodes. Nothing a bot or a person writes is ever read as HTML.

const TAGS = {
  bold: "b",
  italic: "i",
  underline: "u",
  strikethrough: "s",
  code: "code",
  pre: "pre",
  blockquote: "blockquote",
  expandable_blockquote: "blockquote",
};

/** A new element with properties, attributes (in `attr`) and children. */
export function element(tag, { attr = {}, ...props } = {}, ...children) {
  const made = Object.assign(document.createElement(tag), props);
  for (const [name, value] of Object.entries(attr)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

const SVG = "http://www.w3.org/2000/svg";
const ICONS = {
  place: "M8 .8a5 5 0 0 0-5 5c0 3.6 5 9.4 5 9.400s5-5.8 5-9.400a5 5 0 0 0-5-5zm0 7a2 2 0 1 1 0-4 2 2 0 0 1 0 4z",
  send: "M1.5 14.5 15 8 1.5 1.500V6.500L10 8l-8.5 1.500z",
};

/** A small drawing beside words that say the same. */
export function icon(name) {
  const drawing = document.createElementNS(SVG, "svg");
  drawing.setAttribute("viewBox", "0 0 16 16");
  drawing.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  drawing.append(path);
  return drawing;
}

/** The start parameter if `url` leads to the bot called `username`, otherwise null. */
export function startLink(url, username) {
  let parsed;
  try {
    parsed = new URL(/^[a-z][a-z0-9+.-]*:/i.test(url) ? url : `https://${url}`);
  } catch {
    return null;
  }
  const path = parsed.pathname.replaceAll("/", "").toLowerCase();
  const ours = ["http:", "https:"].includes(parsed.protocol)
    && parsed.hostname === "t.me" && path === username.toLowerCase();
  return ours ? parsed.searchParams.get("start") ?? "" : null;
}

/** A link that opens elsewhere, or a button that starts the bot. Only web links become links. */
export function link(url, label, actions) {
  if (startLink(url, actions.username) !== null) {
    const start = element("button", { type: "button", className: "in-text" }, label);
    start.addEventListener("click", () => actions.follow(url));
    return start;
  }
  const full = /^https?:/i.test(url) ? url : `https://${url}`;
  if (/^(?!https?:)[a-z][a-z0-9+.-]*:/i.test(url)) return element("span", {}, label);
  return element("a", { href: full, target: "_blank", rel: "noopener noreferrer" }, label);
}

function wrap(entity, text, actions) {
  const tag = TAGS[entity.type];
  if (tag) return element(tag);
  if (entity.type === "bot_command") {
    const button = element("button", { type: "button", className: "in-text" });
    button.addEventListener("click", () => actions.say(text));
    return button;
  }
  if (entity.type === "text_link" || entity.type === "url") {
    return link(entity.url ?? text, "", actions);
  }
  if (entity.type === "spoiler") {
    const hidden = element("button", {
      type: "button",
      className: "spoiler",
      attr: { "aria-label": "Hidden text, press to show" },
    });
    hidden.addEventListener("click", () => {
      hidden.classList.add("shown");
      hidden.removeAttribute("aria-label");
    });
    return hidden;
  }
  return element("span", { className: entity.type });
}

/**
 * Fills `parent` with `text`. Entities are sorted by offset, longest first, and nest; offsets
 * count UTF-16 code units, which is what JavaScript strings are made of.
 */
export function fill(parent, text, entities, actions) {
  write(parent, text, 0, text.length, [...entities], actions);
  return parent;
}

function write(parent, text, from, to, entities, actions) {
  let at = from;
  while (entities.length && entities[0].offset < to) {
    const entity = entities.shift();
    const start = Math.max(entity.offset, at);
    const end = Math.min(entity.offset + entity.length, to);
    if (end <= start) continue;
    parent.append(text.slice(at, start));
    const inside = wrap(entity, text.slice(start, end), actions);
    const nested = [];
    while (entities.length && entities[0].offset < end) nested.push(entities.shift());
    write(inside, text, start, end, nested, actions);
    parent.append(inside);
    at = end;
  }
  parent.append(text.slice(at, to));
}
