using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace RtcHub.Rtc.Dtls;

/// <summary>
/// A <c>BIO</c> of ours, as a memory BIO knows no datagrams: one read is the datagram at hand, one write is one datagram to send.
/// Its methods are called by OpenSSL while one of <see cref="OpenSslDtls"/>'s is running, on the same thread.
/// </summary>
internal static unsafe class DatagramBio
{
    private static readonly nint Method = CreateMethod();

    /// <summary>A new one, to be given to <c>SSL_set_bio</c>, which then owns it.</summary>
    public static nint Create(nint owner)
    {
        var bio = LibSsl.BIO_new(Method);
        LibSsl.BIO_set_data(bio, owner);
        LibSsl.BIO_set_init(bio, 1);
        return bio;
    }

    private static nint CreateMethod()
    {
        fixed (byte* name = "datagram\0"u8)
        {
            // OpenSSL keeps the name's address: a constant of the assembly stays where it is.
            var method = LibSsl.BIO_meth_new(LibSsl.BIO_get_new_index() | LibSsl.BioTypeSourceSink, name);
            var done = LibSsl.BIO_meth_set_read(method, &Read) & LibSsl.BIO_meth_set_write(method, &Write) & LibSsl.BIO_meth_set_ctrl(method, &Control);
            if (done != 1) throw new CryptographicException("OpenSSL takes no BIO method.");
            return method;
        }
    }

    [UnmanagedCallersOnly]
    private static int Read(nint bio, byte* buffer, int length)
    {
        LibSsl.BIO_clear_flags(bio, LibSsl.BioShouldRetryRead);
        var read = Owner(bio).TakeDatagram(new Span<byte>(buffer, length));
        if (read > 0) return read;
        LibSsl.BIO_set_flags(bio, LibSsl.BioShouldRetryRead);
        return -1;
    }

    [UnmanagedCallersOnly]
    private static int Write(nint bio, byte* buffer, int length)
    {
        Owner(bio).WriteDatagram(new ReadOnlySpan<byte>(buffer, length));
        return length;
    }

    // Everything but a flush is about memory, sockets and MTUs of sockets: 0 is "no such thing" for all of them.
    [UnmanagedCallersOnly]
    private static CLong Control(nint bio, int command, CLong number, nint pointer) => new(command == LibSsl.BioControlFlush ? 1 : 0);

    private static OpenSslDtls Owner(nint bio) => GCHandle<OpenSslDtls>.FromIntPtr(LibSsl.BIO_get_data(bio)).Target;
}
