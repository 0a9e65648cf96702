using System.Runtime.InteropServices;

namespace Gateway.Engine.Kernels.Cuda;

/// <summary>
/// The phases of a joined launch, laid out as joined.cu reads them, all in words of eight bytes: the barrier's address, the number of phases, the most
/// bytes to prefetch, then of each phase its kind, number of arguments and grid in two words and its arguments, a word each.
/// </summary>
/// <param name="barrier">int32 on the device, zero at first.</param>
internal sealed class JoinedPhases(DevicePointer barrier)
{
    /// <summary>Words that the phases of a launch have; more would not fit the 4 KiB that the parameters of a kernel may take everywhere.</summary>
    public const int MaxWords = 500;

    private const int HeaderWords = 3;
    private const int PhaseHeaderWords = 2;

    private readonly ulong[] _words = new ulong[HeaderWords + MaxWords];
    private int _end = HeaderWords;

    /// <summary>Number of phases.</summary>
    public int Count { get; private set; }

    /// <summary>The last one; null where there is none.</summary>
    public JoinedPhase? Last { get; private set; }

    /// <summary>Whether a phase of so many arguments fits.</summary>
    public bool HasRoom(int arguments) => _end + PhaseHeaderWords + arguments <= _words.Length;

    public void Add(JoinedPhase phase, Dim3 grid, ReadOnlySpan<KernelArgument> arguments)
    {
        _words[_end++] = (uint)phase | ((ulong)arguments.Length << 8) | ((ulong)grid.Z << 32);
        _words[_end++] = (uint)grid.X | ((ulong)grid.Y << 32);
        foreach (var argument in arguments)
        {
            _words[_end++] = argument.Bits;
        }

        (Count, Last) = (Count + 1, phase);
    }

    public void Clear() => (_end, Count, Last) = (HeaderWords, 0, null);

    /// <summary>The structure; valid until it changes.</summary>
    /// <param name="prefetchBytes">As <see cref="JoiningGpu.PrefetchBytes"/>.</param>
    public ReadOnlySpan<byte> AsBytes(long prefetchBytes)
    {
        // Whole pieces of what one instruction prefetches at least.
        (_words[0], _words[1], _words[2]) = (barrier.Address, (ulong)Count, (ulong)(prefetchBytes & ~15L));
        return MemoryMarshal.AsBytes(_words.AsSpan());
    }
}
