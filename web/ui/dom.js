// @ts-check
/**
 * The few words of DOM that the views are written in. Data enters the page only as text nodes and attributes,
 * never as markup: there is no innerHTML anywhere in ui/.
 */

/** @typedef {Node | string | number | null | undefined | false} Child */
/** @typedef {Record<string, string | number | boolean | null | undefined | ((event: any) => void)>} Props */

/**
 * An element: `on...` functions become listeners, `true` a bare attribute, null, undefined and false none.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Props | null} [props]
 * @param {...(Child | Child[])} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function h(tag, props, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else attribute(element, name, value === true ? "" : value);
  }
  for (const child of children.flat()) {
    if (child !== null && child !== undefined && child !== false)
      element.append(child instanceof Node ? child : String(child));
  }
  return element;
}

/**
 * Sets or removes an attribute, touching the DOM only when it differs: `update` functions run often.
 * @param {Element} element
 * @param {string} name
 * @param {string | number | false | null | undefined} value
 */
export function attribute(element, name, value) {
  if (value === null || value === undefined || value === false) {
    if (element.hasAttribute(name)) element.removeAttribute(name);
  } else if (element.getAttribute(name) !== String(value)) {
    element.setAttribute(name, String(value));
  }
}

/** @param {Node} node @param {string | number} value */
export function text(node, value) {
  const next = String(value);
  if (node.textContent !== next) node.textContent = next;
}

/** @param {HTMLElement} element @param {boolean} on */
export function show(element, on) {
  if (element.hidden === on) element.hidden = !on;
}

/** @param {HTMLElement} element @param {string} name a custom property or a CSS property @param {string} value */
export function style(element, name, value) {
  if (element.style.getPropertyValue(name) !== value) element.style.setProperty(name, value);
}

/**
 * A video or audio element shows a stream; assigning the same one again would restart it.
 * @param {HTMLMediaElement} element
 * @param {MediaStream | null} stream
 */
export function play(element, stream) {
  if (element.srcObject !== stream) element.srcObject = stream;
}

/**
 * Keeps the children of `container` in step with a list: one view for each key, made once, updated often, removed when
 * its item has gone, and moved only when the order really changed (a moved <video> stops for a moment).
 * @template T
 * @template {{ element: HTMLElement, update(item: T): void, remove?(): void }} V
 * @param {HTMLElement} container
 * @param {(item: T) => string} keyOf
 * @param {(item: T) => V} create
 * @returns {((items: readonly T[]) => void) & { views: Map<string, V> }}
 */
export function keyed(container, keyOf, create) {
  /** @type {Map<string, V>} */
  const views = new Map();

  /** @param {readonly T[]} items */
  function update(items) {
    const wanted = new Set(items.map(keyOf));
    for (const [key, view] of views) {
      if (wanted.has(key)) continue;
      view.remove?.();
      view.element.remove();
      views.delete(key);
    }
    let place = container.firstElementChild;
    for (const item of items) {
      const key = keyOf(item);
      let view = views.get(key);
      if (!view) views.set(key, view = create(item));
      if (view.element === place) place = place.nextElementSibling;
      else container.insertBefore(view.element, place);
      view.update(item);
    }
  }
  return Object.assign(update, { views });
}

/** @param {number} ms @param {() => void} run @returns {() => void} stops it */
export function every(ms, run) {
  const timer = setInterval(run, ms);
  return () => clearInterval(timer);
}
