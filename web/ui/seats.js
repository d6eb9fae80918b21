// @ts-check
/**
 * In which order people sit: as they came, but whoever speaks or shows a picture gets a seat on the first page. It is a
 * swap of two people, so that nobody else moves. Pure; time is handed in.
 */

/** @typedef {{ id: string, speaking: boolean, media: { video: boolean } }} Sitter */

/** Who spoke so recently keeps the seat: a conversation goes to and fro. */
const recentMs = 30_000;

/** @returns {(people: readonly Sitter[], front: number, now: number) => string[]} `front`: seats on the first page */
export function createSeats() {
  /** @type {string[]} */
  let order = [];
  /** When each last spoke. @type {Map<string, number>} */
  const spoke = new Map();

  return (people, front, now) => {
    const here = new Map(people.map(person => [person.id, person]));
    for (const { id, speaking } of people) if (speaking) spoke.set(id, now);
    for (const id of spoke.keys()) if (!here.has(id)) spoke.delete(id);

    const seated = new Set(order);
    const all = [...order, ...people.filter(({ id }) => !seated.has(id)).map(({ id }) => id)];
    order = withoutGone(all, id => here.has(id), front);

    /** @param {string} id */
    const rank = id => {
      const { speaking, media } = /** @type {Sitter} */ (here.get(id));
      return speaking ? 3 : now - (spoke.get(id) ?? -Infinity) < recentMs ? 2 : media.video ? 1 : 0;
    };
    for (let behind = front; behind < order.length; behind++) {
      const wants = rank(order[behind]);
      // Having spoken keeps a seat, but does not take one.
      if (wants !== 3 && wants !== 1) continue;
      const seat = leastNeeded(order, front, rank, spoke);
      if (rank(order[seat]) < wants) [order[seat], order[behind]] = [order[behind], order[seat]];
    }
    return order;
  };
}

/** Empty seats on the first page are filled from behind; nobody else there moves. @param {string[]} order @param {(id: string) => boolean} isHere @param {number} front */
function withoutGone(order, isHere, front) {
  const rest = order.slice(front).filter(isHere);
  const first = order.slice(0, front).map(id => isHere(id) ? id : rest.shift());
  return [...first.filter(id => id !== undefined), ...rest];
}

/** @param {string[]} order @param {number} front @param {(id: string) => number} rank @param {Map<string, number>} spoke */
function leastNeeded(order, front, rank, spoke) {
  let least = 0;
  for (let i = 1; i < front; i++) {
    const less = rank(order[i]) - rank(order[least]) || (spoke.get(order[i]) ?? 0) - (spoke.get(order[least]) ?? 0);
    // Of equals the last one goes: the first rows are the calmest.
    if (less <= 0) least = i;
  }
  return least;
}
