"""aiortc, WebRTC in Python, plays: aiortc-play.py <endpoint>"""
import asyncio
import sys

from aiortc import RTCPeerConnection, RTCSessionDescription

import exchange
import picture

heard = {"frames": 0, "code": -1, "samples": 0, "peak": 0}


async def watch(track):
    while True:
        frame = await track.recv()
        luma = frame.planes[0]
        heard["frames"] += 1
        heard["code"] = picture.read(bytes(luma), frame.width, frame.height, luma.line_size)


async def listen(track):
    while True:
        frame = await track.recv()
        samples = memoryview(bytes(frame.planes[0])).cast("h")
        heard["samples"] += frame.samples
        heard["peak"] = max(heard["peak"], *samples)


async def main():
    pc = RTCPeerConnection()
    tasks = []
    pc.on("track", lambda track: tasks.append(asyncio.ensure_future((listen if track.kind == "audio" else watch)(track))))
    for kind in ("audio", "video"):
        pc.addTransceiver(kind, direction="recvonly")
    await pc.setLocalDescription(await pc.createOffer())
    answer, session = exchange.post(sys.argv[1], pc.localDescription.sdp)
    await pc.setRemoteDescription(RTCSessionDescription(answer, "answer"))
    for _ in range(250):
        if heard["frames"] > 30 and heard["code"] > 0 and heard["peak"] > 1000:
            break
        await asyncio.sleep(0.1)
    exchange.say(**heard)
    exchange.delete(session)
    for task in tasks:
        task.cancel()
    await pc.close()


asyncio.run(main())
