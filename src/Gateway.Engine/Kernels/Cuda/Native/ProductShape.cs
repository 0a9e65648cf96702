namespace Gateway.Engine.Kernels.Cuda.Native;

/// <summary>All of a product but its addresses: what the choice of an algorithm depends on.</summary>
internal readonly record struct ProductShape(
    ElementType Input, ElementType Output, int M, int N, int K, long XStride, long WStride, long YStride, bool WIsTransposed, bool HasBias,
    int Batch, long XBatchStride, long WBatchStride, long YBatchStride)
{
    public static ProductShape Of(in DeviceProduct product) => new(
        product.Input, product.Output, product.M, product.N, product.K, product.XStride, product.WStride, product.YStride, product.WIsTransposed,
        !product.Bias.IsNull, product.Batch, product.XBatchStride, product.WBatchStride, product.YBatchStride);
}
