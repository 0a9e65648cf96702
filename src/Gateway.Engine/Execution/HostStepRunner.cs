using Gateway.Engine.Models;
using Gateway.Engine.Sampling;
using Gateway.Engine.Weights;

namespace Gateway.Engine.Execution;

/// <summary>Chooses tokens on the host, from logits that come there.</summary>
/// <param name="vocabularySize">Logits per row.</param>
/// <param name="maxRows">Most rows of a step.</param>
internal abstract class HostStepRunner(int vocabularySize, int maxRows) : IStepRunner
{
    private const int MostScoredRows = 64;

    private readonly Sampler _sampler = new(vocabularySize);
    private readonly float[] _logits = new float[maxRows * vocabularySize];

    /// <summary>Logits of prompts that are scored; taken when the first one is.</summary>
    private float[]? _scoredLogits;

    public bool RunsAhead => false;

    public void Start(StepBatch batch, ReadOnlySpan<Draw> draws)
    {
        Compute(batch, _logits.AsMemory(0, draws.Length * vocabularySize));
        foreach (var piece in batch.PromptPieces)
        {
            Read(piece);
        }
    }

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

    /// <summary>The states of some of the step's <see cref="StepBatch.StateTokens"/>, as rows.</summary>
    protected abstract ReadOnlySpan<float> States(int first, int count);

    /// <summary>The logits of some of the step's <see cref="StepBatch.StateTokens"/>.</summary>
    protected abstract void Project(int first, int count, Memory<float> logits);

    private void Read(in PromptPiece piece)
    {
        switch (piece.Reading)
        {
            case PooledStates pooled:
                pooled.Add(States(piece.FirstRow, piece.Count));
                break;
            case PromptScores scores:
                Score(scores, piece);
                break;
            default:
                throw new InvalidOperationException($"{piece.Reading.GetType().Name} is not known here.");
        }
    }

    /// <summary>Some rows after the other, so that a long prompt takes no more memory than a short one.</summary>
    private void Score(PromptScores scores, in PromptPiece piece)
    {
        var most = Math.Min(maxRows, MostScoredRows);
        _scoredLogits ??= new float[most * vocabularySize];
        for (var done = 0; done < piece.Count; done += most)
        {
            var count = Math.Min(most, piece.Count - done);
            Project(piece.FirstRow + done, count, _scoredLogits.AsMemory(0, count * vocabularySize));
            for (var row = 0; row < count; row++)
            {
                var logits = _scoredLogits.AsSpan(row * vocabularySize, vocabularySize);
                scores.Add(FiniteCheck.AllFinite(logits) ? TokenLogprobs.Of(logits, scores.Targets(1)[0], scores.Top) : new TokenLogprob(double.NaN, []));
            }
        }
    }

    private Drawn Choose(in Draw draw, ReadOnlySpan<float> logits)
    {
        if (!FiniteCheck.AllFinite(logits))
        {
            return new Drawn(Drawn.NotFinite, null);
        }

        var id = _sampler.Sample(logits, draw.Parameters, draw.History, draw.Seed, draw.Position);
        return new Drawn(id, draw.TopLogprobs is { } top ? TokenLogprobs.Of(logits, id, top) : null);
    }
}
