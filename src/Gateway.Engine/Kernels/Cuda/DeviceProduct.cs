namespace Gateway.Engine.Kernels.Cuda;

/// <summary>
/// A product of matrices on the device, for every b below <see cref="Batch"/>:
/// y[b][m, n] = Σₖ x[b][m, k] · w[b][n, k], all row-major; plus bias[n] where there is one; added to what y holds where
/// <see cref="Accumulate"/> is set. Sums are float32.
/// </summary>
internal readonly record struct DeviceProduct
{
    public required DevicePointer X { get; init; }

    public required DevicePointer W { get; init; }

    public required DevicePointer Y { get; init; }

    /// <summary>n values of the type of y, or null.</summary>
    public DevicePointer Bias { get; init; }

    /// <summary>Type of x and w.</summary>
    public required ElementType Input { get; init; }

    public required ElementType Output { get; init; }

    /// <summary>Rows of x and y.</summary>
    public required int M { get; init; }

    /// <summary>Columns of y.</summary>
    public required int N { get; init; }

    /// <summary>Columns of x.</summary>
    public required int K { get; init; }

    /// <summary>Elements from one row of x to the next.</summary>
    public required long XStride { get; init; }

    /// <summary>Elements from one row of w to the next.</summary>
    public required long WStride { get; init; }

    /// <summary>Elements from one row of y to the next.</summary>
    public required long YStride { get; init; }

    /// <summary>True: w is stored [k, n] instead of [n, k].</summary>
    public bool WIsTransposed { get; init; }

    public bool Accumulate { get; init; }

    /// <summary>Number of products, at least 1.</summary>
    public int Batch { get; init; } = 1;

    /// <summary>Elements from one x of the batch to the next; likewise below.</summary>
    public long XBatchStride { get; init; }

    public long WBatchStride { get; init; }

    public long YBatchStride { get; init; }

    public DeviceProduct()
    {
    }
}
