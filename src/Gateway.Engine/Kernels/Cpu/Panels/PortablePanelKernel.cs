using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Gateway.Engine.Kernels.Cpu.Panels;

/// <summary>Runs on every processor; all others are held against it.</summary>
internal sealed unsafe class PortablePanelKernel : PanelKernel
{
    public override bool SplitsInputs => false;

    public override int BestTokens => 1;

    public override int PanelsFor(int tokens) => 1;

    public override void Multiply(PanelTile* tile, PanelCodes codes, int panels, int tokens)
    {
        var panel = (byte*)tile->Panels[0];
        var input = (byte*)tile->InputEnd + tile->NegativeLength;
        var sum = Vector512.Load((float*)tile->Products);
        for (var step = 0L; step < tile->Steps; step++)
        {
            for (var (block, index) = (0, 0); block < 2; block++)
            {
                for (var from = 0; from < PanelLayout.Groups; from += codes.GroupsPerSum, index++)
                {
                    var x = (short*)(input + (block * PanelLayout.InputBlockBytes)) + (from * 4);
                    var weights = panel + codes.CodesOffset + (block * codes.BlockBytes);
                    var products = Vector512.Create(codes.FirstSum(input, index));
                    for (var group = from; group < from + codes.GroupsPerSum; group++, x += 4)
                    {
                        var w = Group(weights, codes, group);
                        products += (w & Vector512.Create(0xFF)) * Vector512.Create((int)x[0]);
                        products += ((w >>> 16) & Vector512.Create(0xFF)) * Vector512.Create((int)x[1]);
                        products += ((w >>> 8) & Vector512.Create(0xFF)) * Vector512.Create((int)x[2]);
                        products += (w >>> 24) * Vector512.Create((int)x[3]);
                    }

                    var scaled = Vector512.ConvertToSingle(products) * Vector512.Create(((float*)(input + PanelLayout.InputScales))[block]);
                    var scales = panel + (index * codes.ScaleBytes);
                    sum = Vector512.FusedMultiplyAdd(scaled, PanelScales.Load(scales, codes), sum);
                    if (codes.HasMinima)
                    {
                        var inputSum = Vector512.Create(((float*)(input + PanelLayout.InputSums))[block]);
                        sum = Vector512.FusedMultiplyAdd(inputSum, Vector512.Load((float*)scales + PanelLayout.Rows), sum);
                    }
                }
            }

            panel += codes.StepBytes;
            input += PanelLayout.RecordBytes;
        }

        Vector512.Store(sum, (float*)tile->Products);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> Group(byte* weights, PanelCodes codes, int group)
    {
        if (!codes.IsPacked)
        {
            return Vector512.Load((int*)(weights + (group * PanelLayout.GroupBytes)));
        }

        var pairs = Vector512.Load((int*)(weights + (group % 4 * PanelLayout.GroupBytes)));
        return (group < 4 ? pairs : pairs >>> 4) & Vector512.Create(0x0F0F0F0F);
    }
}
