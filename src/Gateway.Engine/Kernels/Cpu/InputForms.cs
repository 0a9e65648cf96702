namespace Gateway.Engine.Kernels.Cpu;

/// <summary>The forms in which matrices read the vectors that they multiply; several matrices may read several.</summary>
[Flags]
internal enum InputForms
{
    None = 0,

    /// <summary>As they are.</summary>
    Float32 = 1,

    /// <summary>16-bit codes with a scale per block; see <see cref="Panels.QuantizedRows"/>.</summary>
    Quantized = 2,

    /// <summary>Rounded to bfloat16; see <see cref="BFloat16Panels.BFloat16Rows"/>.</summary>
    BFloat16 = 4,
}
