using System.Runtime.InteropServices;
using System.Text;
using RtcHub.Rtc.Srtp;

namespace RtcHub.Rtc.Dtls;

/// <summary>
/// DTLS by OpenSSL: driven by datagrams, without a thread, about half a millisecond of CPU per handshake. Dispose it, or memory
/// that the garbage collector does not see is lost.
/// </summary>
public sealed unsafe class OpenSslDtls : DtlsMachine
{
    private readonly DtlsCertificate _certificate;
    private readonly Fingerprint _expected;
    private readonly byte[] _profiles;
    private GCHandle<OpenSslDtls> _self;
    private nint _ssl;

    // What OpenSSL may read during the present call, and what it has found out so far.
    private byte* _datagram;
    private int _length;
    private bool _verified;
    private DtlsFailure _failure = DtlsFailure.Handshake;

    /// <param name="role">Client or server.</param>
    /// <param name="certificate">Ours.</param>
    /// <param name="expected">The peer's, from its SDP.</param>
    /// <param name="profiles">What to offer or accept, the best first; none means all of <see cref="DtlsSrtp.Profiles"/>.</param>
    public OpenSslDtls(DtlsRole role, DtlsCertificate certificate, Fingerprint expected, params ReadOnlySpan<SrtpProfile> profiles)
        : base(role)
    {
        _certificate = certificate;
        _expected = expected;
        _profiles = Names(profiles.IsEmpty ? DtlsSrtp.Profiles : profiles);
        _self = new GCHandle<OpenSslDtls>(this);
        Renew();
    }

    /// <summary>True when OpenSSL's libraries are there.</summary>
    public static bool IsAvailable => LibSsl.IsAvailable;

    /// <inheritdoc/>
    public override void Dispose()
    {
        if (_ssl == 0) return;
        LibSsl.SSL_free(_ssl);
        _ssl = 0;
        _self.Dispose();
    }

    internal int TakeDatagram(Span<byte> buffer)
    {
        var taken = Math.Min(_length, buffer.Length);
        new ReadOnlySpan<byte>(_datagram, taken).CopyTo(buffer);
        _length = 0;
        return taken;
    }

    internal void WriteDatagram(ReadOnlySpan<byte> datagram) => Write(datagram);

    /// <inheritdoc/>
    protected override void Handshake(ReadOnlySpan<byte> records)
    {
        fixed (byte* datagram = records)
        {
            _datagram = datagram;
            _length = records.Length;
            if (records.IsEmpty) LibSsl.SSL_ctrl(_ssl, LibSsl.DtlsHandleTimeout, default, 0);
            var result = LibSsl.SSL_do_handshake(_ssl);
            var over = EndCall(result);
            if (result == 1) Finish();
            else if (over && IsNoise(Alert)) Renew();
            else if (over) Fail(_failure);
        }
    }

    /// <inheritdoc/>
    protected override bool ReadGoodbye(ReadOnlySpan<byte> alert)
    {
        byte none;
        fixed (byte* datagram = alert)
        {
            _datagram = datagram;
            _length = alert.Length;
            if (!EndCall(LibSsl.SSL_read(_ssl, &none, 1))) return false;
        }

        WriteGoodbye();
        return true;
    }

    /// <inheritdoc/>
    protected override void WriteGoodbye() => EndCall(LibSsl.SSL_shutdown(_ssl));

    // True when the result says that the association is over: by our alert, or by the peer's. Anything else, even an error of
    // another kind, which some forged records lead to, is a datagram that brought nothing. The queue of errors belongs to the
    // thread, and others on it (.NET itself) do not expect ours there.
    private bool EndCall(int result)
    {
        _length = 0;
        var error = LibSsl.SSL_get_error(_ssl, result);
        LibSsl.ERR_clear_error();
        return error is LibSsl.ErrorSsl or LibSsl.ErrorZeroReturn;
    }

