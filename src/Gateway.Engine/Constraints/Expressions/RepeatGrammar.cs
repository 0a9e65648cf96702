namespace Gateway.Engine.Constraints.Expressions;

/// <param name="body">What is repeated.</param>
/// <param name="min">At least so often.</param>
/// <param name="max">At most so often; null for any number.</param>
internal sealed class RepeatGrammar(Grammar body, int min, int? max) : Grammar
{
    public Grammar Body { get; } = body;

    public int Min { get; } = min;

    public int? Max { get; } = max;
}
