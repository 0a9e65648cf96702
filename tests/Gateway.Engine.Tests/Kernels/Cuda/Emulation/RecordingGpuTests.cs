using Gateway.Engine.Kernels.Cuda;
using Xunit;

namespace Gateway.Engine.Tests.Kernels.Cuda.Emulation;

public sealed class RecordingGpuTests
{
    private static readonly Dim3 One = new(1);

    [Fact]
    public void Launch_AnyKernel_IsRecordedAndRun()
    {
        using var gpu = new RecordingGpu(new EmulatedGpu());
        using var buffer = gpu.ToDevice(0);
        gpu.Launch(gpu.Kernel("test_kernels.cu", "increment"), One, One, 0, buffer, 0L);
        var launch = Assert.IsType<RecordedCall.Launch>(Assert.Single(gpu.Calls));
        Assert.Equal(("increment", One, One, 0), (launch.Kernel, launch.Grid, launch.Block, launch.SharedBytes));
        Assert.Equal([buffer, 0L], launch.Arguments);
        Assert.Equal([1], gpu.ToHost<int>(buffer, 1));
    }

    [Fact]
    public void Capture_Launches_AreTheGraphsAlone()
    {
        using var gpu = new RecordingGpu(new EmulatedGpu());
        using var buffer = gpu.ToDevice(0);
        var kernel = gpu.Kernel("test_kernels.cu", "increment");
        var graph = gpu.Capture(() => gpu.Launch(kernel, One, One, 0, buffer, 0L));
        Assert.Empty(gpu.Calls);
        Assert.Single(gpu.CallsOf(graph));
        gpu.Replay(graph);
        Assert.Equal([1], gpu.ToHost<int>(buffer, 1));
    }

    [Fact]
    public void Step_WhatStallsTheStream_IsRefusedUntilItsEnd()
    {
        using var gpu = new RecordingGpu(new EmulatedGpu());
        var buffer = gpu.ToDevice(0);
        gpu.BeginStep();
        Assert.Throws<GpuException>(() => gpu.Allocate(4));
        Assert.Throws<GpuException>(gpu.Synchronize);
        Assert.Throws<GpuException>(() => gpu.ToDevice(1));
        Assert.Throws<GpuException>(() => gpu.Kernel("test_kernels.cu", "increment"));
        Assert.Throws<GpuException>(() => gpu.Free(buffer.Pointer));
        gpu.Fill(buffer.Pointer, 3, 4);
        gpu.EndStep();
        Assert.Equal([0x03030303], gpu.ToHost<int>(buffer, 1));
        Assert.Equal(1, gpu.LiveBuffers);
        buffer.Dispose();
        Assert.Equal(0, gpu.LiveBuffers);
    }
}
