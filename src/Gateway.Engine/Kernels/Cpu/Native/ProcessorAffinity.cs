using System.Numerics;
using System.Runtime.InteropServices;

namespace Gateway.Engine.Kernels.Cpu.Native;

/// <summary>Which processors threads may run on (Linux, sched_setaffinity(2)); elsewhere nothing is known and nothing is pinned.</summary>
internal static partial class ProcessorAffinity
{
    // 8,192 processors: more than the kernel's own limit on any machine.
    private const int MaskWords = 128;
    private const int CallingThread = 0;
    private const int OnlineProcessors = 84;

    /// <summary>
    /// Whether some of the machine's processors were set aside for this process: its mask leaves others out, and no CPU quota keeps it from
    /// using all of its own.
    /// </summary>
    public static bool HasOwnProcessors()
    {
        var allowed = Allowed().Length;
        return allowed > 0 && allowed < SystemConfiguration(OnlineProcessors) && Environment.ProcessorCount >= allowed;
    }

    /// <summary>The processors in the process's mask, ascending; empty where that is not known.</summary>
    public static int[] Allowed()
    {
        var mask = new ulong[MaskWords];
        if (!OperatingSystem.IsLinux() || GetAffinity(CallingThread, MaskWords * sizeof(ulong), mask) < 0)
        {
            return [];
        }

        List<int> processors = [];
        for (var word = 0; word < mask.Length; word++)
        {
            for (var bits = mask[word]; bits != 0; bits &= bits - 1)
            {
                processors.Add((word * 64) + BitOperations.TrailingZeroCount(bits));
            }
        }

        return [.. processors];
    }

    /// <summary>Keeps the calling thread on one processor; false, and nothing changed, where that is not possible.</summary>
    public static bool PinCurrentThread(int processor)
    {
        var mask = new ulong[MaskWords];
        mask[processor / 64] = 1UL << (processor % 64);
        return OperatingSystem.IsLinux() && SetAffinity(CallingThread, MaskWords * sizeof(ulong), mask) == 0;
    }

    [LibraryImport("libc", EntryPoint = "sched_getaffinity")]
    private static partial int GetAffinity(int thread, nint size, [Out] ulong[] mask);

    [LibraryImport("libc", EntryPoint = "sched_setaffinity")]
    private static partial int SetAffinity(int thread, nint size, [In] ulong[] mask);

    [LibraryImport("libc", EntryPoint = "sysconf")]
    private static partial long SystemConfiguration(int name);
}
