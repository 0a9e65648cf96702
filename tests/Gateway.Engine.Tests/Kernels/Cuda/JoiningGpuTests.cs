using System.Runtime.InteropServices;
using Gateway.Engine.Kernels.Cuda;
using Gateway.Engine.Tests.Kernels.Cuda.Emulation;
using Xunit;

namespace Gateway.Engine.Tests.Kernels.Cuda;

/// <summary>What is joined and what is not; recorded only, so that the arguments may be anything.</summary>
public sealed class JoiningGpuTests : IDisposable
{
    private static readonly Dim3 One = new(1);

    private readonly RecordingGpu _recording = new(new EmulatedGpu());
    private readonly JoiningGpu _gpu;
    private readonly DeviceBuffer _buffer;
    private readonly GpuKernel _down;
    private readonly GpuKernel _route;
    private readonly GpuKernel _add;

    public JoiningGpuTests()
    {
        _gpu = new JoiningGpu(_recording);
        _buffer = _gpu.Allocate(64);
        _down = _gpu.Kernel("experts_few.cu", "experts_down_few_x4_bf16", 100 * 1024);
        _route = _gpu.Kernel("router.cu", "norm_and_route_bf16");
        _add = _gpu.Kernel("elementwise.cu", "add_bf16");
    }

    public void Dispose()
    {
        _buffer.Dispose();
        _gpu.Dispose();
    }

    [Fact]
    public void Launch_OneBetweenOthers_IsMadeAsItWasAskedFor()
    {
        var calls = Record(() =>
        {
            _gpu.Fill(_buffer.Pointer, 0, 4);
            Down(tokens: 2, sharedBytes: 80);
            _gpu.Fill(_buffer.Pointer, 1, 4);
        });
        Assert.Collection(
            calls,
            call => Assert.IsType<RecordedCall.Fill>(call),
            call =>
            {
                var launch = Assert.IsType<RecordedCall.Launch>(call);
                Assert.Equal(("experts_down_few_x4_bf16", new Dim3(4), new Dim3(512), 80), (launch.Kernel, launch.Grid, launch.Block, launch.SharedBytes));
                Assert.Equal(9, launch.Arguments.Count);
                Assert.Equal(2, launch.Arguments[5]);
            },
            call => Assert.IsType<RecordedCall.Fill>(call));
    }

    [Fact]
    public void Launch_WhatIsNotJoinable_ComesAfterThoseBeforeIt()
    {
        var calls = Record(() =>
        {
            Down();
            Down();
            _gpu.Launch(_add, One, One, 0, _buffer, _buffer, 1L);
            Down();
        });
        Assert.Collection(
            calls,
            call => Assert.Equal([7, 7], JoinedLaunchesTests.Kinds(Assert.IsType<RecordedCall.LaunchTogether>(call))),
            call => Assert.Equal("add_bf16", Assert.IsType<RecordedCall.Launch>(call).Kernel),
            call => Assert.Equal("experts_down_few_x4_bf16", Assert.IsType<RecordedCall.Launch>(call).Kernel));
    }

    [Fact]
    public void Launch_SecondProductRightBehindTheRouter_IsNotInItsLaunch()
    {
        // It reads the choice of experts ahead of the barrier behind the router.
        var calls = Record(() =>
        {
            Down();
            Route();
            Down();
            Down();
        });
        Assert.Equal([[7, 5], [7, 7]], calls.Cast<RecordedCall.LaunchTogether>().Select(JoinedLaunchesTests.Kinds));
    }

    [Theory]
    [InlineData(9, 80)]
    [InlineData(8, 86 * 1024)]
    public void Launch_TooManyTokensOrTooMuchMemory_IsNotJoined(int tokens, int sharedBytes)
    {
        var calls = Record(() =>
        {
            Down();
            Down(tokens, sharedBytes);
        });
        Assert.Equal(2, calls.OfType<RecordedCall.Launch>().Count());
    }

