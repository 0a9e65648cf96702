namespace Gateway.Engine.Scheduling;

/// <summary>What a tenant was given: the virtual token counter of VTC. <see cref="FairQueue{TSequence}"/> keeps it.</summary>
internal sealed class TenantAccount
{
    /// <summary>What a token of an answer counts, next to one of a prompt: it takes a step of its own (the paper's w_q / w_p).</summary>
    private const int AnswerTokenWeight = 2;

    /// <summary>Tokens computed for the tenant, weighted; raised to what others have when it comes back.</summary>
    public long Service { get; private set; }

    /// <summary>Its sequences that wait.</summary>
    public int Waiting { get; set; }

    /// <summary>Its sequences that wait or run.</summary>
    public int Present { get; set; }

    public void ChargePrompt(int tokens) => Service += tokens;

    public void ChargeAnswerToken() => Service += AnswerTokenWeight;

    /// <summary>Time away earns no credit.</summary>
    public void RaiseTo(long service) => Service = Math.Max(Service, service);
}
