"""GStreamer plays: gstreamer-play.py <endpoint>"""
import sys

import exchange
import picture
from gstreamer import AUDIO, VIDEO, Gst, GstWebRTC, Session

heard = {"frames": 0, "code": -1, "samples": 0, "peak": 0}


def pulled(sink, take):
    sample = sink.emit("pull-sample")
    buffer = sample.get_buffer()
    take(buffer.extract_dup(0, buffer.get_size()), sample.get_caps().get_structure(0))
    return Gst.FlowReturn.OK


def watch(luma, caps):
    width, height = caps.get_value("width"), caps.get_value("height")
    heard["frames"] += 1
    heard["code"] = picture.read(luma, width, height, (width + 3) // 4 * 4)


def listen(data, _):
    samples = memoryview(data).cast("h")
    heard["samples"] += len(samples)
    heard["peak"] = max(heard["peak"], *samples)


def added(_, pad):
    if pad.get_direction() != Gst.PadDirection.SRC:
        return
    is_video = pad.get_current_caps().get_structure(0).get_value("media") == "video"
    chain = Gst.parse_bin_from_description(
        ("rtpvp8depay ! vp8dec ! videoconvert ! video/x-raw,format=GRAY8" if is_video else "rtpopusdepay ! opusdec ! audioconvert ! audio/x-raw,format=S16LE")
        + " ! appsink name=sink sync=false emit-signals=true", True)
    chain.get_by_name("sink").connect("new-sample", pulled, watch if is_video else listen)
    session.parts.add(chain)
    chain.sync_state_with_parent()
    pad.link(chain.get_static_pad("sink"))


session = Session("webrtcbin name=rtc bundle-policy=max-bundle", sys.argv[1])
session.rtc.connect("pad-added", added)
for caps in (AUDIO, VIDEO):
    session.rtc.emit("add-transceiver", GstWebRTC.WebRTCRTPTransceiverDirection.RECVONLY, Gst.Caps.from_string(caps))
session.run(lambda: heard["frames"] > 30 and heard["code"] > 0 and heard["peak"] > 1000, 25)
exchange.say(**heard)
