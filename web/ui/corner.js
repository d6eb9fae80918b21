// @ts-check
/** The floating self view follows the finger and falls into the nearest corner. */
import { nearestCorner } from "./arrange.js";
import { style } from "./dom.js";

/**
 * @param {HTMLElement} tile
 * @param {HTMLElement} stage
 * @param {(corner: import("./arrange.js").Corner) => void} fall
 */
export function dragToCorner(tile, stage, fall) {
  /** @type {{ x: number, y: number } | null} */
  let from = null;
  tile.addEventListener("pointerdown", event => {
    const pressed = /** @type {HTMLElement} */ (event.target);
    if (!tile.classList.contains("floating") || pressed.closest("button")) return;
    from = { x: event.clientX, y: event.clientY };
    tile.setPointerCapture(event.pointerId);
    tile.classList.add("dragging");
  });
  tile.addEventListener("pointermove", event => {
    if (from) style(tile, "transform", `translate(${event.clientX - from.x}px, ${event.clientY - from.y}px)`);
  });
  const drop = () => {
    if (!from) return;
    from = null;
    const box = stage.getBoundingClientRect();
    const at = tile.getBoundingClientRect();
    tile.style.removeProperty("transform");
    tile.classList.remove("dragging");
    fall(nearestCorner(at.x + at.width / 2 - box.x, at.y + at.height / 2 - box.y, box.width, box.height));
  };
  tile.addEventListener("pointerup", drop);
  tile.addEventListener("pointercancel", drop);
}
