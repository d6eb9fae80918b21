// @ts-check
import { h, style, text } from "./dom.js";
import { hue, initials } from "./words.js";

/** Initials in a colour that stays with the person. */
export function createAvatar() {
  const element = h("div", { class: "avatar", "aria-hidden": "true" });
  return {
    element,
    /** @param {{ id: string, name: string }} person */
    update(person) {
      text(element, initials(person.name));
      style(element, "--hue", String(hue(person.id)));
    },
  };
}
