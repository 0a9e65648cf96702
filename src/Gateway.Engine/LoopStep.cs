using Gateway.Engine.Execution;
using Gateway.Engine.Scheduling;

namespace Gateway.Engine;

/// <summary>A step on its way: who takes part, and what was chosen.</summary>
/// <param name="maxRows">Most sequences that a token can be chosen for.</param>
internal sealed class LoopStep(int maxRows)
{
    private readonly Draw[] _draws = new Draw[maxRows];
    private readonly Drawn[] _drawn = new Drawn[maxRows];
    private int _rows;

    public List<ScheduledSequence<Generation>> Parts { get; } = new(maxRows);

    public ReadOnlySpan<Draw> Draws => _draws.AsSpan(0, _rows);

    /// <summary>One per <see cref="Draws"/>.</summary>
    public Span<Drawn> Drawn => _drawn.AsSpan(0, _rows);

    public void Clear() => _rows = 0;

    /// <summary>A token is to be chosen for that request; gives its row.</summary>
    public int Add(Draw draw)
    {
        _draws[_rows] = draw;
        return _rows++;
    }
}
