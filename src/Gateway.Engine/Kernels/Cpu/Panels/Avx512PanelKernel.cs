using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Gateway.Engine.Kernels.Cpu.Panels;

/// <summary>AVX-512 without VNNI: products of 16-bit numbers, two to a lane (vpmaddwd).</summary>
internal sealed unsafe class Avx512PanelKernel : PanelKernel
{
    public override bool SplitsInputs => false;

    public override int BestTokens => 4;

    public override int PanelsFor(int tokens) => 1;

    /// <summary>Whether this processor has it.</summary>
    public static bool IsSupported => Avx512BW.IsSupported;

    public override void Multiply(PanelTile* tile, PanelCodes codes, int panels, int tokens)
    {
        if (tokens == 4)
        {
            MultiplyFour(tile, codes);
            return;
        }

        for (var token = 0; token < tokens; token++)
        {
            MultiplyOne(tile, codes, token);
        }
    }

    private static void MultiplyOne(PanelTile* tile, PanelCodes codes, int token)
    {
        var panel = (byte*)tile->Panels[0];
        var input = (byte*)tile->InputEnd + (token * tile->InputStride) + tile->NegativeLength;
        var target = (float*)tile->Products + (token * PanelLayout.Rows);
        var sum = Vector512.Load(target);
        for (var step = 0L; step < tile->Steps; step++)
        {
            for (var (block, index) = (0, 0); block < 2; block++)
            {
                for (var from = 0; from < PanelLayout.Groups; from += codes.GroupsPerSum, index++)
                {
                    var x = (int*)(input + (block * PanelLayout.InputBlockBytes)) + (2 * from);
                    var weights = panel + codes.CodesOffset + (block * codes.BlockBytes);
                    var products = Vector512.Create(codes.FirstSum(input, index));
                    for (var group = from; group < from + codes.GroupsPerSum; group++, x += 2)
                    {
                        var (first, second) = Words(weights, codes, group);
                        products = Add(products, first, x[0]);
                        products = Add(products, second, x[1]);
                    }

                    sum = Finish(sum, products, input, panel, codes, index, block);
                }
            }

            panel += codes.StepBytes;
            input += PanelLayout.RecordBytes;
        }

        Vector512.Store(sum, target);
    }

    private static void MultiplyFour(PanelTile* tile, PanelCodes codes)
    {
        var panel = (byte*)tile->Panels[0];
        var end0 = (byte*)tile->InputEnd;
        var end1 = end0 + tile->InputStride;
        var end2 = end1 + tile->InputStride;
        var end3 = end2 + tile->InputStride;
        var target = (float*)tile->Products;
        var sum0 = Vector512.Load(target);
        var sum1 = Vector512.Load(target + PanelLayout.Rows);
        var sum2 = Vector512.Load(target + (2 * PanelLayout.Rows));
        var sum3 = Vector512.Load(target + (3 * PanelLayout.Rows));
        for (var at = (nint)tile->NegativeLength; at < 0; at += PanelLayout.RecordBytes)
        {
            for (var (block, index) = (0, 0); block < 2; block++)
            {
                for (var from = 0; from < PanelLayout.Groups; from += codes.GroupsPerSum, index++)
                {
                    var offset = at + (block * PanelLayout.InputBlockBytes) + (2 * from * sizeof(int));
                    var weights = panel + codes.CodesOffset + (block * codes.BlockBytes);
                    var products0 = Vector512.Create(codes.FirstSum(end0 + at, index));
                    var products1 = Vector512.Create(codes.FirstSum(end1 + at, index));
                    var products2 = Vector512.Create(codes.FirstSum(end2 + at, index));
                    var products3 = Vector512.Create(codes.FirstSum(end3 + at, index));
                    for (var group = from; group < from + codes.GroupsPerSum; group++, offset += 2 * sizeof(int))
                    {
                        var (first, second) = Words(weights, codes, group);
                        products0 = Add(products0, first, *(int*)(end0 + offset));
                        products1 = Add(products1, first, *(int*)(end1 + offset));
                        products2 = Add(products2, first, *(int*)(end2 + offset));
                        products3 = Add(products3, first, *(int*)(end3 + offset));
                        products0 = Add(products0, second, *(int*)(end0 + offset + sizeof(int)));
                        products1 = Add(products1, second, *(int*)(end1 + offset + sizeof(int)));
                        products2 = Add(products2, second, *(int*)(end2 + offset + sizeof(int)));
                        products3 = Add(products3, second, *(int*)(end3 + offset + sizeof(int)));
                    }

                    sum0 = Finish(sum0, products0, end0 + at, panel, codes, index, block);
                    sum1 = Finish(sum1, products1, end1 + at, panel, codes, index, block);
                    sum2 = Finish(sum2, products2, end2 + at, panel, codes, index, block);
                    sum3 = Finish(sum3, products3, end3 + at, panel, codes, index, block);
                }
            }

            panel += codes.StepBytes;
        }

        Vector512.Store(sum0, target);
        Vector512.Store(sum1, target + PanelLayout.Rows);
        Vector512.Store(sum2, target + (2 * PanelLayout.Rows));
        Vector512.Store(sum3, target + (3 * PanelLayout.Rows));
    }

    /// <summary>The codes of four columns as 16-bit numbers: those of the first two, those of the last two.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector512<short> First, Vector512<short> Second) Words(byte* weights, PanelCodes codes, int group)
    {
        if (!codes.IsPacked)
        {
            var bytes = Vector512.Load((ushort*)(weights + (group * PanelLayout.GroupBytes)));
            return ((bytes & Vector512.Create((ushort)0xFF)).AsInt16(), (bytes >>> 8).AsInt16());
        }

        var pairs = Vector512.Load((ushort*)(weights + (group % 4 * PanelLayout.GroupBytes)));
        pairs = group < 4 ? pairs : pairs >>> 4;
        return ((pairs & Vector512.Create((ushort)0x0F)).AsInt16(), ((pairs >>> 8) & Vector512.Create((ushort)0x0F)).AsInt16());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> Add(Vector512<int> products, Vector512<short> weights, int inputs) =>
        products + Avx512BW.MultiplyAddAdjacent(weights, Vector512.Create(inputs).AsInt16());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Finish(
        Vector512<float> sum, Vector512<int> products, byte* record, byte* panel, PanelCodes codes, int index, int block)
    {
        var scale = Vector512.Create(((float*)(record + PanelLayout.InputScales))[block]);
        var scales = panel + (index * codes.ScaleBytes);
        sum = Vector512.FusedMultiplyAdd(Vector512.ConvertToSingle(products) * scale, PanelScales.Load(scales, codes), sum);
        return codes.HasMinima
            ? Vector512.FusedMultiplyAdd(
                Vector512.Create(((float*)(record + PanelLayout.InputSums))[block]), Vector512.Load((float*)scales + PanelLayout.Rows), sum)
            : sum;
    }
}
