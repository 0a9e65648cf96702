using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Gateway.Engine.Kernels.Cpu.Panels;

/// <summary>AVX2 and FMA: products of 16-bit numbers, two to a lane (vpmaddwd); a panel is two vectors.</summary>
internal sealed unsafe class Avx2PanelKernel : PanelKernel
{
    private const int Lanes = 8;

    public override bool SplitsInputs => false;

    public override int BestTokens => 2;

    public override int PanelsFor(int tokens) => 1;

    /// <summary>Whether this processor has it.</summary>
    public static bool IsSupported => Avx2.IsSupported && Fma.IsSupported;

    public override void Multiply(PanelTile* tile, PanelCodes codes, int panels, int tokens)
    {
        // The second vector of a single one is the first again, and so is its product.
        var end0 = (byte*)tile->InputEnd;
        var end1 = end0 + ((tokens - 1) * tile->InputStride);
        for (var half = 0; half < 2; half++)
        {
            MultiplyHalf(tile, codes, half, end0, end1, (float*)tile->Products + (half * Lanes), (tokens - 1) * PanelLayout.Rows);
        }
    }

    private static void MultiplyHalf(PanelTile* tile, PanelCodes codes, int half, byte* end0, byte* end1, float* target, int toSecond)
    {
        var panel = (byte*)tile->Panels[0];
        var sum0 = Vector256.Load(target);
        var sum1 = Vector256.Load(target + toSecond);
        for (var at = (nint)tile->NegativeLength; at < 0; at += PanelLayout.RecordBytes)
        {
            for (var (block, index) = (0, 0); block < 2; block++)
            {
                for (var from = 0; from < PanelLayout.Groups; from += codes.GroupsPerSum, index++)
                {
                    var offset = at + (block * PanelLayout.InputBlockBytes) + (2 * from * sizeof(int));
                    var weights = panel + codes.CodesOffset + (block * codes.BlockBytes) + (half * PanelLayout.GroupBytes / 2);
                    var products0 = Vector256.Create(codes.FirstSum(end0 + at, index));
                    var products1 = Vector256.Create(codes.FirstSum(end1 + at, index));
                    for (var group = from; group < from + codes.GroupsPerSum; group++, offset += 2 * sizeof(int))
                    {
                        var (first, second) = Words(weights, codes, group);
                        products0 = Add(products0, first, *(int*)(end0 + offset));
                        products1 = Add(products1, first, *(int*)(end1 + offset));
                        products0 = Add(products0, second, *(int*)(end0 + offset + sizeof(int)));
                        products1 = Add(products1, second, *(int*)(end1 + offset + sizeof(int)));
                    }

                    var scales = PanelScales.LoadEight(panel + (index * codes.ScaleBytes), codes, half * Lanes);
                    sum0 = Finish(sum0, products0, end0 + at, scales, block);
                    sum1 = Finish(sum1, products1, end1 + at, scales, block);
                    if (codes.HasMinima)
                    {
                        var minima = Vector256.Load((float*)(panel + (index * codes.ScaleBytes)) + PanelLayout.Rows + (half * Lanes));
                        sum0 = Fma.MultiplyAdd(Vector256.Create(((float*)(end0 + at + PanelLayout.InputSums))[block]), minima, sum0);
                        sum1 = Fma.MultiplyAdd(Vector256.Create(((float*)(end1 + at + PanelLayout.InputSums))[block]), minima, sum1);
                    }
                }
            }

            panel += codes.StepBytes;
        }

        Vector256.Store(sum1, target + toSecond);
        Vector256.Store(sum0, target);
    }

    /// <summary>The codes of four columns as 16-bit numbers: those of the first two, those of the last two.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector256<short> First, Vector256<short> Second) Words(byte* weights, PanelCodes codes, int group)
    {
        if (!codes.IsPacked)
        {
            var bytes = Vector256.Load((ushort*)(weights + (group * PanelLayout.GroupBytes)));
            return ((bytes & Vector256.Create((ushort)0xFF)).AsInt16(), (bytes >>> 8).AsInt16());
        }

        var pairs = Vector256.Load((ushort*)(weights + (group % 4 * PanelLayout.GroupBytes)));
        pairs = group < 4 ? pairs : pairs >>> 4;
        return ((pairs & Vector256.Create((ushort)0x0F)).AsInt16(), ((pairs >>> 8) & Vector256.Create((ushort)0x0F)).AsInt16());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Add(Vector256<int> products, Vector256<short> weights, int inputs) =>
        products + Avx2.MultiplyAddAdjacent(weights, Vector256.Create(inputs).AsInt16());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Finish(Vector256<float> sum, Vector256<int> products, byte* record, Vector256<float> scales, int block) =>
        Fma.MultiplyAdd(
            Vector256.ConvertToSingle(products) * Vector256.Create(((float*)(record + PanelLayout.InputScales))[block]), scales, sum);
}
