// @ts-check
/** @import { Paths } from "./paths.js" */
/** @import { RoomState } from "./room.js" */
/** @import { Session } from "./session.js" */
/** @import { CallShape, ErrorBody, Participant, PeerState } from "./types.js" */

/**
 * Everything that a view shows, drawn together into one object.
 * @param {object} parts
 * @param {Session} parts.session
 * @param {RoomState} parts.room
 * @param {Paths | null} parts.paths
 * @param {ReturnType<typeof import("./e2ee.js").createE2ee> | null} parts.e2ee
 * @param {CallShape["media"]} parts.media
 * @param {CallShape["files"]} parts.files
 * @param {Map<string, number>} parts.volumes  by participant
 * @param {CallShape["removed"]} parts.removed
 * @param {CallShape["direct"]} parts.direct
 * @param {ErrorBody | null} parts.joinError
 * @returns {CallShape}
 */
export function callState({ session, room, paths, e2ee, media, files, volumes, removed, direct, joinError }) {
  const { state: connection, retryAt, rttMs, error } = session.signal;
  const { self } = session;
  const selfId = self?.id ?? "";
  const me = room.people.get(selfId);
  const peers = room.isJoined ? room.others(selfId).map((participant) => peerState(participant, paths, e2ee, volumes)) : [];
  return {
    connection,
    retryAt,
    rttMs,
    error: error && connection !== "closed" ? error : joinError,
    self: self && {
      id: self.id,
      name: me?.name ?? self.name,
      role: me?.role ?? "participant",
      hand: me?.hand ?? null,
      grants: { ...self.grants, ...me?.grants },
      quality: paths?.route.topology === "sfu" ? paths.sfu?.quality ?? null : best(peers),
    },
    room: room.properties && { ...room.properties, topology: room.properties.route?.topology ?? "mesh" },
    moving: room.properties?.route?.next ?? null,
    audio: (paths?.voices ?? []).map(({ stream, peer }) => ({ stream, peer, volume: volumes.get(peer ?? "") ?? 1 })),
    e2ee: e2ee && { status: e2ee.status, epoch: e2ee.epoch },
    removed,
    waiting: room.waiting,
    peers,
    media,
    chat: room.chat,
    files,
    direct,
  };
}

/** In a mesh our own end is as good as the best connection: what is wrong with all of them is wrong with us. @param {PeerState[]} peers */
function best(peers) {
  return peers.reduce((found, { quality }) => (quality && (!found || quality.score > found.score) ? quality : found), /** @type {PeerState["quality"]} */ (null));
}

/**
 * @param {Participant} participant
 * @param {Paths | null} paths
 * @param {ReturnType<typeof import("./e2ee.js").createE2ee> | null} e2ee
 * @param {Map<string, number>} volumes
 * @returns {PeerState}
 */
function peerState({ id, name, role, joinedAt, hand, grants, state, mutedBy, media, kind }, paths, e2ee, volumes) {
  const peer = paths?.peer(id);
  return Object.freeze({
    id, name, role, joinedAt, hand, grants, media,
    kind: kind ?? "person",
    mutedBy: mutedBy ?? null,
    signalling: state,
    connection: peer?.connection ?? "new",
    camera: peer?.camera ?? null,
    screen: media.screen ? peer?.screen ?? null : null,
    volume: volumes.get(id) ?? 1,
    level: peer?.level ?? 0,
    speaking: (peer?.speaking && media.audio) ?? false,
    quality: peer?.quality ?? null,
    video: { paused: peer?.paused?.camera ?? null },
    screenVideo: { paused: peer?.paused?.screen ?? null },
    decrypts: e2ee?.decrypts(id) ?? null,
  });
}
