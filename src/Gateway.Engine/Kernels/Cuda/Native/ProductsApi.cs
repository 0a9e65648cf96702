using System.Runtime.InteropServices;

namespace Gateway.Engine.Kernels.Cuda.Native;

/// <summary>cuBLASLt: products of matrices. All functions return a cublasStatus_t, 0 for success.</summary>
internal static unsafe partial class ProductsApi
{
    // cudaDataType_t, cublasComputeType_t, cublasOperation_t.
    public const int Float32 = 0;
    public const int BFloat16 = 14;
    public const int ComputeFloat32 = 68;
    public const int NotTransposed = 0;
    public const int Transposed = 1;

    // cublasLtMatmulDescAttributes_t, cublasLtEpilogue_t.
    public const int DescriptorTransposeA = 3;
    public const int DescriptorTransposeB = 4;
    public const int DescriptorEpilogue = 7;
    public const int DescriptorBias = 8;
    public const int EpilogueBias = 4;

    // cublasLtMatrixLayoutAttribute_t.
    public const int LayoutBatchCount = 5;
    public const int LayoutBatchStride = 6;

    // cublasLtMatmulPreferenceAttributes_t.
    public const int PreferenceMaxWorkspace = 1;

    private const string Library = CudaLibraries.Products;

    static ProductsApi() => System.Runtime.CompilerServices.RuntimeHelpers.RunClassConstructor(typeof(CudaLibraries).TypeHandle);

    [LibraryImport(Library, EntryPoint = "cublasLtCreate")]
    public static partial int Create(out nint handle);

    [LibraryImport(Library, EntryPoint = "cublasLtDestroy")]
    public static partial int Destroy(nint handle);

    [LibraryImport(Library, EntryPoint = "cublasLtGetVersion")]
    public static partial nuint GetVersion();

    [LibraryImport(Library, EntryPoint = "cublasLtMatmulDescCreate")]
    public static partial int DescriptorCreate(out nint descriptor, int computeType, int scaleType);

    [LibraryImport(Library, EntryPoint = "cublasLtMatmulDescDestroy")]
    public static partial int DescriptorDestroy(nint descriptor);

    [LibraryImport(Library, EntryPoint = "cublasLtMatmulDescSetAttribute")]
    public static partial int DescriptorSet(nint descriptor, int attribute, void* value, nuint size);

    [LibraryImport(Library, EntryPoint = "cublasLtMatrixLayoutCreate")]
    public static partial int LayoutCreate(out nint layout, int type, ulong rows, ulong columns, long leadingDimension);

    [LibraryImport(Library, EntryPoint = "cublasLtMatrixLayoutDestroy")]
    public static partial int LayoutDestroy(nint layout);

    [LibraryImport(Library, EntryPoint = "cublasLtMatrixLayoutSetAttribute")]
    public static partial int LayoutSet(nint layout, int attribute, void* value, nuint size);

    [LibraryImport(Library, EntryPoint = "cublasLtMatmulPreferenceCreate")]
    public static partial int PreferenceCreate(out nint preference);

    [LibraryImport(Library, EntryPoint = "cublasLtMatmulPreferenceDestroy")]
    public static partial int PreferenceDestroy(nint preference);

    [LibraryImport(Library, EntryPoint = "cublasLtMatmulPreferenceSetAttribute")]
    public static partial int PreferenceSet(nint preference, int attribute, void* value, nuint size);

    [LibraryImport(Library, EntryPoint = "cublasLtMatmulAlgoGetHeuristic")]
    public static partial int GetHeuristic(
        nint handle, nint descriptor, nint a, nint b, nint c, nint d, nint preference, int requested, ProductAlgorithm* results, out int returned);

    [LibraryImport(Library, EntryPoint = "cublasLtMatmul")]
    public static partial int Multiply(
        nint handle, nint descriptor, float* alpha, ulong a, nint layoutA, ulong b, nint layoutB, float* beta, ulong c, nint layoutC, ulong d, nint layoutD,
        ProductAlgorithm* algorithm, ulong workspace, nuint workspaceBytes, nint stream);

    /// <exception cref="GpuException">The call failed.</exception>
    public static void Check(int status, string call)
    {
        if (status != 0)
        {
            throw new GpuException($"cuBLASLt: {call} failed with status {status}{Meaning(status)}.");
        }
    }

    private static string Meaning(int status) => status switch
    {
        1 => " (not initialised: is there a usable driver?)",
        3 => " (out of memory)",
        7 => " (invalid value)",
        8 => " (not possible on this architecture)",
        13 => " (execution failed)",
        15 => " (not supported)",
        _ => "",
    };
}
