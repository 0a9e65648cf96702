using Gateway.Engine.Kernels.Cpu;
using Gateway.Engine.Models;
using Gateway.Engine.Sampling;
using Gateway.Engine.Weights;

namespace Gateway.Engine.Execution;

/// <summary>Chooses tokens on the host, from logits that come there.</summary>
internal abstract class HostStepRunner : IStepRunner
{
    private const int MostScoredRows = 64;

    // What a logit costs, in multiply-adds: an exponential and some passes in double precision, of memory that is not in the first cache.
    private const int WorkPerLogit = 50;

    private readonly int _vocabularySize;
    private readonly int _maxRows;
    private readonly CpuTeam? _team;
    private readonly Sampler[] _samplers;
    private readonly float[] _logits;
    private readonly Draw[] _draws;
    private readonly Drawn[] _drawn;
    private readonly Choices _choices;

    /// <summary>Logits of prompts that are scored; taken when the first one is.</summary>
    private float[]? _scoredLogits;

    /// <param name="vocabularySize">Logits per row.</param>
    /// <param name="maxRows">Most rows of a step.</param>
    /// <param name="team">Shares the rows; null: the caller does them all.</param>
    protected HostStepRunner(int vocabularySize, int maxRows, CpuTeam? team = null)
    {
        (_vocabularySize, _maxRows, _team) = (vocabularySize, maxRows, team);
        _samplers = [.. Enumerable.Range(0, team?.Threads ?? 1).Select(_ => new Sampler(vocabularySize))];
        (_logits, _draws, _drawn) = (new float[maxRows * vocabularySize], new Draw[maxRows], new Drawn[maxRows]);
        _choices = new Choices(this);
    }

    public bool RunsAhead => false;

    public void Start(StepBatch batch, ReadOnlySpan<Draw> draws)
    {
        Compute(batch, _logits.AsMemory(0, draws.Length * _vocabularySize));
        foreach (var piece in batch.PromptPieces)
        {
            Read(piece);
        }
    }

    public void Collect(ReadOnlySpan<Draw> draws, Span<Drawn> drawn)
    {
        draws.CopyTo(_draws);
        if (_team is null)
        {
            _choices.Run(0, draws.Length);
        }
        else
        {
            _team.For(draws.Length, (long)draws.Length * _vocabularySize * WorkPerLogit, 1, _choices);
        }

        _drawn.AsSpan(0, draws.Length).CopyTo(drawn);
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
        var most = Math.Min(_maxRows, MostScoredRows);
        _scoredLogits ??= new float[most * _vocabularySize];
        for (var done = 0; done < piece.Count; done += most)
        {
            var count = Math.Min(most, piece.Count - done);
            Project(piece.FirstRow + done, count, _scoredLogits.AsMemory(0, count * _vocabularySize));
            for (var row = 0; row < count; row++)
            {
                var logits = _scoredLogits.AsSpan(row * _vocabularySize, _vocabularySize);
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

        ReadOnlySpan<uint> allowed = default;
        if (draw.Constraint is { } constraint)
        {
            allowed = constraint.WaitForMask();
            if (allowed.IsEmpty)
            {
                return new Drawn(Drawn.NothingAllowed, null);
            }
        }

        var id = _samplers[CpuTeam.Member].Sample(logits, draw.Parameters, draw.History, draw.Seed, draw.Position, allowed);
        return new Drawn(id, draw.TopLogprobs is { } top ? TokenLogprobs.Of(logits, id, top) : null);
    }

    private sealed class Choices(HostStepRunner owner) : ITeamWork
    {
        public void Run(int from, int to)
        {
            for (var row = from; row < to; row++)
            {
                owner._drawn[row] = owner.Choose(owner._draws[row], owner._logits.AsSpan(row * owner._vocabularySize, owner._vocabularySize));
            }
        }
    }
}
