// @ts-check
/** Light, dark, or as the system says; kept between visits. */
import { stored } from "./stored.js";

const dark = matchMedia("(prefers-color-scheme: dark)");

/** @returns {"light" | "dark"} what the page shows now */
export function theme() {
  const chosen = document.documentElement.dataset.theme;
  return chosen === "light" || chosen === "dark" ? chosen : dark.matches ? "dark" : "light";
}

export function useStoredTheme() {
  const chosen = stored.read("theme", "");
  if (chosen) document.documentElement.dataset.theme = chosen;
  describe();
  dark.addEventListener("change", describe);
}

export function toggleTheme() {
  const next = theme() === "dark" ? "light" : "dark";
  document.documentElement.dataset.theme = next;
  stored.write("theme", next);
  describe();
}

/** The browser's own frame takes the page's colour. */
function describe() {
  const meta = document.querySelector('meta[name="theme-color"]');
  meta?.setAttribute("content", getComputedStyle(document.body).backgroundColor);
}
