
namespace Gateway.Engine.Kernels.Cuda.Native;

/// <summary>Products of matrices by cuBLASLt. For each shape the algorithm is chosen once and kept.</summary>
/// <remarks>cuBLASLt counts by columns: y row-major [m, n] is yᵀ column-major, and yᵀ = w · xᵀ.</remarks>
internal sealed unsafe class CudaProducts : IDisposable
{
    // What NVIDIA recommends for Hopper; split products use it.
    private const long WorkspaceBytes = 32 << 20;

    // Prompts have any length: plans are forgotten when there are too many.
    private const int MaxPlans = 4096;

    private readonly nint _handle;
    private readonly ulong _workspace;
    private readonly Dictionary<ProductShape, CudaProductPlan> _plans = [];

    public CudaProducts()
    {
        ProductsApi.Check(ProductsApi.Create(out _handle), "cublasLtCreate");
        DriverApi.Check(DriverApi.MemoryAllocate(out _workspace, (nuint)WorkspaceBytes), "cuMemAlloc");
    }

    public void Multiply(in DeviceProduct product, nint stream)
    {
        var shape = ProductShape.Of(product);
        if (!_plans.TryGetValue(shape, out var plan))
        {
            if (_plans.Count >= MaxPlans)
            {
                Forget();
            }

            _plans.Add(shape, plan = new CudaProductPlan(_handle, shape, WorkspaceBytes));
        }

        plan.Run(_handle, product, _workspace, (nuint)WorkspaceBytes, stream);
    }

    public void Dispose()
    {
        Forget();
        DriverApi.Check(DriverApi.MemoryFree(_workspace), "cuMemFree");
        ProductsApi.Check(ProductsApi.Destroy(_handle), "cublasLtDestroy");
    }

    private void Forget()
    {
        foreach (var plan in _plans.Values)
        {
            plan.Dispose();
        }

        _plans.Clear();
    }
}
