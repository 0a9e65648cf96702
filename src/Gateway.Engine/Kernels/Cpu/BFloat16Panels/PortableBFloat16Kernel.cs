using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Gateway.Engine.Kernels.Cpu.Panels;

namespace Gateway.Engine.Kernels.Cpu.BFloat16Panels;

/// <summary>Runs on every processor: each pair of weights is widened to two float32 numbers, by a mask and a shift.</summary>
internal sealed unsafe class PortableBFloat16Kernel : BFloat16Kernel
{
    // Panels of a tile of one vector, and of one of several.
    private const int StreamedPanels = 8;
    private const int SharedPanels = 2;

    // One vector waits for weights to come from memory: so far ahead are they asked for, in bytes.
    private const int PrefetchDistance = 512;

    public override string Name => "portable";

    public override BFloat16Order Order => BFloat16Order.Pairs;

    public override bool WidensInputs => true;

    public override int MaxTokens => 6;

    public override int PanelsFor(int tokens) => tokens == 1 ? StreamedPanels : SharedPanels;

    public override void Multiply(PanelTile* tile, int panels, int tokens)
    {
        if (tokens == 1)
        {
            Tile8By1(tile, panels - 1);
            return;
        }

        for (var panel = 0; panel < panels; panel += SharedPanels)
        {
            // A second panel that is not there is the first again, and so are vectors that are not there the last one.
            Tile2By6(tile, panel, Math.Min(panel + 1, panels - 1), tokens);
        }
    }

    /// <summary>Of fewer panels, some are read twice and come to the same sums: memory is what is waited for.</summary>
    private static void Tile8By1(PanelTile* tile, int lastPanel)
    {
        int p1 = 1 & lastPanel, p2 = 2 & lastPanel, p3 = 3 & lastPanel, p4 = 4 & lastPanel, p5 = 5 & lastPanel, p6 = 6 & lastPanel, p7 = 7 & lastPanel;
        byte* w0 = (byte*)tile->Panels[0], w1 = (byte*)tile->Panels[p1], w2 = (byte*)tile->Panels[p2], w3 = (byte*)tile->Panels[p3];
        byte* w4 = (byte*)tile->Panels[p4], w5 = (byte*)tile->Panels[p5], w6 = (byte*)tile->Panels[p6], w7 = (byte*)tile->Panels[p7];
        var y = (float*)tile->Products;
        Vector512<float> s0 = Sum(y, 0), s1 = Sum(y, p1), s2 = Sum(y, p2), s3 = Sum(y, p3);
        Vector512<float> s4 = Sum(y, p4), s5 = Sum(y, p5), s6 = Sum(y, p6), s7 = Sum(y, p7);
        var x = (float*)((byte*)tile->InputEnd + tile->NegativeLength);
        var bytes = (nint)tile->Steps * BFloat16Layout.StepBytes;
        for (nint at = 0; at < bytes; at += BFloat16Layout.PairBytes, x += 2)
        {
            Vector512<float> even = Vector512.Create(x[0]), odd = Vector512.Create(x[1]);
            s0 = Add(s0, Streamed(w0 + at), even, odd);
            s1 = Add(s1, Streamed(w1 + at), even, odd);
            s2 = Add(s2, Streamed(w2 + at), even, odd);
            s3 = Add(s3, Streamed(w3 + at), even, odd);
            s4 = Add(s4, Streamed(w4 + at), even, odd);
            s5 = Add(s5, Streamed(w5 + at), even, odd);
            s6 = Add(s6, Streamed(w6 + at), even, odd);
            s7 = Add(s7, Streamed(w7 + at), even, odd);
        }

        Store(y, 0, s0);
        Store(y, p1, s1);
        Store(y, p2, s2);
        Store(y, p3, s3);
        Store(y, p4, s4);
        Store(y, p5, s5);
        Store(y, p6, s6);
        Store(y, p7, s7);
    }

