// @ts-check
/** The stage: one tile for each picture, placed by `cast` (who) and `arrange` (where). */
import { arrange, nearestCorner } from "./arrange.js";
import { cast, createSpeakerFollower, parts } from "./cast.js";
import { h, keyed, style } from "./dom.js";
import { createTile } from "./tile.js";

/** @typedef {import("./cast.js").Part} Part */

/** @param {import("./call.js").CallPage} page */
export function createStage(page) {
  const tiles = h("div", { class: "tiles" });
  const element = h("div", { class: "stage" }, tiles);
  const follow = createSpeakerFollower();
  const update = keyed(tiles, /** @param {Part} part */ part => part.key, part => {
    const tile = createTile(page, part);
    if (!part.peer) dragToCorner(tile.element);
    return tile;
  });
  let width = 0;
  let height = 0;
  const resized = new ResizeObserver(([entry]) => {
    ({ width, height } = entry.contentRect);
    place();
  });
  resized.observe(tiles);

  function place() {
    if (width === 0 || height === 0) return;
    const { state } = page.app.call;
    const { view, pinned, selfView, corner } = page.ui;
    const speaker = follow(state.peers, performance.now());
    const roles = cast({ parts: parts(state), view, pinned, speaker, selfView });
    const places = arrange({ width, height, gap: width < 600 ? 6 : 10, ...roles, at: corner });
    for (const [key, tile] of update.views) {
      tile.place(places.get(key));
      tile.element.classList.toggle("floating", key === roles.corner);
    }
  }

  /** The floating self view follows the finger and falls into the nearest corner. @param {HTMLElement} tile */
  function dragToCorner(tile) {
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
      const box = tiles.getBoundingClientRect();
      const at = tile.getBoundingClientRect();
      tile.style.removeProperty("transform");
      tile.classList.remove("dragging");
      page.change({ corner: nearestCorner(at.x + at.width / 2 - box.x, at.y + at.height / 2 - box.y, box.width, box.height) });
    };
    tile.addEventListener("pointerup", drop);
    tile.addEventListener("pointercancel", drop);
  }

  return {
    element,
    /** @param {import("./app.js").CallState} state */
    update(state) {
      update(parts(state));
      place();
    },
    /** Tries again to play everything: called from a touch, so sound is allowed now. */
    listen() {
      for (const tile of update.views.values()) tile.listen();
    },
    remove() {
      resized.disconnect();
      update([]);
    },
  };
}
