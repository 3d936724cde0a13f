// Building elements. Text always goes in as text, never as markup.

export type Child = Node | string | number | null | undefined | false;
export type Attributes = Record<string, string | number | boolean | null | undefined>;

export function el<K extends keyof HTMLElementTagNameMap>(
  name: K, attributes: Attributes = {}, ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    element.setAttribute(key, value === true ? "" : String(value));
  }
  append(element, children);
  return element;
}

export function append(element: Element, children: Child[]): void {
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    element.append(typeof child === "number" ? String(child) : child);
  }
}

export function byId<T extends HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page lacks #${id}`);
  return found as T;
}

export function hidden(text: string): HTMLElement {
  return el("span", { class: "visually-hidden" }, text);
}

// A wide table scrolls in a region of its own that the keyboard reaches. While there is more to either side a shadow on
// that side and a line above say so: many systems show no scroll bar before one scrolls.
export function scrollable(label: string, table: HTMLTableElement): HTMLElement {
  const cue = el("p", { class: "scroll-cue no-print", "aria-hidden": "true", hidden: true }, "This table is wider than the page: scroll it sideways ↔");
  const region = el("div", { class: "scroll", role: "region", "aria-label": label }, table);
  const frame = el("div", { class: "scroll-frame" }, cue, region);
  const look = (): void => {
    const beyond = region.scrollWidth - region.clientWidth, left = Math.abs(region.scrollLeft);
    frame.classList.toggle("more-left", left > 1);
    frame.classList.toggle("more-right", left < beyond - 1);
    cue.hidden = beyond <= 1;
    if (beyond > 1) region.tabIndex = 0;
    else region.removeAttribute("tabindex"); // nothing to scroll: no stop on the way
  };
  region.addEventListener("scroll", look, { passive: true });
  const watch = new ResizeObserver(look);
  watch.observe(region);
  watch.observe(table);
  return frame;
}
