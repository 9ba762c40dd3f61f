"""What the tests of the chat page share: a secret, a story, and a look at colours."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.sandbox.page import StoryState

SECRET = "a-secret-for-tests"


@dataclass
class Story:
    """A story of three steps that fails when told to."""

    now: StoryState = StoryState(0, 3, False, 2.0, "23 June 2014, 17:00", "", "Reuters: held")  # noqa: RUF009 - frozen
    fails: str | None = None

    def state(self) -> StoryState:
        return self.now

    async def step(self) -> None:
        if self.fails is not None:
            raise RuntimeError(self.fails)
        self.now = replace(self.now, step=self.now.step + 1)

    async def play(self) -> None:
        self.now = replace(self.now, playing=True)

    async def pause(self) -> None:
        self.now = replace(self.now, playing=False)

    async def set_pace(self, seconds_per_step: float) -> None:
        self.now = replace(self.now, speed=seconds_per_step)

    async def restart(self) -> None:
        self.now = replace(self.now, step=0, playing=False)


# Runs in the page: texts whose contrast with what is behind them is below 4.5:1 (WCAG 2.2, AA).
CONTRAST = """() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = ([r, g, b, a], [R, G, B]) =>
    [r * a + R * (1 - a), g * a + G * (1 - a), b * a + B * (1 - a), 1];
  const ground = (e) => {
    if (!e) return [255, 255, 255, 1];
    const own = rgba(getComputedStyle(e).backgroundColor);
    return own[3] === 1 ? own : over(own, ground(e.parentElement));
  };
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const texts = [...document.querySelectorAll("body *")].filter((e) =>
    !e.disabled && !e.matches(".hidden, .skip, option") && e.checkVisibility()
    && [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()));
  return texts.map((e) => {
    const back = ground(e);
    const a = light(over(rgba(getComputedStyle(e).color), back));
    const b = light(back);
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    return [ratio, e.className || e.tagName, e.textContent];
  }).filter(([ratio]) => ratio < 4.5);
}"""
