using System.Runtime.InteropServices;

namespace Gateway.Engine.Kernels.Cuda.Native;

/// <summary>The functions of the CUDA driver that are used here (CUDA Driver API, versions 12 and 13). All return a CUresult, 0 for success.</summary>
internal static unsafe partial class DriverApi
{
    public const int AttributeMultiprocessors = 16;
    public const int AttributeComputeMajor = 75;
    public const int AttributeComputeMinor = 76;
    public const int AttributeMaxSharedOptIn = 97;
    public const int FunctionLocalBytes = 3;
    public const int FunctionRegisters = 4;
    public const int FunctionMaxDynamicShared = 8;
    public const int EventDisableTiming = 2;
    public const int StreamNonBlocking = 1;
    public const int CaptureThreadLocal = 1;

    private const string Library = CudaLibraries.Driver;

    static DriverApi() => System.Runtime.CompilerServices.RuntimeHelpers.RunClassConstructor(typeof(CudaLibraries).TypeHandle);

    [LibraryImport(Library, EntryPoint = "cuInit")]
    public static partial int Init(uint flags);

    [LibraryImport(Library, EntryPoint = "cuDriverGetVersion")]
    public static partial int DriverGetVersion(out int version);

    [LibraryImport(Library, EntryPoint = "cuDeviceGetCount")]
    public static partial int DeviceGetCount(out int count);

    [LibraryImport(Library, EntryPoint = "cuDeviceGet")]
    public static partial int DeviceGet(out int device, int ordinal);

    [LibraryImport(Library, EntryPoint = "cuDeviceGetName")]
    public static partial int DeviceGetName(byte* name, int length, int device);

    [LibraryImport(Library, EntryPoint = "cuDeviceGetAttribute")]
    public static partial int DeviceGetAttribute(out int value, int attribute, int device);

    [LibraryImport(Library, EntryPoint = "cuDeviceTotalMem_v2")]
    public static partial int DeviceTotalMemory(out nuint bytes, int device);

    [LibraryImport(Library, EntryPoint = "cuDevicePrimaryCtxRetain")]
    public static partial int PrimaryContextRetain(out nint context, int device);

    [LibraryImport(Library, EntryPoint = "cuDevicePrimaryCtxRelease_v2")]
    public static partial int PrimaryContextRelease(int device);

    [LibraryImport(Library, EntryPoint = "cuCtxSetCurrent")]
    public static partial int ContextSetCurrent(nint context);

    [LibraryImport(Library, EntryPoint = "cuMemGetInfo_v2")]
    public static partial int MemoryGetInfo(out nuint free, out nuint total);

    [LibraryImport(Library, EntryPoint = "cuMemAlloc_v2")]
    public static partial int MemoryAllocate(out ulong pointer, nuint bytes);

    [LibraryImport(Library, EntryPoint = "cuMemFree_v2")]
    public static partial int MemoryFree(ulong pointer);

    [LibraryImport(Library, EntryPoint = "cuMemHostAlloc")]
    public static partial int HostAllocate(out nint pointer, nuint bytes, uint flags);

    [LibraryImport(Library, EntryPoint = "cuMemFreeHost")]
    public static partial int HostFree(nint pointer);

    [LibraryImport(Library, EntryPoint = "cuMemcpyHtoDAsync_v2")]
    public static partial int CopyToDevice(ulong destination, nint source, nuint bytes, nint stream);

    [LibraryImport(Library, EntryPoint = "cuMemcpyDtoHAsync_v2")]
    public static partial int CopyToHost(nint destination, ulong source, nuint bytes, nint stream);

    [LibraryImport(Library, EntryPoint = "cuMemsetD8Async")]
    public static partial int Fill(ulong destination, byte value, nuint bytes, nint stream);

    [LibraryImport(Library, EntryPoint = "cuStreamCreate")]
    public static partial int StreamCreate(out nint stream, uint flags);

    [LibraryImport(Library, EntryPoint = "cuStreamDestroy_v2")]
    public static partial int StreamDestroy(nint stream);

