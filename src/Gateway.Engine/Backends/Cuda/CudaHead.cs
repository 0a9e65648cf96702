using Gateway.Engine.Kernels.Cuda;
using Gateway.Engine.Weights;

namespace Gateway.Engine.Backends.Cuda;

internal sealed class CudaHead : IHead
{
    private readonly CudaBackend _backend;
    private readonly DevicePointer _norm;
    private readonly float _epsilon;
    private readonly DeviceMatrix _weights;
    private readonly int _vocabulary;
    private readonly int _hidden;
    private readonly int _maxRows;

    public CudaHead(CudaBackend backend, float[] norm, float epsilon, WeightSource weights, int maxRows)
    {
        (_backend, _norm, _epsilon, _weights) = (backend, backend.Weights.Single(norm), epsilon, backend.Matrices.Load(weights));
        (_vocabulary, _hidden, _maxRows) = (weights.Rows, norm.Length, maxRows);
        backend.Scratch.Reserve("normed", _hidden);
        backend.Scratch.Reserve("states", _hidden);
        backend.Scratch.ReserveBytes("wanted", (long)Math.Max(maxRows, backend.MaxTokens) * _hidden * sizeof(float));
        backend.Scratch.ReserveBytes("logits", (long)maxRows * _vocabulary * sizeof(float));
    }

    public void Apply(IRows hidden)
    {
        var (step, scratch, rows) = (_backend.Step, _backend.Scratch, ((CudaRows)hidden).Pointer);
        if (step.StateRows > 0)
        {
            _backend.Elementwise.GatherHidden(rows, step.StateTokens, scratch["wanted"], step.StateRows, _hidden);
            _backend.Elementwise.RmsNorm(scratch["wanted"], _norm, scratch["states"], step.StateRows, _hidden, _epsilon);
        }

        if (step.LogitRows == 0)
        {
            return;
        }

        if (step.LogitRows > _maxRows)
        {
            throw new InvalidOperationException($"{step.LogitRows} rows of logits were asked for, of {_maxRows} that there is room for.");
        }

        if (!step.AllWantLogits)
        {
            _backend.Elementwise.GatherHidden(rows, step.LogitTokens, scratch["wanted"], step.LogitRows, _hidden);
            rows = scratch["wanted"];
        }

        if (step.LogitRows <= CudaBackend.FewTokens && _backend.Observer is null && _backend.Linear.CanTakeNorm(step.LogitRows, _hidden))
        {
            _backend.Linear.Multiply(
                new FewTokensInput(rows, _norm, _epsilon), _weights, default, _backend.Logits, LinearOutput.Float32, step.LogitRows, _vocabulary, _hidden);
            return;
        }

        var normed = scratch["normed"];
        _backend.Elementwise.RmsNorm(rows, _norm, normed, step.LogitRows, _hidden, _epsilon);
        Observe(normed, step.LogitRows);
        _backend.Matrices.Multiply(normed, _weights, _backend.Logits, step.LogitRows, _vocabulary, _hidden, LinearOutput.Float32);
    }

    public void Project(int first, int count) =>
        _backend.Matrices.Multiply(States(first), _weights, _backend.Logits, count, _vocabulary, _hidden, LinearOutput.Float32);

    /// <summary>The normed states of the step's <see cref="Models.StepBatch.StateTokens"/>, from that row on.</summary>
    public DevicePointer States(int first) => _backend.Scratch["states"] + ((long)first * _hidden * _backend.Type.Size());

    private void Observe(DevicePointer normed, int rows)
    {
        if (_backend.Observer is not null && _backend.Type == ElementType.Float32)
        {
            var values = new float[rows * _hidden];
            _backend.ReadSingles(normed, values);
            _backend.Observer.OnValues("final_norm", values);
        }
    }
}
