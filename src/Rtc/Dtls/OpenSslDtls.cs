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
    // Alerts that say "this is no handshake", not "we do not agree" (RFC 5246 section 7.2).
    private const byte UnexpectedMessage = 10;
    private const byte IllegalParameter = 47;
    private const byte DecodeError = 50;

    private readonly DtlsCertificate _certificate;
    private readonly Fingerprint _expected;
    private readonly byte[] _profiles;
    private GCHandle<OpenSslDtls> _self;
    private nint _ssl;

    // What OpenSSL may read during the present call, and what it has found out so far.
    private byte* _datagram;
    private int _length;
    private bool _verified;
    private bool _wrongFingerprint;
    private bool _answered;
    private byte _alert;

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

    internal void WriteDatagram(ReadOnlySpan<byte> datagram)
    {
        Write(datagram);
        if (DtlsRecord.IsPlain(datagram) && DtlsRecord.ContainsAlert(datagram)) _alert = datagram[^1];
        else _answered = true;
    }

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
            else if (over) GiveUp();
        }
    }

    /// <inheritdoc/>
    protected override bool ReadGoodbye(ReadOnlySpan<byte> records)
    {
        var ignored = stackalloc byte[256];
        fixed (byte* datagram = records)
        {
            _datagram = datagram;
            _length = records.Length;
            int read;
            do read = LibSsl.SSL_read(_ssl, ignored, 256);
            while (read > 0);
            if (!EndCall(read)) return false;
            WriteGoodbye();
            return true;
        }
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
            WriteGoodbye();
            Fail(DtlsFailure.NoSrtpProfile);
            return;
        }

        var profile = (SrtpProfile)chosen->Id.Value;
        Span<byte> material = stackalloc byte[DtlsSrtp.MaterialLength(profile)];
        if (Export(material)) Connect(DtlsSrtp.Keys(profile, Role, material));
        else Fail(DtlsFailure.Handshake);
        material.Clear();
    }

    private bool Export(Span<byte> material)
    {
        fixed (byte* output = material, label = DtlsSrtp.ExporterLabel)
            return LibSsl.SSL_export_keying_material(_ssl, output, (nuint)material.Length, label, (nuint)DtlsSrtp.ExporterLabel.Length, null, 0, 0) == 1;
    }

    // Before a ClientHello was understood there is no peer that could be lost: what came was noise, and the next may be the hello.
    private void GiveUp()
    {
        if (Role == DtlsRole.Server && !_answered && _alert is UnexpectedMessage or IllegalParameter or DecodeError) Renew();
        else Fail(_wrongFingerprint ? DtlsFailure.WrongFingerprint : DtlsFailure.Handshake);
    }

    private void Renew()
    {
        if (_ssl != 0) LibSsl.SSL_free(_ssl);
        _ssl = _certificate.OpenSsl.NewSsl(Role, _profiles, _self);
        _alert = 0;
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
    /// How long, in microseconds, OpenSSL waits before it repeats a flight: 71 minutes, as its clock is not ours (<see cref="DtlsMachine"/>). The
    /// client's last flight is the exception. Its Finished cannot be renumbered, and a server that has it already would take
    /// the repeated one for a replay; so when a second has passed by OpenSSL's clock as well, OpenSSL makes a new one.
    /// </summary>
    [UnmanagedCallersOnly]
    internal static uint RunTimer(nint ssl, uint last) => !Owner(ssl)._verified ? uint.MaxValue : last == 0 ? 1_000_000 : 2 * last;

    private static OpenSslDtls Owner(nint ssl) => GCHandle<OpenSslDtls>.FromIntPtr(LibSsl.SSL_get_ex_data(ssl, LibSsl.AppData)).Target;

    private bool Verify(nint certificate)
    {
        var der = new byte[Math.Max(LibSsl.i2d_X509(certificate, null), 0)];
        fixed (byte* start = der)
        {
            var end = start;
            _verified = LibSsl.i2d_X509(certificate, &end) > 0 && _expected.Matches(der);
        }

        _wrongFingerprint = !_verified;
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
