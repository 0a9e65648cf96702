namespace Gateway.Policies;

/// <summary>Whom a fault strikes: a provider with all its models, or one model of it.</summary>
/// <param name="Provider">The provider's name.</param>
/// <param name="Model">The model's name; null for all of them.</param>
public sealed record FaultTarget(string Provider, string? Model)
{
    public bool Includes(ModelCard model) => model.Provider == Provider && (Model is null || model.Name == Model);

    /// <summary><c>provider</c> or <c>provider/model</c>.</summary>
    public override string ToString() => Model is null ? Provider : $"{Provider}/{Model}";
}