    [Fact]
    public void Launch_MoreThanTheParametersHold_GoesOnInAnotherLaunch()
    {
        // 45 of nine arguments and two words each are 495 words.
        var calls = Record(() =>
        {
            for (var i = 0; i < 50; i++)
            {
                Down();
            }
        });
        Assert.Equal([45, 5], calls.Cast<RecordedCall.LaunchTogether>().Select(call => JoinedLaunchesTests.Kinds(call).Count));
        Assert.All(calls.Cast<RecordedCall.LaunchTogether>(), call => Assert.Equal((JoinedPhases.MaxWords + 3) * sizeof(ulong), call.Parameter.Length));
    }

    [Fact]
    public void Capture_WorkThatFails_LeavesNothingToBeLaunchedLater()
    {
        Assert.Throws<InvalidOperationException>(() => _gpu.Capture(() =>
        {
            Down();
            throw new InvalidOperationException();
        }));
        _gpu.Fill(_buffer.Pointer, 0, 4);
        Assert.IsNotType<RecordedCall.Launch>(_recording.Calls[^1]);
        Assert.DoesNotContain(_recording.Calls, call => call is RecordedCall.Launch);
    }

    [Fact]
    public void EveryOtherOperation_MakesWaitingLaunchesFirst()
    {
        using var pinned = _gpu.AllocatePinned(4);
        var calls = Record(() =>
        {
            Down();
            _gpu.CopyToDevice(pinned, 0, _buffer.Pointer, 4);
            Down();
            _gpu.CopyToHost(_buffer.Pointer, pinned, 0, 4);
            Down();
            _gpu.Multiply(new DeviceProduct
            {
                X = _buffer.Pointer,
                W = _buffer.Pointer,
                Y = _buffer.Pointer,
                Input = ElementType.Float32,
                Output = ElementType.Float32,
                M = 1,
                N = 1,
                K = 1,
                XStride = 1,
                WStride = 1,
                YStride = 1,
            });
            Down();
        });
        Assert.Equal(
            [
                nameof(RecordedCall.Launch), nameof(RecordedCall.CopyToDevice), nameof(RecordedCall.Launch), nameof(RecordedCall.CopyToHost),
                nameof(RecordedCall.Launch), nameof(RecordedCall.Product), nameof(RecordedCall.Launch),
            ],
            calls.Select(call => call.GetType().Name));
    }

    [Fact]
    public void Launch_WhileItIsOff_IsMadeAtOnce()
    {
        _gpu.IsOn = false;
        Assert.All(
            Record(() =>
            {
                Down();
                Down();
            }),
            call => Assert.IsType<RecordedCall.Launch>(call));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1000, 992)]
    public void Launch_PrefetchBytes_AreWholePieces(long asked, ulong expected)
    {
        _gpu.PrefetchBytes = asked;
        var calls = Record(() =>
        {
            Down();
            Down();
        });
        var words = MemoryMarshal.Cast<byte, ulong>(Assert.IsType<RecordedCall.LaunchTogether>(Assert.Single(calls)).Parameter);
        Assert.Equal(expected, words[2]);
    }

    private IReadOnlyList<RecordedCall> Record(Action work)
    {
        using var graph = _gpu.Capture(work);
        return _recording.CallsOf(graph);
    }

    private void Down(int tokens = 1, int sharedBytes = 80) => _gpu.Launch(
        _down, new Dim3(4), new Dim3(512), sharedBytes,
        _buffer, _buffer, _buffer, _buffer, _buffer, tokens, 1, 64, 64);

    private void Route() => _gpu.Launch(
        _route, new Dim3(4), new Dim3(256), 64,
        _buffer, _buffer, 1e-6f, _buffer, _buffer, _buffer, _buffer, _buffer, _buffer, _buffer, _buffer, 1, 64, 4, 1, 0, 1, 1, 0, 0, 1f);
}
