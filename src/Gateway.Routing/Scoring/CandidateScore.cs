using Gateway.Policies;

namespace Gateway.Routing;

/// <summary>
/// One candidate as a plan saw it. Numbers that nothing depended on are null, unless <see cref="Router.Explain"/> asked for them.
/// </summary>
public sealed class CandidateScore
{
    internal CandidateScore(ModelCard model, int position)
    {
        Model = model;
        Position = position;
    }

    public ModelCard Model { get; }

    /// <summary>Why it cannot serve the request, as far as the gateway can tell.</summary>
    public Exclusion Exclusion { get; internal set; }

    /// <summary>The same for people, with the numbers; null when it passes.</summary>
    public string? ExclusionDetail { get; internal set; }

    /// <summary>
    /// It is excluded and stays in the plan all the same, because no other is left: what speaks against it is an estimate or an entry
    /// in a file, and its provider knows better.
    /// </summary>
    public bool IsLastResort { get; internal set; }

    /// <summary>Whether it is tried.</summary>
    public bool IsInPlan => Exclusion == Exclusion.None || IsLastResort;

    public Demotion Demotion { get; internal set; }

    /// <summary>The same for people, with the numbers; null when it is not demoted.</summary>
    public string? DemotionDetail { get; internal set; }

    /// <summary>The prompt's tokens: the profile's estimate for the model's tokenizer, corrected by what the model reported before.</summary>
    public int PromptTokens { get; internal set; }

    /// <summary>How many of them its cache may hold.</summary>
    public int CachedTokens { get; internal set; }

    /// <summary>The tokens expected of one choice of the answer.</summary>
    public int OutputTokens { get; internal set; }

    /// <summary>The probability that it answers well, 0 to 1.</summary>
    public double? Quality { get; internal set; }

    /// <summary>Expected US dollars; also null when no candidate's prices are known.</summary>
    public double? CostUsd { get; internal set; }

    /// <summary>Expected seconds to the first token of a stream.</summary>
    public double? FirstTokenSeconds { get; internal set; }

    /// <summary>Expected seconds from one token to the next.</summary>
    public double? SecondsPerToken { get; internal set; }

    /// <summary>Expected seconds to the end of the answer, with what its queue and its errors add.</summary>
    public double? LatencySeconds { get; internal set; }

    /// <summary>The share of its recent calls that failed, 0 to 1; null when there was none.</summary>
    public double? ErrorRate { get; internal set; }

    /// <summary>Its recent calls, decayed; 0 when there was none.</summary>
    public double Calls { get; internal set; }

    /// <summary>Its calls under way.</summary>
    public int InFlight { get; internal set; }

    /// <summary>wq·quality − wc·cost/c₀ − wl·latency/l₀.</summary>
    public double? Score { get; internal set; }

    /// <summary>Which of these numbers are assumed.</summary>
    public Assumptions Assumed { get; internal set; }

    /// <summary>Its place in the list that the plan was made from.</summary>
    internal int Position { get; }

    /// <summary>What the strategy orders by, the least first.</summary>
    internal double Key { get; set; }

    internal ModelObservation? Observation { get; set; }

    internal bool Assumes(Assumptions number) => (Assumed & number) != 0;
}
