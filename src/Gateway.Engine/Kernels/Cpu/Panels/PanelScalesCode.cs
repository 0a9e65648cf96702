using Gateway.Engine.Kernels.Cpu.MachineCode;

namespace Gateway.Engine.Kernels.Cpu.Panels;

/// <summary>Machine code that loads the scales of a sum.</summary>
internal static class PanelScalesCode
{
    /// <param name="code">Where to write.</param>
    /// <param name="codes">The weights' codes.</param>
    /// <param name="place">Where the scales are.</param>
    /// <param name="scales">Receives them as float32.</param>
    /// <param name="minima">Receives the minima, where there are any.</param>
    public static void Write(Assembler code, PanelCodes codes, Address place, Zmm scales, Zmm minima)
    {
        if (!codes.IsWide)
        {
            code.Vcvtph2ps(scales, place);
            return;
        }

        code.Vmovdqu32(scales, place);
        if (codes.HasMinima)
        {
            code.Vmovdqu32(minima, place.Plus(PanelLayout.Rows * sizeof(float)));
        }
    }
}
