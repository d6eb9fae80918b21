"""aiortc, WebRTC in Python, publishes a picture with a code, and a tone: aiortc-publish.py <endpoint> <code>"""
import array
import asyncio
import math
import sys

from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import AudioStreamTrack, VideoStreamTrack
from av import AudioFrame, VideoFrame

import exchange
import picture


class Picture(VideoStreamTrack):
    async def recv(self):
        pts, time_base = await self.next_timestamp()
        frame = VideoFrame(picture.WIDTH, picture.HEIGHT, "yuv420p")
        planes = [picture.draw(int(sys.argv[2]), pts // 900 % picture.WIDTH)] + [bytes([128]) * (picture.WIDTH * picture.HEIGHT // 4)] * 2
        for plane, data in zip(frame.planes, planes):
            plane.update(pad(data, plane))
        frame.pts, frame.time_base = pts, time_base
        return frame


class Tone(AudioStreamTrack):
    async def recv(self):
        silence = await super().recv()
        rate, count = silence.sample_rate, silence.samples
        frame = AudioFrame("s16", "mono", count)
        frame.planes[0].update(array.array("h", [int(8000 * math.sin(2 * math.pi * 440 * (silence.pts + i) / rate)) for i in range(count)]).tobytes())
        frame.pts, frame.sample_rate, frame.time_base = silence.pts, rate, silence.time_base
        return frame


def pad(data, plane):
    """Lines may be longer in memory than in the picture."""
    rest = bytes(plane.line_size - plane.width)
    return b"".join(data[y * plane.width:(y + 1) * plane.width] + rest for y in range(plane.height))


async def main():
    pc = RTCPeerConnection()
    for track in (Tone(), Picture()):
        pc.addTransceiver(track, direction="sendonly")
    await pc.setLocalDescription(await pc.createOffer())
    answer, session = exchange.post(sys.argv[1], pc.localDescription.sdp)
    await pc.setRemoteDescription(RTCSessionDescription(answer, "answer"))
    while pc.connectionState != "connected":
        await asyncio.sleep(0.1)
    exchange.say(live=True)
    await asyncio.get_running_loop().run_in_executor(None, exchange.told)
    exchange.delete(session)
    await pc.close()


asyncio.run(main())
