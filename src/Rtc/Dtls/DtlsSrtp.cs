using RtcHub.Rtc.Srtp;

namespace RtcHub.Rtc.Dtls;

/// <summary>How keys for SRTP come out of a DTLS association (RFC 5764 section 4.2; RFC 7714 section 12 for GCM).</summary>
public static class DtlsSrtp
{
    /// <summary>What the exporter of RFC 5705 is asked for.</summary>
    public static ReadOnlySpan<byte> ExporterLabel => "EXTRACTOR-dtls_srtp"u8;

    /// <summary>The profiles that we offer and accept, the best first.</summary>
    public static ReadOnlySpan<SrtpProfile> Profiles => [SrtpProfile.AeadAes128Gcm, SrtpProfile.Aes128CmSha1_80];

    /// <summary>How many bytes to export: a key and a salt for each side.</summary>
    public static int MaterialLength(SrtpProfile profile) => 2 * (KeyLength + SaltLength(profile));

    /// <summary>Says whose key is whose. The material is the client's key, the server's key, the client's salt, the server's salt.</summary>
    public static SrtpKeys Keys(SrtpProfile profile, DtlsRole role, ReadOnlySpan<byte> material)
    {
        var salt = SaltLength(profile);
        var (clientKey, serverKey) = (material[..KeyLength].ToArray(), material.Slice(KeyLength, KeyLength).ToArray());
        var (clientSalt, serverSalt) = (material.Slice(2 * KeyLength, salt).ToArray(), material.Slice(2 * KeyLength + salt, salt).ToArray());
        return role == DtlsRole.Client
            ? new SrtpKeys(profile, clientKey, clientSalt, serverKey, serverSalt)
            : new SrtpKeys(profile, serverKey, serverSalt, clientKey, clientSalt);
    }

    private const int KeyLength = 16;

    private static int SaltLength(SrtpProfile profile) => profile switch
    {
        SrtpProfile.AeadAes128Gcm => 12,
        SrtpProfile.Aes128CmSha1_80 => 14,
        _ => throw new ArgumentOutOfRangeException(nameof(profile)),
    };
}
