namespace Gateway.Engine.Kernels.Cuda;

/// <summary>What a phase of a joined launch does; with the numbers that <c>joined.cu</c> has.</summary>
internal enum JoinedPhase
{
    Linear = 0,
    GateUp = 1,
    Prepare = 2,
    Decode = 3,
    Expand = 4,
    Route = 5,
    ExpertsGateUp = 6,

    /// <summary>Reads what <see cref="Route"/> wrote before it waits for the phase before it, and so may not come right behind.</summary>
    ExpertsDown = 7,
}
