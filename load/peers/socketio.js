// The same relay on socket.io, over WebSocket alone, as its documentation writes one.
import { createServer } from 'node:http';
import { Server } from 'socket.io';

const server = createServer((_, response) => response.end('ok'));
const io = new Server(server, { transports: ['websocket'], serveClient: false, maxHttpBufferSize: 1 << 18 });

io.on('connection', socket => {
  let room;
  socket.on('join', name => {
    room = name;
    socket.join(name);
    socket.emit('joined', socket.id, [...io.sockets.adapter.rooms.get(name)].filter(other => other !== socket.id));
  });

  for (const type of ['offer', 'answer', 'candidate', 'data']) {
    socket.on(type, (to, d) => {
      if (to) io.to(to).emit(type, socket.id, d);
      else socket.to(room).emit(type, socket.id, d);
    });
  }
});

server.listen(Number(process.argv[2]), '127.0.0.1');
