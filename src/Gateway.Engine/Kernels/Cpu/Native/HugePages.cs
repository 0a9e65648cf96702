namespace Gateway.Engine.Kernels.Cpu.Native;

/// <summary>
/// Pages of 2 MiB for memory that is read from end to end (Linux, madvise(2)): of those of 4 KiB, a thread that reads weights as fast as memory
/// gives them needs another one three times in a microsecond.
/// </summary>
internal static class HugePages
{
    private const long PageBytes = 2 << 20;
    private const int Wanted = 14;

    /// <summary>
    /// Asks for them, before the memory is first written. What lies beside it in the same pages gets them too. The system may not have any, or
    /// may not give them (<c>/sys/kernel/mm/transparent_hugepage/enabled</c>); nothing but speed depends on it.
    /// </summary>
    public static void Ask(nint address, long bytes)
    {
        if (OperatingSystem.IsLinux() && bytes >= PageBytes)
        {
            var first = address / PageBytes * PageBytes;
            var end = (address + bytes + PageBytes - 1) / PageBytes * PageBytes;
            _ = MemoryApi.Advise((nint)first, (nuint)(end - first), Wanted);
        }
    }
}
