// WHIP and WHEP as a program speaks them that knows nothing of the hub but an address.

/** Posts the offer, sets the answer; returns the session's own address. */
export async function exchange(pc, endpoint) {
  await pc.setLocalDescription(await pc.createOffer());
  const response = await fetch(endpoint, { method: "POST", headers: { "content-type": "application/sdp" }, body: pc.localDescription.sdp });
  const text = await response.text();
  if (response.status !== 201) throw new Error(`${response.status}: ${text}`);
  await pc.setRemoteDescription({ type: "answer", sdp: text });
  return new URL(response.headers.get("location"), endpoint);
}

/** Ends the session and the program. */
export async function leave(pc, session) {
  const { status } = await fetch(session, { method: "DELETE" });
  await pc.close();
  process.exit(status === 200 ? 0 : 1);
}

/** One line of JSON for the test. */
export const say = (what) => console.log(JSON.stringify(what));

/** The test has had enough: it closes our standard input. */
export const told = () => new Promise((end) => process.stdin.on("end", end).resume());

/** Asks every 100 ms until there is something. */
export async function until(ask, seconds) {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await new Promise((next) => setTimeout(next, 100))) {
    const found = await ask();
    if (found) return found;
  }
  return null;
}
