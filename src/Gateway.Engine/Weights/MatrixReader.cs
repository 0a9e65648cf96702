using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using Gateway.Engine.Kernels.Cpu;
using Gateway.Engine.Kernels.Cpu.Blocks;

namespace Gateway.Engine.Weights;

/// <summary>
/// Reads a tensor of a checkpoint, in its stored form or quantised. Quantising goes by groups of rows: each is read, widened and
/// rounded by itself, so that nothing but the quantised matrix is ever held as a whole.
/// </summary>
/// <param name="checkpoint">Where the tensors are.</param>
/// <param name="quantization">What large matrices become.</param>
internal sealed class MatrixReader(ICheckpoint checkpoint, Quantization quantization)
{
    // Values that one thread widens at a time.
    private const int GroupValues = 1 << 20;

    /// <summary>The form that a matrix of that stored form takes in memory. What is as narrow already stays as it is.</summary>
    public WeightLayout FormOf(TensorEntry entry, WeightLayout stored)
    {
        if (quantization == Quantization.None)
        {
            return stored;
        }

        var wanted = WeightLayout.Of(quantization == Quantization.Q8_0 ? WeightFormat.Q8_0 : WeightFormat.Q4_0);
        return wanted.BitsPerWeight < stored.BitsPerWeight && entry.Shape[^1] % wanted.BlockSize == 0 ? wanted : stored;
    }

    /// <summary>Rows of a tensor as a matrix in its stored form.</summary>
    /// <param name="entry">A tensor of one or two dimensions; of one it is a row.</param>
    /// <param name="first">The first row.</param>
    /// <param name="count">How many.</param>
    /// <param name="stored">Its element type.</param>
    /// <param name="scales">The scales of 8-bit floating point from the first row on, else empty.</param>
    /// <exception cref="WeightsFormatException">The file cannot be read, or a value is not finite.</exception>
    public WeightMatrix ReadStored(TensorEntry entry, int first, int count, WeightLayout stored, float[] scales)
    {
        var columns = (int)entry.Shape[^1];
        switch (stored.Format)
        {
            case WeightFormat.Float32:
                var values = Read<float>(entry, first, count * columns);
                Check(FiniteCheck.AllFinite(values), entry);
                return WeightMatrix.FromSingle(count, columns, values);
            case WeightFormat.Float16 or WeightFormat.BFloat16:
                var halves = Read<ushort>(entry, first, count * columns);
                Check(FiniteCheck.AllFinite(halves, stored.Format), entry);
                return WeightMatrix.FromHalf(count, columns, stored.Format, halves);
            case WeightFormat.Float8E4M3:
                var codes = Read<byte>(entry, first, count * columns);
                Check(Float8.AllFinite(codes), entry);
                return WeightMatrix.FromFloat8(count, columns, codes, scales);
            default:
                var blocks = Read<byte>(entry, first, checked((int)(count * stored.RowBytes(columns))));
                Check(FiniteCheck.AllFinite(blocks, stored), entry);
                return WeightMatrix.FromBlocks(count, columns, stored.Format, blocks);
        }
    }

    /// <summary>A whole matrix, quantised.</summary>
    /// <param name="target">A form that <see cref="BlockEncoder"/> writes.</param>
    /// <exception cref="WeightsFormatException">The file cannot be read, or a value is not finite.</exception>
    public WeightMatrix ReadQuantized(TensorEntry entry, WeightLayout stored, float[] scales, WeightLayout target, CancellationToken ct)
    {
        var (rows, columns) = ((int)entry.Shape[0], (int)entry.Shape[1]);
        var rowBytes = (int)target.RowBytes(columns);
        var bytes = GC.AllocateUninitializedArray<byte>(checked(rows * rowBytes));

        // A multiple of the rows that share scales.
        var group = Math.Max(1, GroupValues / columns / WeightMatrix.ScaleBlock) * WeightMatrix.ScaleBlock;
        var scalesPerRow = WeightMatrix.ScalesPerRow(columns);
        try
        {
            Parallel.For(0, (rows + group - 1) / group, new ParallelOptions { CancellationToken = ct }, index =>
            {
                var first = index * group;
                var count = Math.Min(group, rows - first);
                var groupScales = scales.Length == 0 ? scales : scales[(first / WeightMatrix.ScaleBlock * scalesPerRow)..];
                var values = new float[count * columns];
                WeightRows.CopyWidened(ReadStored(entry, first, count, stored, groupScales), 0, count, values);
                Check(FiniteCheck.AllFinite(values), entry);
                BlockEncoder.Encode(target.Format, values, bytes.AsSpan(first * rowBytes, count * rowBytes));
            });
        }
        catch (AggregateException exception)
        {
            ExceptionDispatchInfo.Throw(exception.InnerExceptions[0]);
        }

        return WeightMatrix.FromBlocks(rows, columns, target.Format, bytes);
    }

    private T[] Read<T>(TensorEntry entry, int firstRow, int count)
        where T : unmanaged
    {
        var values = GC.AllocateUninitializedArray<T>(count);
        checkpoint.ReadRows(entry, firstRow, MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }

    private void Check(bool allFinite, TensorEntry entry)
    {
        if (!allFinite)
        {
            throw new WeightsFormatException(
                checkpoint.FileOf(entry), entry.Name, "it holds NaN or infinity; the file is damaged or the training run diverged.");
        }
    }
}
