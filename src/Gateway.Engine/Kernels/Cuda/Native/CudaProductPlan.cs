namespace Gateway.Engine.Kernels.Cuda.Native;

/// <summary>The descriptors of one shape of product, and the algorithm that cuBLASLt's heuristic chose for it.</summary>
internal sealed unsafe class CudaProductPlan : IDisposable
{
    private readonly nint _descriptor;
    private readonly nint _w;
    private readonly nint _x;
    private readonly nint _y;
    private ProductAlgorithm _algorithm;

    public CudaProductPlan(nint handle, ProductShape shape, long workspaceBytes)
    {
        var (input, output) = (Type(shape.Input), Type(shape.Output));
        ProductsApi.Check(ProductsApi.DescriptorCreate(out _descriptor, ProductsApi.ComputeFloat32, ProductsApi.Float32), "cublasLtMatmulDescCreate");
        Set(ProductsApi.DescriptorTransposeA, shape.WIsTransposed ? ProductsApi.NotTransposed : ProductsApi.Transposed);
        Set(ProductsApi.DescriptorTransposeB, ProductsApi.NotTransposed);
        if (shape.HasBias)
        {
            Set(ProductsApi.DescriptorEpilogue, ProductsApi.EpilogueBias);
        }

        var (rows, columns) = shape.WIsTransposed ? (shape.N, shape.K) : (shape.K, shape.N);
        _w = Layout(input, rows, columns, shape.WStride, shape.Batch, shape.WBatchStride);
        _x = Layout(input, shape.K, shape.M, shape.XStride, shape.Batch, shape.XBatchStride);
        _y = Layout(output, shape.N, shape.M, shape.YStride, shape.Batch, shape.YBatchStride);
        Choose(handle, shape, workspaceBytes);
    }

    public void Run(nint handle, in DeviceProduct product, ulong workspace, nuint workspaceBytes, nint stream)
    {
        if (!product.Bias.IsNull)
        {
            var bias = product.Bias.Address;
            ProductsApi.Check(ProductsApi.DescriptorSet(_descriptor, ProductsApi.DescriptorBias, &bias, sizeof(ulong)), "cublasLtMatmulDescSetAttribute");
        }

        var (alpha, beta, y) = (1f, product.Accumulate ? 1f : 0f, product.Y.Address);
        fixed (ProductAlgorithm* algorithm = &_algorithm)
        {
            ProductsApi.Check(
                ProductsApi.Multiply(
                    handle, _descriptor, &alpha, product.W.Address, _w, product.X.Address, _x, &beta, y, _y, y, _y, algorithm, workspace, workspaceBytes, stream),
                "cublasLtMatmul");
        }
    }

    public void Dispose()
    {
        foreach (var layout in (ReadOnlySpan<nint>)[_w, _x, _y])
        {
            _ = ProductsApi.LayoutDestroy(layout);
        }

        _ = ProductsApi.DescriptorDestroy(_descriptor);
    }

    private static int Type(ElementType type) => type == ElementType.Float32 ? ProductsApi.Float32 : ProductsApi.BFloat16;

    private static nint Layout(int type, int rows, int columns, long stride, int batch, long batchStride)
    {
        ProductsApi.Check(ProductsApi.LayoutCreate(out var layout, type, (ulong)rows, (ulong)columns, stride), "cublasLtMatrixLayoutCreate");
        if (batch > 1)
        {
            ProductsApi.Check(ProductsApi.LayoutSet(layout, ProductsApi.LayoutBatchCount, &batch, sizeof(int)), "cublasLtMatrixLayoutSetAttribute");
            ProductsApi.Check(ProductsApi.LayoutSet(layout, ProductsApi.LayoutBatchStride, &batchStride, sizeof(long)), "cublasLtMatrixLayoutSetAttribute");
        }

        return layout;
    }

    private void Set(int attribute, int value) =>
        ProductsApi.Check(ProductsApi.DescriptorSet(_descriptor, attribute, &value, sizeof(int)), "cublasLtMatmulDescSetAttribute");

    private void Choose(nint handle, ProductShape shape, long workspaceBytes)
    {
        ProductsApi.Check(ProductsApi.PreferenceCreate(out var preference), "cublasLtMatmulPreferenceCreate");
        try
        {
            var bytes = (ulong)workspaceBytes;
            ProductsApi.Check(
                ProductsApi.PreferenceSet(preference, ProductsApi.PreferenceMaxWorkspace, &bytes, sizeof(ulong)), "cublasLtMatmulPreferenceSetAttribute");
            fixed (ProductAlgorithm* algorithm = &_algorithm)
            {
                var status = ProductsApi.GetHeuristic(handle, _descriptor, _w, _x, _y, _y, preference, 1, algorithm, out var found);
                if (status != 0 || found == 0)
                {
                    throw new GpuException($"cuBLASLt has no algorithm for {shape} (status {status}).");
                }
            }
        }
        finally
        {
            _ = ProductsApi.PreferenceDestroy(preference);
        }
    }
}
