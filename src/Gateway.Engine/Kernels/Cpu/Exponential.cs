using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Gateway.Engine.Kernels.Cpu;

/// <summary>
/// eˣ of sixteen numbers: x = n·ln 2 + r with |r| ≤ ln 2 / 2, a polynomial for eʳ, and n added to the exponent (Cephes, expf). Off by at
/// most 2 units in the last place; the bits are the same whatever the width of the machine's vectors.
/// </summary>
internal static class Exponential
{
    // Beyond these eˣ is no normal float32; what lies outside is taken for the limit.
    private const float Lowest = -87.336544f;
    private const float Highest = 88.376259f;
    private const float Log2E = 1.44269504088896341f;

    // ln 2 in two parts; products of the first with whole numbers up to 2⁷ are exact.
    private const float Ln2High = 0.693359375f;
    private const float Ln2Low = -2.12194440e-4f;
    private const int ExponentBias = 127;
    private const int MantissaBits = 23;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Of(Vector512<float> x)
    {
        x = Vector512.MinNative(Vector512.MaxNative(x, Vector512.Create(Lowest)), Vector512.Create(Highest));
        var n = Vector512.Round(x * Log2E);
        var r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-Ln2High), x);
        r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-Ln2Low), r);
        var p = Vector512.Create(1.9875691500e-4f);
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1.3981999507e-3f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(8.3334519073e-3f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(4.1665795894e-2f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1.6666665459e-1f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(5.0000001201e-1f));
        p = Vector512.FusedMultiplyAdd(p, r * r, r) + Vector512<float>.One;
        var power = (Vector512.ConvertToInt32Native(n) + Vector512.Create(ExponentBias)) << MantissaBits;
        return p * power.AsSingle();
    }
}
