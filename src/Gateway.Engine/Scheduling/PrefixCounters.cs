namespace Gateway.Engine.Scheduling;

/// <summary>What the prefix cache was asked for, and what it gave.</summary>
internal sealed class PrefixCounters
{
    /// <summary>Prompts looked up.</summary>
    public long Queries { get; private set; }

    /// <summary>Prompts of which something was found.</summary>
    public long Hits { get; private set; }

    /// <summary>Tokens of the prompts looked up.</summary>
    public long QueryTokens { get; private set; }

    /// <summary>Tokens of them that were found.</summary>
    public long HitTokens { get; private set; }

    public void Add(int promptTokens, int found)
    {
        Queries++;
        Hits += found > 0 ? 1 : 0;
        QueryTokens += promptTokens;
        HitTokens += found;
    }
}
