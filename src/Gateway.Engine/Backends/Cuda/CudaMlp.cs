using Gateway.Engine.Kernels.Cuda;
using Gateway.Engine.Models;

namespace Gateway.Engine.Backends.Cuda;

internal sealed class CudaMlp : IFeedForward
{
    private readonly CudaBackend _backend;
    private readonly DevicePointer _norm;
    private readonly float _epsilon;
    private readonly DeviceMatrix _gateUp;
    private readonly CudaResidualLinear _down;
    private readonly DevicePointer _bias;
    private readonly int _hidden;
    private readonly int _inner;
    private readonly CudaAdapters? _gateAdapters;
    private readonly CudaAdapters? _upAdapters;

    public CudaMlp(CudaBackend backend, float[] norm, float epsilon, GatedMlp mlp)
    {
        (_backend, _norm, _epsilon) = (backend, backend.Weights.Single(norm), epsilon);
        (_hidden, _inner) = (norm.Length, mlp.InnerSize);
        _gateUp = backend.Matrices.Load(mlp.Gate.Weight, mlp.Up.Weight);
        _down = new CudaResidualLinear(backend, mlp.Down);
        (_gateAdapters, _upAdapters) = (CudaAdapters.Of(backend, mlp.Gate.Adapters), CudaAdapters.Of(backend, mlp.Up.Adapters));
        _bias = mlp.Gate.Bias is { } gate && mlp.Up.Bias is { } up ? backend.Weights.Single([.. gate, .. up]) : default;
        backend.Scratch.Reserve("normed", _hidden);
        backend.Scratch.Reserve("gateUp", 2L * _inner);
        backend.Scratch.Reserve("inner", _inner);
    }

    public void Add(IRows hidden)
    {
        var (rows, tokens, inner) = ((CudaRows)hidden, _backend.Step.Tokens, _backend.Scratch["inner"]);
        var adapts = _backend.Step.HasAdapters && (_gateAdapters ?? _upAdapters) is not null;
        if (tokens <= CudaBackend.FewTokens && _bias.IsNull && !adapts && _backend.Linear.CanTakeNorm(tokens, _hidden))
        {
            _backend.Linear.GateUp(new FewTokensInput(rows.Pointer, _norm, _epsilon), _gateUp, inner, tokens, _inner, _hidden);
        }
        else
        {
            var (normed, gateUp) = (_backend.Scratch["normed"], _backend.Scratch["gateUp"]);
            _backend.Elementwise.RmsNorm(rows.Pointer, _norm, normed, tokens, _hidden, _epsilon);
            _backend.Matrices.Multiply(normed, _gateUp, gateUp, tokens, 2 * _inner, _hidden, LinearOutput.Element);
            if (!_bias.IsNull)
            {
                _backend.Elementwise.AddBias(gateUp, _bias, tokens, 2 * _inner, 2 * _inner);
            }

            if (adapts)
            {
                _gateAdapters?.Add(normed, gateUp, _backend.Type, 2 * _inner);
                _upAdapters?.Add(normed, gateUp + ((long)_inner * _backend.Type.Size()), _backend.Type, 2 * _inner);
            }

            _backend.Elementwise.SiluMultiply(gateUp, inner, tokens, _inner);
        }

        _down.Add(inner, rows);
    }
}
