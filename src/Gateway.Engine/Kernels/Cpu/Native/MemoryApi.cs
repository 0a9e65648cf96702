using System.Runtime.InteropServices;

namespace Gateway.Engine.Kernels.Cpu.Native;

/// <summary>
/// The functions of the C library that kernels need: for machine code of our own (mmap(2), mprotect(2), arch_prctl(2); Linux on x86-64), and for
/// weights (madvise(2); Linux).
/// </summary>
internal static unsafe partial class MemoryApi
{
    public const int Read = 1;
    public const int Write = 2;
    public const int Execute = 4;
    public const int PrivateAnonymous = 0x22;

    private const string Library = "libc";

    [LibraryImport(Library, EntryPoint = "mmap", SetLastError = true)]
    public static partial nint Map(nint address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport(Library, EntryPoint = "mprotect", SetLastError = true)]
    public static partial int Protect(nint address, nuint length, int protection);

    [LibraryImport(Library, EntryPoint = "munmap", SetLastError = true)]
    public static partial int Unmap(nint address, nuint length);

    [LibraryImport(Library, EntryPoint = "madvise")]
    public static partial int Advise(nint address, nuint length, int advice);

    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    public static partial long SystemCall(long number, long first, long second);
}
