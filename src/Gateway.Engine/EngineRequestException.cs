namespace Gateway.Engine;

/// <summary>A request that this model can never serve as it stands; sending it again does not help.</summary>
public sealed class EngineRequestException(string field, string problem) : EngineException($"{field}: {problem}")
{
    /// <summary>
    /// The member of <see cref="TokenRequest"/> or <see cref="Sampling.SamplingParameters"/> that is wrong, e.g. <c>PromptIds</c>.
    /// </summary>
    public string Field { get; } = field;

    /// <summary>What is wrong with it, without its name: clients may know it by another.</summary>
    public string Problem { get; } = problem;
}
