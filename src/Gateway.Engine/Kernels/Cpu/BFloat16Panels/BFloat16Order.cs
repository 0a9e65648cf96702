namespace Gateway.Engine.Kernels.Cpu.BFloat16Panels;

/// <summary>
/// In which order a product of bfloat16 vectors is summed: what the processor's instructions for them define (Intel Software Developer's Manual, volume 2).
/// Each is one chain for each output, whatever else is computed beside it.
/// </summary>
internal enum BFloat16Order
{
    /// <summary>VDPBF16PS: for each pair of columns, the product of the second one is added by a fused multiply-add, then that of the first one.</summary>
    Pairs,

    /// <summary>
    /// TDPBF16PS: over 32 columns, the products of the first ones of all pairs are summed by fused multiply-adds, and so are those of the second ones; the
    /// two are added, and what they give is added to the sum.
    /// </summary>
    Tiles,
}