    [LibraryImport(Library, EntryPoint = "cuStreamSynchronize")]
    public static partial int StreamSynchronize(nint stream);

    [LibraryImport(Library, EntryPoint = "cuStreamBeginCapture_v2")]
    public static partial int BeginCapture(nint stream, int mode);

    [LibraryImport(Library, EntryPoint = "cuStreamEndCapture")]
    public static partial int EndCapture(nint stream, out nint graph);

    [LibraryImport(Library, EntryPoint = "cuGraphInstantiateWithFlags")]
    public static partial int GraphInstantiate(out nint executable, nint graph, ulong flags);

    [LibraryImport(Library, EntryPoint = "cuGraphLaunch")]
    public static partial int GraphLaunch(nint executable, nint stream);

    [LibraryImport(Library, EntryPoint = "cuGraphExecDestroy")]
    public static partial int GraphExecutableDestroy(nint executable);

    [LibraryImport(Library, EntryPoint = "cuGraphDestroy")]
    public static partial int GraphDestroy(nint graph);

    [LibraryImport(Library, EntryPoint = "cuModuleLoadData")]
    public static partial int ModuleLoad(out nint module, byte* image);

    [LibraryImport(Library, EntryPoint = "cuModuleUnload")]
    public static partial int ModuleUnload(nint module);

    [LibraryImport(Library, EntryPoint = "cuModuleGetFunction", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int ModuleGetFunction(out nint function, nint module, string name);

    [LibraryImport(Library, EntryPoint = "cuFuncSetAttribute")]
    public static partial int FunctionSetAttribute(nint function, int attribute, int value);

    [LibraryImport(Library, EntryPoint = "cuFuncGetAttribute")]
    public static partial int FunctionGetAttribute(out int value, int attribute, nint function);

    [LibraryImport(Library, EntryPoint = "cuLaunchKernel")]
    public static partial int Launch(
        nint function, uint gridX, uint gridY, uint gridZ, uint blockX, uint blockY, uint blockZ, uint sharedBytes, nint stream, void** parameters, void** extra);

    [LibraryImport(Library, EntryPoint = "cuLaunchCooperativeKernel")]
    public static partial int LaunchCooperative(
        nint function, uint gridX, uint gridY, uint gridZ, uint blockX, uint blockY, uint blockZ, uint sharedBytes, nint stream, void** parameters);

    [LibraryImport(Library, EntryPoint = "cuOccupancyMaxActiveBlocksPerMultiprocessor")]
    public static partial int ActiveBlocks(out int blocks, nint function, int threads, nuint sharedBytes);

    [LibraryImport(Library, EntryPoint = "cuEventCreate")]
    public static partial int EventCreate(out nint @event, uint flags);

    [LibraryImport(Library, EntryPoint = "cuEventRecord")]
    public static partial int EventRecord(nint @event, nint stream);

    [LibraryImport(Library, EntryPoint = "cuEventElapsedTime")]
    public static partial int EventElapsed(out float milliseconds, nint start, nint end);

    [LibraryImport(Library, EntryPoint = "cuEventSynchronize")]
    public static partial int EventSynchronize(nint @event);

    [LibraryImport(Library, EntryPoint = "cuEventDestroy_v2")]
    public static partial int EventDestroy(nint @event);

    [LibraryImport(Library, EntryPoint = "cuGetErrorName")]
    private static partial int GetErrorName(int result, out nint name);

    [LibraryImport(Library, EntryPoint = "cuGetErrorString")]
    private static partial int GetErrorString(int result, out nint text);

    /// <exception cref="GpuException">The call failed.</exception>
    public static void Check(int result, string call)
    {
        if (result != 0)
        {
            throw new GpuException($"CUDA: {call} failed: {Text(result)}");
        }
    }

    public static string Text(int result) =>
        GetErrorName(result, out var name) == 0 && GetErrorString(result, out var text) == 0
            ? $"{Marshal.PtrToStringUTF8(name)} ({result}): {Marshal.PtrToStringUTF8(text)}."
            : $"error {result}.";
}