    private static void Tile2By6(PanelTile* tile, int firstPanel, int secondPanel, int tokens)
    {
        byte* w0 = (byte*)tile->Panels[firstPanel], w1 = (byte*)tile->Panels[secondPanel];
        var x0 = (float*)((byte*)tile->InputEnd + tile->NegativeLength);
        nint stride = (nint)tile->InputStride / sizeof(float), last = tokens - 1;
        float* x1 = x0 + (stride * Math.Min(1, last)), x2 = x0 + (stride * Math.Min(2, last)), x3 = x0 + (stride * Math.Min(3, last));
        float* x4 = x0 + (stride * Math.Min(4, last)), x5 = x0 + (stride * Math.Min(5, last));
        float* y0 = (float*)tile->Products + (firstPanel * tokens * BFloat16Layout.Rows);
        float* y1 = (float*)tile->Products + (secondPanel * tokens * BFloat16Layout.Rows);
        int t1 = (int)Math.Min(1, last), t2 = (int)Math.Min(2, last), t3 = (int)Math.Min(3, last), t4 = (int)Math.Min(4, last), t5 = (int)Math.Min(5, last);
        Vector512<float> s00 = Sum(y0, 0), s01 = Sum(y0, t1), s02 = Sum(y0, t2), s03 = Sum(y0, t3), s04 = Sum(y0, t4), s05 = Sum(y0, t5);
        Vector512<float> s10 = Sum(y1, 0), s11 = Sum(y1, t1), s12 = Sum(y1, t2), s13 = Sum(y1, t3), s14 = Sum(y1, t4), s15 = Sum(y1, t5);
        var pairs = (nint)tile->Steps * BFloat16Layout.StepPairs;
        for (nint pair = 0; pair < pairs; pair++, w0 += BFloat16Layout.PairBytes, w1 += BFloat16Layout.PairBytes)
        {
            Vector512<uint> first = Streamed(w0), second = Streamed(w1);
            Vector512<float> even0 = Even(first), odd0 = Odd(first), even1 = Even(second), odd1 = Odd(second);
            Vector512<float> even = Vector512.Create(x0[2 * pair]), odd = Vector512.Create(x0[(2 * pair) + 1]);
            s00 = Add(s00, even0, odd0, even, odd);
            s10 = Add(s10, even1, odd1, even, odd);
            (even, odd) = (Vector512.Create(x1[2 * pair]), Vector512.Create(x1[(2 * pair) + 1]));
            s01 = Add(s01, even0, odd0, even, odd);
            s11 = Add(s11, even1, odd1, even, odd);
            (even, odd) = (Vector512.Create(x2[2 * pair]), Vector512.Create(x2[(2 * pair) + 1]));
            s02 = Add(s02, even0, odd0, even, odd);
            s12 = Add(s12, even1, odd1, even, odd);
            (even, odd) = (Vector512.Create(x3[2 * pair]), Vector512.Create(x3[(2 * pair) + 1]));
            s03 = Add(s03, even0, odd0, even, odd);
            s13 = Add(s13, even1, odd1, even, odd);
            (even, odd) = (Vector512.Create(x4[2 * pair]), Vector512.Create(x4[(2 * pair) + 1]));
            s04 = Add(s04, even0, odd0, even, odd);
            s14 = Add(s14, even1, odd1, even, odd);
            (even, odd) = (Vector512.Create(x5[2 * pair]), Vector512.Create(x5[(2 * pair) + 1]));
            s05 = Add(s05, even0, odd0, even, odd);
            s15 = Add(s15, even1, odd1, even, odd);
        }

        Store(y0, 0, s00);
        Store(y0, t1, s01);
        Store(y0, t2, s02);
        Store(y0, t3, s03);
        Store(y0, t4, s04);
        Store(y0, t5, s05);
        Store(y1, 0, s10);
        Store(y1, t1, s11);
        Store(y1, t2, s12);
        Store(y1, t3, s13);
        Store(y1, t4, s14);
        Store(y1, t5, s15);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Streamed(byte* weights)
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch0(weights + PrefetchDistance);
        }

        return Vector512.Load((uint*)weights);
    }

    /// <summary>The first weight of each pair.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Even(Vector512<uint> pairs) => (pairs << 16).AsSingle();

    /// <summary>The second one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Odd(Vector512<uint> pairs) => (pairs & Vector512.Create(0xFFFF0000)).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Add(Vector512<float> sum, Vector512<uint> pairs, Vector512<float> even, Vector512<float> odd) =>
        Add(sum, Even(pairs), Odd(pairs), even, odd);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Add(
        Vector512<float> sum, Vector512<float> evenWeights, Vector512<float> oddWeights, Vector512<float> even, Vector512<float> odd) =>
        Vector512.FusedMultiplyAdd(evenWeights, even, Vector512.FusedMultiplyAdd(oddWeights, odd, sum));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Sum(float* products, int token) => Vector512.Load(products + (token * BFloat16Layout.Rows));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* products, int token, Vector512<float> sum) => Vector512.Store(sum, products + (token * BFloat16Layout.Rows));
}
