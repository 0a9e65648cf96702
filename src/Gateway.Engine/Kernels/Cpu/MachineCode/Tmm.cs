namespace Gateway.Engine.Kernels.Cpu.MachineCode;

/// <summary>A tile register of AMX.</summary>
/// <param name="Number">0 to 7.</param>
internal readonly record struct Tmm(int Number);
