namespace RtcHub.Rtc.Tests.Rtp;

/// <summary>
/// The first bytes of packets as they were seen on the wire, cut where nothing here looks any more: GStreamer 1.22 (VP8 and
/// VP9 by libvpx, 160x120; H.264 by OpenH264) and Chrome's dependency descriptor.
/// </summary>
internal static class Captures
{
    public static readonly byte[] Vp8Keyframe = Hex("80602c76f11fac80277e78c5" + "9080af83" + "7036009d012aa00078000047088585889984880202ce0be9");
    public static readonly byte[] Vp8KeyframeGoesOn = Hex("80602c77f11fac80277e78c5" + "8080af83" + "ff0efe31fcaff14ffbb7ffff");
    public static readonly byte[] Vp8Delta = Hex("80602c7ef11fb837277e78c5" + "9080af84" + "5113001510dc001b766eba6f");

    public static readonly byte[] Vp9Keyframe = Hex("8060340af50787004e7ef6d3" + "8aa3411800a00078010401" + "b124c1a148004f803bb071c1");
    public static readonly byte[] Vp9KeyframeGoesOn = Hex("8060340bf50787004e7ef6d3" + "80a341" + "1000c3977eb45115c03d9d08");
    public static readonly byte[] Vp9DeltaEnds = Hex("80e0341df507b5df4e7ef6d3" + "c4a345" + "21a0158ff3de77a9829d141f");

    public static readonly byte[] H264ParameterSets = Hex("80600f3943954876e5f49256" + "78000f6742c00b8c8d41422f2c03c2211a80000468ce3c80");
    public static readonly byte[] H264IdrStarts = Hex("80600f3a43954876e5f49256" + "7c85b800040000043ffffe1e8a00063fc3ffe0af2fc40003");
    public static readonly byte[] H264IdrGoesOn = Hex("80600f3b43954876e5f49256" + "7c0500e42000180075832a594a9781c8892c391125f87df8");
    public static readonly byte[] H264IdrEnds = Hex("80e00f3e43954876e5f49256" + "7c458cbfbf5db4bf6087ad8ae7effc7f82420af880005015");
    public static readonly byte[] H264Delta = Hex("80600f3f4395542de5f49256" + "7c81e0004000be4043850f7147b893b71477aeaf5c99d78f");
    public static readonly byte[] H264SingleParameterSet = Hex("80604c86183d4eb2d9223bb4" + "6742c00b8c8d41422f2c03c2211a80");
    public static readonly byte[] H264SingleIdr = Hex("80604c8a183d4eb2d9223bb4" + "65b800040000041fffff87a280018ff0fff82bcbf10000c0");
    public static readonly byte[] H264SecondSlice = Hex("80e04c8d183d4eb2d9223bb4" + "65052e00010000030107ffffe1e8a00063fc3ffe0af2fc40");

    // Three spatial layers of three temporal ones each.
    public static readonly byte[] L3T3 = Hex(
        "c1017280081485214eafffaaaa863cf0430c10c302afc0aaa0063c00430010c002a000a80006000040001d954926e082b04a0941b820ac1282503157"
        + "f974000ca864330e222222eca8655304224230eca877530077004200ef008601df010d");

    public static ReadOnlySpan<byte> Payload(byte[] packet) => packet.AsSpan(12);

    private static byte[] Hex(string text) => Convert.FromHexString(text);
}