    private void Finish()
    {
        var chosen = LibSsl.SSL_get_selected_srtp_profile(_ssl);
        if (chosen == null)
        {
            // A server that wants no certificate: then RequireSrtp was not asked.
            Fail(DtlsFailure.NoSrtpProfile);
            return;
        }

        var profile = (SrtpProfile)chosen->Id.Value;
        Span<byte> material = stackalloc byte[DtlsSrtp.MaterialLength(profile)];
        if (_verified && Export(material)) Connect(DtlsSrtp.Keys(profile, Role, material));
        else Fail(DtlsFailure.Handshake);
        material.Clear();
    }

    private bool Export(Span<byte> material)
    {
        fixed (byte* output = material, label = DtlsSrtp.ExporterLabel)
            return LibSsl.SSL_export_keying_material(_ssl, output, (nuint)material.Length, label, (nuint)DtlsSrtp.ExporterLabel.Length, null, 0, 0) == 1;
    }

    private void Renew()
    {
        if (_ssl != 0) LibSsl.SSL_free(_ssl);
        _ssl = _certificate.OpenSsl.NewSsl(Role, _profiles, _self);
    }

    /// <summary>
    /// OpenSSL's chance to refuse the peer's certificate, called before the peer has proved that it has the key to it. Which authority
    /// signed it and until when does not count, only the fingerprint (RFC 8122 section 6.2).
    /// </summary>
    [UnmanagedCallersOnly]
    internal static int Verify(nint storeContext, nint argument)
    {
        var ssl = LibSsl.X509_STORE_CTX_get_ex_data(storeContext, LibSsl.SSL_get_ex_data_X509_STORE_CTX_idx());
        if (Owner(ssl).Verify(LibSsl.X509_STORE_CTX_get0_cert(storeContext))) return 1;
        LibSsl.X509_STORE_CTX_set_error(storeContext, LibSsl.CertificateRejected);
        return 0;
    }

    /// <summary>
    /// OpenSSL's wish for a certificate of ours: the first moment, on either side, when it is known that use_srtp led to nothing. OpenSSL
    /// itself would go on without.
    /// </summary>
    [UnmanagedCallersOnly]
    internal static int RequireSrtp(nint ssl, nint argument)
    {
        if (LibSsl.SSL_get_selected_srtp_profile(ssl) != null) return 1;
        Owner(ssl)._failure = DtlsFailure.NoSrtpProfile;
        return 0;
    }

    /// <summary>
    /// How long, in microseconds, OpenSSL waits before it repeats a flight: 71 minutes, as its clock is not ours (<see cref="DtlsMachine"/>). The
    /// client's last flight is the exception. Its Finished cannot be renumbered, and a server that has it already would take
    /// the repeated one for a replay; so when it is repeated for the third time and OpenSSL's clock, too, says that two seconds
    /// have passed, OpenSSL makes a new one.
    /// </summary>
    [UnmanagedCallersOnly]
    internal static uint RunTimer(nint ssl, uint last) => !Owner(ssl)._verified ? uint.MaxValue : last == 0 ? 2_000_000 : 2 * last;

    private static OpenSslDtls Owner(nint ssl) => GCHandle<OpenSslDtls>.FromIntPtr(LibSsl.SSL_get_ex_data(ssl, LibSsl.AppData)).Target;

    private bool Verify(nint certificate)
    {
        var der = new byte[Math.Max(LibSsl.i2d_X509(certificate, null), 0)];
        fixed (byte* start = der)
        {
            var end = start;
            _verified = LibSsl.i2d_X509(certificate, &end) > 0 && _expected.Matches(der);
        }

        if (!_verified) _failure = DtlsFailure.WrongFingerprint;
        return _verified;
    }

    private static byte[] Names(ReadOnlySpan<SrtpProfile> profiles)
    {
        var names = new StringBuilder();
        foreach (var profile in profiles)
            names.Append(names.Length == 0 ? "" : ":").Append(profile == SrtpProfile.AeadAes128Gcm ? "SRTP_AEAD_AES_128_GCM" : "SRTP_AES128_CM_SHA1_80");
        return Encoding.ASCII.GetBytes(names.Append('\0').ToString());
    }
}
