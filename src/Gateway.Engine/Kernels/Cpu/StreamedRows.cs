using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Gateway.Engine.Kernels.Cpu.Attention;
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

    private const int Lanes = 16;

    // So far ahead are a place's weights asked for, in bytes.
    private const int PrefetchDistance = 512;

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
            var product = new Product(first, weights, from, to - from, input, xStride, vectors, products, yStride);
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

    private static void Multiply<TForm>(in Product product)
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

    private static void MultiplyOne<TForm>(in Product product, int apart)
        where TForm : IWeightForm
    {
        // Tiles leave their sums here, so that no call comes while those are in registers, which it would have to be saved from.
        var sums = stackalloc Vector512<float>[Places];
        for (var row = 0; row < apart; row++)
        {
            Tile8By1<TForm>(product, row, apart, sums);
            for (var place = 0; place < Places; place++)
            {
                product.Finish<TForm>(sums[place], row + (place * apart), 0);
            }
        }
    }

    [SkipLocalsInit]
    private static void MultiplySeveral<TForm>(in Product product, int apart, int first, int vectors)
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
                        Tile4By2<TForm>(product, row, apart, first + vector, first + vectors - 1, column, end, sums + (vector * SharedPlaces));
                    }
                    else
                    {
                        Tile4By4<TForm>(product, row, apart, first + vector, first + vectors - 1, column, end, sums + (vector * SharedPlaces));
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

    private static void Tile8By1<TForm>(in Product product, int row, int apart, Vector512<float>* sums)
        where TForm : IWeightForm
    {
        var (columns, rowBytes) = (product.Columns, product.RowBytes);
        var x = product.X;
        byte* w0 = product.First + (row * rowBytes), w1 = w0 + (apart * rowBytes), w2 = w1 + (apart * rowBytes), w3 = w2 + (apart * rowBytes);
        byte* w4 = w3 + (apart * rowBytes), w5 = w4 + (apart * rowBytes), w6 = w5 + (apart * rowBytes), w7 = w6 + (apart * rowBytes);
        Vector512<float> s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default, s6 = default, s7 = default;
        Vector512<float> f0 = default, f1 = default, f2 = default, f3 = default, f4 = default, f5 = default, f6 = default, f7 = default;
        nint whole = columns - (columns % Lanes), column = 0;
        while (column < whole)
        {
            var end = whole;
            if (TForm.HasScales)
            {
                end = Math.Min(whole, column + WeightMatrix.ScaleBlock);
                f0 = product.Factors<TForm>(row, column);
                f1 = product.Factors<TForm>(row + apart, column);
                f2 = product.Factors<TForm>(row + (2 * apart), column);
                f3 = product.Factors<TForm>(row + (3 * apart), column);
                f4 = product.Factors<TForm>(row + (4 * apart), column);
                f5 = product.Factors<TForm>(row + (5 * apart), column);
                f6 = product.Factors<TForm>(row + (6 * apart), column);
                f7 = product.Factors<TForm>(row + (7 * apart), column);
            }

            for (; column < end; column += Lanes)
            {
                var at = column * TForm.Bytes;
                var v = Vector512.Load(x + column);
                s0 = Vector512.FusedMultiplyAdd(Load<TForm>(w0 + at, f0), v, s0);
                s1 = Vector512.FusedMultiplyAdd(Load<TForm>(w1 + at, f1), v, s1);
                s2 = Vector512.FusedMultiplyAdd(Load<TForm>(w2 + at, f2), v, s2);
                s3 = Vector512.FusedMultiplyAdd(Load<TForm>(w3 + at, f3), v, s3);
                s4 = Vector512.FusedMultiplyAdd(Load<TForm>(w4 + at, f4), v, s4);
                s5 = Vector512.FusedMultiplyAdd(Load<TForm>(w5 + at, f5), v, s5);
                s6 = Vector512.FusedMultiplyAdd(Load<TForm>(w6 + at, f6), v, s6);
                s7 = Vector512.FusedMultiplyAdd(Load<TForm>(w7 + at, f7), v, s7);
            }
        }

        sums[0] = s0;
        sums[1] = s1;
        sums[2] = s2;
        sums[3] = s3;
        sums[4] = s4;
        sums[5] = s5;
        sums[6] = s6;
        sums[7] = s7;
    }

    private static void Tile4By2<TForm>(
        in Product product, int row, int apart, int vector, int last, nint column, nint end, Vector512<float>* sums)
        where TForm : IWeightForm
    {
        nint rowBytes = product.RowBytes, stride = product.XStride;
        float* x0 = product.X + (stride * vector), x1 = product.X + (stride * Math.Min(vector + 1, last));
        byte* w0 = product.First + (row * rowBytes), w1 = w0 + (apart * rowBytes), w2 = w1 + (apart * rowBytes), w3 = w2 + (apart * rowBytes);
        int i1 = SharedPlaces * Math.Min(1, last - vector);
        Vector512<float> s00 = sums[0], s10 = sums[1], s20 = sums[2], s30 = sums[3];
        Vector512<float> s01 = sums[i1], s11 = sums[i1 + 1], s21 = sums[i1 + 2], s31 = sums[i1 + 3];
        Vector512<float> f0 = default, f1 = default, f2 = default, f3 = default;
        while (column < end)
        {
            var next = end;
            if (TForm.HasScales)
            {
                next = Math.Min(end, column + WeightMatrix.ScaleBlock);
                f0 = product.Factors<TForm>(row, column);
                f1 = product.Factors<TForm>(row + apart, column);
                f2 = product.Factors<TForm>(row + (2 * apart), column);
                f3 = product.Factors<TForm>(row + (3 * apart), column);
            }

            for (; column < next; column += Lanes)
            {
                var at = column * TForm.Bytes;
                Vector512<float> a0 = Vector512.Load(x0 + column), a1 = Vector512.Load(x1 + column);
                var w = Load<TForm>(w0 + at, f0);
                s00 = Vector512.FusedMultiplyAdd(w, a0, s00);
                s01 = Vector512.FusedMultiplyAdd(w, a1, s01);
                w = Load<TForm>(w1 + at, f1);
                s10 = Vector512.FusedMultiplyAdd(w, a0, s10);
                s11 = Vector512.FusedMultiplyAdd(w, a1, s11);
                w = Load<TForm>(w2 + at, f2);
                s20 = Vector512.FusedMultiplyAdd(w, a0, s20);
                s21 = Vector512.FusedMultiplyAdd(w, a1, s21);
                w = Load<TForm>(w3 + at, f3);
                s30 = Vector512.FusedMultiplyAdd(w, a0, s30);
                s31 = Vector512.FusedMultiplyAdd(w, a1, s31);
            }
        }

        sums[0] = s00;
        sums[1] = s10;
        sums[2] = s20;
        sums[3] = s30;
        sums[i1] = s01;
        sums[i1 + 1] = s11;
        sums[i1 + 2] = s21;
        sums[i1 + 3] = s31;
    }

    private static void Tile4By4<TForm>(
        in Product product, int row, int apart, int vector, int last, nint column, nint end, Vector512<float>* sums)
        where TForm : IWeightForm
    {
        nint rowBytes = product.RowBytes, stride = product.XStride;
        float* x0 = product.X + (stride * vector), x1 = product.X + (stride * Math.Min(vector + 1, last));
        float* x2 = product.X + (stride * Math.Min(vector + 2, last)), x3 = product.X + (stride * Math.Min(vector + 3, last));
        byte* w0 = product.First + (row * rowBytes), w1 = w0 + (apart * rowBytes), w2 = w1 + (apart * rowBytes), w3 = w2 + (apart * rowBytes);
        int i1 = SharedPlaces * Math.Min(1, last - vector), i2 = SharedPlaces * Math.Min(2, last - vector), i3 = SharedPlaces * Math.Min(3, last - vector);
        Vector512<float> s00 = sums[0], s10 = sums[1], s20 = sums[2], s30 = sums[3];
        Vector512<float> s01 = sums[i1], s11 = sums[i1 + 1], s21 = sums[i1 + 2], s31 = sums[i1 + 3];
        Vector512<float> s02 = sums[i2], s12 = sums[i2 + 1], s22 = sums[i2 + 2], s32 = sums[i2 + 3];
        Vector512<float> s03 = sums[i3], s13 = sums[i3 + 1], s23 = sums[i3 + 2], s33 = sums[i3 + 3];
        Vector512<float> f0 = default, f1 = default, f2 = default, f3 = default;
        while (column < end)
        {
            var next = end;
            if (TForm.HasScales)
            {
                next = Math.Min(end, column + WeightMatrix.ScaleBlock);
                f0 = product.Factors<TForm>(row, column);
                f1 = product.Factors<TForm>(row + apart, column);
                f2 = product.Factors<TForm>(row + (2 * apart), column);
                f3 = product.Factors<TForm>(row + (3 * apart), column);
            }

            for (; column < next; column += Lanes)
            {
                var at = column * TForm.Bytes;
                Vector512<float> a0 = Vector512.Load(x0 + column), a1 = Vector512.Load(x1 + column);
                Vector512<float> a2 = Vector512.Load(x2 + column), a3 = Vector512.Load(x3 + column);
                var w = Load<TForm>(w0 + at, f0);
                s00 = Vector512.FusedMultiplyAdd(w, a0, s00);
                s01 = Vector512.FusedMultiplyAdd(w, a1, s01);
                s02 = Vector512.FusedMultiplyAdd(w, a2, s02);
                s03 = Vector512.FusedMultiplyAdd(w, a3, s03);
                w = Load<TForm>(w1 + at, f1);
                s10 = Vector512.FusedMultiplyAdd(w, a0, s10);
                s11 = Vector512.FusedMultiplyAdd(w, a1, s11);
                s12 = Vector512.FusedMultiplyAdd(w, a2, s12);
                s13 = Vector512.FusedMultiplyAdd(w, a3, s13);
                w = Load<TForm>(w2 + at, f2);
                s20 = Vector512.FusedMultiplyAdd(w, a0, s20);
                s21 = Vector512.FusedMultiplyAdd(w, a1, s21);
                s22 = Vector512.FusedMultiplyAdd(w, a2, s22);
                s23 = Vector512.FusedMultiplyAdd(w, a3, s23);
                w = Load<TForm>(w3 + at, f3);
                s30 = Vector512.FusedMultiplyAdd(w, a0, s30);
                s31 = Vector512.FusedMultiplyAdd(w, a1, s31);
                s32 = Vector512.FusedMultiplyAdd(w, a2, s32);
                s33 = Vector512.FusedMultiplyAdd(w, a3, s33);
            }
        }

        sums[0] = s00;
        sums[1] = s10;
        sums[2] = s20;
        sums[3] = s30;
        sums[i1] = s01;
        sums[i1 + 1] = s11;
        sums[i1 + 2] = s21;
        sums[i1 + 3] = s31;
        sums[i2] = s02;
        sums[i2 + 1] = s12;
        sums[i2 + 2] = s22;
        sums[i2 + 3] = s32;
        sums[i3] = s03;
        sums[i3 + 1] = s13;
        sums[i3 + 2] = s23;
        sums[i3 + 3] = s33;
    }

    private static void Single<TForm>(in Product product, int row, int vector)
        where TForm : IWeightForm
    {
        var weights = product.First + (row * product.RowBytes);
        var x = product.X + (vector * product.XStride);
        Vector512<float> sum = default;
        for (nint column = 0; column <= product.Columns - Lanes; column += Lanes)
        {
            var factors = TForm.HasScales ? product.Factors<TForm>(row, column) : default;
            sum = Vector512.FusedMultiplyAdd(Load<TForm>(weights + (column * TForm.Bytes), factors), Vector512.Load(x + column), sum);
        }

        product.Finish<TForm>(sum, row, vector);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Load<TForm>(byte* weights, Vector512<float> factors)
        where TForm : IWeightForm
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch0(weights + PrefetchDistance);
        }

        return TForm.Load(weights, factors);
    }

    /// <summary>What is multiplied, as addresses: rows count from the first one of the range.</summary>
    [StructLayout(LayoutKind.Auto)]
    private readonly struct Product(
        byte* first, WeightMatrix weights, int firstRow, int rows, float* x, int xStride, int vectors, float* y, int yStride)
    {
        private readonly int _scalesPerRow = WeightMatrix.ScalesPerRow(weights.Columns);

        public byte* First => first;

        public int Rows => rows;

        public int Columns { get; } = weights.Columns;

        public nint RowBytes { get; } = (nint)WeightLayout.Of(weights.Format).RowBytes(weights.Columns);

        public float* X => x;

        public int XStride => xStride;

        public int Vectors => vectors;

        /// <summary>Of a row, from a multiple of the columns that share a scale on.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<float> Factors<TForm>(int row, nint column)
            where TForm : IWeightForm =>
            TForm.Factors(Scale(row, column));

        /// <summary>Brings the sums of a row's lanes together and adds the columns that fill no vector.</summary>
        public void Finish<TForm>(Vector512<float> lanes, int row, int vector)
            where TForm : IWeightForm
        {
            var sum = LaneSum.Of(lanes);
            var stored = First + (row * RowBytes);
            var input = x + (vector * xStride);
            for (nint column = Columns - (Columns % Lanes); column < Columns; column++)
            {
                var weight = TForm.LoadOne(stored + (column * TForm.Bytes), TForm.HasScales ? Scale(row, column) : 1);
                sum = MathF.FusedMultiplyAdd(weight, input[column], sum);
            }

            y[(vector * yStride) + row] = sum;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private float Scale(int row, nint column) =>
            weights.Scales[((firstRow + row) / WeightMatrix.ScaleBlock * _scalesPerRow) + (int)(column / WeightMatrix.ScaleBlock)];
    }
}
