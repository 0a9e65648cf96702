using Gateway.Engine.Models;
using Gateway.Engine.Sampling;
using Gateway.Engine.Weights;

namespace Gateway.Engine.Execution;

/// <summary>Chooses tokens on the host, from logits that come there.</summary>
/// <param name="vocabularySize">Logits per row.</param>
/// <param name="maxRows">Most rows of a step.</param>
internal abstract class HostStepRunner(int vocabularySize, int maxRows) : IStepRunner
{
    private readonly Sampler _sampler = new(vocabularySize);
    private readonly float[] _logits = new float[maxRows * vocabularySize];

    public bool RunsAhead => false;

    public void Start(StepBatch batch, ReadOnlySpan<Draw> draws) => Compute(batch, _logits.AsMemory(0, draws.Length * vocabularySize));

    public void Collect(ReadOnlySpan<Draw> draws, Span<Drawn> drawn)
    {
        for (var row = 0; row < draws.Length; row++)
        {
            drawn[row] = Choose(draws[row], _logits.AsSpan(row * vocabularySize, vocabularySize));
        }
    }

    public abstract void Dispose();

    /// <summary>Computes the logits of the batch's <see cref="StepBatch.LogitTokens"/>.</summary>
    protected abstract void Compute(StepBatch batch, Memory<float> logits);

    private Drawn Choose(in Draw draw, ReadOnlySpan<float> logits)
    {
        if (!FiniteCheck.AllFinite(logits))
        {
            return new Drawn(Drawn.NotFinite, null);
        }

        ReadOnlySpan<uint> allowed = default;
        if (draw.Constraint is { } constraint)
        {
            allowed = constraint.WaitForMask();
            if (allowed.IsEmpty)
            {
                return new Drawn(Drawn.NothingAllowed, null);
            }
        }

        var id = _sampler.Sample(logits, draw.Parameters, draw.History, draw.Seed, draw.Position, allowed);
        return new Drawn(id, draw.TopLogprobs is { } top ? TokenLogprobs.Of(logits, id, top) : null);
    }
}
