namespace Gateway.Engine.Backends.Cpu;

/// <summary>A step's choices of experts, by token and then grouped by expert. Shared by the layers that route alike.</summary>
/// <param name="maxTokens">Most tokens of a step.</param>
/// <param name="experts">Number of experts.</param>
/// <param name="perToken">Experts that each token chooses.</param>
internal sealed class CpuRouting(int maxTokens, int experts, int perToken)
{
    // The places of expert e are those from e to e + 1.
    private readonly int[] _firstPlace = new int[experts + 1];
    private readonly int[] _nextPlace = new int[experts];

    public int Experts => experts;

    public int PerToken => perToken;

    /// <summary>[token, expert]</summary>
    public float[] Logits { get; } = CpuRows.Allocate(maxTokens, experts);

    /// <summary>[token, choice]: an expert.</summary>
    public int[] Choices { get; } = new int[maxTokens * perToken];

    /// <summary>[token, choice]: what that expert's output is multiplied by.</summary>
    public float[] Weights { get; } = new float[maxTokens * perToken];

    /// <summary>Of all places, ordered by expert and then by token: the token.</summary>
    public int[] Tokens { get; } = new int[maxTokens * perToken];

    /// <summary>Likewise: the weight.</summary>
    public float[] Factors { get; } = new float[maxTokens * perToken];

    /// <summary>The places of an expert: the first and how many.</summary>
    public (int First, int Count) Places(int expert) => (_firstPlace[expert], _firstPlace[expert + 1] - _firstPlace[expert]);

    /// <summary>Fills <see cref="Tokens"/> and <see cref="Factors"/> from <see cref="Choices"/> and <see cref="Weights"/>.</summary>
    public void Group(int tokens)
    {
        var choices = Choices.AsSpan(0, tokens * perToken);
        Array.Clear(_firstPlace);
        foreach (var expert in choices)
        {
            _firstPlace[expert + 1]++;
        }

        for (var expert = 0; expert < experts; expert++)
        {
            _nextPlace[expert] = _firstPlace[expert];
            _firstPlace[expert + 1] += _firstPlace[expert];
        }

        for (var i = 0; i < choices.Length; i++)
        {
            var place = _nextPlace[choices[i]]++;
            (Tokens[place], Factors[place]) = (i / perToken, Weights[i]);
        }
    }
}
