using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Gateway.Engine.Kernels.Cpu.Panels;

/// <summary>
/// AVX-VNNI: products of bytes, four to a lane (vpdpbusd on 256 bits), for processors without AVX-512; a panel is two vectors.
/// </summary>
/// <remarks>
/// A tile is two pairs of a panel and a token: one token over two panels, so that memory is read in two places, or two tokens over one.
/// That makes eight integer sums, for upper and lower bytes of two halves of a panel twice, which is as many as sixteen registers can hold
/// beside weights and inputs, and enough that none waits for its last product. The float32 sums lie in the first-level cache.
/// </remarks>
/// <typeparam name="TDot">Multiplies the bytes.</typeparam>
internal sealed unsafe class AvxVnniPanelKernel<TDot> : PanelKernel
    where TDot : struct, IByteDotProduct
{
    private const int Lanes = 8;
    private const int HalfBytes = PanelLayout.GroupBytes / 2;

    public override bool SplitsInputs => true;

    public override int BestTokens => 2;

    public override int PanelsFor(int tokens) => tokens == 1 ? 2 : 1;

    public override void Multiply(PanelTile* tile, PanelCodes codes, int panels, int tokens)
    {
        // The second pair of a single one is the first again, and so is its product.
        var panel0 = (byte*)tile->Panels[0];
        var panel1 = (byte*)tile->Panels[panels - 1];
        var input0 = (byte*)tile->InputEnd + tile->NegativeLength;
        var input1 = input0 + ((tokens - 1) * tile->InputStride);
        var sums0 = (float*)tile->Products;
        var sums1 = sums0 + (((panels * tokens) - 1) * PanelLayout.Rows);
        for (var step = 0L; step < tile->Steps; step++)
        {
            for (var (block, index) = (0, 0); block < 2; block++)
            {
                for (var group = 0; group < PanelLayout.Groups; group += codes.GroupsPerSum, index++)
                {
                    AddSum(codes, index, block, group, panel0, panel1, input0, input1, sums0, sums1);
                }
            }

            panel0 += codes.StepBytes;
            panel1 += codes.StepBytes;
            input0 += PanelLayout.RecordBytes;
            input1 += PanelLayout.RecordBytes;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddSum(
        PanelCodes codes, int index, int block, int firstGroup, byte* panel0, byte* panel1, byte* input0, byte* input1, float* sums0, float* sums1)
    {
        var first = codes.CodesOffset + (block * codes.BlockBytes);
        var x0 = input0 + (block * PanelLayout.InputBlockBytes) + (firstGroup * sizeof(int));
        var x1 = input1 + (block * PanelLayout.InputBlockBytes) + (firstGroup * sizeof(int));
        Vector256<int> upper00 = default, upper01 = default, upper10 = default, upper11 = default;
        var lower00 = Vector256.Create(codes.FirstSum(input0, index));
        var lower10 = Vector256.Create(codes.FirstSum(input1, index));
        var (lower01, lower11) = (lower00, lower10);
        for (var group = firstGroup; group < firstGroup + codes.GroupsPerSum; group++, x0 += sizeof(int), x1 += sizeof(int))
        {
            var (half0, half1) = (Load(panel0 + first, codes, group, 0), Load(panel0 + first, codes, group, HalfBytes));
            var (upper, lower) = (Broadcast(x0), Broadcast(x0 + PanelLayout.LowerPlane));
            upper00 = TDot.Add(upper00, half0, upper);
            upper01 = TDot.Add(upper01, half1, upper);
            lower00 = TDot.Add(lower00, half0, lower);
            lower01 = TDot.Add(lower01, half1, lower);
            (half0, half1) = (Load(panel1 + first, codes, group, 0), Load(panel1 + first, codes, group, HalfBytes));
            (upper, lower) = (Broadcast(x1), Broadcast(x1 + PanelLayout.LowerPlane));
            upper10 = TDot.Add(upper10, half0, upper);
            upper11 = TDot.Add(upper11, half1, upper);
            lower10 = TDot.Add(lower10, half0, lower);
            lower11 = TDot.Add(lower11, half1, lower);
        }

        // Both pairs are computed before either is stored: they may be the same one.
        var scales0 = panel0 + (index * codes.ScaleBytes);
        var scales1 = panel1 + (index * codes.ScaleBytes);
        var sum00 = Sum(upper00, lower00, input0, block, scales0, codes, 0, sums0);
        var sum01 = Sum(upper01, lower01, input0, block, scales0, codes, Lanes, sums0);
        var sum10 = Sum(upper10, lower10, input1, block, scales1, codes, 0, sums1);
        var sum11 = Sum(upper11, lower11, input1, block, scales1, codes, Lanes, sums1);
        Vector256.Store(sum00, sums0);
        Vector256.Store(sum01, sums0 + Lanes);
        Vector256.Store(sum10, sums1);
        Vector256.Store(sum11, sums1 + Lanes);
    }

    /// <summary>The codes of four columns in eight rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> Load(byte* weights, PanelCodes codes, int group, int half)
    {
        if (!codes.IsPacked)
        {
            return Vector256.Load(weights + (group * PanelLayout.GroupBytes) + half);
        }

        var pairs = Vector256.Load((ushort*)(weights + (group % 4 * PanelLayout.GroupBytes) + half));
        return (group < 4 ? pairs : pairs >>> 4).AsByte() & Vector256.Create((byte)0x0F);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<sbyte> Broadcast(byte* inputs) => Vector256.Create(*(int*)inputs).AsSByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Sum(
        Vector256<int> upper, Vector256<int> lower, byte* record, int block, byte* scales, PanelCodes codes, int row, float* sums)
    {
        var scaled = Vector256.ConvertToSingle((upper << 8) + lower) * Vector256.Create(((float*)(record + PanelLayout.InputScales))[block]);
        var sum = Vector256.FusedMultiplyAdd(scaled, PanelScales.LoadEight(scales, codes, row), Vector256.Load(sums + row));
        return codes.HasMinima
            ? Vector256.FusedMultiplyAdd(
                Vector256.Create(((float*)(record + PanelLayout.InputSums))[block]), Vector256.Load((float*)scales + PanelLayout.Rows + row), sum)
            : sum;
    }
}
