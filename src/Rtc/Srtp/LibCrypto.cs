using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace RtcHub.Rtc.Srtp;

/// <summary>
/// SHA-1 of OpenSSL's libcrypto, 1.1 and 3, by its functions on a plain <c>SHA_CTX</c>: a context that is a value can be copied,
/// so that a key's part of an HMAC is hashed once and not with every packet. .NET's own classes need twice the time.
/// </summary>
internal static unsafe class LibCrypto
{
    private static readonly delegate* unmanaged[Cdecl, SuppressGCTransition]<Sha1Context*, int> Init;
    private static readonly delegate* unmanaged[Cdecl, SuppressGCTransition]<Sha1Context*, byte*, nuint, int> Update;
    private static readonly delegate* unmanaged[Cdecl, SuppressGCTransition]<byte*, Sha1Context*, int> Final;

    static LibCrypto()
    {
        if (!OperatingSystem.IsLinux()) return;
        if (!NativeLibrary.TryLoad("libcrypto.so.3", out var library) && !NativeLibrary.TryLoad("libcrypto.so.1.1", out library)) return;
        if (!NativeLibrary.TryGetExport(library, "SHA1_Init", out var init)) return;
        if (!NativeLibrary.TryGetExport(library, "SHA1_Update", out var update)) return;
        if (!NativeLibrary.TryGetExport(library, "SHA1_Final", out var final)) return;
        Init = (delegate* unmanaged[Cdecl, SuppressGCTransition]<Sha1Context*, int>)init;
        Update = (delegate* unmanaged[Cdecl, SuppressGCTransition]<Sha1Context*, byte*, nuint, int>)update;
        Final = (delegate* unmanaged[Cdecl, SuppressGCTransition]<byte*, Sha1Context*, int>)final;
        IsAvailable = true;
    }

    /// <summary>True when the library and its functions are there.</summary>
    public static bool IsAvailable { get; }

    /// <summary><c>SHA1_Init</c>.</summary>
    public static Sha1Context Start()
    {
        Sha1Context context;
        Init(&context);
        return context;
    }

    /// <summary><c>SHA1_Update</c>.</summary>
    public static void Add(ref Sha1Context context, ReadOnlySpan<byte> data)
    {
        fixed (Sha1Context* pointer = &context)
        fixed (byte* bytes = data)
            Update(pointer, bytes, (nuint)data.Length);
    }

    /// <summary><c>SHA1_Final</c>: 20 bytes; the context is spent.</summary>
    public static void Finish(ref Sha1Context context, Span<byte> digest)
    {
        fixed (Sha1Context* pointer = &context)
        fixed (byte* bytes = digest)
            Final(bytes, pointer);
    }

    /// <summary><c>SHA_CTX</c> of sha.h: five words of state, two of length, a block, and how much of it is filled.</summary>
    [InlineArray(5 + 2 + 16 + 1)]
    internal struct Sha1Context
    {
        private uint _first;
    }
}
