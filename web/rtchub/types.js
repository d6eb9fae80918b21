// @ts-check
/**
 * The shapes that travel: docs/protocol.md sections 4, 5 and 7 as JSDoc types. No code; never loaded by a browser.
 *
 * @typedef {{ code: string, message: string, field?: string, retryAfterMs?: number }} ErrorBody
 * @typedef {{ room?: string | null, join?: boolean, publish: boolean, subscribe: boolean, data: boolean, moderate?: boolean }} Grants
 * @typedef {{ audio: boolean, video: boolean, screen: string | null }} MediaFlags
 * @typedef {{ id: string, name: string }} Person
 *
 * @typedef {object} Participant
 * @property {string} id
 * @property {string} name
 * @property {"moderator" | "participant"} role
 * @property {"connected" | "reconnecting"} state
 * @property {string} joinedAt
 * @property {MediaFlags} media
 * @property {string | null} hand  when it was raised
 * @property {Grants} grants
 * @property {{ audio?: string, video?: string } | null} [mutedBy]
 * @property {"person" | "program"} [kind]
 *
 * @typedef {object} Route  which way the media of a room goes
 * @property {"mesh" | "sfu"} topology
 * @property {"mesh" | "sfu" | null} next  the one that is being prepared
 * @property {number} epoch
 * @property {string | null} heldBackBy  the participant because of whom the room cannot move
 * @property {number} way  which of the room's ways at the media service is in use, or would be
 * @property {number | null} nextWay  the one to another media service that is being prepared
 *
 * @typedef {{ message: number, from: string, name: string, text: string, at: string, n: number }} Chat
 *
 * @typedef {object} DirectCall
 * @property {string} id
 * @property {Person} from
 * @property {Person} to
 * @property {"ringing" | "accepted" | "declined" | "busy" | "cancelled" | "timeout" | "ended"} state
 * @property {string | null} room
 *
 * @typedef {object} RoomProperties  a room without the people in it
 * @property {string} id
 * @property {string} name
 * @property {string} mode
 * @property {Route} route
 * @property {string} [topology]  of `route`, in the state that views render
 * @property {"joined" | "waiting"} status
 * @property {number} maxParticipants
 * @property {boolean} locked
 * @property {boolean} lobby
 * @property {boolean} hasPasscode
 * @property {Record<string, unknown> | null} metadata
 * @property {DirectCall | null} call
 * @property {string | null} [spotlight]  whom a moderator shows large to everybody
 *
 * @typedef {RoomProperties & { participants: Participant[], waiting: Person[], chat: Chat[], seat?: import("./sfu.js").Seat | null }} Room
 *
 * @typedef {{ servers: RTCIceServer[], expiresAt: string | null }} IceServers
 *
 * @typedef {object} Limits
 * @property {number} frameBytes
 * @property {number} sdpFrameBytes
 * @property {number} chatBytes
 * @property {number} pingMs
 * @property {number} deadMs
 *
 * @typedef {object} Snapshot  the payload of `welcome` and of `resync`
 * @property {string} version
 * @property {{ id: string, name: string, secret: string, grants: Grants }} self
 * @property {Room | null} room
 * @property {ErrorBody | null} refused
 * @property {IceServers} iceServers
 * @property {string[]} [stun]
 * @property {Limits} limits
 * @property {number | null} received
 * @property {number} [seq]
 *
 * @typedef {{ t: string, seq: number, from?: string, to?: string, n?: number, d: any }} HubEvent
 * @typedef {{ now(): number, setTimeout(run: () => void, ms: number): any, clearTimeout(handle: any): void }} Clock
 *
 * @typedef {Readonly<CallShape>} CallState  `call.state`, as web/README.md has it
 * @typedef {object} CallShape
 * @property {import("./signal.js").SignalState} connection
 * @property {number | null} retryAt
 * @property {number | null} rttMs
 * @property {{ code: string, message: string } | null} error
 * @property {{ id: string, name: string, role: "moderator" | "participant", hand: string | null, grants: Grants, quality: import("./stats.js").Quality | null } | null} self
 * @property {RoomProperties | null} room
 * @property {"mesh" | "sfu" | null} moving  where the room's media is moving to
 * @property {Voice[]} audio  the few voices that are heard at a time, all to be played; in a mesh they come with the peers' cameras
 * @property {{ status: "on" | "waiting", epoch: number | null } | null} e2ee  waiting: for the key of somebody inside; nothing is sent before
 * @property {{ room: string, reason: string } | null} removed
 * @property {Person[]} waiting
 * @property {PeerState[]} peers
 * @property {import("./media.js").MediaState} media
 * @property {Chat[]} chat
 * @property {import("./transfer.js").Transfer[]} files
 * @property {DirectCall | null} direct
 *
 * @typedef {object} PeerState
 * @property {string} id
 * @property {string} name
 * @property {"moderator" | "participant"} role
 * @property {string} joinedAt
 * @property {string | null} hand
 * @property {Grants} grants
 * @property {{ audio?: string, video?: string } | null} mutedBy
 * @property {"connected" | "reconnecting"} signalling
 * @property {"new" | "connecting" | "connected" | "recovering" | "failed"} connection
 * @property {MediaFlags} media
 * @property {MediaStream | null} camera
 * @property {MediaStream | null} screen
 * @property {number} volume
 * @property {number} level
 * @property {boolean} speaking
 * @property {import("./stats.js").Quality | null} quality
 * @property {"person" | "program"} kind
 * @property {VideoState} video  of the camera
 * @property {VideoState} screenVideo
 * @property {boolean | null} decrypts  null: nothing has come to tell by
 *
 * @typedef {{ stream: MediaStream, peer: string | null, volume: number }} Voice  whose it is changes with who speaks
 *
 * @typedef {{ paused: "bandwidth" | null }} VideoState
 */
export {};
