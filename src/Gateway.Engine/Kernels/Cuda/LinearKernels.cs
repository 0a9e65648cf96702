namespace Gateway.Engine.Kernels.Cuda;

/// <summary>Linear layers for 1 to <see cref="MaxTokens"/> tokens, where reading the weights is all that takes time. Sums are float32.</summary>
internal sealed class LinearKernels
{
    public const int MaxTokens = 8;

    public LinearKernels(IGpu gpu, ElementType type) => throw new NotImplementedException();

    /// <summary>y[m, n] = Σₖ x[m, k] · w[n, k] (+ bias[n]).</summary>
    /// <param name="input">x, [tokens, columns].</param>
    /// <param name="weights">T [rows, columns].</param>
    /// <param name="bias">T [rows], or null.</param>
    /// <param name="output">[tokens, rows], of the type that <paramref name="kind"/> says.</param>
    /// <param name="kind">Stored or added to.</param>
    /// <param name="tokens">1 to <see cref="MaxTokens"/>.</param>
    /// <param name="rows">Rows of the weights: width of y.</param>
    /// <param name="columns">Columns of the weights: width of x.</param>
    public void Multiply(
        in FewTokensInput input,
        DevicePointer weights,
        DevicePointer bias,
        DevicePointer output,
        LinearOutput kind,
        int tokens,
        int rows,
        int columns) => throw new NotImplementedException();

    /// <summary>The first half of a gated MLP: inner[m, i] = silu(gate[i] · x[m]) · (up[i] · x[m]).</summary>
    /// <param name="input">x, [tokens, columns].</param>
    /// <param name="gateUp">T [2 * innerSize, columns]: the rows of gate, then those of up.</param>
    /// <param name="inner">T [tokens, innerSize].</param>
    /// <param name="tokens">1 to <see cref="MaxTokens"/>.</param>
    /// <param name="innerSize">Inner width.</param>
    /// <param name="columns">Width of x.</param>
    public void GateUp(in FewTokensInput input, DevicePointer gateUp, DevicePointer inner, int tokens, int innerSize, int columns) =>
        throw new NotImplementedException();
}
