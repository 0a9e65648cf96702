using Gateway.Engine.Kernels.Cuda;
using Gateway.Engine.Models;
using Gateway.Engine.Weights;

namespace Gateway.Engine.Backends.Cuda;

/// <summary>All parts as one matrix, so that one product does them all.</summary>
internal sealed class CudaProjection : IProjection
{
    private readonly CudaBackend _backend;
    private readonly DevicePointer _norm;
    private readonly float _epsilon;
    private readonly DeviceMatrix _weights;
    private readonly DevicePointer _bias;
    private readonly DevicePointer _biasSingle;
    private readonly int _outputs;
    private readonly int _inputs;
    private readonly List<(int Column, CudaAdapters Adapters)> _adapters = [];

    public CudaProjection(CudaBackend backend, float[] norm, float epsilon, ReadOnlySpan<Linear> parts)
    {
        (_backend, _norm, _epsilon, _inputs) = (backend, backend.Weights.Single(norm), epsilon, norm.Length);
        List<WeightSource> weights = [];
        foreach (var part in parts)
        {
            weights.Add(part.Weight);
            _outputs += part.Outputs;
        }

        _weights = backend.Matrices.Load(weights);
        var (row, bias, hasBias) = (0, new float[_outputs], false);
        foreach (var part in parts)
        {
            part.Bias?.CopyTo(bias, row);
            hasBias |= part.Bias is not null;
            if (CudaAdapters.Of(backend, part.Adapters) is { } adapters)
            {
                _adapters.Add((row, adapters));
            }

            row += part.Outputs;
        }

        if (hasBias)
        {
            (_bias, _biasSingle) = (backend.Weights.Vector(bias), backend.Weights.Single(bias));
        }

        backend.Scratch.Reserve("normed", _inputs);
    }

    public void Apply(RowsView x, IRows y)
    {
        var (input, output, tokens) = ((CudaRows)x.Rows, (CudaRows)y, _backend.Step.Tokens);
        var from = input.Pointer + ((long)x.Offset * input.Type.Size());

        // Of the residual stream the product for a few tokens takes the norm by itself; adapters need it for themselves.
        var isResidual = input.Type == ElementType.Float32 && x.Columns == input.Columns;
        var adapts = _adapters.Count > 0 && _backend.Step.HasAdapters;
        if (isResidual && tokens <= CudaBackend.FewTokens && !adapts && _backend.Linear.CanTakeNorm(tokens, _inputs))
        {
            _backend.Linear.Multiply(
                new FewTokensInput(from, _norm, _epsilon), _weights, _bias, output.Pointer, LinearOutput.Element, tokens, _outputs, _inputs);
            return;
        }

        var normed = _backend.Scratch["normed"];
        if (isResidual)
        {
            _backend.Elementwise.RmsNorm(from, _norm, normed, tokens, _inputs, _epsilon);
        }
        else
        {
            _backend.Elementwise.RmsNormLatent(from, _norm, normed, tokens, _inputs, input.Columns, _inputs, _epsilon);
        }

        Multiply(normed, output.Pointer, tokens);
        foreach (var (column, adapters) in adapts ? _adapters : [])
        {
            adapters.Add(normed, output.Pointer + ((long)column * _backend.Type.Size()), _backend.Type, _outputs);
        }
    }

    private void Multiply(DevicePointer normed, DevicePointer output, int tokens)
    {
        if (tokens <= CudaBackend.FewTokens)
        {
            _backend.Linear.Multiply(new FewTokensInput(normed), _weights, _bias, output, LinearOutput.Element, tokens, _outputs, _inputs);
            return;
        }

        _backend.Matrices.Multiply(normed, _weights, output, tokens, _outputs, _inputs, LinearOutput.Element);
        if (!_biasSingle.IsNull)
        {
            _backend.Elementwise.AddBias(output, _biasSingle, tokens, _outputs, _outputs);
        }
    }
}
