using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Gateway.Engine.Kernels.Cpu.Blocks;
using Gateway.Engine.Weights;

namespace Gateway.Engine.Kernels.Cpu.Panels;

/// <summary>
/// Q4_K and Q5_K, with a scale and a minimum per 32 columns, and Q6_K, with a scale per 16. A unit is 256 columns: d and dmin; all scales; all
/// minima; the codes of eight blocks.
/// </summary>
/// <remarks>d · scale and dmin · minimum are exact in float32: eleven bits times eight.</remarks>
internal sealed unsafe class SuperPanelFormat : PanelFormat
{
    private const int Blocks = SuperBlockParts.Size / PanelLayout.BlockColumns;

    // d and dmin of sixteen rows, as binary16.
    private const int MinimumScales = PanelLayout.Rows * sizeof(ushort);
    private const int Scales = 2 * MinimumScales;

    private readonly WeightFormat _format;
    private readonly int _minima;
    private readonly int _blocks;
    private readonly int _blockBytes;

    public SuperPanelFormat(int index, WeightFormat format, PanelCodes codes, int bits)
        : base(index, codes, bits)
    {
        _format = format;
        _minima = Scales + (Blocks * codes.SumsPerBlock * PanelLayout.Rows);
        _blocks = _minima + (codes.HasMinima ? Blocks * PanelLayout.Rows : 0);
        _blockBytes = PackedCodes.BlockBytes(bits);
    }

    public override bool HasByteScales => true;

    public override int UnitSteps => SuperBlockParts.Size / PanelLayout.StepColumns;

    public override int UnitBytes => BlockOffset(Blocks);

    public override int ScalesOffset(int sum) => Scales + (sum * PanelLayout.Rows);

    public override int MinimaOffset(int sum) => _minima + (sum * PanelLayout.Rows);

    public override int BlockOffset(int block) => _blocks + (block * _blockBytes);

    public override void Pack(ReadOnlySpan<byte> source, byte* unit, int lane)
    {
        var parts = new SuperBlockParts(
            _format, source, stackalloc byte[SuperBlockParts.Size], stackalloc sbyte[SuperBlockParts.MaxScales], stackalloc byte[Blocks]);
        ((ushort*)unit)[lane] = parts.Scale;
        ((ushort*)unit)[PanelLayout.Rows + lane] = parts.MinimumScale;
        for (var sum = 0; sum < Blocks * Codes.SumsPerBlock; sum++)
        {
            unit[ScalesOffset(sum) + lane] = (byte)parts.Scales[sum];
            if (Codes.HasMinima)
            {
                unit[MinimaOffset(sum) + lane] = parts.Minima[sum];
            }
        }

        for (var block = 0; block < Blocks; block++)
        {
            var numbers = parts.Numbers.Slice(block * PanelLayout.BlockColumns, PanelLayout.BlockColumns);
            PackedCodes.Pack(numbers, Bits, unit + BlockOffset(block), lane);
        }
    }

    public override void Expand(byte* unit, byte* steps)
    {
        var (d, dmin) = (PanelScales.Load(unit), PanelScales.Load(unit + MinimumScales));
        var codes = Codes;
        for (var block = 0; block < Blocks; block++)
        {
            // Of a block's scales there are two vectors: of two halves, or scales and minima.
            var step = steps + (block / 2 * codes.StepBytes);
            var scales = (float*)(step + (block % 2 * codes.SumsPerBlock * codes.ScaleBytes));
            var (first, second) = codes.HasMinima
                ? (Scaled(unit + ScalesOffset(block), d), Scaled(unit + MinimaOffset(block), dmin))
                : (Scaled(unit + ScalesOffset(2 * block), d), Scaled(unit + ScalesOffset((2 * block) + 1), d));
            Vector512.Store(first, scales);
            Vector512.Store(second, scales + PanelLayout.Rows);
            Unpack(unit + BlockOffset(block), step + codes.CodesOffset + (block % 2 * codes.BlockBytes));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Unpack(byte* block, byte* codes)
    {
        switch (Bits)
        {
            case 4: PackedCodes.Unpack(block, 4, codes); break;
            case 5: PackedCodes.Unpack(block, 5, codes); break;
            default: PackedCodes.Unpack(block, 6, codes); break;
        }
    }

    /// <summary>Sixteen signed bytes, each times its row's factor.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Scaled(byte* bytes, Vector512<float> factors)
    {
        var words = Vector256.WidenLower(Vector128.Load((sbyte*)bytes).ToVector256Unsafe());
        return Vector512.ConvertToSingle(Vector512.WidenLower(words.ToVector512Unsafe())) * factors;
    }
}
