using System.Runtime.InteropServices;

namespace Gateway.Engine.Kernels.Cuda;

/// <summary>What one adapter adds to a linear layer, as adapters.cu has it.</summary>
/// <param name="A">T [rank, inputs].</param>
/// <param name="B">T [rank, outputs]: B transposed, with the scaling in it.</param>
/// <param name="Rank">0 where it adds nothing.</param>
[StructLayout(LayoutKind.Sequential, Size = 24)]
internal readonly record struct DevicePair(DevicePointer A, DevicePointer B, int Rank);
