using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Gateway.Engine.Kernels.Cpu.Native;

namespace Gateway.Engine.Kernels.Cpu;

/// <summary>What the processor has that .NET does not tell (Intel Software Developer's Manual, CPUID leaf 7).</summary>
internal static class CpuFeatures
{
    private const long ArchPrctl = 158;
    private const long RequestPermission = 0x1023;
    private const long TileData = 18;

    /// <summary>512-bit dot products of bytes.</summary>
    public static bool HasVnni => Leaf7().Ecx is var bits && (bits & (1 << 11)) != 0;

    /// <summary>512-bit dot products of bfloat16 numbers.</summary>
    public static bool HasAvx512BFloat16 => Leaf7().Eax >= 1 && (X86Base.CpuId(7, 1).Eax & (1 << 5)) != 0;

    /// <summary>Whether the processor has AMX with products of bytes, and the system lets this process use it, which it grants at the first call.</summary>
    public static bool MayUseAmx() => MayUseTiles(1 << 25);

    /// <summary>Likewise, with products of bfloat16 numbers.</summary>
    public static bool MayUseAmxBFloat16() => MayUseTiles(1 << 22);

    private static bool MayUseTiles(int products)
    {
        var wanted = (1 << 24) | products;
        return OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64
            && (Leaf7().Edx & wanted) == wanted
            && MemoryApi.SystemCall(ArchPrctl, RequestPermission, TileData) == 0;
    }

    private static (int Eax, int Ebx, int Ecx, int Edx) Leaf7() =>
        X86Base.IsSupported && X86Base.CpuId(0, 0).Eax >= 7 ? X86Base.CpuId(7, 0) : default;
}
