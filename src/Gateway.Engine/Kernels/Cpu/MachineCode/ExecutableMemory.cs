using System.Runtime.InteropServices;
using Gateway.Engine.Kernels.Cpu.Native;

namespace Gateway.Engine.Kernels.Cpu.MachineCode;

/// <summary>Pages that hold machine code: written first, then made executable and no longer writable. They live as long as the process.</summary>
internal static unsafe class ExecutableMemory
{
    private const int PageBytes = 4096;

    // Where a jump target may begin without the processor fetching its line twice.
    private const int Alignment = 64;

    /// <summary>Places functions in memory.</summary>
    /// <param name="functions">Their code, free of absolute addresses.</param>
    /// <returns>Where each one begins.</returns>
    /// <exception cref="CpuKernelException">The system does not allow executable pages, as with SELinux's execmem denied.</exception>
    public static nint[] Place(IReadOnlyList<byte[]> functions)
    {
        var starts = new nint[functions.Count];
        var length = 0;
        for (var i = 0; i < starts.Length; i++)
        {
            starts[i] = length;
            length += (functions[i].Length + Alignment - 1) / Alignment * Alignment;
        }

        var bytes = (nuint)((length + PageBytes - 1) / PageBytes * PageBytes);
        var memory = MemoryApi.Map(0, bytes, MemoryApi.Read | MemoryApi.Write, MemoryApi.PrivateAnonymous, -1, 0);
        if (memory == -1)
        {
            throw Refused("mmap");
        }

        for (var i = 0; i < starts.Length; i++)
        {
            functions[i].CopyTo(new Span<byte>((void*)(memory + starts[i]), functions[i].Length));
            starts[i] += memory;
        }

        if (MemoryApi.Protect(memory, bytes, MemoryApi.Read | MemoryApi.Execute) != 0)
        {
            var refused = Refused("mprotect");
            _ = MemoryApi.Unmap(memory, bytes);
            throw refused;
        }

        return starts;
    }

    private static CpuKernelException Refused(string call) =>
        new($"the system refuses pages for machine code ({call}: {Marshal.GetLastPInvokeErrorMessage()})");
}
