namespace Gateway.Engine.Kernels.Cuda;

/// <summary>Where a slab stands among the slabs of the same queries, which are attended to in separate launches, in any order.</summary>
[Flags]
internal enum ContextPart
{
    /// <summary>Others came before and others will follow: the state is read and written.</summary>
    Middle = 0,

    /// <summary>The state begins empty.</summary>
    First = 1,

    /// <summary>The output is written instead of the state.</summary>
    Last = 2,

    /// <summary>The only slab: no state is needed.</summary>
    Whole = First | Last,
}
