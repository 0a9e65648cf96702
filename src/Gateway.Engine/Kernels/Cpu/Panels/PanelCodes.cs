namespace Gateway.Engine.Kernels.Cpu.Panels;

/// <summary>How many bits a weight of a <see cref="PanelMatrix"/> has.</summary>
internal enum PanelCodes
{
    /// <summary>-128 to 127, stored 128 higher.</summary>
    EightBit,

    /// <summary>-8 to 7, stored 8 higher, two to a byte.</summary>
    FourBit,
}
