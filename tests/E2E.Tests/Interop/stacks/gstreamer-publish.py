"""GStreamer publishes a picture with a code, and a tone: gstreamer-publish.py <endpoint> <code>"""
import sys
import threading

import exchange
import picture
from gstreamer import AUDIO, VIDEO, Gst, GstWebRTC, Session

session = Session(
    f"""webrtcbin name=rtc bundle-policy=max-bundle
    appsrc name=pictures is-live=true do-timestamp=true format=time caps=video/x-raw,format=I420,width={picture.WIDTH},height={picture.HEIGHT},framerate=15/1
      ! vp8enc deadline=1 keyframe-max-dist=150 ! rtpvp8pay ! {VIDEO} ! rtc.
    audiotestsrc is-live=true freq=440 volume=0.3 ! audioconvert ! opusenc ! rtpopuspay ! {AUDIO} ! rtc.""",
    sys.argv[1])
done = threading.Event()
pictures = session.parts.get_by_name("pictures")


def draw():
    at = 0
    while not done.wait(0.066):
        at = (at + 10) % picture.WIDTH
        data = picture.draw(int(sys.argv[2]), at) + bytes([128]) * (picture.WIDTH * picture.HEIGHT // 2)
        pictures.emit("push-buffer", Gst.Buffer.new_wrapped(data))


def live(rtc, _):
    if rtc.get_property("connection-state") == GstWebRTC.WebRTCPeerConnectionState.CONNECTED:
        exchange.say(live=True)


def wait():
    exchange.told()
    done.set()


session.rtc.connect("notify::connection-state", live)
for work in (draw, wait):
    threading.Thread(target=work, daemon=True).start()
session.run(done.is_set, 120)
