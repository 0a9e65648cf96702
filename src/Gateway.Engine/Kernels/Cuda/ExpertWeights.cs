namespace Gateway.Engine.Kernels.Cuda;

/// <summary>All experts of a layer, the routed ones first, then the shared ones, each as wide as a routed one.</summary>
/// <param name="GateUp">[experts, 2 * innerSize, hiddenSize]: of each expert the rows of gate, then those of up.</param>
/// <param name="Down">[experts, hiddenSize, innerSize].</param>
/// <param name="Experts">Routed and shared experts, at most 1,088.</param>
/// <param name="HiddenSize">Width of the residual stream.</param>
/// <param name="InnerSize">Inner width of one expert.</param>
internal readonly record struct ExpertWeights(DeviceMatrix GateUp, DeviceMatrix Down, int Experts, int HiddenSize, int InnerSize)
{
    /// <summary>Whether either product is of 8-bit weights.</summary>
    public bool HasFloat8 => GateUp.IsFloat8 || Down.IsFloat8;
}
