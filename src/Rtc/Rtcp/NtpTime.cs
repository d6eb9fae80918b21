namespace RtcHub.Rtc.Rtcp;

/// <summary>NTP's format of time (RFC 3550 section 4): seconds since 1900 with 32 bits before and 32 behind the point.</summary>
public static class NtpTime
{
    /// <summary>Microseconds from 1900 to 1970.</summary>
    public const long UnixEpoch = 2_208_988_800_000_000;

    private const long Second = 1_000_000;

    /// <summary>From microseconds of any clock that does not go below 0; those of 1900 when others are to read the date.</summary>
    public static ulong FromMicroseconds(long microseconds) =>
        ((ulong)(microseconds / Second) << 32) + ((ulong)(microseconds % Second) << 32) / Second;

    /// <summary>The nearest microsecond.</summary>
    public static long ToMicroseconds(ulong ntp) => (long)(ntp >> 32) * Second + (long)(((ntp & uint.MaxValue) * Second + (1UL << 31)) >> 32);

    /// <summary>The 32 bits in the middle, 1/65,536 s: how reports speak of one another's time.</summary>
    public static uint Middle(ulong ntp) => (uint)(ntp >> 16);

    /// <summary>1/65,536 s from microseconds; as much as 32 bits hold.</summary>
    internal static uint ToFraction(long microseconds) => (uint)Math.Min((microseconds << 16) / Second, uint.MaxValue);

    /// <summary>Microseconds from 1/65,536 s.</summary>
    internal static long FromFraction(long fraction) => fraction * Second >> 16;
}
