using System.Collections.Frozen;

namespace Gateway.Engine.Kernels.Cuda;

/// <summary>A kernel whose work can be a phase of a joined launch.</summary>
/// <param name="Name">Its <c>extern "C"</c> name.</param>
/// <param name="Phase">The phase.</param>
/// <param name="StaticSharedBytes">Shared memory that the phase needs beyond the kernel's dynamic one.</param>
/// <param name="TokensArgument">Which argument is the number of tokens; null: the grid's depth is.</param>
internal sealed record JoinableKernel(string Name, JoinedPhase Phase, int StaticSharedBytes, int? TokensArgument)
{
    // As the kernels have them: the sums of 8 warps in two sets and of the norm; tiles of queries and weights; and so on.
    private const int LinearBytes = 8448;
    private const int PrepareBytes = 22_784;
    private const int RouteBytes = 272;
    private const int ExpertsGateUpBytes = 8240;
    private const int ExpertsDownBytes = 4112;

    private static readonly FrozenDictionary<string, JoinableKernel> All = new JoinableKernel[]
    {
        new("linear_few_x2_bf16", JoinedPhase.Linear, LinearBytes, 7),
        new("linear_few_x4_bf16", JoinedPhase.Linear, LinearBytes, 7),
        new("gate_up_few_x2_bf16", JoinedPhase.GateUp, LinearBytes, 5),
        new("gate_up_few_x4_bf16", JoinedPhase.GateUp, LinearBytes, 5),
        new("mla_prepare_16", JoinedPhase.Prepare, PrepareBytes, 11),
        new("mla_decode_32x2", JoinedPhase.Decode, 0, null),
        new("mla_expand_16", JoinedPhase.Expand, 0, 4),
        new("norm_and_route_bf16", JoinedPhase.Route, RouteBytes, 11),
        new("experts_gate_up_few_x2_bf16", JoinedPhase.ExpertsGateUp, ExpertsGateUpBytes, 4),
        new("experts_gate_up_few_x4_bf16", JoinedPhase.ExpertsGateUp, ExpertsGateUpBytes, 4),
        new("experts_down_few_x2_bf16", JoinedPhase.ExpertsDown, ExpertsDownBytes, 5),
        new("experts_down_few_x4_bf16", JoinedPhase.ExpertsDown, ExpertsDownBytes, 5),
    }.ToFrozenDictionary(kernel => kernel.Name, StringComparer.Ordinal);

    /// <summary>Null: it cannot be joined.</summary>
    public static JoinableKernel? Find(GpuKernel kernel) => All.GetValueOrDefault(kernel.Name);

    /// <summary>Tokens of a launch.</summary>
    public int Tokens(Dim3 grid, ReadOnlySpan<KernelArgument> arguments) => TokensArgument is { } index ? (int)arguments[index].Bits : grid.Z;
}
