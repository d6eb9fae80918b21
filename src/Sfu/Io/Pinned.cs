using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace RtcHub.Sfu.Io;

/// <summary>Addresses inside arrays of the pinned object heap, which the system may be told because they stay.</summary>
internal static unsafe class Pinned
{
    public static T* Address<T>(T[] pinned, int index) where T : unmanaged
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)index, (uint)pinned.Length);
        return (T*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(pinned)) + index;
    }
}
