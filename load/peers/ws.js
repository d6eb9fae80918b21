// A relay on ws as small as one can write it: rooms, ids, messages to one or to all others. No numbers, no replies, no resume.
import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';

const rooms = new Map();
let last = 0;

const server = createServer((_, response) => response.end('ok'));
const sockets = new WebSocketServer({ server, maxPayload: 1 << 18 });

sockets.on('connection', socket => {
  const id = String(++last);
  let room;

  socket.on('message', text => {
    const { t, to, room: name, d } = JSON.parse(text);
    if (t === 'join') {
      room = rooms.get(name) ?? new Map();
      rooms.set(name, room.set(id, socket));
      socket.send(JSON.stringify({ t: 'joined', id, others: [...room.keys()].filter(other => other !== id) }));
      return;
    }

    const frame = JSON.stringify({ t, from: id, d });
    if (to !== undefined) {
      room?.get(to)?.send(frame);
    } else if (room) {
      const bytes = Buffer.from(frame); // encoded once for all of them
      for (const [other, peer] of room) if (other !== id) peer.send(bytes, { binary: false });
    }
  });

  socket.on('close', () => {
    room?.delete(id);
  });
});

server.listen(Number(process.argv[2]), '127.0.0.1');
