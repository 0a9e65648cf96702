using Gateway.Engine.Kernels.Cuda;
using Gateway.Engine.Models;

namespace Gateway.Engine.Backends.Cuda;

internal sealed class CudaResidualLinear : IResidualLinear
{
    private readonly CudaBackend _backend;
    private readonly DeviceMatrix _weights;
    private readonly DevicePointer _bias;
    private readonly int _outputs;
    private readonly int _inputs;
    private readonly CudaAdapters? _adapters;

    public CudaResidualLinear(CudaBackend backend, Linear linear)
    {
        (_backend, _weights, _outputs, _inputs) = (backend, backend.Matrices.Load(linear.Weight), linear.Outputs, linear.Inputs);
        _bias = linear.Bias is { } bias ? backend.Weights.Vector(bias) : default;
        _adapters = CudaAdapters.Of(backend, linear.Adapters);
    }

    public void Add(IRows x, IRows hidden) => Add(((CudaRows)x).Pointer, (CudaRows)hidden);

    /// <param name="x">Elements of the backend's type, [tokens, inputs].</param>
    /// <param name="hidden">The residual stream.</param>
    public void Add(DevicePointer x, CudaRows hidden)
    {
        Multiply(x, hidden.Pointer, _backend.Step.Tokens);
        if (_backend.Step.HasAdapters)
        {
            _adapters?.Add(x, hidden.Pointer, ElementType.Float32, _outputs);
        }
    }

    private void Multiply(DevicePointer x, DevicePointer hidden, int tokens)
    {
        if (tokens <= CudaBackend.FewTokens)
        {
            _backend.Linear.Multiply(new FewTokensInput(x), _weights, _bias, hidden, LinearOutput.Accumulate, tokens, _outputs, _inputs);
            return;
        }

        _backend.Matrices.Multiply(x, _weights, hidden, tokens, _outputs, _inputs, LinearOutput.Accumulate);
        for (var token = 0; !_bias.IsNull && token < tokens; token++)
        {
            // Rare: no published model of these families has a bias here.
            _backend.Elementwise.Add(hidden + ((long)token * _outputs * sizeof(float)), _bias, _outputs);
        }
    }
}
