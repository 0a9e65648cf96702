using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Gateway.Engine.Kernels.Cpu.Panels;

/// <summary>The scales of a sum, one per row of the panel.</summary>
internal static unsafe class PanelScales
{
    // 2^112: what a binary16 number is too small by when its bits are read as those of a float32, whose exponents have another bias.
    private const float ExponentBias = 5.192296858534828e33f;

    /// <summary>As float32, whichever the codes have.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(byte* scales, PanelCodes codes) => codes.IsWide ? Vector512.Load((float*)scales) : Load(scales);

    /// <summary>As <see cref="Load(byte*, PanelCodes)"/>, those of eight rows.</summary>
    /// <param name="scales">Those of all rows.</param>
    /// <param name="codes">The weights' codes.</param>
    /// <param name="row">The first of the rows.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> LoadEight(byte* scales, PanelCodes codes, int row) =>
        codes.IsWide ? Vector256.Load((float*)scales + row) : LoadEight(scales + (row * sizeof(ushort)));

    /// <summary>Widens sixteen finite binary16 numbers. Exact, subnormal ones too, for the multiplication is by a power of two.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(byte* halves)
    {
        var bits = Vector512.WidenLower(Vector256.Load((ushort*)halves).ToVector512Unsafe());
        var magnitude = ((bits & Vector512.Create(0x7FFFu)) << 13).AsSingle() * Vector512.Create(ExponentBias);
        return (magnitude.AsUInt32() | ((bits & Vector512.Create(0x8000u)) << 16)).AsSingle();
    }

    /// <summary>As <see cref="Load(byte*)"/>, eight numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> LoadEight(byte* halves)
    {
        var bits = Vector256.WidenLower(Vector128.Load((ushort*)halves).ToVector256Unsafe());
        var magnitude = ((bits & Vector256.Create(0x7FFFu)) << 13).AsSingle() * Vector256.Create(ExponentBias);
        return (magnitude.AsUInt32() | ((bits & Vector256.Create(0x8000u)) << 16)).AsSingle();
    }
}
