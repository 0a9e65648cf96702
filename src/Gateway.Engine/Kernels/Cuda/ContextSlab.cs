using System.Runtime.InteropServices;

namespace Gateway.Engine.Kernels.Cuda;

/// <summary>
/// Consecutive tokens of one sequence against a stretch of its context, as the prefill kernels read it from device memory:
/// eight int32 in this order.
/// </summary>
/// <param name="Sequence">Row of <see cref="DeviceTokens.BlockTables"/>.</param>
/// <param name="FirstToken">Row of the first query among the step's tokens.</param>
/// <param name="TokenCount">Number of queries; 0 makes the slab empty.</param>
/// <param name="FirstPosition">Place of the first query in its sequence; the others follow it.</param>
/// <param name="From">Place of the first key of the stretch.</param>
/// <param name="Length">Number of keys. Keys behind a query are masked.</param>
/// <param name="FirstRow">Row of the first key in the gathered latents and in what was expanded from them (MLA only).</param>
/// <param name="Part">Which part of the queries' context this is.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct ContextSlab(
    int Sequence, int FirstToken, int TokenCount, int FirstPosition, int From, int Length, int FirstRow, ContextPart Part);
