using Gateway.Engine.Kernels.Cpu;
using Gateway.Engine.Models;
using Gateway.Engine.Sampling;
using Gateway.Engine.Weights;

namespace Gateway.Engine.Execution;

/// <summary>Chooses tokens on the host, from logits that come there.</summary>
internal abstract class HostStepRunner : IStepRunner
{
    // What a logit costs, in multiply-adds: an exponential and some passes in double precision, of memory that is not in the first cache.
    private const int WorkPerLogit = 50;

    private readonly int _vocabularySize;
    private readonly CpuTeam? _team;
    private readonly Sampler[] _samplers;
    private readonly float[] _logits;
    private readonly Draw[] _draws;
    private readonly Drawn[] _drawn;
    private readonly Choices _choices;

    /// <param name="vocabularySize">Logits per row.</param>
    /// <param name="maxRows">Most rows of a step.</param>
    /// <param name="team">Shares the rows; null: the caller does them all.</param>
    protected HostStepRunner(int vocabularySize, int maxRows, CpuTeam? team = null)
    {
        (_vocabularySize, _team) = (vocabularySize, team);
        _samplers = [.. Enumerable.Range(0, team?.Threads ?? 1).Select(_ => new Sampler(vocabularySize))];
        (_logits, _draws, _drawn) = (new float[maxRows * vocabularySize], new Draw[maxRows], new Drawn[maxRows]);
        _choices = new Choices(this);
    }

    public bool RunsAhead => false;

    public void Start(StepBatch batch, ReadOnlySpan<Draw> draws) => Compute(batch, _logits.AsMemory(0, draws.Length * _vocabularySize));

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

    private Drawn Choose(in Draw draw, ReadOnlySpan<float> logits)
    {
        if (!FiniteCheck.AllFinite(logits))
        {
            return new Drawn(Drawn.NotFinite, null);
        }

        var id = _samplers[CpuTeam.Member].Sample(logits, draw.Parameters, draw.History, draw.Seed, draw.Position);
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
