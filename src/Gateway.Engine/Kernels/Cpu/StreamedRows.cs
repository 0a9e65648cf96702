using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Gateway.Engine.Weights;

namespace Gateway.Engine.Kernels.Cpu;

/// <summary>
/// Rows of weights in their stored form times some vectors: each weight is widened in registers and multiplied at once. Rows are taken in several distant
/// places at a time, for memory gives more when it is read so. Summed in the order of <see cref="DotProducts"/>, hence with the same bits.
/// </summary>
internal static unsafe class StreamedRows
{
    // Rows at a time with one vector, and with several.
    private const int Places = 8;
    private const int SharedPlaces = 4;
    private const int SharedVectors = 4;

    // So many vectors stay in the second-level cache while rows pass by, and so many columns of four rows in the first-level cache while those vectors do.
    private const int VectorsAtOnce = 96;
    private const int ColumnsAtOnce = 8 * WeightMatrix.ScaleBlock;

    private const int Lanes = StreamedTiles.Lanes;

    /// <summary>Whether the matrix's form can be widened in registers.</summary>
    public static bool CanMultiply(WeightMatrix weights) => weights.Format switch
    {
        WeightFormat.Float32 or WeightFormat.Float16 or WeightFormat.BFloat16 => true,
        WeightFormat.Float8E4M3 => Array.TrueForAll(weights.Scales, scale => MathF.Abs(scale) < Float8Form.ScaleLimit),
        _ => false,
    };

    /// <param name="weights">The matrix.</param>
    /// <param name="from">The first row: a multiple of <see cref="CpuMatrix.RowAlignment"/>.</param>
    /// <param name="to">Where the rows end.</param>
    /// <param name="x">The vectors, as long as a row, each <paramref name="xStride"/> after the last.</param>
    /// <param name="xStride">Distance between vectors.</param>
    /// <param name="vectors">Number of vectors, at least 1.</param>
    /// <param name="y">The product of row <paramref name="from"/> + i and vector j goes to j × <paramref name="yStride"/> + i.</param>
    /// <param name="yStride">Distance between the results of one vector and those of the next.</param>
    public static void Multiply(
        WeightMatrix weights, int from, int to, ReadOnlySpan<float> x, int xStride, int vectors, Span<float> y, int yStride)
    {
        // Memory is addressed without checks from here on.
        var rows = weights.StoredRows(from, to - from);
        _ = x[..(((vectors - 1) * xStride) + weights.Columns)];
        _ = y[..(((vectors - 1) * yStride) + to - from)];
        fixed (byte* first = rows)
        fixed (float* input = x, products = y)
        {
            var product = new StreamedProduct(first, weights, from, to - from, input, xStride, vectors, products, yStride);
            switch (weights.Format)
            {
                case WeightFormat.Float32:
                    Multiply<SingleForm>(product);
                    break;
                case WeightFormat.Float16:
                    Multiply<Float16Form>(product);
                    break;
                case WeightFormat.BFloat16:
                    Multiply<BFloat16Form>(product);
                    break;
                default:
                    Multiply<Float8Form>(product);
                    break;
            }
        }
    }

    private static void Multiply<TForm>(in StreamedProduct product)
        where TForm : IWeightForm
    {
        var places = product.Vectors == 1 ? Places : SharedPlaces;
        var apart = product.Rows / places;
        if (product.Vectors == 1)
        {
            MultiplyOne<TForm>(product, apart);
        }
        else
        {
            for (var first = 0; first < product.Vectors; first += VectorsAtOnce)
            {
                MultiplySeveral<TForm>(product, apart, first, Math.Min(VectorsAtOnce, product.Vectors - first));
            }
        }

        for (var row = apart * places; row < product.Rows; row++)
        {
            for (var vector = 0; vector < product.Vectors; vector++)
            {
                Single<TForm>(product, row, vector);
            }
        }
    }

    private static void MultiplyOne<TForm>(in StreamedProduct product, int apart)
        where TForm : IWeightForm
    {
        var sums = stackalloc Vector512<float>[Places];
        for (var row = 0; row < apart; row++)
        {
            StreamedTiles.Tile8By1<TForm>(product, row, apart, sums);
            for (var place = 0; place < Places; place++)
            {
                product.Finish<TForm>(sums[place], row + (place * apart), 0);
            }
        }
    }

    [SkipLocalsInit]
    private static void MultiplySeveral<TForm>(in StreamedProduct product, int apart, int first, int vectors)
        where TForm : IWeightForm
    {
        // [vector, place]
        var sums = stackalloc Vector512<float>[SharedPlaces * VectorsAtOnce];
        nint whole = product.Columns - (product.Columns % Lanes), piece = vectors <= SharedVectors ? whole : ColumnsAtOnce;
        for (var row = 0; row < apart; row++)
        {
            new Span<Vector512<float>>(sums, SharedPlaces * vectors).Clear();
            for (nint column = 0; column < whole; column += piece)
            {
                var end = Math.Min(column + piece, whole);
                for (var vector = 0; vector < vectors; vector += SharedVectors)
                {
                    // A vector that is not there is the last one again.
                    if (vectors - vector <= 2)
                    {
                        StreamedTiles.Tile4By2<TForm>(product, row, apart, first + vector, first + vectors - 1, column, end, sums + (vector * SharedPlaces));
                    }
                    else
                    {
                        StreamedTiles.Tile4By4<TForm>(product, row, apart, first + vector, first + vectors - 1, column, end, sums + (vector * SharedPlaces));
                    }
                }
            }

            for (var vector = 0; vector < vectors; vector++)
            {
                for (var place = 0; place < SharedPlaces; place++)
                {
                    product.Finish<TForm>(sums[(vector * SharedPlaces) + place], row + (place * apart), first + vector);
                }
            }
        }
    }

    private static void Single<TForm>(in StreamedProduct product, int row, int vector)
        where TForm : IWeightForm
    {
        var weights = product.First + (row * product.RowBytes);
        var x = product.X + (vector * product.XStride);
        Vector512<float> sum = default;
        for (nint column = 0; column <= product.Columns - Lanes; column += Lanes)
        {
            var factors = TForm.HasScales ? product.Factors<TForm>(row, column) : default;
            sum = Vector512.FusedMultiplyAdd(StreamedTiles.Load<TForm>(weights + (column * TForm.Bytes), factors), Vector512.Load(x + column), sum);
        }

        product.Finish<TForm>(sum, row, vector);
    }
}
