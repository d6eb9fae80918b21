namespace RtcHub.Rtc.Srtp;

/// <summary>The protection profiles that we speak, by their numbers in <c>use_srtp</c> (RFC 5764 section 4.1.2, RFC 7714 section 14.2).</summary>
#pragma warning disable CA1707 // The names are those of the RFCs.
public enum SrtpProfile : ushort
{
    /// <summary>AES in counter mode, HMAC-SHA1 of which 80 bits are sent (RFC 3711): what every endpoint has to know.</summary>
    Aes128CmSha1_80 = 0x0001,

    /// <summary>AES-GCM with a tag of 16 bytes (RFC 7714): less CPU.</summary>
    AeadAes128Gcm = 0x0007,
}
