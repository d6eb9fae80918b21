"""GStreamer's webrtcbin as one end of a WHIP or WHEP session."""
import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstApp", "1.0")
gi.require_version("GstSdp", "1.0")
gi.require_version("GstWebRTC", "1.0")
from gi.repository import GLib, Gst, GstApp, GstSdp, GstWebRTC  # noqa: E402, F401

import exchange  # noqa: E402

Gst.init(None)
VIDEO = "application/x-rtp,media=video,encoding-name=VP8,clock-rate=90000,payload=96"
AUDIO = "application/x-rtp,media=audio,encoding-name=OPUS,clock-rate=48000,encoding-params=(string)2,payload=97"


class Session:
    """Runs a pipeline that has a webrtcbin called `rtc`."""

    def __init__(self, pipeline, endpoint):
        self.pipeline = Gst.Pipeline()
        self.parts = Gst.parse_bin_from_description(pipeline, False)
        self.pipeline.add(self.parts)
        self.rtc = self.parts.get_by_name("rtc")
        self.endpoint = endpoint
        self.address = None
        self.loop = GLib.MainLoop()
        bus = self.pipeline.get_bus()
        bus.add_signal_watch()
        bus.connect("message::error", lambda _, message: self.end(message.parse_error()))

    def run(self, until, seconds):
        """Offers what the pipeline has, and goes on until `until()` is true, or for so many seconds."""
        failure = []
        self.fail = failure.append
        self.pipeline.set_state(Gst.State.PLAYING)
        self.rtc.emit("create-offer", None, Gst.Promise.new_with_change_func(self._offered, None))
        GLib.timeout_add(100, lambda: not until() or self.loop.quit())
        GLib.timeout_add_seconds(seconds, self.loop.quit)
        self.loop.run()
        if self.address:
            exchange.delete(self.address)
        self.pipeline.set_state(Gst.State.NULL)
        if failure:
            raise RuntimeError(failure[0])

    def end(self, why):
        self.fail(why)
        self.loop.quit()

    def _offered(self, promise, _):
        reply = promise.get_reply()
        offer = reply.get_value("offer")
        self.rtc.emit("set-local-description", offer, Gst.Promise.new())
        text, self.address = exchange.post(self.endpoint, offer.sdp.as_text())
        _, sdp = GstSdp.SDPMessage.new_from_text(text)
        answer = GstWebRTC.WebRTCSessionDescription.new(GstWebRTC.WebRTCSDPType.ANSWER, sdp)
        self.rtc.emit("set-remote-description", answer, Gst.Promise.new())
